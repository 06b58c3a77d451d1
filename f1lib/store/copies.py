"""Copies of a whole store as one SQLite file, and the way back from such a file.

A copy shows one moment of the store, whoever writes meanwhile. Putting one back is one
transaction: a reader sees the old store or the new one, and a kill leaves the old one.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, func, select, text

from f1lib.store import connection as door
from f1lib.store import engine as engines
from f1lib.store import pour, revision
from f1lib.store.schema import METADATA


def copy(address: str, file: Path) -> None:
    """Copy the store to `file`, which must not be there; it keeps its revision.

    A store on a database server must be of today's revision. Raises StoreError when the store is
    damaged, out of reach, or cannot be read.
    """
    source = engines.sqlite_file(address)
    with engines.translated(address):
        if source is not None:
            with closing(sqlite3.connect(source, timeout=engines.PATIENCE_S)) as raw:
                raw.execute("VACUUM INTO ?", [str(file)])
            return
        revision.upgrade(engines.address_of(file))
        with (
            door.reading(address) as reader,
            engines.engine(engines.address_of(file)).begin() as writer,
        ):
            pour.every_row(reader, writer, METADATA)
    alone(file)


def alone(file: Path) -> None:
    """Let the SQLite store in `file` be one file, with no journal beside it."""
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode = DELETE")


def put_back(file: Path, address: str) -> None:
    """Replace everything in the store by what is in `file`, a store of today's revision."""
    target = engines.sqlite_file(address)
    with engines.translated(address):
        if target is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            with (
                closing(sqlite3.connect(file)) as source,
                closing(sqlite3.connect(target, timeout=engines.PATIENCE_S)) as raw,
            ):
                source.backup(raw, progress=_impatient)  # in one step: all pages or none
                raw.execute("PRAGMA journal_mode = WAL")
            return
        with (
            engines.reader(engines.address_of(file)).begin() as reader,
            door.connect(address) as writer,
        ):
            _hold(writer)
            for table in reversed(METADATA.sorted_tables):
                writer.execute(table.delete())
            pour.every_row(reader, writer, METADATA)
            _count_on(writer)


def lacking(file: Path, other: Path) -> dict[str, int]:
    """How many rows of each log of the store in `file` are not in the one in `other`.

    Both are of today's revision; logs that lack nothing are left out.
    """
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("ATTACH ? AS other", [str(other)])
        counted = {
            name: raw.execute(
                f"SELECT COUNT(*) FROM (SELECT * FROM main.{name} "  # noqa: S608 - names of ours
                f"EXCEPT SELECT * FROM other.{name})"
            ).fetchone()[0]
            for name in METADATA.tables
        }
    return {name: n for name, n in counted.items() if n}


def _hold(writer: Connection) -> None:
    """Nobody else writes to a database server until this transaction ends."""
    names = ", ".join(METADATA.tables)
    writer.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))


def _count_on(writer: Connection) -> None:
    """New rows of a database server get numbers after those that were put back."""
    for name, table in METADATA.tables.items():
        if "id" in table.c:
            newest = func.coalesce(select(func.max(table.c.id)).scalar_subquery(), 0) + 1
            counter = func.pg_get_serial_sequence(name, "id")
            writer.execute(select(func.setval(counter, newest, False)))


def _impatient(status: int, _remaining: int, _total: int) -> None:
    if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        raise sqlite3.OperationalError(
            f"another process was writing to it for {engines.PATIENCE_S:g} s"
        )
