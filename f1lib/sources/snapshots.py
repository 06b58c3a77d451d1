"""Snapshots: every archive ever imported, unchanged, and the `History` of one of them.

In:   an F1DB archive (zip, folder, https address) or the frames of a simulated world.
Out:  `<snapshots>/<sha256>/` with archive.zip and manifest.json; `current` names the one in use,
      `previous` the one before; `history()` reads one, with the submissions laid over it.
Knows nothing of: what a forecast is.

An import appears whole or not at all: everything is checked in a hidden work folder first, which
then takes its name in one step. Whatever goes wrong, the last good snapshot stays in use.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from f1lib import files
from f1lib.errors import SourceError
from f1lib.sources import canonical, manifest, overlay, submitted
from f1lib.sources.f1db import archive, download, tables
from f1lib.sources.manifest import Manifest
from f1lib.sources.overlay import Disagreement
from f1lib.tables.contract import vouch
from f1lib.tables.history import TABLES, History, Snapshot

_ARCHIVE = "archive.zip"
_HEX = frozenset("0123456789abcdef")
_LAST_READ: dict[str, History] = {}  # one at most, by sha256


@dataclass(frozen=True, slots=True)
class Kept:
    """What an import came to. `new` is False when this very archive was in use already."""

    manifest: Manifest
    new: bool

    @property
    def sentence(self) -> str:
        """What happened, for a person."""
        known = self.manifest
        what = f"snapshot {known.sha256[:12]} ({known.description})"
        if not self.new:
            return f"Nothing changed: {what} is in use already."
        last = f", the last of them {known.last_completed}" if known.last_completed else ""
        return f"Imported {what}: {known.completed} races with results{last}."


@dataclass(frozen=True, slots=True)
class Opened:
    """A snapshot as read: its manifest, the history, and where submissions contradict it."""

    manifest: Manifest
    history: History
    disagreements: tuple[Disagreement, ...]


def keep_archive(
    folder: Path,
    address: str,
    *,
    now: datetime,
    force: bool = False,
    progress: download.Progress | None = None,
    sleep: download.Sleep = time.sleep,
) -> Kept:
    """Import the F1DB archive at `address` into `folder` and put it in use.

    Raises SourceError when it cannot be had, is broken, or holds fewer races or results than the
    F1DB snapshot it would replace (`force` imports it all the same); TableContractError when its
    values break a schema. Nothing is replaced then.
    """
    with _importing(folder) as work:
        target = work / _ARCHIVE
        _fetch(address, target, folder, progress=progress, sleep=sleep)
        called = download.shown(address) if "://" in address else address
        sha256 = files.sha256_of(target)
        if _is_in_use(folder, sha256):
            return Kept(manifest.read(folder / sha256), new=False)
        found = _manifest(
            _history(target, "f1db", called=called),
            target,
            sha256=sha256,
            source="f1db",
            description=archive.DESCRIPTION,
            address=called,
            credit=archive.CREDIT,
            now=now,
        )
        if not force:
            _refuse_a_loss(found, _last_of_f1db(folder))
        return _put_in_use(folder, work, found)


def keep_frames(
    folder: Path,
    frames: Mapping[str, pd.DataFrame],
    *,
    description: str,
    now: datetime,
    credit: str = "",
    facts: Mapping[str, Any] | None = None,
) -> Kept:
    """Keep the canonical tables of a simulated world in `folder` and put them in use.

    `facts` (seed, scenario, seasons, published until) go into archive and manifest. The same
    frames and facts always make the same sha256.
    """
    with _importing(folder) as work:
        target = work / _ARCHIVE
        canonical.write(target, frames, facts or {})
        sha256 = files.sha256_of(target)
        if _is_in_use(folder, sha256):
            return Kept(manifest.read(folder / sha256), new=False)
        found = _manifest(
            _history(target, "simulated", called=description),
            target,
            sha256=sha256,
            source="simulated",
            description=description,
            address="",
            credit=credit,
            now=now,
            facts=facts,
        )
        return _put_in_use(folder, work, found)


def current(folder: Path) -> Manifest | None:
    """The snapshot in use, or None when nothing was imported yet."""
    sha256 = _pointer(folder, "current")
    return manifest.read(folder / sha256) if sha256 else None


def previous(folder: Path) -> Manifest | None:
    """The snapshot that was in use before the current one."""
    sha256 = _pointer(folder, "previous")
    return manifest.read(folder / sha256) if sha256 else None


def listed(folder: Path) -> list[Manifest]:
    """Every snapshot that was kept, the newest import first."""
    if not folder.is_dir():
        return []
    found = [manifest.read(path) for path in folder.iterdir() if _is_sha256(path.name)]
    return sorted(found, key=lambda each: (each.imported_at, each.sha256), reverse=True)


def use(folder: Path, sha256: str) -> Manifest:
    """Put a kept snapshot in use again, named by the first digits of its sha256."""
    known = _named(folder, sha256)
    _intact(folder, known)
    _point(folder, known.sha256)
    return known


def history(
    folder: Path, submissions_folder: Path | None = None, sha256: str | None = None
) -> History:
    """The current snapshot (or the named one) with what was submitted laid over it.

    Raises SourceError when there is none, or when it is no longer what was imported.
    """
    return opened(folder, submissions_folder, sha256).history


def disagreements(
    folder: Path, submissions_folder: Path, sha256: str | None = None
) -> tuple[Disagreement, ...]:
    """Where submissions contradict the archive, which wins."""
    return opened(folder, submissions_folder, sha256).disagreements


def opened(
    folder: Path, submissions_folder: Path | None = None, sha256: str | None = None
) -> Opened:
    """`history` and `disagreements` in one reading, with the manifest."""
    known = _named(folder, sha256) if sha256 else current(folder)
    if known is None:
        raise SourceError(
            f"Nothing is imported yet: {folder} has no snapshot. Run `f1lib data pull`, "
            "or `f1lib data import PATH` with an F1DB archive.",
            folder=str(folder),
        )
    plain = _remembered(_intact(folder, known), known)
    identity = Snapshot(
        sha256=known.sha256,
        source=known.source,
        description=known.description,
        credit=known.credit,
        archive_sha256=known.sha256,
        simulated=known.simulated,
    )
    plain = replace(plain, snapshot=identity)
    if submissions_folder is None:
        return Opened(known, plain, ())
    newest = submitted.newest(submissions_folder, source=known.source, simulated=known.simulated)
    whole, contradicted = _overlaid(plain, newest)
    return Opened(known, whole, contradicted)


def _overlaid(
    plain: History, newest: list[submitted.Submission]
) -> tuple[History, tuple[Disagreement, ...]]:
    laid = overlay.overlay(plain.tables, newest)
    if not laid.used:
        return plain, laid.disagreements
    identity = hashlib.sha256(plain.snapshot.archive_sha256.encode())
    for each in laid.used:
        identity.update(each.sha256.encode())
    merged = {
        name: frame if frame is plain.tables[name] else vouch(TABLES[name], frame)
        for name, frame in laid.frames.items()
    }
    snapshot = replace(plain.snapshot, sha256=identity.hexdigest(), submissions=len(laid.used))
    return History(snapshot, merged), laid.disagreements


def _remembered(path: Path, known: Manifest) -> History:
    """The tables of an intact archive; read once in a process, for its sha256 says it all.

    The frames are copies as far as anybody changes them.
    """
    read = _LAST_READ.get(known.sha256)
    if read is None:
        read = _history(path, known.source, called=f"snapshot {known.sha256[:12]}")
        _LAST_READ.clear()
        _LAST_READ[known.sha256] = read
    return replace(
        read, tables={name: frame.copy(deep=False) for name, frame in read.tables.items()}
    )


def _history(path: Path, source: str, *, called: str) -> History:
    """The vouched tables of the archive at `path`; its identity is filled in by who knows it."""
    frames = (
        tables.canonical(archive.read(path, called=called))
        if source == "f1db"
        else canonical.read(path, called=called)
    )
    nobody = Snapshot(sha256="", source="simulated", description="", credit="", archive_sha256="")
    return History.of(nobody, frames)


def _fetch(
    address: str,
    target: Path,
    folder: Path,
    *,
    progress: download.Progress | None,
    sleep: download.Sleep,
) -> None:
    if "://" in address:
        name = hashlib.sha256(address.encode()).hexdigest()[:12]
        fetched = folder / f".download-{name}.zip"
        download.download(address, fetched, progress=progress, sleep=sleep)
        fetched.replace(target)
        return
    path = Path(address)
    if path.is_dir():
        archive.pack(path, target)
    elif path.is_file():
        shutil.copyfile(path, target)
    else:
        raise SourceError(
            f"There is no F1DB archive at {address or 'an empty address'}. Name a zip, a folder "
            f"or an https address; the latest is at {download.LATEST_RELEASE}.",
            address=address,
        )


def _manifest(
    read: History,
    path: Path,
    *,
    sha256: str,
    source: str,
    description: str,
    address: str,
    credit: str,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> Manifest:
    completed = read.completed()
    return Manifest(
        sha256=sha256,
        source="f1db" if source == "f1db" else "simulated",
        description=description,
        address=address,
        credit=credit,
        simulated=source == "simulated",
        imported_at=now,
        counts={name: len(frame) for name, frame in read.tables.items()},
        completed=len(completed),
        last_completed=str(completed[-1]) if completed else "",
        archive_bytes=path.stat().st_size,
        facts=dict(facts or {}),
    )


def _refuse_a_loss(found: Manifest, before: Manifest | None) -> None:
    if before is None:
        return
    kinds = {
        "races with results": (found.completed, before.completed),
        "results": (found.counts["results"], before.counts["results"]),
        "qualifying rows": (found.counts["qualifying"], before.counts["qualifying"]),
    }
    lost = [f"{now} {kind} instead of {then}" for kind, (now, then) in kinds.items() if now < then]
    if lost:
        raise SourceError(
            f"{found.address} holds less than snapshot {before.sha256[:12]}, which is in use: "
            f"{', '.join(lost)}. If that is right, import it with --force; nothing was changed.",
            lost=lost,
        )


def _last_of_f1db(folder: Path) -> Manifest | None:
    """The F1DB snapshot in use, else the one imported last; a damaged one is no measure."""
    readable = []
    for path in folder.iterdir():
        if _is_sha256(path.name):
            try:
                readable.append(manifest.read(path))
            except SourceError:
                continue
    of_f1db = [each for each in readable if each.source == "f1db"]
    in_use = _pointer(folder, "current")
    return max(of_f1db, key=lambda each: (each.sha256 == in_use, each.imported_at), default=None)


def _is_in_use(folder: Path, sha256: str) -> bool:
    if _pointer(folder, "current") != sha256:
        return False
    try:
        _intact(folder, manifest.read(folder / sha256))
    except SourceError:
        return False  # importing it again mends it
    return True


def _put_in_use(folder: Path, work: Path, found: Manifest) -> Kept:
    """The work folder takes the snapshot's name; a damaged one of that name makes room."""
    home = folder / found.sha256
    try:
        known = manifest.read(home) if home.exists() else None
        if known is not None:
            _intact(folder, known)
    except SourceError:
        known = None
        home.replace(Path(tempfile.mkdtemp(prefix=".damaged-", dir=folder)) / home.name)
    if known is None:
        manifest.write(work, found)
        with (work / _ARCHIVE).open("rb") as file:
            os.fsync(file.fileno())
        work.chmod(0o755)
        work.replace(home)
    _point(folder, found.sha256)
    return Kept(known or found, new=True)


def _point(folder: Path, sha256: str) -> None:
    before = _pointer(folder, "current")
    if before == sha256:
        return
    if before:
        files.write_text(folder / "previous", f"{before}\n")
    files.write_text(folder / "current", f"{sha256}\n")


def _pointer(folder: Path, name: str) -> str:
    try:
        sha256 = (folder / name).read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return ""
    if not _is_sha256(sha256):
        raise SourceError(
            f"{folder / name} should name a snapshot, but reads {sha256[:40]!r}. "
            "Delete it and import an archive again.",
            path=str(folder / name),
        )
    return sha256


def _is_sha256(text: str) -> bool:
    return len(text) == 64 and _HEX.issuperset(text)


def _named(folder: Path, sha256: str) -> Manifest:
    names = [path.name for path in folder.glob("*") if _is_sha256(path.name)]
    found = [name for name in names if name.startswith(sha256)]
    if len(found) != 1 or len(sha256) < 6:
        raise SourceError(
            f"'{sha256}' names {len(found)} of the {len(names)} snapshots in {folder}. Give at "
            "least six digits of one that `f1lib data status` shows.",
            sha256=sha256,
        )
    return manifest.read(folder / found[0])


def _intact(folder: Path, known: Manifest) -> Path:
    """The archive of a snapshot, once its sha256 is what its name says."""
    path = folder / known.sha256 / _ARCHIVE
    found = files.sha256_of(path) if path.is_file() else "nothing"
    if found != known.sha256:
        raise SourceError(
            f"The snapshot {known.sha256[:12]} is damaged: {path} has the sha256 {found[:12]}. "
            f"Import {known.address or 'the simulated world'} again.",
            snapshot=known.sha256,
            found=found,
        )
    return path


@contextmanager
def _importing(folder: Path) -> Iterator[Path]:
    """A hidden work folder, for one import at a time; what a killed one left is swept away."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for left in (*folder.glob(".work-*"), *folder.glob(".damaged-*")):
                shutil.rmtree(left, ignore_errors=True)
            work = Path(tempfile.mkdtemp(prefix=".work-", dir=folder))
            try:
                yield work
            finally:
                shutil.rmtree(work, ignore_errors=True)
    except BlockingIOError as exc:
        raise SourceError(
            f"Another import into {folder} is under way. Wait until it has ended."
        ) from exc
    except OSError as exc:  # no space, no permission
        raise SourceError(
            f"Nothing was imported into {folder}: {exc}. The last good snapshot stays in use."
        ) from exc
