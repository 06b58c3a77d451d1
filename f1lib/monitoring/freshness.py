"""Freshness: which sessions are over, and of which is there no data although it is due?

In:   what is known, the time that counts as the present, how many hours data may take.
Out:  `Freshness`: the session due last, and those that are late. The one definition of stale data.
Knows nothing of: findings, what follows from stale data.

A session is late only if nothing that came after it has data either: what the archive passed over
(a practice session in a storm, say) was never held, and no waiting brings it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from f1lib.tables.history import SESSION_TABLES, History
from f1lib.weekend import PRACTICE_SESSIONS, SESSION_ORDER, RaceWeekend, Session

# from the scheduled start to the end at the latest, by the sporting regulations
LASTS = {Session.RACE: timedelta(hours=3)}
OTHERS_LAST = timedelta(hours=1)
# a day is known and no clock time: it ends last west of Greenwich
A_DAY_LASTS = timedelta(hours=36)
A_WEEKEND_LASTS = timedelta(days=4)
BEFORE = 24  # races of a format that tell which sessions it has


@dataclass(frozen=True, slots=True)
class Held:
    """A session of a weekend, and when it was over (UTC)."""

    weekend: RaceWeekend
    session: Session
    ended_at: datetime

    def __str__(self) -> str:
        return f"{self.weekend} {self.session}"


@dataclass(frozen=True, slots=True)
class Freshness:
    """`due` is the session whose data had to be there last (None: none yet); `late` in order."""

    due: Held | None
    late: tuple[Held, ...]


def freshness(history: History, *, now: datetime, hours: float) -> Freshness:
    """Look for the sessions that ended more than `hours` before `now` and have no data."""
    races = history["races"]
    begun = races.loc[races["date"] <= (now + A_WEEKEND_LASTS).date().isoformat(), "weekend"]
    waited = timedelta(hours=hours)
    due: list[tuple[Held, bool]] = []
    for name in begun.tail(BEFORE):
        weekend, seen = RaceWeekend.parse(name), present(history, name)
        held = [
            Held(weekend, session, ended_at(history, weekend, session))
            for session in SESSION_ORDER[history.format(weekend)]
            if session in seen or session in usual(history, weekend)
        ]
        due += [(each, each.session in seen) for each in held if each.ended_at + waited <= now]
    last = max((place for place, (_, seen) in enumerate(due) if seen), default=-1)
    late = tuple(each for each, _ in due[last + 1 :] if each.session is not Session.GRID)
    return Freshness(due[-1][0] if due else None, late)


def ended_at(history: History, weekend: RaceWeekend, session: Session) -> datetime:
    """When `session` was over at the latest, UTC."""
    timed_as = Session.QUALIFYING if session is Session.GRID else session
    if history.race(weekend).notna().get(f"{timed_as.value.lower()}_at", False):
        starts_at = history.session_starts_at(weekend, timed_as)
        return starts_at + LASTS.get(timed_as, OTHERS_LAST)
    # of practice not even the day is known: it is over when qualifying is
    day_of = Session.QUALIFYING if timed_as in PRACTICE_SESSIONS else timed_as
    return history.session_starts_at(weekend, day_of) + A_DAY_LASTS


def present(history: History, weekend: str) -> frozenset[Session]:
    """The sessions of `weekend` that have data."""
    practice = history["practice"]
    found = {Session(name) for name in practice.loc[practice["weekend"] == weekend, "session"]}
    return frozenset(found).union(
        session
        for name, session in SESSION_TABLES.items()
        if (history[name]["weekend"] == weekend).any()
    )


def usual(history: History, weekend: RaceWeekend) -> frozenset[Session]:
    """The sessions that `weekend` should have, by its format.

    Of practice those that most of the last BEFORE races of the format had.
    """
    races, key, order = history["races"], str(weekend), SESSION_ORDER[history.format(weekend)]
    like = races[(races["format"] == history.format(weekend)) & (races["weekend"] < key)]
    raced = like.loc[like["weekend"].isin(history["results"]["weekend"]), "weekend"].tail(BEFORE)
    practice = history["practice"]
    counts = practice[practice["weekend"].isin(raced)].groupby("session")["weekend"].nunique()
    return frozenset(
        session
        for session in order
        if session not in PRACTICE_SESSIONS or counts.get(session.value, 0) > len(raced) / 2
    )
