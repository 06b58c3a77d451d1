"""Scores over many races: mean, 95 % interval, n; and skill against a baseline.

In:   long frames: weekend, stage, cutoff, model, model_version, metric, value, n.
Out:  one row per group, with low, high and n_races.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from f1lib.predictions import FloatArray
from f1lib.scoring.scores import METRICS

DRAWS = 2000
MINIMUM_RACES = 5  # fewer give no interval worth the name
EXACT_RACES = 12
FLIPS = 10_000

GROUP = ("stage", "cutoff", "model", "metric")
SKILL_WEIGHTS = {"winner_log_loss": 0.4, "rps": 0.3, "gap_mae_pct": 0.3}


def bootstrap_interval(values: FloatArray, *, seed: int = 0) -> tuple[float, float]:
    """95 % percentile interval of the mean, races drawn with replacement; missing below five."""
    if len(values) < MINIMUM_RACES:
        return np.nan, np.nan
    rng = np.random.default_rng(seed)
    means = values[rng.integers(len(values), size=(DRAWS, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def summarised(scores: pd.DataFrame, by: Sequence[str] = GROUP) -> pd.DataFrame:
    """Mean over races of each group: *by, value, low, high, n_races."""
    rows = []
    for keys, group in scores.groupby(list(by), sort=True):
        values = group["value"].to_numpy(dtype=float)
        rows.append((*keys, float(values.mean()), *bootstrap_interval(values), len(values)))
    return pd.DataFrame(rows, columns=[*by, "value", "low", "high", "n_races"])


def paired(scores: pd.DataFrame, model: str, baseline: str, metric: str) -> pd.DataFrame:
    """Values of two models on the same races of one cutoff: weekend, model, baseline."""
    mine = scores[scores["metric"] == metric]
    wide = mine[mine["model"].isin([model, baseline])].pivot(
        index="weekend", columns="model", values="value"
    )
    if model not in wide or baseline not in wide:
        return pd.DataFrame({"weekend": [], "model": [], "baseline": []})
    both = pd.DataFrame({"model": wide[model], "baseline": wide[baseline]})
    return both.dropna().reset_index()


def skill(model: FloatArray, baseline: FloatArray, metric: str) -> float:
    """1 - S / S_baseline of the means; for scores where more is better, of their way to perfect.

    0 is no better than the baseline, 1 is perfect; missing where the baseline is perfect.

    >>> skill(np.array([1.2, 1.2]), np.array([1.6, 1.4]), "winner_log_loss").__round__(3)
    0.2
    """
    return float(_skills(model, baseline, metric))


def _skills(model: FloatArray, baseline: FloatArray, metric: str) -> FloatArray:
    """Skill along the last axis."""
    perfect = METRICS[metric].perfect
    s = np.abs(perfect - model.mean(axis=-1))
    reference = np.abs(perfect - baseline.mean(axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(reference > 0, 1 - s / reference, np.nan), dtype=np.float64)


def skill_interval(
    pairs: pd.DataFrame, metric: str, *, seed: int = 0
) -> tuple[float, float, float]:
    """Skill over the paired races with its 95 % bootstrap interval.

    The interval is missing below five races, and where the baseline is perfect in some draw.
    """
    model = pairs["model"].to_numpy(dtype=float)
    baseline = pairs["baseline"].to_numpy(dtype=float)
    if not len(model):
        return np.nan, np.nan, np.nan
    value = skill(model, baseline, metric)
    if len(model) < MINIMUM_RACES:
        return value, np.nan, np.nan
    rng = np.random.default_rng(seed)
    draws = rng.integers(len(model), size=(DRAWS, len(model)))
    drawn = _skills(model[draws], baseline[draws], metric)
    if np.isnan(drawn).any():
        return value, np.nan, np.nan
    low, high = np.quantile(drawn, [0.025, 0.975])
    return value, float(low), float(high)


def sign_flip_p(
    differences: FloatArray, *, seed: int = 0, side: Literal["both", "above"] = "both"
) -> float:
    """p-value that paired differences have mean zero, by flipping their signs.

    Two-sided, or for `side="above"` against a mean above zero. Exact up to 12 races (all 2^n
    flips), else 9,999 random flips and the observed one; missing without races. Fisher (1935).

    >>> sign_flip_p(np.array([1.0, 2.0, 3.0, 4.0]))   # 2 of 16 flips are as far from zero
    0.125
    >>> sign_flip_p(np.array([1.0, 2.0, 3.0, 4.0]), side="above")   # 1 of 16 is as high
    0.0625
    """
    n = len(differences)
    if not n:
        return np.nan
    if n <= EXACT_RACES:
        flips = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    else:
        flips = np.random.default_rng(seed).choice([-1, 1], size=(FLIPS, n))
        flips[0] = 1  # the observed one is one of them
    totals, observed = flips @ differences, differences.sum()
    if side == "both":
        totals, observed = np.abs(totals), abs(observed)
    return float((totals >= observed - 1e-12).mean())


def skill_index_interval(
    pairs: Mapping[str, pd.DataFrame], *, seed: int = 0
) -> tuple[float, float, float]:
    """The skill index over the races that all its parts have, with its 95 % bootstrap interval.

    `pairs` holds for each metric of SKILL_WEIGHTS a frame as from `paired`; the same races are
    drawn for all of them. Missing without a common race; the interval below five of them.
    """
    frames = [pairs[metric].set_index("weekend") for metric in SKILL_WEIGHTS]
    common = sorted(set.intersection(*(set(frame.index) for frame in frames)))
    if not common:
        return np.nan, np.nan, np.nan
    n = len(common)
    draws = np.random.default_rng(seed).integers(n, size=(DRAWS, n))
    draws = np.vstack([np.arange(n), draws])  # the races as they were, first
    index = np.zeros(len(draws))
    for frame, (metric, weight) in zip(frames, SKILL_WEIGHTS.items(), strict=True):
        model, baseline = (
            frame.loc[common, name].to_numpy(float) for name in ("model", "baseline")
        )
        index += weight * _skills(model[draws], baseline[draws], metric)
    if n < MINIMUM_RACES or np.isnan(index).any():
        return float(index[0]), np.nan, np.nan
    low, high = np.quantile(index[1:], [0.025, 0.975])
    return float(index[0]), float(low), float(high)
