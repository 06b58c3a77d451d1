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
    partial: bool = False,
) -> tuple[Submission, tuple[str, ...]]:
    """Check the rows in `file` and keep them as the next revision of that session.

    Also says where the archive in use has that session already and differs: the archive counts.

    Raises SourceError, naming every fault at once, when they are not usable; nothing is kept then.
    """
    history = snapshots.history(settings.snapshots, settings.submissions)
    kept = submitted.submit(
        settings.submissions, history, weekend, session, file,
        now=now, allow_new=allow_new, partial=partial,
    )  # fmt: skip
    found = snapshots.opened(settings.snapshots, settings.submissions).disagreements
    mine = (kept.weekend, kept.session)
    return kept, tuple(each.sentence for each in found if (each.weekend, each.session) == mine)
