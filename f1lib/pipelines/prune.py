"""Prune: remove what is older than it need be. What was learnt about races is never among it."""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from f1lib.pipelines import kept_replays, pieces, site
from f1lib.runner import run_folder
from f1lib.settings import Settings
from f1lib.store import connection, engine, request_log


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went: requests of the service; run folders, pieces of backtests and replays, by their
    place in home."""

    before: datetime
    requests: int
    run_folders: tuple[str, ...]
    backtests: tuple[str, ...]
    replays: tuple[str, ...]
    trouble: str  # that the list of reports could not be written


def prune(settings: Settings, *, now: datetime) -> Pruned:
    """Remove requests, run folders (log, notebook, report), pieces of backtests and replays that
    are older, or were last used earlier, than `retention_days` ago.

    The newest good run of each notebook stays however old it is, and so does the report of every
    promotion. Predictions, outcomes, scores,
    drift, findings, decisions, promotions and the record of every run stay for good.
    """
    before = now - timedelta(days=settings.retention_days)
    requests = 0
    if engine.is_there(settings.store_address):
        with connection.connect(settings.store_address) as store:
            requests = request_log.forget(store, before=before)
    gone, trouble = _without_expired(settings, before)
    unused = pieces.remove_unused(settings.home, before=before)
    old = kept_replays.remove_old(settings.home, before=before)
    _sweep(settings, before)
    run_folders, backtests, replays = (_named(each, settings) for each in (gone, unused, old))
    return Pruned(before, requests, run_folders, backtests, replays, trouble)


@dataclass(frozen=True, slots=True)
class PrunedRuns:
    """The run folders that went, or would go, by their place in home."""

    before: datetime
    run_folders: tuple[str, ...]
    trouble: str  # as above


def prune_runs(
    settings: Settings, *, now: datetime, older_than: int | None = None, dry_run: bool = False
) -> PrunedRuns:
    """Remove the run folders alone, of runs begun more than `older_than` days ago (None:
    `retention_days`), as `prune` does; `dry_run` only says which those are.
    """
    days = settings.retention_days if older_than is None else older_than
    before = now - timedelta(days=days)
    gone, trouble = (
        (run_folder.expired(settings.reports, before=before), "")
        if dry_run
        else _without_expired(settings, before)
    )
    return PrunedRuns(before, _named(gone, settings), trouble)


def _without_expired(settings: Settings, before: datetime) -> tuple[list[Path], str]:
    """Remove the run folders that have expired, and write the list of reports anew; which ones
    those were, and what went wrong with the list."""
    gone = run_folder.remove_expired(settings.reports, before=before)
    return gone, site.refresh(settings) if gone else ""


def _named(paths: Iterable[Path], settings: Settings) -> tuple[str, ...]:
    return tuple(path.relative_to(settings.home).as_posix() for path in paths)


def _sweep(settings: Settings, before: datetime) -> None:
    """Remove what backups and restores left behind that were killed; it is hidden."""
    for path in (*settings.home.glob(".f1lib-*"), *settings.backups.glob(".f1lib-*")):
        with suppress(FileNotFoundError):  # somebody else removed it meanwhile
            if path.stat().st_mtime >= before.timestamp():
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
