"""What may happen to the invented world: five stories and the one where nothing does.

A scenario changes only what it names; up to its first weekend a world is the same as `stable`.
"""

from dataclasses import dataclass
from typing import Literal

from f1lib.errors import ConfigurationError
from f1lib.weekend import RaceWeekend


@dataclass(frozen=True, slots=True)
class Scenario:
    """A change of the world: what, and when in the last season it begins."""

    name: str
    says: str
    begins: Literal["never", "season_start", "mid_season"] = "never"
    upgrade_pct: float = 0.0  # a midfield car becomes faster by this much, % of a lap
    reshuffles_cars: bool = False
    adds_team: bool = False
    practice_gap_factor: float = 1.0  # published gaps to the fastest practice lap, times this
    practice_offset_s: float = 0.0  # and every published practice lap, plus this


@dataclass(frozen=True, slots=True)
class ScenarioFacts:
    """What a world's scenario did: the first weekend that differs, and the team concerned."""

    scenario: Scenario
    weekend: RaceWeekend | None = None
    lineage: str | None = None


SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario("stable", "Nothing but the ordinary: development, transfers, form."),
        Scenario(
            "car_upgrade",
            "One midfield team finds a big step in the middle of the last season.",
            begins="mid_season",
            upgrade_pct=1.2,
        ),
        Scenario(
            "regulation_reset",
            "New regulations: the paces of the cars are dealt anew before the last season.",
            begins="season_start",
            reshuffles_cars=True,
        ),
        Scenario(
            "new_team",
            "An eleventh team enters in the last season.",
            begins="season_start",
            adds_team=True,
        ),
        Scenario(
            "sensor_shift",
            "From the middle of the last season practice laps are published on another scale; "
            "the cars are as they were.",
            begins="mid_season",
            practice_gap_factor=1.8,
            practice_offset_s=0.35,
        ),
    )
}


def named(name: str) -> Scenario:
    """The scenario called `name`. Raises ConfigurationError when there is none.

    >>> named("car_upgrade").upgrade_pct
    1.2
    """
    if name not in SCENARIOS:
        raise ConfigurationError(
            f"There is no scenario '{name}'. Choose one of {', '.join(SCENARIOS)}.",
            scenario=name,
            known=tuple(SCENARIOS),
        )
    return SCENARIOS[name]
