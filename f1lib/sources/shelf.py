"""The shelf: every archive ever imported, unchanged, and which of them is in use.

In:   an F1DB archive (zip, folder, https address) or the frames of a simulated world.
Out:  `<snapshots>/<sha256>/` with archive.zip and manifest.json; `current` names the one in use.
Knows nothing of: what was submitted by hand, what a forecast is.

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
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from f1lib import files
from f1lib.errors import SourceError
from f1lib.sources import canonical, manifest
from f1lib.sources.f1db import archive, download, tables
from f1lib.sources.manifest import Manifest
from f1lib.tables.history import History, Snapshot

_ARCHIVE = "archive.zip"
_HEX = frozenset("0123456789abcdef")


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
        found = manifest.of(
            read(target, "f1db", called=called),
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
        found = manifest.of(
            read(target, "simulated", called=description),
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
    sha256 = _pointer(folder)
    return manifest.read(folder / sha256) if sha256 else None


def listed(folder: Path) -> list[Manifest]:
    """Every snapshot that was kept, the newest import first; damaged ones are passed over."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if _is_sha256(path.name):
            try:
                found.append(manifest.read(path))
            except SourceError:
                continue
    return sorted(found, key=lambda each: (each.imported_at, each.sha256), reverse=True)


def named(folder: Path, sha256: str) -> Manifest:
    """The snapshot that the first digits of its sha256 name, in use or not."""
    names = [path.name for path in folder.glob("*") if _is_sha256(path.name)]
    found = [name for name in names if name.startswith(sha256)]
    if len(found) != 1 or len(sha256) < 6:
        raise SourceError(
            f"'{sha256}' names {len(found)} of the {len(names)} snapshots in {folder}. Give at "
            "least six digits of the name of one.",
            sha256=sha256,
        )
    return manifest.read(folder / found[0])


def intact(folder: Path, known: Manifest) -> Path:
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


def read(path: Path, source: str, *, called: str) -> History:
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
    of_f1db = [each for each in listed(folder) if each.source == "f1db"]
    in_use = _pointer(folder)
    return next((each for each in of_f1db if each.sha256 == in_use), next(iter(of_f1db), None))


def _is_in_use(folder: Path, sha256: str) -> bool:
    if _pointer(folder) != sha256:
        return False
    try:
        intact(folder, manifest.read(folder / sha256))
    except SourceError:
        return False  # importing it again mends it
    return True


def _put_in_use(folder: Path, work: Path, found: Manifest) -> Kept:
    """The work folder takes the snapshot's name; a damaged one of that name makes room."""
    home = folder / found.sha256
    try:
        known = manifest.read(home) if home.exists() else None
        if known is not None:
            intact(folder, known)
    except SourceError:
        known = None
        home.replace(Path(tempfile.mkdtemp(prefix=".damaged-", dir=folder)) / home.name)
    if known is None:
        manifest.write(work, found)
        with (work / _ARCHIVE).open("rb") as file:
            os.fsync(file.fileno())
        work.chmod(0o755)
        work.replace(home)
    files.write_text(folder / "current", f"{found.sha256}\n")
    return Kept(known or found, new=True)


def _pointer(folder: Path) -> str:
    try:
        sha256 = (folder / "current").read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return ""
    if not _is_sha256(sha256):
        raise SourceError(
            f"{folder / 'current'} should name a snapshot, but reads {sha256[:40]!r}. "
            "Delete it and import an archive again.",
            path=str(folder / "current"),
        )
    return sha256


def _is_sha256(text: str) -> bool:
    return len(text) == 64 and _HEX.issuperset(text)


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
