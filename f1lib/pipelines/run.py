"""Run a notebook for a weekend: the runner, then the store, the list of reports, and mail.

What remembers a run takes most of a second to import, and does so while the run goes on; so does
a look at which data and champion are in use, for a run that ends before its notebook says so.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module
from threading import Thread
from typing import Any

from f1lib.run_record import RunRecord
from f1lib.runner import attempts, catalogue, lost, stopping
from f1lib.runner.lock import IfHeld
from f1lib.settings import Settings, moment
from f1lib.weekend import RaceWeekend


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

    Whatever happened is in the record, in the store, and in the list of reports; a failure is
    mailed, and so is what the notebook queued. A store out of reach does not lose the run: its
    report is there, degraded, and tells of the trouble. A mail server out of reach changes nothing:
    mails wait. Earlier runs of the same that died with their machine are marked lost first. Where
    it is being run already, WAIT tells `waiting` for whom. A signal to stop that no run obeyed is
    raised again, once the run is remembered. Raises ConfigurationError for an unknown notebook, or
    a parameter `now` that is no time; NotebookRunError with FAIL.
    """
    entry = catalogue.entry(notebook, settings)
    moment(str(parameters.get("now", "")) or now.isoformat())  # refused before a kernel starts
    mark_lost(settings, now=now, notebook=entry.name, weekend=str(weekend))
    importing = Thread(target=import_module, args=["f1lib.pipelines.remember"])
    importing.start()

    def known() -> dict[str, object]:
        importing.join()
        from f1lib.pipelines import in_use

        return in_use.facts(settings)

    with stopping.heard():  # a signal that comes as a run ends waits until that is remembered
        for record, is_last in attempts.made(
            entry, weekend, parameters, settings, now=now, if_running=if_running, told=waiting,
            known=known,
        ):  # fmt: skip
            from f1lib.pipelines.remember import remember

            (ended,) = remember([record], settings, now=now, tell=is_last)
    return ended


def mark_lost(
    settings: Settings, *, now: datetime, notebook: str = "*", weekend: str = "*"
) -> list[RunRecord]:
    """End the runs whose process died without a word, as `run` ends others; their records."""
    records = lost.ended(settings, notebook=notebook, weekend=weekend)
    if not records:
        return []
    from f1lib.pipelines.remember import remember

    return remember(records, settings, now=now)
