"""Upgrade: bring the store to the revision of this f1lib, after a copy of what was there."""

from dataclasses import dataclass
from pathlib import Path

from f1lib.settings import Settings
from f1lib.store import revision, schema


@dataclass(frozen=True, slots=True)
class Upgraded:
    """From which revision to which; `backup` is the copy that was made of the older store.

    `before` is None for a store that was not there.
    """

    before: str | None
    after: str
    backup: Path | None

    @property
    def new(self) -> bool:
        """Whether there was anything to do."""
        return self.before != self.after


def upgrade(settings: Settings) -> Upgraded:
    """Make the store, or bring it up to date; one that is, stays as it is.

    All or nothing: when it fails, or is killed, the older store is still there. Raises StoreError
    when the store is newer than this f1lib.
    """
    address = settings.store_address
    before = revision.at(address)
    done = revision.upgrade(address, backups=settings.backups)
    kept = done and before is not None
    copied = revision.backup_file(address, str(before), settings.backups) if kept else None
    return Upgraded(before, schema.REVISION, copied)
