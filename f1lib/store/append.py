"""Appending rows that may be there already, on SQLite and PostgreSQL alike."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Column, Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]


def rows(connection: Connection, table: Table, new: Sequence[Row]) -> int:
    """Append `new` but for rows whose key is there already; how many were appended."""
    if not new:
        return 0
    # counted by what comes back: a driver's rowcount of many rows cannot be relied upon
    insert = _insert(connection, table).returning(*table.primary_key.columns)
    return len(connection.execute(insert, [dict(row) for row in new]).all())


def row(connection: Connection, table: Table, new: Row) -> int | None:
    """Append one row to a table with an `id`; the id, or None when its key is there already."""
    identity: Column[int] = table.c.id
    insert = _insert(connection, table).returning(identity)
    return connection.execute(insert, dict(new)).scalar_one_or_none()


def _insert(connection: Connection, table: Table) -> Insert:
    """INSERT ... ON CONFLICT DO NOTHING: both speak it, but SQLAlchemy spells it per dialect."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def numbers(values: npt.ArrayLike) -> list[float | None]:
    """Doubles as they are stored: NaN becomes None, minus zero becomes zero.

    >>> numbers([0.25, float("nan"), -0.0])
    [0.25, None, 0.0]
    """
    plain = np.asarray(values, dtype=np.float64) + 0.0
    return [None if number != number else number for number in plain.tolist()]  # noqa: PLR0124
