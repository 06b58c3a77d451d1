"""An address becomes an engine, and a database's complaint becomes a sentence.

SQLite works in WAL mode: readers never wait. Whoever may write takes the write lock when the
transaction begins (`BEGIN IMMEDIATE`) and waits its turn for it, so no transaction fails halfway.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError

from f1lib.errors import ConfigurationError, StoreError

PATIENCE_S = 30.0  # how long to wait for another writer
_READS = "f1lib_reads"  # execution option: this connection may not write


def place(address: str) -> str:
    """`address` as it may be shown to anyone: without its password."""
    return _url(address).render_as_string(hide_password=True)


def address_of(file: Path) -> str:
    """The address of a SQLite store in `file`."""
    return f"sqlite:///{quote(str(file))}"


def sqlite_file(address: str) -> Path | None:
    """The file of a SQLite store; None when the store is no SQLite file."""
    url = _url(address)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def is_there(address: str) -> bool:
    """Whether the file of a SQLite store exists; a database server always counts as there."""
    file = sqlite_file(address)
    try:
        return file is None or file.exists()
    except OSError as exc:
        raise StoreError(
            f"The store {place(address)} is out of reach: {exc}. Check F1LIB_HOME and "
            "F1LIB_STORE_URL.",
            address=place(address),
        ) from exc


@cache
def engine(address: str, patience_s: float = PATIENCE_S) -> Engine:
    """The engine of `address`; it holds no connection open.

    Raises ConfigurationError when there can be no store at this address.
    """
    url = _url(address)
    kind = url.get_backend_name()
    if kind not in {"sqlite", "postgresql"} or url.database in {None, "", ":memory:"}:
        raise ConfigurationError(
            f"There can be no store at '{place(address)}'. Set F1LIB_STORE_URL to "
            "sqlite:////folder/store.sqlite or postgresql://user@host/database, or leave it empty."
        )
    if kind == "postgresql":
        return create_engine(url, poolclass=NullPool)
    made = create_engine(url, poolclass=NullPool, connect_args={"timeout": patience_s})
    event.listen(made, "connect", _prepare)
    event.listen(made, "begin", _begin)
    return made


def reader(address: str, patience_s: float = PATIENCE_S) -> Engine:
    """The same engine, but nothing can be written through it, and it sees one moment only."""
    whole = engine(address, patience_s)
    if whole.dialect.name == "sqlite":
        return whole.execution_options(**{_READS: True})
    return whole.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


@contextmanager
def translated(address: str, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Any trouble of the database in this block leaves it as a StoreError."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as exc:
        raise StoreError(
            f"The store {place(address)} {_trouble(exc, patience_s)}", address=place(address)
        ) from exc


def _url(address: str) -> URL:
    try:
        url = make_url(address)
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError) as exc:
        raise ConfigurationError(
            "The address of the store is not usable. Set F1LIB_STORE_URL to "
            "sqlite:////folder/store.sqlite or postgresql://user@host/database, or leave it empty."
        ) from exc
    return url


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are ours, not the driver's: see _begin
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get(_READS):
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _trouble(exc: DBAPIError | sqlite3.Error, patience_s: float) -> str:
    raised = exc.orig if isinstance(exc, DBAPIError) else exc
    said = str(raised).strip().partition("\n")[0]
    if getattr(raised, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
        return (
            f"was being written by another process for {patience_s:g} s. "
            "Let it finish, then try again."
        )
    if "not a database" in said or "malformed" in said:
        return f"is damaged ({said}). Move it away and restore a backup."
    if isinstance(exc, IntegrityError):
        return f"refused a row that contradicts or lacks another one: {said}."
    return f"failed: {said}. Check that it can be reached and written."
