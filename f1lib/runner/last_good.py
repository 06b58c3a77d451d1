"""Last good: the run that the numbers of a new one are set beside.

In:   the record of a run, and where its folder will be.
Out:  the last good run of the same notebook, for the same or an earlier weekend, and what it found.
Knows nothing of: what the numbers mean.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from f1lib.reports import metrics
from f1lib.run_record import RunRecord
from f1lib.runner import run_folder


def before(record: RunRecord, place: Path) -> Iterator[tuple[RunRecord, Path]]:
    """The runs that its numbers may stand beside, with their folders: the best one first, which is
    of the same weekend or else of the nearest earlier one, and was begun last."""
    weekends = (each for each in place.parent.parent.glob("*") if each.name <= str(record.weekend))
    for weekend in sorted(weekends, reverse=True):
        runs = [
            (earlier, folder)
            for folder in weekend.glob("[!.]*")
            if not folder.is_symlink()
            and (earlier := run_folder.record_in(folder))
            and record.stands_beside(earlier)
        ]
        yield from sorted(runs, key=lambda run: run[0].started_at, reverse=True)


def said_before(record: RunRecord, place: Path) -> tuple[RunRecord, dict[str, Any]] | None:
    """The best of them that was asked the same, and its results.json; None where there is none."""
    for earlier, folder in before(record, place):
        with suppress(OSError, ValueError):  # half copied, or removed meanwhile
            if record.asks_as(earlier):
                return earlier, metrics.read(folder)
    return None
