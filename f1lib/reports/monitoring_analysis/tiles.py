"""The headline numbers of the monitoring of the champion, as metrics."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from f1lib.reports.metrics import Metric
from f1lib.reports.numbers import listed
from f1lib.scoring import scores
from f1lib.scoring.scores import METRICS
from f1lib.scoring.summary import SKILL_WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from f1lib.monitoring.performance import Measured

MONITORED = (
    "winner_log_loss", "winner_hit", "winner_concordance", "rps", "order_concordance",
    "gap_mae_pct",
)  # fmt: skip


def skill_index() -> str:
    """What the skill index is made of, in a sentence."""
    parts = [f"{weight:g} of that in {METRICS[name].label.lower()}"
             for name, weight in SKILL_WEIGHTS.items()]  # fmt: skip
    return (
        "Skill: what is gained on the frozen baseline, as a share of its distance to perfect. "
        f"Skill index: {listed(parts)}."
    )


def monitoring(measured: "Measured", notes: "Mapping[str, str] | None" = None) -> list[Metric]:
    """The skill index and each headline score over a window, with interval, n and baseline.

    `notes` by metric are what else is to be said of a score.
    """
    found = [
        replace(_score(METRICS[name], measured.row(name)), note=(notes or {}).get(name, ""))
        for name in MONITORED
    ]
    value, low, high = measured.skill_index
    index = Metric(
        "skill_index",
        "Skill index",
        value,
        n=min(metric.n or 0 for metric in found),
        low=low,
        high=high,
        better="higher",
        note="0 is no better than the baselines",
    )
    return [index, *found]


def this_round(measured: "Measured") -> list[Metric]:
    """The same scores of the one round that the report is about, named round_..."""
    found = (_score(METRICS[name], measured.row(name)) for name in MONITORED)
    return [replace(metric, name=f"round_{metric.name}") for metric in found]


def _score(metric: scores.Metric, row: "pd.Series[Any] | None") -> Metric:
    """A score of the champion beside its baseline; missing where it was not measured."""
    better: Literal["higher", "lower"] = "higher" if metric.higher_is_better else "lower"
    if row is None:
        return Metric(metric.name, metric.label, None, metric.unit, n=0, better=better)
    return Metric(
        metric.name,
        metric.label,
        row["value"],
        metric.unit,
        n=int(row["n_races"]),
        low=row["low"],
        high=row["high"],
        better=better,
        baseline=row["baseline_value"],
        digits=metric.digits,
        gain_low=row["skill_low"],
        gain_high=row["skill_high"],
    )
