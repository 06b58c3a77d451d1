"""The headline numbers of a training, as metrics."""

import math
from typing import TYPE_CHECKING, Any

from f1lib.reports.metrics import Metric
from f1lib.reports.retraining.listings import OTHERS
from f1lib.scoring.scores import METRICS

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from f1lib.reports.retraining.account import Account

OF_RECIPE = "backtest of the recipe"  # not of the version, nor beside the champion
SCORES = ("skill_index", "winner_log_loss", "rps", "gap_mae_pct", "order_concordance")


def training(told: "Account") -> list[Metric]:
    """Rules that fired and races learnt from; of a new version its scores beside the baselines."""
    found = []
    if told.decision is not None and (rules := told.decision.looked):
        fired = sum(rule.fired for rule in rules)
        found.append(Metric("rules_fired", "Rules that ask for it", fired, note=f"of {len(rules)}"))
    learner = told.lesson or told.champion
    if learner is not None:
        through = f"through {learner.trained_through}"
        found.append(Metric("races_learnt", "Races learnt from", learner.n_races, note=through))
    rows = {row["metric"]: row for row in told.scores.to_dict("records")}
    return [*found, *(_score(name, rows[name]) for name in SCORES if name in rows)]


def _score(name: str, row: "Mapping[Hashable, Any]") -> Metric:
    """One score of the backtest beside its baseline; the skill index has none."""
    n = None if math.isnan(row["n"]) else int(row["n"])
    facts = {"n": n, "counts": "races", "low": row["low"], "high": row["high"]}
    if name not in METRICS:
        said = f"{OF_RECIPE}; 0 is no better than the baselines"
        return Metric(name, OTHERS[name], row["value"], better="higher", note=said, **facts)
    metric = METRICS[name]
    return Metric(
        name, metric.label, row["value"], metric.unit,
        better="higher" if metric.higher_is_better else "lower",
        baseline=row["baseline_value"], digits=metric.digits,
        gain_low=row["skill_low"], gain_high=row["skill_high"], note=OF_RECIPE, **facts,
    )  # fmt: skip
