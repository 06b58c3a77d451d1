"""The door of the store: one block, one transaction.

    with connection.connect(settings.store_address) as store:
        prediction_log.record(store, prediction)

Leaving the block commits everything in it; an error undoes everything in it. A store that is new
or of an older f1lib is made ready first.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from f1lib.store import engine as engines
from f1lib.store import revision, schema


@contextmanager
def connect(address: str, *, patience_s: float = engines.PATIENCE_S) -> Iterator[Connection]:
    """One transaction that may write. Writers take turns: compute before, not inside, the block.

    Raises StoreError when the store is newer than the code, damaged, out of reach, or held by
    another writer for longer than `patience_s`.
    """
    with engines.translated(address, patience_s):
        _make_ready(address)
        with engines.engine(address, patience_s).begin() as connection:
            yield connection


@contextmanager
def reading(address: str, *, patience_s: float = engines.PATIENCE_S) -> Iterator[Connection]:
    """One transaction that sees the store as it is now and cannot write; it never waits."""
    with engines.translated(address, patience_s):
        _make_ready(address)
        with engines.reader(address, patience_s).begin() as connection:
            yield connection


def _make_ready(address: str) -> None:
    file = engines.sqlite_file(address)
    if file is None or file.exists():
        with engines.reader(address).begin() as connection:
            if revision.of(connection) == schema.REVISION:
                return
    revision.upgrade(address)
