"""Strengths: what is believed of each lineage and each driver, apart, before each round.

What a round shows of entry i is taken as

    value[i] = lineage[i] + driver[i] + a constant of the round + luck of the team + noise

Lineages and drivers walk at random from round to round and further into a new season, lineages
furthest into one whose regulations were reset. A Kalman filter (Kalman 1960) keeps means and
covariances, so a driver who changes teams takes along what is his, and a team what is its own. The
noise of a value is taken to be larger the further it lies from what was expected, so that one
spoilt lap moves less than a merely slow one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from f1lib.features.rounds import FloatArray, IntArray

NameArray = npt.NDArray[np.object_]

MINIMUM_ENTRIES = 3  # a round with fewer values has no constant of its own to take away


@dataclass(frozen=True, slots=True)
class Dynamics:
    """How strengths move and how clearly a round shows them, in units of the observed value.

    All but `keep_*` and `trusted` are standard deviations; a prior is (mean, standard deviation)
    of a name never seen. Into a new season a lineage keeps the share `keep_season` of its
    distance from the prior's mean, after a reset `keep_reset`. A value that lies `far` times
    `trusted` standard deviations from what was expected has `far` times the noise, if `far` > 1:
    its influence falls like 1 / far.
    """

    lineage_step: float
    driver_step: float
    lineage_season: float
    driver_season: float
    lineage_reset: float
    keep_season: float
    keep_reset: float
    noise: float
    team_luck: float
    trusted: float
    lineage_prior: tuple[float, float]
    driver_prior: tuple[float, float]

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Dynamics":
        """Read `dataclasses.asdict` back, tuples also where JSON made lists of them."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list | tuple) else value
            for name, value in plain.items()
        }
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Strengths:
    """`lineage`, `driver` (means) and `sd` of their sum, one per entry, as before its round.

    `surprise` is per observed row: its value minus what was expected, the constant of the round
    taken away; missing where nothing was observed.
    """

    lineage: FloatArray
    driver: FloatArray
    sd: FloatArray
    surprise: FloatArray


def before_each_round(
    observed: pd.DataFrame,
    entries: pd.DataFrame,
    races: pd.DataFrame,
    dynamics: Dynamics,
    resets: Sequence[int],
) -> Strengths:
    """Strengths of `entries` before their rounds, from `observed` of earlier rounds.

    `observed` has weekend, driver, lineage and value (missing where the round showed nothing);
    `entries` weekend, driver, lineage; `races` weekend and season of every round, in order.
    Lower is better where the value is a gap or a place.
    """
    weekends = races["weekend"].to_numpy(dtype=object)
    seasons = races["season"].to_numpy()
    value = observed["value"].to_numpy(dtype=float)
    usable = _rows_of(observed[np.isfinite(value)], weekends)
    asked = _rows_of(entries, weekends)
    place = np.flatnonzero(np.isfinite(value))
    belief = _Belief(dynamics)
    drivers, lineages = _columns(observed)
    asked_drivers, asked_lineages = _columns(entries)
    lineage, driver, sd = (np.full(len(entries), np.nan) for _ in range(3))
    surprise = np.full(len(observed), np.nan)
    for r in range(len(weekends)):
        if r and seasons[r] != seasons[r - 1]:
            belief.into_a_season(reset=seasons[r] in resets)
        elif r:
            belief.into_a_round()
        rows = asked[r]
        if len(rows):
            lineage[rows], driver[rows], sd[rows] = belief.of(
                asked_lineages[rows], asked_drivers[rows]
            )
        rows = place[usable[r]]
        if len(rows) >= MINIMUM_ENTRIES:
            surprise[rows] = belief.learn(lineages[rows], drivers[rows], value[rows])
    return Strengths(lineage, driver, sd, surprise)


def _columns(frame: pd.DataFrame) -> tuple[NameArray, NameArray]:
    return frame["driver"].to_numpy(dtype=object), frame["lineage"].to_numpy(dtype=object)


def _rows_of(frame: pd.DataFrame, weekends: NameArray) -> list[IntArray]:
    """For each weekend the places of its rows in `frame`."""
    number = np.searchsorted(weekends, frame["weekend"].to_numpy(dtype=object))
    order = np.argsort(number, kind="stable")
    ends = np.searchsorted(number[order], np.arange(len(weekends) + 1))
    return [order[ends[r] : ends[r + 1]] for r in range(len(weekends))]


@dataclass(slots=True)
class _Belief:
    """Means and covariance of everyone seen so far, in the order in which they appeared.

    Nobody has a place before he is seen: the arithmetic of a round is the same, to the bit,
    whoever comes later.
    """

    dynamics: Dynamics
    places: dict[tuple[str, str], int] = field(default_factory=dict)
    mean: FloatArray = field(default_factory=lambda: np.zeros(0))
    covariance: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    is_lineage: FloatArray = field(default_factory=lambda: np.zeros(0))

    def into_a_round(self) -> None:
        """One round further: everything has moved a little."""
        step = np.where(self.is_lineage > 0, self.dynamics.lineage_step, self.dynamics.driver_step)
        self.covariance[np.diag_indices(len(step))] += step**2

    def into_a_season(self, *, reset: bool) -> None:
        """Into a new season: lineages fall back towards the prior, and all is less certain."""
        dynamics = self.dynamics
        keep = np.where(
            self.is_lineage > 0, dynamics.keep_reset if reset else dynamics.keep_season, 1.0
        )
        prior = np.where(self.is_lineage > 0, dynamics.lineage_prior[0], 0.0)
        self.mean = prior + keep * (self.mean - prior)
        self.covariance *= keep[:, None] * keep[None, :]
        lineage = dynamics.lineage_reset if reset else dynamics.lineage_season
        step = np.where(self.is_lineage > 0, lineage, dynamics.driver_season)
        self.covariance[np.diag_indices(len(step))] += step**2

    def of(
        self, lineages: NameArray, drivers: NameArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Means of lineages and drivers, and the standard deviations of their sums."""
        team, man = self._found("lineage", lineages), self._found("driver", drivers)
        prior_team, prior_man = self.dynamics.lineage_prior, self.dynamics.driver_prior
        if not len(self.mean):
            n = len(lineages)
            return (np.full(n, prior_team[0]), np.full(n, prior_man[0]),
                    np.full(n, np.hypot(prior_team[1], prior_man[1])))  # fmt: skip
        diagonal = np.diag(self.covariance)
        both = np.where((team >= 0) & (man >= 0), self.covariance[team, man], 0.0)
        variance = (
            np.where(team >= 0, diagonal[team], prior_team[1] ** 2)
            + np.where(man >= 0, diagonal[man], prior_man[1] ** 2)
            + 2 * both
        )
        return (
            np.where(team >= 0, self.mean[team], prior_team[0]),
            np.where(man >= 0, self.mean[man], prior_man[0]),
            np.sqrt(np.maximum(variance, 0.0)),
        )

    def learn(self, lineages: NameArray, drivers: NameArray, value: FloatArray) -> FloatArray:
        """Take in one round; what each value was beyond what was expected."""
        self._enter("lineage", lineages, self.dynamics.lineage_prior)
        self._enter("driver", drivers, self.dynamics.driver_prior)
        team, man = self._found("lineage", lineages), self._found("driver", drivers)
        expected = self.mean[team] + self.mean[man]
        surprise = value - expected - np.median(value - expected)
        shown = self.covariance[:, team] + self.covariance[:, man]  # (names, entries)
        spread = shown[team] + shown[man]
        spread = spread + self.dynamics.team_luck**2 * (team[:, None] == team[None, :])
        noise = self.dynamics.noise
        far = np.abs(surprise) / np.hypot(np.sqrt(np.diag(spread)), noise) / self.dynamics.trusted
        spread = spread + np.diag((noise * np.maximum(1.0, far)) ** 2)
        gain = np.linalg.solve(spread, shown.T).T
        self.mean = self.mean + gain @ surprise
        middle = np.median(self.mean[team] + self.mean[man])
        self.mean = self.mean - middle * self.is_lineage  # the field's middle stays at 0
        covariance = self.covariance - gain @ shown.T
        self.covariance = (covariance + covariance.T) / 2
        return np.asarray(surprise, dtype=np.float64)

    def _found(self, kind: str, names: NameArray) -> IntArray:
        return np.asarray([self.places.get((kind, name), -1) for name in names], dtype=np.int64)

    def _enter(self, kind: str, names: NameArray, prior: tuple[float, float]) -> None:
        new = sorted({name for name in names if (kind, name) not in self.places})
        if not new:
            return
        n = len(self.mean)
        self.places |= {(kind, name): n + place for place, name in enumerate(new)}
        grown = np.zeros((n + len(new), n + len(new)))
        grown[:n, :n] = self.covariance
        grown[range(n, n + len(new)), range(n, n + len(new))] = prior[1] ** 2
        self.covariance = grown
        self.mean = np.concatenate([self.mean, np.full(len(new), prior[0])])
        flag = np.full(len(new), float(kind == "lineage"))
        self.is_lineage = np.concatenate([self.is_lineage, flag])
