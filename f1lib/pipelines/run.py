"""Run a notebook for a weekend: the runner, then the store, the list of reports, and mail."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from f1lib.errors import ConfigurationError, StoreError
from f1lib.notify import events
from f1lib.pipelines import notify, site
from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import attempts, catalogue, ending, lost
from f1lib.runner.lock import IfHeld
from f1lib.settings import Settings, moment
from f1lib.store import connection, run_log
from f1lib.weekend import RaceWeekend

NOT_TOLD = {RunStatus.SKIPPED, RunStatus.CANCELLED}  # somebody else's doing, and known to them


def run(
    notebook: str,
    weekend: RaceWeekend,
    parameters: Mapping[str, Any],
    settings: Settings,
    *,
    now: datetime,
    if_running: IfHeld = IfHeld.SKIP,
    waiting: Callable[[str], None] | None = None,
) -> RunRecord:
    """Run one notebook to its report; the record, that of the last attempt, says how it ended.

    Whatever happened is in the record, in the store, and in runs/index.html; a failure is mailed,
    and so is what the notebook queued. A store out of reach does not lose the run: its report is
    there, degraded, and tells of the trouble. A mail server out of reach changes nothing: mails
    wait. Earlier runs of the same that died with their machine are marked lost first. Where it is
    being run already, WAIT tells `waiting` for whom. Raises ConfigurationError for an unknown
    notebook, or a parameter `now` that is no time; NotebookRunError with FAIL.
    """
    entry = catalogue.entry(notebook, settings)
    moment(str(parameters.get("now", "")) or now.isoformat())  # refused before a kernel starts
    mark_lost(settings, now=now, notebook=entry.name, weekend=str(weekend))
    for record, is_last in attempts.made(
        entry, weekend, parameters, settings, now=now, if_running=if_running, told=waiting
    ):
        (ended,) = _remembered([record], settings, now, tell=is_last)
    return ended


def mark_lost(
    settings: Settings, *, now: datetime, notebook: str = "*", weekend: str = "*"
) -> list[RunRecord]:
    """End the runs whose process died without a word, as `run` ends others; their records."""
    return _remembered(lost.ended(settings, notebook=notebook, weekend=weekend), settings, now)


def _remembered(
    records: Sequence[RunRecord], settings: Settings, now: datetime, *, tell: bool = True
) -> list[RunRecord]:
    """Runs that have ended: into the store, the list of reports and mail."""
    if not records:
        return []
    told = []
    for record in records:
        try:
            with connection.connect(settings.store_address) as store:
                run_log.record(store, record)
                if tell and not record.status.succeeded and record.status not in NOT_TOLD:
                    notify.queue(store, [events.run_failed(record)], settings, now=now)
            told.append(record)
        except (StoreError, ConfigurationError, OSError) as exc:  # out of reach, or no address
            told.append(_without(record, f"Not in the store: {exc}", settings))
    try:
        site.write(settings)
    except OSError as exc:
        trouble = f"Not in the list of reports: {exc}."
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
