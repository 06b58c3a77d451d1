"""What a table promises, and `vouch`, which checks it at a door.

In:   a `Table` (name, key, columns) and a frame that claims to be one.
Out:  the frame, typed, sorted by its key and checked; or TableContractError naming every fault.
Knows nothing of: which tables there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd

from f1lib.errors import TableContractError


class Kind(StrEnum):
    """The few types a column may have, by their pandas names."""

    TEXT = "str"
    INTEGER = "int64"
    NUMBER = "float64"
    FLAG = "bool"
    MOMENT = "datetime64[ns, UTC]"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type, whether it may be missing, and the values it may take."""

    kind: Kind
    nullable: bool = False
    low: float | None = None
    high: float | None = None
    among: tuple[str, ...] = ()
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One noun: `key` names the columns that together occur once; rows are sorted by `order`."""

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    order: tuple[str, ...] = ()

    def empty(self) -> pd.DataFrame:
        """A frame of this table without rows."""
        return self.build(pd.DataFrame({name: [] for name in self.columns}))

    def build(self, frame: pd.DataFrame) -> pd.DataFrame:
        """`frame` with just the columns of this table, in their types, sorted; not yet checked.

        Raises TableContractError when a column is missing or a value has the wrong type.
        """
        missing = [name for name in self.columns if name not in frame]
        if missing:
            raise TableContractError(
                f"Table '{self.name}' lacks the column{'s' * (len(missing) > 1)} "
                f"{', '.join(missing)}; it has {', '.join(map(str, frame.columns)) or 'none'}.",
                table=self.name,
                missing=missing,
            )
        typed = {
            name: self._typed(name, frame[name], column) for name, column in self.columns.items()
        }
        built = pd.DataFrame(typed)
        return built.sort_values([*(self.order or self.key)], kind="stable", ignore_index=True)

    def _typed(self, name: str, values: "pd.Series[Any]", column: Column) -> "pd.Series[Any]":
        try:
            if column.kind is Kind.MOMENT:
                return pd.to_datetime(values, utc=True).astype("datetime64[ns, UTC]")
            if column.kind is Kind.TEXT:
                return values.astype("str").where(values.notna(), None).astype("str")
            if column.kind is Kind.NUMBER:
                return values.astype("float64")
            if column.kind is Kind.INTEGER:
                return _whole(values)
            return values.map({True: True, False: False}).astype("int64").astype("bool")
        except (ValueError, TypeError) as exc:
            raise TableContractError(
                f"Table '{self.name}', column '{name}' should hold {column.kind.name.lower()} "
                f"values, but does not: {exc}. Correct the source, or import another archive.",
                table=self.name,
                column=name,
            ) from exc


def _whole(values: "pd.Series[Any]") -> "pd.Series[Any]":
    numbers = values.astype("float64")
    broken = numbers[numbers % 1 != 0]
    if len(broken):
        raise ValueError(f"{broken.iloc[0]} is no whole number")
    return numbers.astype("int64")


def vouch(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` built as `table` and checked against its schema.

    Raises TableContractError with every fault at once: column, what it breaks, values.
    """
    import pandera.errors
    import pandera.pandas as pa

    built = table.build(frame)
    schema = pa.DataFrameSchema(
        {name: _schema_column(pa, column) for name, column in table.columns.items()}, strict=True
    )
    try:
        schema.validate(built, lazy=True)
    except pandera.errors.SchemaErrors as exc:
        faults = exc.failure_cases.groupby(["column", "check"], dropna=False)["failure_case"]
        text = "; ".join(
            f"{column} breaks {check} with {', '.join(map(repr, list(cases)[:3]))}"
            f"{f' and {len(cases) - 3} more' if len(cases) > 3 else ''}"
            for (column, check), cases in faults
        )
        raise TableContractError(
            f"Table '{table.name}' breaks its schema: {text}. "
            "Correct the source, or import another archive.",
            table=table.name,
        ) from exc
    # pandera 0.35 crashes while it reports a uniqueness failure under pandas 3.1: checked here
    twice = built.duplicated(list(table.key), keep=False)
    if twice.any():
        first = built.loc[twice, list(table.key)].drop_duplicates().head(3)
        rows = "; ".join(", ".join(map(str, row)) for row in first.to_numpy())
        raise TableContractError(
            f"Table '{table.name}' has {int(twice.sum())} rows that share a key "
            f"({', '.join(table.key)}): {rows}. Correct the source, or import another archive.",
            table=table.name,
        )
    return built


def _schema_column(pa: Any, column: Column) -> Any:
    checks = []
    if column.low is not None:
        checks.append(pa.Check.ge(column.low))
    if column.high is not None:
        checks.append(pa.Check.le(column.high))
    if column.among:
        checks.append(pa.Check.isin(column.among))
    if column.pattern:
        checks.append(pa.Check.str_matches(column.pattern))
    return pa.Column(column.kind.value, checks=checks, nullable=column.nullable)
