"""Which revision the tables of a store have, and the way forward to the newest one.

Forward only, all or nothing: a store is at its old revision or at the new one, never between.
An older SQLite store is copied to `backups/` beside it first.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from f1lib.errors import StoreError
from f1lib.store import engine as engines
from f1lib.store import schema

if TYPE_CHECKING:
    from alembic.config import Config

_WAL_AT, _WAL_HEADER = 18, b"\2\2"  # SQLite file format: 2 for WAL, 1 for a rollback journal

MIGRATIONS = Path(__file__).parent / "migrations"


def of(connection: Connection) -> str | None:
    """The revision of the store; None when it is new."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if found is None else str(found)


def at(address: str) -> str | None:
    """The revision of the store at `address`; None when there is none yet.

    Raises StoreError when it is damaged or out of reach.
    """
    reader = engines.reader(address)
    with engines.translated(address):
        if not engines.is_there(address):
            return None
        with reader.begin() as connection:
            return of(connection)


def is_known(found: str) -> bool:
    """Whether this f1lib can bring a store of that revision to the newest one."""
    return found in _known(MIGRATIONS)


def backup_file(address: str, found: str) -> Path | None:
    """Where a SQLite store of revision `found` is copied before it is brought up to date."""
    file = engines.sqlite_file(address)
    if file is None:
        return None
    return file.parent / "backups" / f"{file.stem}-revision-{found}{file.suffix}"


def unreadable(found: str, address: str) -> StoreError:
    """Why a store of another revision than today's is not read."""
    if found not in _known(MIGRATIONS):
        return _newer(found, address)
    return StoreError(
        f"The store {engines.place(address)} has revision {found}, older than this f1lib's "
        f"{schema.REVISION}, and reading changes nothing. `f1lib db upgrade` brings it up "
        "to date, as does the next command that writes.",
        found=found,
        known=schema.REVISION,
    )


def upgrade(address: str, *, scripts: Path = MIGRATIONS) -> bool:
    """Bring the store to the newest revision; False when it was there already.

    Raises StoreError when the store is newer than this code.
    """
    engine = engines.engine(address)
    with engines.translated(address):
        file = engines.sqlite_file(address)
        if file is not None:
            write_ahead(file)
        return _upgraded(engine, address, scripts)


def write_ahead(file: Path) -> None:
    """A SQLite file in WAL mode, for good: readers and the writer do not wait for each other.

    The mode is written in the file; a copy that was put back by hand may have lost it.
    """
    try:
        with file.open("rb") as raw_file:
            if raw_file.read(len(_WAL_HEADER) + _WAL_AT)[_WAL_AT:] == _WAL_HEADER:
                return
    except OSError:
        pass  # there is none yet; what else may be wrong is said by opening it
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise StoreError(
            f"The folder {file.parent} of the store cannot be created: {exc}. Check F1LIB_HOME.",
            folder=str(file.parent),
        ) from exc
    with closing(sqlite3.connect(file, timeout=engines.PATIENCE_S, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")


def _upgraded(engine: Engine, address: str, scripts: Path) -> bool:
    from alembic import command
    from alembic.script import ScriptDirectory

    config = _config(scripts)
    newest = ScriptDirectory.from_config(config).get_current_head()
    with engine.connect() as connection:
        _hold_alone(connection)
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(20250801)"))
            found = of(connection)
            if found == newest:
                return False
            if found is not None:
                if found not in _known(scripts):
                    raise _newer(found, address)
                _back_up(address, found)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            _check_references(connection)
    return True


def _hold_alone(connection: Connection) -> None:
    """SQLite rebuilds a table to change it: references are checked after, not meanwhile."""
    if connection.dialect.name == "sqlite":
        raw = connection.connection.dbapi_connection
        assert raw is not None  # noqa: S101 - a connection that is open has one
        raw.execute("PRAGMA foreign_keys = OFF")


def _check_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise StoreError(
            f"Upgrading the store would leave {len(broken)} rows that refer to nothing, first in "
            f"table '{broken[0][0]}'. Nothing was changed; report this."
        )


def _config(scripts: Path) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    return config


def _known(scripts: Path) -> set[str]:
    from alembic.script import ScriptDirectory

    known = ScriptDirectory.from_config(_config(scripts))
    return {script.revision for script in known.walk_revisions()}


def _newer(found: str, address: str) -> StoreError:
    return StoreError(
        f"The store {engines.place(address)} has revision {found}, but this f1lib knows none "
        f"after {schema.REVISION}: a newer f1lib wrote it. Install that one, or restore a "
        "backup.",
        found=found,
        known=schema.REVISION,
    )


def _back_up(address: str, found: str) -> None:
    """Copy a SQLite store; we hold its write lock, so the copy is what is about to change."""
    file, copy = engines.sqlite_file(address), backup_file(address, found)
    if file is None or copy is None:
        return
    folder = copy.parent
    work = folder / f".{file.stem}-{os.getpid()}"
    try:
        folder.mkdir(exist_ok=True)
        work.unlink(missing_ok=True)
        with closing(sqlite3.connect(file, isolation_level=None)) as raw:
            raw.execute("VACUUM INTO ?", [str(work)])
        work.replace(copy)
    except (OSError, sqlite3.Error) as exc:
        raise StoreError(
            f"The store {engines.place(address)} cannot be copied to {folder} before it is brought "
            f"up to date: {exc}. Nothing was changed; make room there, or correct the permissions.",
            folder=str(folder),
        ) from exc
