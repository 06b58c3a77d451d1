"""Backup: store, registry and submissions in one archive, tried out before it counts."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from f1lib.errors import StoreError
from f1lib.pipelines import archives
from f1lib.pipelines.check import Checkup
from f1lib.settings import Settings
from f1lib.store import engine, revision

ALWAYS_KEPT = 7  # archives that stay however old they are
_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"f1lib-(\d{8}T\d{6}Z)\.zip")


@dataclass(frozen=True, slots=True)
class Backup:
    """One archive, what was found when it was restored into an empty folder, and which went."""

    archive: Path
    made_at: datetime
    size_mb: float
    n_files: int
    restored: Checkup
    removed: tuple[Path, ...]


def backup(settings: Settings, *, now: datetime, to: Path | None = None) -> Backup:
    """Write an archive into the folder `to` (without it: `backups/` in home), and try it out.

    It is restored into a folder of its own and checked there as `f1lib db check` does; what is
    wrong with it is wrong with the home as well, and the archive is kept all the same. If nothing
    is, the archives in that folder older than `retention_days` go, the newest seven excepted.
    Commands may run meanwhile. Raises StoreError when there is nothing to keep, or the store is
    unreadable.
    """
    if not engine.is_there(settings.store_address):
        raise StoreError(
            f"There is no store at {engine.place(settings.store_address)} and so nothing to back "
            "up. Check F1LIB_HOME and F1LIB_STORE_URL."
        )
    revision.refuse_newer(settings.store_address)  # it could not be tried out
    archive = place(settings, now=now, to=to)
    folder = archive.parent
    if archive.exists():
        raise StoreError(
            f"{archive} exists already and is never overwritten. Try again with another --now."
        )
    folder.mkdir(parents=True, exist_ok=True)
    draft = archive.with_name(f".{archive.name}")
    with TemporaryDirectory(prefix=".f1lib-backup-", dir=folder) as work:
        state, tried = Path(work) / "state", Path(work) / "tried"
        try:
            archives.collect(settings, state)
            archives.pack(state, draft, now=now)
            facts = archives.unpack(draft, tried)
            restored = archives.checked(tried, settings)
            draft.replace(archive)
        finally:
            draft.unlink(missing_ok=True)
    size_mb = round(archive.stat().st_size / 1e6, 3)
    expired = () if restored.troubles else _expired(folder, settings, now)
    for path in expired:
        path.unlink(missing_ok=True)
    return Backup(archive, now, size_mb, len(facts.files), restored, expired)


def place(settings: Settings, *, now: datetime, to: Path | None = None) -> Path:
    """Where the archive of that moment is, or would be."""
    return (to or settings.backups) / f"f1lib-{now.astimezone(UTC):{_STAMP}}.zip"


def _expired(folder: Path, settings: Settings, now: datetime) -> tuple[Path, ...]:
    """The archives of `folder` that need not be kept, by the time in their names."""
    before = f"{(now - timedelta(days=settings.retention_days)).astimezone(UTC):{_STAMP}}"
    named = {path: found[1] for path in folder.iterdir() if (found := _NAME.fullmatch(path.name))}
    newest_first = sorted(named, key=lambda path: named[path], reverse=True)
    return tuple(path for path in newest_first[ALWAYS_KEPT:] if named[path] < before)
