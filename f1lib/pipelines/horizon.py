"""The horizon: what of a history was known after a weekend, for replays and for training anew."""

from dataclasses import replace
from datetime import datetime

from f1lib.settings import Settings
from f1lib.tables.history import History
from f1lib.weekend import RaceWeekend, Stage


def through(history: History, weekend: RaceWeekend) -> History:
    """All that was known after the race of `weekend`.

    Results of later weekends are gone; of the calendar the rest of that season stays, and of the
    next weekend who takes part. Raises ConfigurationError when the calendar has no such weekend.
    """
    history.race(weekend)
    key, end = str(weekend), f"{weekend.season}-99"
    calendar = history["races"]["weekend"]
    coming = min((name for name in calendar if key < name <= end), default=key)
    ends = {"races": end, "entries": coming}
    return replace(
        history,
        tables={
            name: frame[frame["weekend"] <= ends.get(name, key)].reset_index(drop=True)
            if "weekend" in frame
            else frame
            for name, frame in history.tables.items()
        },
    )


def is_replay(history: History, settings: Settings, *, now: datetime) -> bool:
    """Whether what is done at `now` is a replay: less is looked at than is known, or races are
    known that are run later.
    """
    return settings.is_replay or history.starts_at(history.completed()[-1], Stage.RACE) > now
