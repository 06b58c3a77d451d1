"""Attempts: a run, and the same again where its trouble can be over a little later.

In:   what the supervisor takes; how often and after which pause, from the catalogue.
Out:  the record of each attempt as it ends, each in a run folder of its own if it came to one.
Knows nothing of: how a run is done.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from f1lib.run_record import RunRecord
from f1lib.runner import beforehand, stopping, supervisor
from f1lib.runner.catalogue import NotebookEntry
from f1lib.runner.lock import IfHeld
from f1lib.weekend import RaceWeekend

if TYPE_CHECKING:
    from f1lib.settings import Settings


def _stopped_within(seconds: float) -> bool:
    """Wait; whether somebody asked to stop meanwhile."""
    with stopping.heard() as stopped:
        return stopped.wait(seconds)


def made(
    entry: NotebookEntry,
    weekend: RaceWeekend,
    given: Mapping[str, Any],
    settings: "Settings",
    *,
    now: datetime,
    if_running: IfHeld = IfHeld.SKIP,
    told: Callable[[str], None] | None = None,
    known: beforehand.Known = dict,
    pause: Callable[[float], bool | None] = _stopped_within,
) -> Iterator[tuple[RunRecord, bool]]:
    """The attempts at a run as `supervisor.run` makes them; with each, whether it is the last.

    Told to stop in the pause between two, it makes no other: the one before was the last.
    """
    for attempt in range(1, entry.retries + 2):
        record = supervisor.run(
            entry, weekend, given, settings, now=now, if_running=if_running, attempt=attempt,
            told=told, known=known,
        )  # fmt: skip
        is_last = attempt > entry.retries or not record.may_pass
        yield record, is_last
        if is_last:
            return
        if pause(entry.retry_pause_s):
            yield record, True
            return
