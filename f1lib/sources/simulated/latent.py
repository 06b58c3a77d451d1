"""What the generator knows of a weekend before its first session, and the form of the weekend.

In:   line-up, cars, circuit.
Out:  `Field`: expected paces and hazards of each entered car; `Form`: what the weekend adds.
"""

from dataclasses import dataclass

import numpy as np

from f1lib.sources.simulated.cars import CarSeason
from f1lib.sources.simulated.circuits import Circuit
from f1lib.sources.simulated.paddock import ROOKIE_PCT, Driver, Lineup, Team
from f1lib.sources.simulated.streams import FloatArray, IntArray

TEAM_FORM_SD = 0.12  # of a weekend, % of a lap: the set-up
DRIVER_FORM_SD = 0.09
RACE_FORM_SD = 0.13  # how differently the car behaves in the race
CRASH_CHANCE = 0.055  # of an average driver in a race


@dataclass(frozen=True, slots=True)
class Field:
    """The entered cars of a weekend and their latent parameters, arrays (cars,)."""

    drivers: tuple[Driver, ...]
    teams: tuple[Team, ...]  # of each car
    team: IntArray
    qualifying_pct: FloatArray
    race_pct: FloatArray
    wet_pct: FloatArray
    failing: FloatArray  # chance of a mechanical retirement in a race
    crashing: FloatArray  # chance of an accident in a race
    start_s: FloatArray

    def __len__(self) -> int:
        return len(self.drivers)


@dataclass(frozen=True, slots=True)
class Form:
    """What a weekend adds to the paces, arrays (replicas, cars), % of a lap."""

    qualifying_pct: FloatArray
    race_pct: FloatArray


def field_of(
    lineup: Lineup,
    cars: CarSeason,
    slot: int,
    circuit: Circuit,
    *,
    replaced: dict[str, Driver],
) -> Field:
    """The field with `replaced` regulars (by driver id) giving way to their substitutes."""
    drivers = tuple(replaced.get(driver.driver, driver) for pair in lineup.seats for driver in pair)
    team = np.repeat(np.arange(len(lineup.teams)), 2)
    car = (
        cars.pace_pct[slot] - circuit.power * cars.power
        + (circuit.circuit_type == "street") * cars.street
    )  # fmt: skip
    rookie = np.array([ROOKIE_PCT * driver.rookie for driver in drivers])
    substitute = np.array([ROOKIE_PCT * (d.driver in _ids(replaced)) for d in drivers])
    known = car[team] + rookie + substitute
    return Field(
        drivers,
        tuple(lineup.teams[index] for index in team),
        team.astype(np.int64),
        known + [driver.qualifying_pct for driver in drivers],
        known + cars.race_pct[team] + [driver.race_pct for driver in drivers],
        np.array([driver.wet_pct for driver in drivers]),
        cars.unreliability[team],
        np.array([CRASH_CHANCE * driver.carelessness for driver in drivers]),
        np.array([driver.start_s for driver in drivers]),
    )


def _ids(replaced: dict[str, Driver]) -> set[str]:
    return {driver.driver for driver in replaced.values()}


def draw_form(rng: np.random.Generator, field: Field, replicas: int) -> Form:
    """The form of a weekend: shared by the cars of a team, and each driver's own."""
    n_teams = int(field.team.max()) + 1
    team = rng.normal(0, TEAM_FORM_SD, (replicas, n_teams))[:, field.team]
    own = rng.normal(0, DRIVER_FORM_SD, (replicas, len(field)))
    race = rng.normal(0, RACE_FORM_SD, (replicas, n_teams))[:, field.team]
    return Form(team + own, team + own + race)
