"""Scores over many races: mean, 95 % interval, n; and skill against a baseline.

In:   long frames: weekend, stage, cutoff, model, model_version, metric, value, n.
Out:  one row per group, with low, high and n_races.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from f1lib.predictions import FloatArray
from f1lib.scoring.scores import METRICS

DRAWS = 2000
MINIMUM_RACES = 5  # fewer give no interval worth the name

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
    wide = mine[mine["model"].isin([model, baseline])].pivot_table(
        index="weekend", columns="model", values="value"
    )
    if model not in wide or baseline not in wide:
        return pd.DataFrame({"weekend": [], "model": [], "baseline": []})
    wide = wide[[model, baseline]].dropna().reset_index()
    return wide.rename(columns={model: "model", baseline: "baseline"})


def skill(model: FloatArray, baseline: FloatArray, metric: str) -> float:
    """1 - S / S_baseline of the means; for scores where higher is better, of their distance to 1.

    0 is no better than the baseline, 1 is perfect.

    >>> skill(np.array([1.2, 1.2]), np.array([1.6, 1.4]), "winner_log_loss").__round__(3)
    0.2
    """
    s, reference = float(np.mean(model)), float(np.mean(baseline))
    if METRICS[metric].higher_is_better:
        best = 3.0 if metric == "podium_overlap" else 1.0
        s, reference = best - s, best - reference
    return 1 - s / reference if reference else np.nan


def skill_interval(
    pairs: pd.DataFrame, metric: str, *, seed: int = 0
) -> tuple[float, float, float]:
    """Skill over the paired races with its 95 % bootstrap interval (missing below five races)."""
    model = pairs["model"].to_numpy(dtype=float)
    baseline = pairs["baseline"].to_numpy(dtype=float)
    if not len(model):
        return np.nan, np.nan, np.nan
    value = skill(model, baseline, metric)
    if len(model) < MINIMUM_RACES:
        return value, np.nan, np.nan
    rng = np.random.default_rng(seed)
    draws = rng.integers(len(model), size=(DRAWS, len(model)))
    drawn = [skill(model[draw], baseline[draw], metric) for draw in draws]
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return value, float(low), float(high)


def skill_index(skills: dict[str, float]) -> float:
    """0.4 winner-log-loss skill + 0.3 RPS skill + 0.3 gap skill; missing if one is.

    >>> skill_index({"winner_log_loss": 0.1, "rps": 0.1, "gap_mae_pct": 0.1}).__round__(3)
    0.1
    """
    return float(
        sum(weight * skills.get(metric, np.nan) for metric, weight in SKILL_WEIGHTS.items())
    )
