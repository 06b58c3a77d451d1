"""The headline numbers of each report, as metrics.

In:   previews and monitorings, as frames.
Out:  lists of `Metric`: what is drawn as tiles and written to results.json.
Knows nothing of: notebooks, charts.
"""

import math
from typing import TYPE_CHECKING

from f1lib.monitoring import performance
from f1lib.reports.metrics import Metric
from f1lib.scoring.scores import METRICS

if TYPE_CHECKING:
    import pandas as pd

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
        Metric("p_podium_favourite", "and is on the podium",
               100 * float(favourite["p_top3"]), "%", digits=0),
        Metric("effective_contenders", "Effective number of contenders", math.exp(entropy),
               n=len(race), digits=1, note="an equal field would have as many as cars"),
    ]  # fmt: skip
    if len(qualifying):
        first = qualifying.iloc[0]
        found.append(
            Metric("p_pole_favourite", f"{first['driver']} on pole", 100 * float(first["p_first"]),
                   "%", baseline=100 * float(first["baseline"]), digits=0)
        )  # fmt: skip
    return found


def monitoring(measured: "pd.DataFrame", skill_index: float) -> list[Metric]:
    """Each headline score over a window with interval, n and baseline; and the skill index."""
    found = []
    for name in MONITORED:
        row = performance.headline(measured, name)
        metric = METRICS[name]
        found.append(
            Metric(
                name,
                metric.label,
                None if row is None else row["value"],
                metric.unit,
                n=0 if row is None else int(row["n_races"]),
                low=None if row is None else row["low"],
                high=None if row is None else row["high"],
                better="higher" if metric.higher_is_better else "lower",
                baseline=None if row is None else row["baseline_value"],
                digits=metric.digits,
            )
        )
    n = min((metric.n or 0 for metric in found), default=0)
    found.append(Metric("skill_index", "Skill index", skill_index, n=n, better="higher",
                        baseline=0.0, digits=3, note="0 is no better than the baselines"))  # fmt: skip
    return found
