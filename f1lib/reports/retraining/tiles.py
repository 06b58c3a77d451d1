"""The headline numbers of a training, as metrics."""

from typing import TYPE_CHECKING

from f1lib.reports.metrics import Metric
from f1lib.reports.retraining.listings import label
from f1lib.scoring.scores import METRICS

if TYPE_CHECKING:
    from f1lib.reports.retraining.account import Account

SCORES = ("skill_index", "winner_log_loss", "rps", "gap_mae_pct", "order_concordance")


def training(told: "Account") -> list[Metric]:
    """Rules that fired and races learnt from; of a new version its scores beside the baselines."""
    found = []
    if told.decision is not None:
        rules = told.decision.rules
        fired = sum(rule.fired for rule in rules)
        found.append(Metric("rules_fired", "Rules fired", fired, note=f"of {len(rules)}"))
    learner = told.lesson or told.champion
    if learner is not None:
        through = f"through {learner.trained_through}"
        found.append(Metric("races_learnt", "Races learnt from", learner.n_races, note=through))
    rows = {str(row["metric"]): row for row in told.scores.to_dict("records")}
    for name in SCORES:
        if name not in rows:
            continue
        row, metric = rows[name], METRICS.get(name)
        found.append(
            Metric(
                f"backtest_{name}", label(name), row["value"], metric.unit if metric else "",
                n=None if row["n"] != row["n"] else int(row["n"]),
                low=row["low"], high=row["high"],
                better="higher" if metric is None or metric.higher_is_better else "lower",
                baseline=0.0 if metric is None else row["baseline_value"],
                digits=metric.digits if metric else 3,
            )
        )  # fmt: skip
    return found
