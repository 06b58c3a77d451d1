"""Status: which data is in use, how fresh it is, and what does not agree."""

from dataclasses import dataclass
from datetime import datetime

from f1lib.errors import ConfigurationError
from f1lib.settings import Settings
from f1lib.sources import snapshots
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import RaceWeekend, Stage


@dataclass(frozen=True, slots=True)
class Status:
    """The data in use; `latest` is the last race with a result, `coming` the weekend after it."""

    snapshot: Snapshot
    imported_at: datetime
    n_races: int
    latest: RaceWeekend | None
    latest_age_days: int | None
    coming: RaceWeekend | None
    findings: tuple[str, ...]


def status(settings: Settings, *, now: datetime) -> Status:
    """The snapshot in use, as of `now`. Raises SourceError when there is none."""
    opened = snapshots.opened(settings.snapshots, settings.submissions)
    history = opened.history
    completed = history.completed()
    latest = completed[-1] if completed else None
    return Status(
        snapshot=history.snapshot,
        imported_at=opened.manifest.imported_at,
        n_races=len(completed),
        latest=latest,
        latest_age_days=(
            None if latest is None else (now - history.starts_at(latest, Stage.RACE)).days
        ),
        coming=_coming(history),
        findings=tuple(each.sentence for each in opened.disagreements),
    )


def _coming(history: History) -> RaceWeekend | None:
    try:
        return history.weekend("next")
    except ConfigurationError:
        return None  # the next schedule is not published yet
