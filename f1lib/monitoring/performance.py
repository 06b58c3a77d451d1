"""Performance: every headline score over a window, with interval, baseline and skill."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from f1lib.evaluation import levels
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.models import baselines
from f1lib.monitoring.windows import Window
from f1lib.scoring import summary
from f1lib.scoring.scores import METRICS
from f1lib.weekend import Cutoff

COLUMNS = (
    "metric", "stage", "cutoff", "value", "low", "high", "n_races",
    "baseline", "baseline_value", "skill", "skill_low", "skill_high", "p_value",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """One window, and every headline score of the champion over it (COLUMNS)."""

    window: Window
    scores: pd.DataFrame
    skill_index: tuple[float, float, float]  # value, low, high

    def row(self, metric: str) -> "pd.Series[Any] | None":
        """The row of `metric` at the cutoff its stage is judged at; None if not measured."""
        return headline(self.scores, metric)


def measured(scores: pd.DataFrame, window: Window, model: str) -> Measured:
    """Every headline score of `model` over `window`, and its skill index.

    `scores` is long: weekend, stage, cutoff, model, metric, value. Skill compares with the frozen
    baseline on the same races; intervals need five races and are missing before.
    """
    inside = scores[scores["weekend"].isin([str(weekend) for weekend in window.weekends])]
    return Measured(window, _beside_baselines(inside, model), levels.skill_index(inside, model))


def _beside_baselines(inside: pd.DataFrame, model: str) -> pd.DataFrame:
    """COLUMNS for every score that `model` has in a window."""
    means = summary.summarised(inside[inside["model"] == model])
    rows = []
    for row in means.to_dict("records"):
        metric, cutoff = str(row["metric"]), Cutoff(row["cutoff"])
        pairs = levels.beside_baseline(inside, model, metric, cutoff)
        skill = summary.skill_interval(pairs, metric)
        reference = float(pairs["baseline"].mean()) if len(pairs) else np.nan
        differences = (pairs["model"] - pairs["baseline"]).to_numpy(dtype=float)
        rows.append((metric, row["stage"], cutoff.value, row["value"], row["low"], row["high"],
                     row["n_races"], baselines.for_metric(metric, cutoff) or "", reference, *skill,
                     summary.sign_flip_p(differences)))  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    place = frame["metric"].map({name: place for place, name in enumerate(METRICS)})
    frame = frame.assign(place=place).sort_values(["stage", "cutoff", "place"], ignore_index=True)
    return frame.drop(columns="place")


def headline(scores: pd.DataFrame, metric: str) -> "pd.Series[Any] | None":
    """The row of `metric` at the cutoff its stage is judged at; None if it was not measured."""
    cutoff = HEADLINE_CUTOFF[METRICS[metric].stage]
    found = scores[(scores["metric"] == metric) & (scores["cutoff"] == cutoff.value)]
    return None if found.empty else found.iloc[0]
