"""The door of the store: one block, one transaction.

    with connection.connect(settings.store_address) as store:
        prediction_log.record(store, prediction)

Leaving the block commits everything in it; an error undoes everything in it. A store that is new
or of an older f1lib is made ready first. `reading` only looks: it makes and changes nothing.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import Connection, NullPool, create_engine, text

from f1lib.store import engine as engines
from f1lib.store import revision, schema


@contextmanager
def connect(address: str, *, patience_s: float = engines.PATIENCE_S) -> Iterator[Connection]:
    """One transaction that may write. Writers take turns: compute before, not inside, the block.

    Raises StoreError when the store is newer than the code, damaged, out of reach, or held by
    another writer for longer than `patience_s`.
    """
    with engines.translated(address, patience_s):
        if revision.at(address) != schema.REVISION:
            revision.upgrade(address)
        file = engines.sqlite_file(address)
        if file is not None:
            revision.write_ahead(file)
        with engines.engine(address, patience_s).begin() as connection:
            if connection.dialect.name == "postgresql":  # SQLite has one writer by itself
                connection.execute(text(f"SELECT pg_advisory_xact_lock({revision.LOCK})"))
            yield connection


@contextmanager
def reading(address: str, *, patience_s: float = engines.PATIENCE_S) -> Iterator[Connection]:
    """One transaction that sees the store as it is now and cannot write; it never waits.

    Reading changes nothing: a store that is not there reads as an empty one, and one of an older
    f1lib is left as it is. Raises StoreError for that, and when it is newer, damaged or out of
    reach.
    """
    with engines.translated(address, patience_s):
        found = revision.at(address)
        if found is None:
            with closing(_empty()) as connection:
                yield connection
            return
        if found != schema.REVISION:
            raise revision.unreadable(found, address)
        with engines.reader(address, patience_s).begin() as connection:
            yield connection


def _empty() -> Connection:
    """A store without a row, in memory."""
    connection = create_engine("sqlite://", poolclass=NullPool).connect()
    schema.METADATA.create_all(connection)
    connection.exec_driver_sql("PRAGMA query_only = ON")
    return connection
