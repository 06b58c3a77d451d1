"""Snapshots: the `History` of one kept archive, with what was submitted laid over it.

In:   the shelf of archives, the folder of submissions.
Out:  a `History` named by the sha256 of archive and submissions together.
Knows nothing of: how an archive came to the shelf.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from f1lib.errors import SourceError
from f1lib.sources import overlay, shelf, submitted
from f1lib.sources.manifest import Manifest
from f1lib.sources.overlay import Disagreement
from f1lib.tables.contract import vouch
from f1lib.tables.history import TABLES, History, Snapshot

_LAST_READ: dict[str, History] = {}  # one at most, by sha256


@dataclass(frozen=True, slots=True)
class Opened:
    """A snapshot as read: its manifest, the history, and where submissions contradict it."""

    manifest: Manifest
    history: History
    disagreements: tuple[Disagreement, ...]


def history(
    folder: Path, submissions_folder: Path | None = None, sha256: str | None = None
) -> History:
    """The current snapshot (or the named one) with what was submitted laid over it.

    Raises SourceError when there is none, or when it is no longer what was imported.
    """
    return opened(folder, submissions_folder, sha256).history


def opened(
    folder: Path, submissions_folder: Path | None = None, sha256: str | None = None
) -> Opened:
    """`history`, with the manifest of the archive and where submissions contradict it."""
    known = shelf.named(folder, sha256) if sha256 else shelf.current(folder)
    if known is None:
        raise SourceError(
            f"Nothing is imported yet: {folder} has no snapshot. Run `f1lib data pull`, "
            "or `f1lib data import PATH` with an F1DB archive.",
            folder=str(folder),
        )
    plain = replace(_remembered(shelf.intact(folder, known), known), snapshot=_archive(known))
    if submissions_folder is None:
        return Opened(known, plain, ())
    whole, contradicted = _overlaid(plain, _newest(submissions_folder, known))
    return Opened(known, whole, contradicted)


def identity(folder: Path, submissions_folder: Path) -> Snapshot | None:
    """Which snapshot `history` is of; None when nothing is imported yet.

    The archive is read only where something was submitted. Raises SourceError as `history` does.
    """
    known = shelf.current(folder)
    if known is None:
        return None
    if _newest(submissions_folder, known):
        return history(folder, submissions_folder).snapshot
    return _archive(known)


def _archive(known: Manifest) -> Snapshot:
    """An archive with nothing laid over it."""
    return Snapshot(
        sha256=known.sha256,
        source=known.source,
        description=known.description,
        credit=known.credit,
        archive_sha256=known.sha256,
        simulated=known.simulated,
    )


def _newest(submissions_folder: Path, known: Manifest) -> list[submitted.Submission]:
    return submitted.newest(submissions_folder, source=known.source, simulated=known.simulated)


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
        read = shelf.read(path, known.source, called=f"snapshot {known.sha256[:12]}")
        _LAST_READ.clear()
        _LAST_READ[known.sha256] = read
    return replace(
        read, tables={name: frame.copy(deep=False) for name, frame in read.tables.items()}
    )
