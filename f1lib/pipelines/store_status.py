"""What the store is, how much it remembers, and which copies of it there are."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from f1lib.settings import Settings
from f1lib.store import engine, integrity, revision, schema


class Age(StrEnum):
    """How the store stands to this f1lib."""

    MISSING = "missing"
    CURRENT = "current"
    OLDER = "older"


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """The store at `place`: its revision and the newest one, rows by log, copies newest first.

    `size_mb` is None where the store is no file.
    """

    place: str
    revision: str | None
    newest: str
    age: Age
    size_mb: float | None
    rows: dict[str, int]
    backups: tuple[tuple[Path, datetime], ...]


def store_status(settings: Settings) -> StoreStatus:
    """Look at the store; changes nothing.

    Raises StoreError when it is newer than this f1lib, damaged or out of reach.
    """
    address = settings.store_address
    found = revision.at(address)
    if found is None:
        age = Age.MISSING
    elif found == schema.REVISION:
        age = Age.CURRENT
    elif revision.is_known(found):
        age = Age.OLDER
    else:
        raise revision.unreadable(found, address)
    file = engine.sqlite_file(address)
    return StoreStatus(
        place=engine.place(address),
        revision=found,
        newest=schema.REVISION,
        age=age,
        size_mb=round(file.stat().st_size / 1e6, 2) if file is not None and file.exists() else None,
        rows=integrity.rows(address),
        backups=_backups(settings.backups),
    )


def _backups(folder: Path) -> tuple[tuple[Path, datetime], ...]:
    """What lies in the folder of backups, and when it was written."""
    if not folder.is_dir():
        return ()
    found = [
        (path, datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0))
        for path in folder.iterdir()
        if not path.name.startswith(".")
    ]
    return tuple(sorted(found, key=lambda each: (each[1], each[0].name), reverse=True))
