"""Which revision the tables of a store have, and the way forward to the newest one.

Forward only, all or nothing: a store is at its old revision or at the new one, never between.
An older store is copied first: a SQLite one to `backups/` beside it. One on a database server,
which others may use with an older f1lib, is changed only where a folder for the copy is named.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, MetaData, inspect, text

from f1lib.errors import StoreError
from f1lib.store import engine as engines
from f1lib.store import pour, schema

if TYPE_CHECKING:
    from alembic.config import Config

_WAL_AT, _WAL_HEADER = 18, b"\2\2"  # SQLite file format: 2 for WAL, 1 for a rollback journal

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 20250801  # PostgreSQL advisory lock of whoever writes or upgrades


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


def backup_file(address: str, found: str, backups: Path | None = None) -> Path:
    """Where a store of revision `found` is copied before it is brought up to date.

    Raises StoreError for one on a database server when there is no folder `backups`.
    """
    file = engines.sqlite_file(address)
    if file is not None:
        return file.parent / "backups" / f"{file.stem}-revision-{found}{file.suffix}"
    if backups is None:
        raise _older(found, address)
    return backups / f"store-revision-{found}.sqlite"


def refuse_newer(address: str) -> None:
    """Raise StoreError when a newer f1lib wrote the store."""
    found = at(address)
    if found is not None and not is_known(found):
        raise _newer(found, address)


def unreadable(found: str, address: str) -> StoreError:
    """Why a store of another revision than today's is not read."""
    if found not in _known(MIGRATIONS):
        return _newer(found, address)
    return _older(found, address)


def upgrade(address: str, *, scripts: Path = MIGRATIONS, backups: Path | None = None) -> bool:
    """Bring the store to the newest revision; False when it was there already.

    A store on a database server is copied into the folder `backups`. Raises StoreError when the
    store is newer than this code, or an older one on a server is to be changed without a copy.
    """
    engine = engines.engine(address)
    with engines.translated(address):
        file = engines.sqlite_file(address)
        if file is not None:
            write_ahead(file)
        return _upgraded(engine, address, scripts, backups)


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


def _upgraded(engine: Engine, address: str, scripts: Path, backups: Path | None) -> bool:
    from alembic import command
    from alembic.script import ScriptDirectory

    config = _config(scripts)
    newest = ScriptDirectory.from_config(config).get_current_head()
    with engine.connect() as connection:
        _hold_alone(connection)
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
            found = of(connection)
            if found == newest:
                return False
            if found is not None:
                if found not in _known(scripts):
                    raise _newer(found, address)
                _back_up(connection, address, found, backup_file(address, found, backups), scripts)
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


def _older(found: str, address: str) -> StoreError:
    if engines.sqlite_file(address) is None:
        how = "others may be using it. `f1lib db upgrade` copies it and brings it up to date."
    else:
        how = "reading changes nothing. `f1lib db upgrade` copies it and brings it up to date."
    return StoreError(
        f"The store {engines.place(address)} has revision {found}, older than this f1lib's "
        f"{schema.REVISION}, and {how}",
        found=found,
        known=schema.REVISION,
    )


def _newer(found: str, address: str) -> StoreError:
    return StoreError(
        f"The store {engines.place(address)} has revision {found}, but this f1lib knows none "
        f"after {schema.REVISION}: a newer f1lib wrote it. Install that one, or restore a "
        "backup.",
        found=found,
        known=schema.REVISION,
    )


def _back_up(connection: Connection, address: str, found: str, copy: Path, scripts: Path) -> None:
    """Copy the store to the file `copy`; nobody else writes to it until `connection` ends."""
    file, folder = engines.sqlite_file(address), copy.parent
    work = folder / f".store-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        work.unlink(missing_ok=True)
        if file is None:
            _copy_of_server(connection, found, work, scripts)
        else:
            with closing(sqlite3.connect(file, isolation_level=None)) as raw:
                raw.execute("VACUUM INTO ?", [str(work)])
        work.replace(copy)
    except (OSError, sqlite3.Error) as exc:
        raise StoreError(
            f"The store {engines.place(address)} cannot be copied to {folder} before it is brought "
            f"up to date: {exc}. Nothing was changed; make room there, or correct the permissions.",
            folder=str(folder),
        ) from exc


def _copy_of_server(connection: Connection, found: str, file: Path, scripts: Path) -> None:
    """What a database server holds, as a SQLite store of the same revision in `file`."""
    from alembic import command

    config = _config(scripts)
    with engines.engine(engines.address_of(file)).begin() as writer:
        config.attributes["connection"] = writer
        command.upgrade(config, found)
        tables = MetaData()
        tables.reflect(writer, only=lambda name, _: name != "alembic_version")
        names = ", ".join(table.name for table in tables.sorted_tables)
        connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))
        pour.every_row(connection, writer, tables)
