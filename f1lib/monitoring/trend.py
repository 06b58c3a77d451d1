"""Trend: is the champion's skill going up or down within a season?

In:   settled scores of the champion and the frozen baselines.
Out:  per season skill, and its slope over the rounds with interval, p and n.
Knows nothing of: the store, charts.

Skill, not the raw score: a season with close racing is hard for everyone. The skill of a season is
the mean of what each race adds to it, (S_baseline - S) / mean S_baseline with S the distance to a
perfect score, so a straight line through these contributions is a trend of skill.
"""

import numpy as np
import pandas as pd
from scipy import stats

from f1lib.evaluation import levels
from f1lib.predictions import FloatArray
from f1lib.scoring.scores import METRICS
from f1lib.weekend import Cutoff

MINIMUM_RACES = 8  # fewer show no trend worth the name
PERMUTATIONS = 4_999
COLUMNS = ("season", "skill", "slope", "low", "high", "p", "n")


def contributions(pairs: pd.DataFrame, metric: str) -> FloatArray:
    """What each race adds to the skill of all of them; their mean is `summary.skill`.

    `pairs` has the columns model and baseline. Missing where the baseline is perfect throughout.
    """
    perfect = METRICS[metric].perfect
    missed, reference = (
        np.abs(perfect - pairs[name].to_numpy(dtype=float)) for name in ("model", "baseline")
    )
    scale = reference.mean() if len(reference) else 0.0
    return (reference - missed) / scale if scale > 0 else np.full(len(pairs), np.nan)


def by_season(scores: pd.DataFrame, model: str, metric: str, cutoff: Cutoff) -> pd.DataFrame:
    """COLUMNS, a row per season. `slope` is skill a round, with its 95 % interval and `p`.

    The line is fitted by least squares; interval by Student's t; `p`, two-sided, by shuffling the
    races of the season (4,999 times). Slope and skill are missing below MINIMUM_RACES races.
    """
    pairs = levels.beside_baseline(scores, model, metric, cutoff).sort_values("weekend")
    pairs = pairs.astype({"weekend": "str"})  # of no race it would be a number
    rows = [
        (int(str(season)), *_fitted(contributions(mine, metric), _round(mine)), len(mine))
        for season, mine in pairs.groupby(pairs["weekend"].str[:4])
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _round(pairs: pd.DataFrame) -> FloatArray:
    return np.asarray(pairs["weekend"].str[5:].astype(float).to_numpy(), dtype=np.float64)


def _fitted(gains: FloatArray, rounds: FloatArray) -> tuple[float, ...]:
    """skill, slope, low, high, p."""
    n = len(gains)
    if n < MINIMUM_RACES or not np.isfinite(gains).all():
        return (np.nan,) * 5
    x = rounds - rounds.mean()
    slope = float(x @ gains / (x @ x))
    residual = gains - gains.mean() - slope * x
    half = float(stats.t.ppf(0.975, n - 2) * np.sqrt(residual @ residual / (n - 2) / (x @ x)))
    rng = np.random.default_rng(0)
    shuffled = rng.permuted(np.tile(gains, (PERMUTATIONS, 1)), axis=1) @ x / (x @ x)
    p = (1 + (np.abs(shuffled) >= abs(slope) - 1e-12).sum()) / (1 + PERMUTATIONS)
    return float(gains.mean()), slope, slope - half, slope + half, float(p)
