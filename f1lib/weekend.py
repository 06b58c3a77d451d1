"""The words everyone speaks: a race weekend, its sessions, the two stages, and what may be known.

In:   text such as ``2025-08``, ``race``, ``before_qualifying``.
Out:  frozen values that sort, hash and print.
Knows nothing of: data.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from f1lib.errors import ConfigurationError

_WEEKEND = re.compile(r"(\d{4})-(\d{1,2})")


@dataclass(frozen=True, slots=True, order=True)
class RaceWeekend:
    """One round of one season, written ``2025-08``; sorts in calendar order.

    >>> RaceWeekend.parse("2025-8")
    RaceWeekend(season=2025, round=8)
    >>> str(RaceWeekend(2025, 8))
    '2025-08'
    """

    season: int
    round: int

    @classmethod
    def parse(cls, text: str) -> "RaceWeekend":
        """Read ``2025-08``. Raises ConfigurationError when the text is no weekend."""
        found = _WEEKEND.fullmatch(text.strip())
        if found is None or int(found[2]) == 0:
            raise ConfigurationError(
                f"'{text}' is not a race weekend. Write season and round, such as 2025-08.",
                value=text,
            )
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.season}-{self.round:02d}"


class Stage(StrEnum):
    """The two stages of the model."""

    QUALIFYING = "qualifying"
    RACE = "race"


class Cutoff(StrEnum):
    """What may be known when a forecast is made, from least to most."""

    BEFORE_WEEKEND = "before_weekend"  # nothing of the weekend
    BEFORE_QUALIFYING = "before_qualifying"  # practice, and a sprint if it runs earlier
    BEFORE_RACE = "before_race"  # qualifying and the grid


class Session(StrEnum):
    """What a weekend consists of. GRID is no session on track; it is published like one."""

    FP1 = "FP1"
    FP2 = "FP2"
    FP3 = "FP3"
    FP4 = "FP4"
    SPRINT_QUALIFYING = "sprint_qualifying"
    SPRINT = "sprint"
    QUALIFYING = "qualifying"
    GRID = "grid"
    RACE = "race"


class WeekendFormat(StrEnum):
    """The order in which a weekend runs its sessions; it decides what a cutoff may see."""

    STANDARD = "standard"  # FP1 FP2 FP3 qualifying race
    SPRINT_SETS_GRID = "sprint_sets_grid"  # 2021-22: FP1 qualifying FP2 sprint race
    SPRINT_AFTER_QUALIFYING = "sprint_after_qualifying"  # 2023: FP1 qualifying shoot-out sprint
    SPRINT_BEFORE_QUALIFYING = "sprint_before_qualifying"  # 2024 on: FP1 shoot-out sprint qual.


PRACTICE_SESSIONS = (Session.FP1, Session.FP2, Session.FP3, Session.FP4)

SESSION_ORDER: dict[WeekendFormat, tuple[Session, ...]] = {
    WeekendFormat.STANDARD: (
        Session.FP1, Session.FP2, Session.FP3, Session.FP4,
        Session.QUALIFYING, Session.GRID, Session.RACE,
    ),
    WeekendFormat.SPRINT_SETS_GRID: (
        Session.FP1, Session.QUALIFYING, Session.FP2, Session.SPRINT,
        Session.GRID, Session.RACE,
    ),
    WeekendFormat.SPRINT_AFTER_QUALIFYING: (
        Session.FP1, Session.QUALIFYING, Session.SPRINT_QUALIFYING, Session.SPRINT,
        Session.GRID, Session.RACE,
    ),
    WeekendFormat.SPRINT_BEFORE_QUALIFYING: (
        Session.FP1, Session.SPRINT_QUALIFYING, Session.SPRINT, Session.QUALIFYING,
        Session.GRID, Session.RACE,
    ),
}  # fmt: skip


def sessions_known(weekend_format: WeekendFormat, cutoff: Cutoff) -> frozenset[Session]:
    """The sessions of a weekend that have been run at `cutoff`.

    >>> sorted(sessions_known(WeekendFormat.SPRINT_BEFORE_QUALIFYING, Cutoff.BEFORE_QUALIFYING))
    [<Session.FP1: 'FP1'>, <Session.SPRINT: 'sprint'>,
     <Session.SPRINT_QUALIFYING: 'sprint_qualifying'>]
    """
    order = SESSION_ORDER[weekend_format]
    if cutoff is Cutoff.BEFORE_WEEKEND:
        return frozenset()
    end = Session.QUALIFYING if cutoff is Cutoff.BEFORE_QUALIFYING else Session.RACE
    return frozenset(order[: order.index(end)])
