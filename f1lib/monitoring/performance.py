"""Performance: every headline score over a window, with interval, baseline and skill."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from f1lib.models import baselines
from f1lib.monitoring.windows import Window
from f1lib.scoring import summary
from f1lib.scoring.scores import METRICS
from f1lib.weekend import Cutoff, Stage

COLUMNS = (
    "metric", "stage", "cutoff", "value", "low", "high", "n_races",
    "baseline", "baseline_value", "skill", "skill_low", "skill_high", "p_value",
)  # fmt: skip

# the cutoff each stage is judged at: the latest that still is a forecast
HEADLINE_CUTOFF = {Stage.QUALIFYING: Cutoff.BEFORE_QUALIFYING, Stage.RACE: Cutoff.BEFORE_RACE}


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
    pairs = {
        metric: _paired(inside, model, metric, HEADLINE_CUTOFF[METRICS[metric].stage])
        for metric in summary.SKILL_WEIGHTS
    }
    return Measured(window, _beside_baselines(inside, model), summary.skill_index_interval(pairs))


def _paired(inside: pd.DataFrame, model: str, metric: str, cutoff: Cutoff) -> pd.DataFrame:
    """Champion and frozen baseline on the same races; no rows where there is no baseline."""
    baseline = baselines.for_metric(metric, cutoff) or ""
    return summary.paired(inside[inside["cutoff"] == cutoff], model, baseline, metric)


def _beside_baselines(inside: pd.DataFrame, model: str) -> pd.DataFrame:
    """COLUMNS for every score that `model` has in a window."""
    means = summary.summarised(inside[inside["model"] == model])
    rows = []
    for row in means.to_dict("records"):
        metric, cutoff = str(row["metric"]), Cutoff(row["cutoff"])
        pairs = _paired(inside, model, metric, cutoff)
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
