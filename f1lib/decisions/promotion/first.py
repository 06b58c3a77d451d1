"""The first champion has no predecessor: it is promoted when it is ahead of the frozen baselines in
the mean and not too good to be true.
"""

from math import isnan

import pandas as pd

from f1lib.decisions.promotion.decision import Case, PromotionDecision, Rule
from f1lib.evaluation import levels, plausibility
from f1lib.evaluation.comparison import MINIMUM_RACES
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.models import baselines
from f1lib.scoring import summary
from f1lib.scoring.scores import METRICS


def champion(scores: pd.DataFrame, model: str, *, simulated: bool = False) -> PromotionDecision:
    """Judge a model that has no predecessor by its rolling-origin backtest.

    Its skill against the frozen baseline must be positive in every part of the skill index, on
    the same races, at least MINIMUM_RACES of them; and it must not be too good to be true, where
    that can be said: not of the `simulated` world.
    """
    rules = []
    for metric in summary.SKILL_WEIGHTS:
        cutoff = HEADLINE_CUTOFF[METRICS[metric].stage]
        pairs = levels.beside_baseline(scores, model, metric, cutoff)
        value, low, high = summary.skill_interval(pairs, metric)
        passed = len(pairs) >= MINIMUM_RACES and value > 0
        interval = "" if isnan(low) else f" (95 % interval {low:+.3f} to {high:+.3f})"
        reason = (
            f"Skill in {METRICS[metric].in_words} against "
            f"{baselines.for_metric(metric, cutoff)}: {value:+.3f}{interval} "
            f"over {len(pairs)} races (more than 0 over {MINIMUM_RACES} is asked for)"
        )
        rules.append(Rule(f"paired.{metric}", value, 0.0, len(pairs), passed, reason, low, high))
    suspected = () if simulated else plausibility.suspicions(scores[scores["model"] == model])
    rules += [
        Rule("guard.leak", each.value, each.limit, each.n_races, passed=False, reason=str(each))
        for each in suspected
    ]
    promoted = all(rule.passed for rule in rules)
    n = min(rule.n for rule in rules)
    verdict = f"Ahead of the baselines in the mean of {n} races" if promoted else "Refused"
    reason = f"{verdict}: {' '.join(map(str, rules))}"
    return PromotionDecision(Case.FIRST, promoted, reason, tuple(rules), n)
