"""Last good: the run that the numbers of a new one are set beside.

In:   the record of a run, and where its folder will be.
Out:  the last good run of the same notebook, for the same or an earlier weekend, and what it found.
Knows nothing of: what the numbers mean.
"""

from pathlib import Path
from typing import Any

from f1lib.reports import metrics
from f1lib.run_record import RunRecord
from f1lib.runner import run_folder

ANY = ("weekend", "now", "dry_run")  # parameters that may differ: they change no definition


def before(record: RunRecord, place: Path) -> tuple[RunRecord, dict[str, Any]] | None:
    """The run and its results.json; None where there is none of the same world and parameters."""
    weekends = sorted(place.parent.parent.glob("*/latest"), reverse=True)
    for latest in weekends:
        earlier = run_folder.record_in(latest)
        if earlier is None or earlier.run_id == record.run_id or not _alike(earlier, record):
            continue
        try:
            return earlier, metrics.read(latest)
        except (OSError, ValueError, TypeError):  # half copied, or removed meanwhile
            continue
    return None


def _alike(earlier: RunRecord, record: RunRecord) -> bool:
    """Whether a change between the two is one of the world, and not of the question."""
    return (
        earlier.weekend <= record.weekend
        and earlier.simulated == record.simulated
        and _definition(earlier) == _definition(record)
    )


def _definition(record: RunRecord) -> dict[str, Any]:
    return {name: value for name, value in record.parameters.items() if name not in ANY}
