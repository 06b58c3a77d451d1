"""The calendar of a season: where, when, in which format; and the round that was cancelled.

A round has a *slot* (its place in the calendar as planned, 0..) and, unless it was cancelled, a
weekend: rounds after a cancelled one are renumbered from the moment that is announced.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from f1lib.sources.simulated.circuits import CIRCUITS, Circuit
from f1lib.sources.simulated.streams import Dice, Purpose
from f1lib.weekend import RaceWeekend, Session, WeekendFormat

ROUNDS = (20, 24)  # fewest and most a season plans
SPRINTS = {2021: 3, 2022: 3}  # others: six, from 2023 on
CANCELLED_EVERY = 3  # seasons, counted back from the last

_PUBLISHED_AFTER = {  # hours after the session starts: its length and two hours of checking
    Session.FP1: 3.0, Session.FP2: 3.0, Session.FP3: 3.0,
    Session.SPRINT_QUALIFYING: 2.75, Session.SPRINT: 2.5,
    Session.QUALIFYING: 3.0, Session.GRID: 0.0, Session.RACE: 3.0,
}  # fmt: skip
# hours before the race starts
_TIMETABLE: dict[WeekendFormat, dict[Session, float]] = {
    WeekendFormat.STANDARD: {
        Session.FP1: 49.5, Session.FP2: 46, Session.FP3: 26.5, Session.QUALIFYING: 23,
    },
    WeekendFormat.SPRINT_SETS_GRID: {
        Session.FP1: 49.5, Session.QUALIFYING: 46, Session.FP2: 26.5, Session.SPRINT: 23,
    },
    WeekendFormat.SPRINT_AFTER_QUALIFYING: {
        Session.FP1: 49.5, Session.QUALIFYING: 46,
        Session.SPRINT_QUALIFYING: 26.5, Session.SPRINT: 22.5,
    },
    WeekendFormat.SPRINT_BEFORE_QUALIFYING: {
        Session.FP1: 49.5, Session.SPRINT_QUALIFYING: 45.5,
        Session.SPRINT: 27, Session.QUALIFYING: 23,
    },
}  # fmt: skip
GRID_BEFORE_RACE = 2.0


@dataclass(frozen=True, slots=True)
class Round:
    """One round as planned; `weekend` is its final number, None when it was cancelled."""

    slot: int
    planned: RaceWeekend
    weekend: RaceWeekend | None
    circuit: Circuit
    format: WeekendFormat
    race_at: datetime

    def starts(self) -> dict[Session, datetime]:
        """When each session begins, in the order they run, the grid as if it were one."""
        hours = {
            **_TIMETABLE[self.format],
            Session.GRID: GRID_BEFORE_RACE,
            Session.RACE: 0.0,
        }
        return {name: self.race_at - timedelta(hours=before) for name, before in hours.items()}

    def published_at(self, session: Session) -> datetime:
        """When the results of `session` appear."""
        return self.starts()[session] + timedelta(hours=_PUBLISHED_AFTER[session])

    @property
    def entries_at(self) -> datetime:
        """When the entry list appears: Thursday noon."""
        thursday = self.race_at.date() - timedelta(days=3)
        return datetime.combine(thursday, time(12), tzinfo=UTC)

    @property
    def revised_at(self) -> datetime:
        """When a result may be revised: Monday noon."""
        monday = self.race_at.date() + timedelta(days=1)
        return datetime.combine(monday, time(12), tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SeasonCalendar:
    """All rounds planned for a season, and the moments it became known and was changed."""

    season: int
    rounds: tuple[Round, ...]
    published_at: datetime
    cancelled_slot: int | None = None
    cancellation_at: datetime | None = None

    @property
    def held(self) -> tuple[Round, ...]:
        """The rounds that took place."""
        return tuple(round_ for round_ in self.rounds if round_.weekend is not None)


def planned(dice: Dice, season: int, *, last_season: int) -> SeasonCalendar:
    """The calendar of `season`; one round is cancelled in the last and every third before it."""
    rng = dice.below(season).rng(Purpose.CALENDAR)
    n_rounds = int(rng.integers(ROUNDS[0], ROUNDS[1] + 1))
    circuits = np.sort(rng.choice(len(CIRCUITS), n_rounds, replace=False))
    sundays = _sundays(season)
    chosen = np.sort(rng.choice(len(sundays), n_rounds, replace=False))
    formats = _formats(rng, season, n_rounds)
    rounds = []
    for slot in range(n_rounds):
        circuit = CIRCUITS[circuits[slot]]
        race_at = datetime.combine(sundays[chosen[slot]], time(circuit.race_hour), tzinfo=UTC)
        weekend = RaceWeekend(season, slot + 1)
        rounds.append(Round(slot, weekend, weekend, circuit, formats[slot], race_at))
    published = datetime.combine(rounds[0].race_at.date(), time(9), tzinfo=UTC)
    calendar = SeasonCalendar(season, tuple(rounds), published - timedelta(days=33))
    cancelled = int(rng.integers(4, n_rounds - 4))
    cancels = (last_season - season) % CANCELLED_EVERY == 0
    return _without(calendar, cancelled) if cancels else calendar


def _without(calendar: SeasonCalendar, slot: int) -> SeasonCalendar:
    """The same season with one round cancelled on the Tuesday before, and the later renumbered."""
    tuesday = calendar.rounds[slot].race_at.date() - timedelta(days=5)
    rounds = [
        round_
        if round_.slot < slot
        else replace(
            round_,
            weekend=None
            if round_.slot == slot
            else RaceWeekend(calendar.season, round_.planned.round - 1),
        )
        for round_ in calendar.rounds
    ]
    return SeasonCalendar(
        calendar.season,
        tuple(rounds),
        calendar.published_at,
        slot,
        datetime.combine(tuesday, time(12), tzinfo=UTC),
    )


def _sundays(season: int) -> list[date]:
    """The Sundays a race may be held on: early March to early December, without the holidays."""
    first = date(season, 3, 1)
    first += timedelta(days=(6 - first.weekday()) % 7)
    weeks = [first + timedelta(weeks=week) for week in range(40)]
    holidays = (date(season, 8, 3), date(season, 8, 21))
    return [day for day in weeks if not holidays[0] <= day <= holidays[1]]


def _formats(rng: np.random.Generator, season: int, n_rounds: int) -> list[WeekendFormat]:
    formats = [WeekendFormat.STANDARD] * n_rounds
    if season < 2021:
        return formats
    sprint = {
        2021: WeekendFormat.SPRINT_SETS_GRID,
        2022: WeekendFormat.SPRINT_SETS_GRID,
        2023: WeekendFormat.SPRINT_AFTER_QUALIFYING,
    }.get(season, WeekendFormat.SPRINT_BEFORE_QUALIFYING)
    for slot in rng.choice(n_rounds, SPRINTS.get(season, 6), replace=False):
        formats[int(slot)] = sprint
    return formats
