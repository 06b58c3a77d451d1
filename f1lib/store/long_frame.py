"""Logs that are one long frame: many rows of one origin in, the newest of each series out."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Boolean, ColumnElement, Connection, Double, Integer, Table, func, select

from f1lib.errors import StoreError
from f1lib.store import append
from f1lib.store.columns import Moment
from f1lib.store.origin import Origin
from f1lib.weekend import RaceWeekend


def record(
    connection: Connection,
    table: Table,
    origin: Origin,
    rows: pd.DataFrame,
    columns: Sequence[str],
) -> int:
    """Append `rows` (columns) as measured under `origin`; how many were not there already.

    Raises StoreError when a column is missing.
    """
    missing = [name for name in columns if name not in rows.columns]
    if missing:
        raise StoreError(
            f"Rows for the log '{table.name}' lack {', '.join(missing)}. "
            f"Its columns are {', '.join(columns)}.",
            missing=missing,
        )
    values = {name: _stored(table, name, rows[name]) for name in columns}
    facts = origin.as_row()
    return append.rows(
        connection,
        table,
        [
            {**facts, **dict(zip(values, one, strict=True))}
            for one in zip(*values.values(), strict=True)
        ],
    )


def newest(
    connection: Connection,
    table: Table,
    series: Sequence[str],
    wanted: Mapping[str, Any],
    *,
    first: RaceWeekend | None = None,
    last: RaceWeekend | None = None,
) -> pd.DataFrame:
    """Of each series (columns that name it) what was recorded last, in calendar order.

    `wanted` limits columns to a value; None: any. `first` and `last` bound the weekends, both
    included.
    """
    limits: list[ColumnElement[bool]] = [
        table.c[name] == value for name, value in wanted.items() if value is not None
    ]
    if first is not None:
        limits.append(table.c.weekend >= str(first))
    if last is not None:
        limits.append(table.c.weekend <= str(last))
    age = func.row_number().over(
        partition_by=[table.c[name] for name in series],
        order_by=[table.c.made_at.desc(), table.c.id.desc()],
    )
    ranked = select(table.c.id, age.label("age")).where(*limits).subquery()
    shown = [column for column in table.columns if column.name != "id"]
    found = connection.execute(
        select(*shown)
        .where(table.c.id.in_(select(ranked.c.id).where(ranked.c.age == 1)))
        .order_by(table.c.weekend, table.c.id)
    ).all()
    frame = pd.DataFrame(found, columns=[column.name for column in shown])
    return frame.astype({column.name: _kind(table, column.name) for column in shown})


def _stored(table: Table, name: str, values: "pd.Series[Any]") -> list[Any]:
    kind = table.c[name].type
    if isinstance(kind, Double):
        return append.numbers(values.to_numpy(dtype=float))
    plain = values.tolist()
    if isinstance(kind, Boolean):
        return [bool(each) for each in plain]
    return [int(each) for each in plain] if isinstance(kind, Integer) else list(map(str, plain))


def _kind(table: Table, name: str) -> str:
    kinds = {Double: "float64", Integer: "int64", Boolean: "bool", Moment: "object"}
    return next((kinds[kind] for kind in kinds if isinstance(table.c[name].type, kind)), "str")
