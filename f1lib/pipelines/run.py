"""Run a notebook for a weekend: the runner, then the store, the list of reports, and mail."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from f1lib.errors import ConfigurationError, StoreError
from f1lib.notify import events
from f1lib.pipelines import notify
from f1lib.reports import site
from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import catalogue, supervisor
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
) -> RunRecord:
    """Run one notebook to its report; the record says how it ended.

    Whatever happened is in the record, in the store, and in runs/index.html; a failure is mailed,
    and so is what the notebook queued. A store out of reach does not lose the run: its report is
    there, and the record tells of the trouble. A mail server out of reach changes nothing. Raises
    ConfigurationError for an unknown notebook, or a parameter `now` that is no time.
    """
    entry = catalogue.entry(notebook, settings)
    moment(str(parameters.get("now", "")) or now.isoformat())  # refused before a kernel starts
    record = supervisor.run(entry, weekend, parameters, settings, now=now)
    try:
        with connection.connect(settings.store_address) as store:
            run_log.record(store, record)
            if not record.status.succeeded and record.status not in NOT_TOLD:
                notify.queue(store, [events.run_failed(record)], settings, now=now)
    except (StoreError, ConfigurationError) as exc:  # out of reach, or no address of a store
        record = replace(record, problem=f"{record.problem} Not in the store: {exc}".strip())
    site.write(settings.reports, settings.home)
    notify.deliver_now(settings, now=now)  # also what the notebook put into the outbox
    return record
