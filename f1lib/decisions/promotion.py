"""Promotion: may a model become champion?

The first champion has no predecessor: it is promoted when it beats the frozen baselines
and is not too good to be true.
"""

from dataclasses import dataclass

import pandas as pd

from f1lib.evaluation import levels, plausibility
from f1lib.evaluation.comparison import MINIMUM_RACES
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.models import baselines
from f1lib.scoring import summary
from f1lib.scoring.scores import METRICS

JUDGED_BY = ("winner_log_loss", "rps", "gap_mae_pct")  # the parts of the skill index


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule: what was measured, against what, on how many races, and whether it is met."""

    rule: str
    value: float
    threshold: float
    n_races: int
    met: bool

    def __str__(self) -> str:
        verdict = "met" if self.met else "not met"
        return (
            f"{self.rule}: {self.value:+.3f} against {self.threshold:+.3f} "
            f"over {self.n_races} races, {verdict}"
        )


@dataclass(frozen=True, slots=True)
class PromotionDecision:
    """Whether a version is promoted, and every rule with its figures."""

    promoted: bool
    reasons: tuple[Reason, ...]

    def __str__(self) -> str:
        verdict = "Beats the baselines" if self.promoted else "Refused"
        return f"{verdict}: {'; '.join(map(str, self.reasons))}."


def first_champion(
    scores: pd.DataFrame, model: str, *, simulated: bool = False
) -> PromotionDecision:
    """Judge a model that has no predecessor by its rolling-origin backtest.

    Its skill against the frozen baseline must be positive in every part of the skill index, on
    the same races, at least MINIMUM_RACES of them; and it must not be too good to be true, where
    that can be said: not of the `simulated` world.
    """
    reasons = []
    for metric in JUDGED_BY:
        cutoff = HEADLINE_CUTOFF[METRICS[metric].stage]
        pairs = levels.beside_baseline(scores, model, metric, cutoff)
        value, _, _ = summary.skill_interval(pairs, metric)
        met = len(pairs) >= MINIMUM_RACES and value > 0
        baseline = baselines.for_metric(metric, cutoff)
        reasons.append(Reason(f"{metric} skill against {baseline}", value, 0.0, len(pairs), met))
    suspected = () if simulated else plausibility.suspicions(scores[scores["model"] == model])
    reasons += [
        Reason(f"leak suspected, {each.metric}", each.value, each.limit, each.n_races, met=False)
        for each in suspected
    ]
    return PromotionDecision(all(reason.met for reason in reasons), tuple(reasons))
