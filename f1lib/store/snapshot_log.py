"""Which data the workbench has ever worked with."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from f1lib.store import append
from f1lib.store.schema import SNAPSHOTS
from f1lib.tables.history import Snapshot


def record(connection: Connection, snapshot: Snapshot, *, now: datetime) -> bool:
    """Remember `snapshot`; False when it was known already."""
    return append.rows(connection, SNAPSHOTS, [{**asdict(snapshot), "recorded_at": now}]) == 1


def find(connection: Connection, sha256: str) -> Snapshot | None:
    """The snapshot of that name; None when it is unknown."""
    found = connection.execute(select(SNAPSHOTS).where(SNAPSHOTS.c.sha256 == sha256))
    row = found.mappings().one_or_none()
    return None if row is None else _snapshot(row)


def recorded(connection: Connection) -> list[Snapshot]:
    """All snapshots, the oldest first."""
    found = connection.execute(
        select(SNAPSHOTS).order_by(SNAPSHOTS.c.recorded_at, SNAPSHOTS.c.sha256)
    )
    return [_snapshot(row) for row in found.mappings()]


def _snapshot(row: RowMapping) -> Snapshot:
    facts: dict[str, Any] = {name: row[name] for name in Snapshot.__slots__}
    return Snapshot(**facts)
