"""Remember runs that have ended: in the store, in the list of reports, and by mail."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from f1lib.errors import ConfigurationError, StoreError
from f1lib.notify import events
from f1lib.pipelines import notify, site
from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import catalogue, ending
from f1lib.settings import Settings
from f1lib.store import connection, run_log

NOT_TOLD = {RunStatus.SKIPPED, RunStatus.CANCELLED}  # somebody else's doing, and known to them


def remember(
    records: Sequence[RunRecord], settings: Settings, *, now: datetime, tell: bool = True
) -> list[RunRecord]:
    """Write down how runs ended, and mail what failed if we are to `tell`; their records.

    A store out of reach and a full disk lose no run: its record and its files tell of the trouble.
    """
    told = []
    for record in records:
        try:
            with connection.connect(settings.store_address) as store:
                run_log.record(store, record)
                failed = not record.status.succeeded and record.status not in NOT_TOLD
                if tell and failed and not settings.is_replay:
                    notify.queue(store, [events.run_failed(record)], settings, now=now)
            told.append(record)
        except (StoreError, ConfigurationError, OSError) as exc:  # out of reach, or no address
            told.append(_without(record, f"Not in the store: {exc}", settings))
    if trouble := site.refresh(settings):
        told = [_without(record, trouble, settings) for record in told]
    notify.deliver_now(settings, now=now)  # also what a notebook put into the outbox
    return told


def _without(record: RunRecord, problem: str, settings: Settings) -> RunRecord:
    """The record of a run after which something could not be done; its files say so if they can."""
    entry = catalogue.found(record.notebook, settings)
    try:
        if record.folder:
            return ending.degraded(record, settings.home / record.folder, entry, problem)
    except OSError:
        pass  # the disk is full, or the folder is not in place
    return replace(record, problem=f"{record.problem} {problem}".strip())
