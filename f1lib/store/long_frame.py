"""Logs that are one long frame: many rows of one origin in, the newest of each series out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Double,
    Integer,
    RowMapping,
    Table,
    func,
    insert,
    select,
)

from f1lib.errors import StoreError
from f1lib.store import append
from f1lib.store.columns import Moment
from f1lib.store.origin import Origin
from f1lib.weekend import RaceWeekend


@dataclass(frozen=True, slots=True)
class Log:
    """One log: its table, the columns of the frames it takes, and those that name a series.

    A series is what is measured again and again, such as one rule after one weekend.
    """

    table: Table
    columns: tuple[str, ...]
    series: tuple[str, ...]

    def record(self, connection: Connection, origin: Origin, rows: pd.DataFrame) -> int:
        """Append those of `rows` (columns) that are news under `origin`; how many were.

        What its series said last, on the same snapshot and under the same policy, is no news.
        Raises StoreError when a column is missing.
        """
        missing = [name for name in self.columns if name not in rows.columns]
        if missing:
            raise StoreError(
                f"Rows for the log '{self.table.name}' lack {', '.join(missing)}. "
                f"Its columns are {', '.join(self.columns)}.",
                missing=missing,
            )
        values = {name: _stored(self.table.c[name], rows[name]) for name in self.columns}
        facts = origin.as_row()
        wanted = {name: facts[name] for name in ("weekend", "replay", "simulated")}
        before = map(dict, self._newest(connection, wanted, until=origin.made_at))
        said = {self._key(row): _without_time(row) for row in before}
        news = []
        for one in zip(*values.values(), strict=True):
            row = {**facts, **dict(zip(values, one, strict=True))}
            if said.get(self._key(row)) != _without_time(row):
                said[self._key(row)] = _without_time(row)
                news.append(row)
        if news:
            connection.execute(insert(self.table), news)
        return len(news)

    def current(
        self,
        connection: Connection,
        *,
        first: RaceWeekend | None = None,
        last: RaceWeekend | None = None,
        **wanted: Any,
    ) -> pd.DataFrame:
        """Of each series what was made last, in calendar order.

        `wanted` limits columns to a value; None: any. `first` and `last` bound the weekends, both
        included.
        """
        found = self._newest(connection, wanted, first=first, last=last)
        frame = pd.DataFrame(map(dict, found), columns=[column.name for column in self._shown()])
        return frame.astype({column.name: _kind(column) for column in self._shown()})

    def _shown(self) -> list[Column[Any]]:
        return [column for column in self.table.columns if column.name != "id"]

    def _key(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(row[name] for name in self.series)

    def _newest(
        self,
        connection: Connection,
        wanted: Mapping[str, Any],
        *,
        first: RaceWeekend | None = None,
        last: RaceWeekend | None = None,
        until: datetime | None = None,
    ) -> list[RowMapping]:
        table = self.table
        limits: list[ColumnElement[bool]] = [
            table.c[name] == value for name, value in wanted.items() if value is not None
        ]
        if first is not None:
            limits.append(table.c.weekend >= str(first))
        if last is not None:
            limits.append(table.c.weekend <= str(last))
        if until is not None:
            limits.append(table.c.made_at <= until)
        age = func.row_number().over(
            partition_by=[table.c[name] for name in self.series],
            order_by=[table.c.made_at.desc(), table.c.id.desc()],
        )
        ranked = select(table.c.id, age.label("age")).where(*limits).subquery()
        found = connection.execute(
            select(*self._shown())
            .where(table.c.id.in_(select(ranked.c.id).where(ranked.c.age == 1)))
            .order_by(table.c.weekend, table.c.id)
        )
        return list(found.mappings())


def _without_time(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "made_at"}


def _stored(column: Column[Any], values: "pd.Series[Any]") -> list[Any]:
    if isinstance(column.type, Double):
        return append.numbers(values.to_numpy(dtype=float))
    plain = values.tolist()
    if isinstance(column.type, Boolean):
        return [bool(each) for each in plain]
    whole = isinstance(column.type, Integer)
    return [int(each) for each in plain] if whole else list(map(str, plain))


def _kind(column: Column[Any]) -> str:
    kinds = {Double: "float64", Integer: "int64", Boolean: "bool", Moment: "object"}
    return next((kinds[kind] for kind in kinds if isinstance(column.type, kind)), "str")
