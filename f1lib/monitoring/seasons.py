"""Seasons: the same measurements over many years, so that a pattern can be told from an accident.

In:   scores of settled rounds, and the races table.
Out:  windows by season, by part of a season, by circuit type and by weekend format; a trend.
Knows nothing of: versions, findings.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from f1lib.evaluation import levels
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.monitoring.performance import Measured
from f1lib.monitoring.windows import Window
from f1lib.scoring.scores import METRICS
from f1lib.weekend import RaceWeekend

PARTS = ("first third", "middle third", "last third")
MINIMUM_SEASONS = 4  # fewer have no trend
PERMUTATIONS = 1999


def by_season(settled: Sequence[RaceWeekend]) -> tuple[Window, ...]:
    """A window for each season with a settled round."""
    seasons = sorted({weekend.season for weekend in settled})
    return tuple(
        Window(str(season), tuple(w for w in sorted(set(settled)) if w.season == season))
        for season in seasons
    )


def by_part(settled: Sequence[RaceWeekend], races: pd.DataFrame) -> tuple[Window, ...]:
    """Thirds of seasons, by the number of rounds on each season's calendar (races: season, round).

    A regulation reset and a winter of development show at the beginning, if anywhere.
    """
    length = races.groupby("season")["round"].max()
    part = {w: min(3 * (w.round - 1) // int(length[w.season]), 2) for w in settled}
    return tuple(
        Window(name, tuple(w for w in sorted(part) if part[w] == number))
        for number, name in enumerate(PARTS)
    )


def by_kind(settled: Sequence[RaceWeekend], races: pd.DataFrame, column: str) -> tuple[Window, ...]:
    """A window for each value of a column of the races table, such as circuit_type."""
    kinds = races.set_index("weekend")[column]
    of = {weekend: str(kinds[str(weekend)]) for weekend in sorted(set(settled))}
    return tuple(
        Window(kind, tuple(weekend for weekend in of if of[weekend] == kind))
        for kind in sorted(set(of.values()))
    )


def patterns(
    settled: Sequence[RaceWeekend], races: pd.DataFrame
) -> tuple[tuple[str, tuple[Window, ...]], ...]:
    """The patterns that are looked for, each with its name."""
    return (
        ("part of the season", by_part(settled, races)),
        ("circuit type", by_kind(settled, races, "circuit_type")),
        ("weekend format", by_kind(settled, races, "format")),
    )


@dataclass(frozen=True, slots=True)
class Trend:
    """How fast the champion gains on its baseline: in the unit of the score, a season.

    `slope` is positive where it gets better beside the baseline; `low` and `high` are its 95 %
    interval. All are missing below MINIMUM_SEASONS.
    """

    metric: str
    slope: float
    low: float
    high: float
    n_seasons: int
    n_races: int


def trend(scores: pd.DataFrame, model: str, metric: str) -> Trend:
    """The least squares slope of each season's mean gain (see `gains`), with Student's interval.

    Seasons count alike and once each: the races of a season have its cars in common, so they are
    no independent evidence of a trend.
    """
    races = gains(scores, model, metric)
    of_season = races["gain"].groupby(races["weekend"].str[:4].astype(int)).mean()
    if len(of_season) < MINIMUM_SEASONS:
        return Trend(metric, np.nan, np.nan, np.nan, len(of_season), len(races))
    line = stats.linregress(of_season.index.to_numpy(dtype=float), of_season.to_numpy(dtype=float))
    half = float(stats.t.ppf(0.975, len(of_season) - 2)) * line.stderr
    return Trend(
        metric, line.slope, line.slope - half, line.slope + half, len(of_season), len(races)
    )


def gains(scores: pd.DataFrame, model: str, metric: str) -> pd.DataFrame:
    """weekend, gain: by how much `model` did better than the frozen baseline on each race.

    Judged at the cutoff of the metric's stage. `scores` is long: weekend, cutoff, model, metric,
    value. A race easy to forecast is so for both, and does not pass for progress.
    """
    pairs = levels.beside_baseline(scores, model, metric, HEADLINE_CUTOFF[METRICS[metric].stage])
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    gain = sign * (pairs["model"] - pairs["baseline"]).astype(float)
    return pd.DataFrame({"weekend": pairs["weekend"].astype(str), "gain": gain})


@dataclass(frozen=True, slots=True)
class Pattern:
    """Windows of one kind, and p that the gain over the baseline is the same in all of them."""

    name: str
    measured: tuple[Measured, ...]
    p_value: float


def differ_p(races: pd.DataFrame, windows: Sequence[Window], *, seed: int = 0) -> float:
    """p-value that the gain (as from `gains`) is the same in all `windows`, by permutation.

    The statistic is the variance between windows, weighted by their races; labels are shuffled
    within seasons, so that a good season of one format is not taken for a good format. Missing
    unless two windows share races of a season that has both.
    """
    place = {str(w): number for number, window in enumerate(windows) for w in window.weekends}
    mine = races[races["weekend"].isin(list(place))]
    label = np.asarray([place[name] for name in mine["weekend"]], dtype=np.int64)
    season = np.asarray([int(name[:4]) for name in mine["weekend"]], dtype=np.int64)
    mixed = any(len(np.unique(label[season == each])) > 1 for each in np.unique(season))
    if not mixed:
        return float("nan")
    rng = np.random.default_rng(seed)
    labels = np.tile(label, (1 + PERMUTATIONS, 1))
    for each in np.unique(season):
        columns = np.flatnonzero(season == each)
        labels[1:, columns] = rng.permuted(labels[1:, columns], axis=1)
    gain = mine["gain"].to_numpy(dtype=float)
    gain = gain - gain.mean()
    between = np.zeros(len(labels))
    for number in range(len(windows)):
        inside = labels == number
        n = inside.sum(axis=1)
        between += (inside @ gain) ** 2 / np.maximum(n, 1)
    return float((between >= between[0] - 1e-12).mean())
