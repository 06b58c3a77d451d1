"""Run a notebook for a weekend: the runner, then the store and the list of reports."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from f1lib.errors import ConfigurationError, StoreError
from f1lib.reports import site
from f1lib.run_record import RunRecord
from f1lib.runner import catalogue, supervisor
from f1lib.settings import Settings, moment
from f1lib.store import connection, run_log
from f1lib.weekend import RaceWeekend


def run(
    notebook: str,
    weekend: RaceWeekend,
    parameters: Mapping[str, Any],
    settings: Settings,
    *,
    now: datetime,
) -> RunRecord:
    """Run one notebook to its report; the record says how it ended.

    Whatever happened is in the record, in the store, and in runs/index.html. A store out of reach
    does not lose the run: its report is there, and the record tells of the trouble. Raises
    ConfigurationError for an unknown notebook, or a parameter `now` that is no time.
    """
    entry = catalogue.entry(notebook, settings)
    moment(str(parameters.get("now", "")) or now.isoformat())  # refused before a kernel starts
    record = supervisor.run(entry, weekend, parameters, settings, now=now)
    try:
        with connection.connect(settings.store_address) as store:
            run_log.record(store, record)
    except (StoreError, ConfigurationError) as exc:  # out of reach, or no address of a store
        record = replace(record, problem=f"{record.problem} Not in the store: {exc}".strip())
    site.write(settings.reports, settings.home)
    return record
