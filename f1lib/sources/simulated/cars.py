"""The cars: latent paces by season and round, which persist, drift and are what scenarios touch.

A pace is in % of a lap against the average car, lower is faster.
"""

from dataclasses import dataclass

import numpy as np

from f1lib.sources.simulated.names import N_TEAMS
from f1lib.sources.simulated.streams import Dice, FloatArray, IntArray, Purpose

PACE_SD = 0.55  # between cars
PERSISTENCE = 0.85  # of the pecking order from one season into the next
DEVELOPMENT_SD = 0.035  # a round
NEW_TEAM_PCT = 1.1  # behind the average
FAILING = 0.06  # chance of a mechanical retirement in a race, of a typical car


@dataclass(frozen=True, slots=True)
class CarSeason:
    """All cars of one season. Arrays (slots, teams) or (teams,)."""

    pace_pct: FloatArray  # (slots, teams) qualifying and race alike
    race_pct: FloatArray  # (teams,) added in races: kindness to tyres
    power: FloatArray  # (teams,) affinity, % of a lap per unit of circuit power; negative likes it
    street: FloatArray  # (teams,) affinity, added on street circuits
    unreliability: FloatArray  # (teams,) chance of a mechanical retirement in a race


def of_season(
    dice: Dice,
    season: int,
    n_slots: int,
    before: CarSeason | None,
    *,
    reshuffled: bool = False,
    extra_team: bool = False,
) -> CarSeason:
    """The cars of `season`, from those at the end of the season before."""
    rng = dice.below(season).rng(Purpose.CARS)
    innovation = rng.normal(0, 1, N_TEAMS)
    if before is None:
        start = PACE_SD * innovation
        likes, street = rng.normal(0, 0.15, N_TEAMS), rng.normal(0, 0.1, N_TEAMS)
        failing = np.exp(rng.normal(np.log(FAILING), 0.35, N_TEAMS))
    else:
        last = before.pace_pct[-1, :N_TEAMS]
        start = PERSISTENCE * last + PACE_SD * np.sqrt(1 - PERSISTENCE**2) * innovation
        likes = 0.6 * before.power[:N_TEAMS] + rng.normal(0, 0.12, N_TEAMS)
        street = 0.6 * before.street[:N_TEAMS] + rng.normal(0, 0.08, N_TEAMS)
        failing = before.unreliability[:N_TEAMS] ** 0.7 * FAILING**0.3
        failing = failing * np.exp(rng.normal(0, 0.25, N_TEAMS))
    start = start - start.mean()
    if reshuffled:
        dealt = _other_order(dice.below(season).rng(Purpose.SCENARIO), start)
        start = start[dealt]
    drift = np.cumsum(rng.normal(0, DEVELOPMENT_SD, (n_slots, N_TEAMS)), axis=0)
    cars = CarSeason(start + drift, rng.normal(0, 0.1, N_TEAMS), likes, street, failing)
    return _with_new_team(cars) if extra_team else cars


def _other_order(rng: np.random.Generator, pace: FloatArray) -> IntArray:
    """Which old pace each team gets: dealt until the new order says nothing of the old one."""
    rank = np.argsort(np.argsort(pace))
    while True:
        dealt = rng.permutation(len(pace))
        if np.corrcoef(rank, rank[dealt])[0, 1] < -0.2:
            return dealt


def _with_new_team(cars: CarSeason) -> CarSeason:
    pace = np.full((len(cars.pace_pct), 1), NEW_TEAM_PCT)
    return CarSeason(
        np.hstack([cars.pace_pct, pace]),
        np.append(cars.race_pct, 0.1),
        np.append(cars.power, 0.0),
        np.append(cars.street, 0.0),
        np.append(cars.unreliability, 0.10),
    )


def midfield_team(cars: CarSeason, slot: int) -> int:
    """The sixth fastest car at `slot`."""
    return int(np.argsort(cars.pace_pct[slot], kind="stable")[5])
