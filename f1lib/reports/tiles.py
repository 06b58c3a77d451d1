"""The headline numbers of each report, as metrics.

In:   previews and monitorings, as frames.
Out:  lists of `Metric`: what is drawn as tiles and written to results.json.
Knows nothing of: notebooks, charts.
"""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from f1lib.reports.metrics import Metric
from f1lib.scoring import scores
from f1lib.scoring.scores import METRICS

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.monitoring.performance import Measured

MONITORED = (
    "winner_log_loss", "winner_hit", "winner_concordance", "rps", "order_concordance",
    "gap_mae_pct",
)  # fmt: skip


def preview(race: "pd.DataFrame", qualifying: "pd.DataFrame") -> list[Metric]:
    """The favourite's chances, how open the race is, and the favourite for pole."""
    p = race["p_first"]
    entropy = float(-sum(x * math.log(x) for x in p if x > 0))
    favourite = race.iloc[0]
    found = [
        Metric("p_win_favourite", f"{favourite['driver']} wins", 100 * float(p.iloc[0]), "%",
               baseline=100 * float(favourite["baseline"]), digits=0),
        Metric("p_podium_favourite", f"{favourite['driver']} on the podium",
               100 * float(favourite["p_top3"]), "%", digits=0),
        Metric("effective_contenders", "Effective number of contenders", math.exp(entropy),
               digits=1, note=f"of {len(race)}: as many as an equal field would have"),
    ]  # fmt: skip
    if qualifying.empty:
        return found
    first = qualifying.iloc[0]
    pole = Metric("p_pole_favourite", f"{first['driver']} on pole", 100 * float(first["p_first"]),
                  "%", baseline=100 * float(first["baseline"]), digits=0)  # fmt: skip
    return [*found, pole]


def monitoring(measured: "Measured") -> list[Metric]:
    """The skill index and each headline score over a window, with interval, n and baseline."""
    found = [_score(METRICS[name], measured.row(name)) for name in MONITORED]
    value, low, high = measured.skill_index
    index = Metric(
        "skill_index",
        "Skill index",
        value,
        n=min(metric.n or 0 for metric in found),
        low=low,
        high=high,
        better="higher",
        baseline=0.0,
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
    )
