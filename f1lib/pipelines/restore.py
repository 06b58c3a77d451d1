"""Restore: put an archive back in place of what is there, which is kept."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from f1lib.errors import StoreError
from f1lib.pipelines import archives
from f1lib.pipelines.check import Checkup
from f1lib.settings import Settings
from f1lib.store import copies, engine

JOURNALS = ("", "-wal", "-shm")  # of a SQLite file


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, where that which it replaced is kept, and what is wrong with it.

    `kept` is empty when there was nothing to keep.
    """

    archive: Path
    made_at: datetime
    kept: tuple[Path, ...]
    lost: tuple[str, ...]  # what the archive lacks of that which was there
    found: Checkup


def restore(archive: Path, settings: Settings, *, force: bool, now: datetime) -> Restored:
    """Make store, registry and submissions what they were when `archive` was made.

    What is there now is first kept in `backups/`. Without `force` nothing is replaced that the
    archive lacks, and no archive is taken that `f1lib db check` objects to. The store changes in
    one transaction; killed anywhere, restoring again completes the work. No other command should
    run meanwhile. Raises StoreError when the archive is damaged, or refused.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".f1lib-restore-", dir=settings.home) as work:
        wanted, present = Path(work) / "wanted", Path(work) / "present"
        facts = archives.unpack(archive, wanted)
        if archives.STORE not in facts.files:
            raise StoreError(
                f"The archive {archive} holds no store: the one it was made beside could not be "
                "read. Nothing was changed; take another one."
            )
        found = archives.checked(wanted, settings)
        if found.troubles and not force:
            raise StoreError(
                f"The archive {archive} is whole, but what it holds is not: {found.troubles[0]} "
                "Take another one, or restore it all the same with --force."
            )
        unreadable = _collected(settings, present)
        lost = (unreadable,) if unreadable else tuple(_lost(present, wanted, settings))
        if lost and not force:
            raise StoreError(
                f"Restoring {archive} would lose what was recorded since or elsewhere: "
                f"{'; '.join(lost)}. Restore it all the same with --force; what is there now is "
                f"kept in {settings.backups}.",
                lost=lost,
            )
        kept = tuple(_kept(present, settings, now, raw=bool(unreadable)))
        _put_in_place(wanted, settings)
    return Restored(archive, facts.made_at, kept, lost, found)


def _collected(settings: Settings, present: Path) -> str:
    """Copy what is there now; why the store cannot be copied, or empty."""
    try:
        archives.collect(settings, present)
    except StoreError as exc:
        if engine.sqlite_file(settings.store_address) is None:
            raise
        (present / archives.STORE).unlink(missing_ok=True)
        archives.collect_trees(settings, present)
        return str(exc).rstrip(".")
    return ""


def _lost(present: Path, wanted: Path, settings: Settings) -> Iterator[str]:
    """What is there now and not in the archive, in words."""
    if (present / archives.STORE).exists():
        with TemporaryDirectory(dir=present.parent) as aside:
            copied = Path(shutil.copyfile(present / archives.STORE, Path(aside) / archives.STORE))
            try:
                archives.checked(copied.parent, settings)
                missing = copies.lacking(copied, wanted / archives.STORE)
                yield from (f"{n} rows of {log}" for log, n in missing.items())
            except StoreError as exc:  # newer than this f1lib: it cannot be compared
                yield str(exc).rstrip(".")
    here, there = archives.contents(present), archives.contents(wanted)
    for tree in archives.TREES:
        own = [name for name in here if name.startswith(f"{tree}/")]
        other = [name for name in own if there.get(name) != here[name]]
        if other:
            yield f"{len(other)} files in {tree}/, first {other[0]}"


def _kept(present: Path, settings: Settings, now: datetime, *, raw: bool) -> Iterator[Path]:
    """Keep what is there now: as an archive, and a store that cannot be read as it is."""
    stem = f"replaced-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    settings.backups.mkdir(parents=True, exist_ok=True)
    if archives.contents(present):
        draft = settings.backups / f".f1lib-{stem}.zip"
        archives.pack(present, draft, now=now)
        yield draft.replace(_free(settings.backups / f"{stem}.zip"))
    file = engine.sqlite_file(settings.store_address)
    if raw and file is not None:
        for journal in JOURNALS:
            beside = file.with_name(file.name + journal)
            if beside.exists():
                place = _free(settings.backups / f"{stem}-{beside.name}")
                shutil.copyfile(beside, place)
                yield place
        for journal in reversed(JOURNALS):
            file.with_name(file.name + journal).unlink(missing_ok=True)


def _free(path: Path) -> Path:
    """`path`, or with a number where that is taken."""
    numbered = (path.with_stem(f"{path.stem}-{number}") for number in range(2, 10_000))
    return path if not path.exists() else next(each for each in numbered if not each.exists())


def _put_in_place(wanted: Path, settings: Settings) -> None:
    """New files first, then the store in one transaction, then what it does not know goes.

    So the champion that the store names is on disk at every moment.
    """
    there = archives.contents(wanted)
    for tree in archives.TREES:
        _add(wanted / tree, settings.home / tree)
    copies.put_back(wanted / archives.STORE, settings.store_address)
    for tree in archives.TREES:
        here = settings.home / tree
        for path in sorted(here.rglob("*"), reverse=True):
            name = path.relative_to(settings.home).as_posix()
            if "/." in name:  # being written by another command
                continue
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
            elif path.is_file() and name not in there:
                path.unlink()


def _add(source: Path, target: Path) -> None:
    """Each file of `source` that `target` lacks or has otherwise, whole or not at all."""
    for path in sorted(source.rglob("*")) if source.is_dir() else ():
        place = target / path.relative_to(source)
        if path.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)
