"""Hand in one session of a weekend, before any archive has it."""

from datetime import datetime
from pathlib import Path

from f1lib.settings import Settings
from f1lib.sources import snapshots, submitted
from f1lib.sources.submitted import Submission
from f1lib.weekend import RaceWeekend


def submit(
    session: str,
    file: Path,
    weekend: RaceWeekend,
    settings: Settings,
    *,
    now: datetime,
    allow_new: bool = False,
) -> Submission:
    """Check the rows in `file` and keep them as the next revision of that session.

    Raises SourceError, naming every fault at once, when they are not usable; nothing is kept then.
    """
    history = snapshots.history(settings.snapshots, settings.submissions)
    return submitted.submit(
        settings.submissions, history, weekend, session, file, now=now, allow_new=allow_new
    )
