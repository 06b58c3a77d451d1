"""Prune: remove what is older than it need be. What was learnt about races is never among it."""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta

from f1lib.pipelines import kept_replays, pieces
from f1lib.reports import site
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


def prune(settings: Settings, *, now: datetime) -> Pruned:
    """Remove requests, run folders (log, notebook, report), pieces of backtests and replays that
    are older, or were last used earlier, than `retention_days` ago.

    The newest good run of each notebook stays however old it is. Predictions, outcomes, scores,
    drift, findings, decisions, promotions and the record of every run stay for good.
    """
    before = now - timedelta(days=settings.retention_days)
    requests = 0
    if engine.is_there(settings.store_address):
        with connection.connect(settings.store_address) as store:
            requests = request_log.forget(store, before=before)
    gone = run_folder.remove_expired(settings.reports, before=before)
    if gone:
        site.write(settings.reports, settings.home)
    unused = pieces.remove_unused(settings.home, before=before)
    old = kept_replays.remove_old(settings.home, before=before)
    _sweep(settings, before)
    return Pruned(
        before,
        requests,
        *(
            tuple(path.relative_to(settings.home).as_posix() for path in paths)
            for paths in (gone, unused, old)
        ),
    )


def _sweep(settings: Settings, before: datetime) -> None:
    """Remove what backups and restores left behind that were killed; it is hidden."""
    for path in (*settings.home.glob(".f1lib-*"), *settings.backups.glob(".f1lib-*")):
        if path.stat().st_mtime >= before.timestamp():
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
