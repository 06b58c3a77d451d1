"""The headline numbers of a comparison, as metrics."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from f1lib.reports.deployment_comparison import headlines
from f1lib.reports.metrics import Metric
from f1lib.scoring.scores import METRICS

if TYPE_CHECKING:
    from f1lib.decisions.promotion.decision import PromotionDecision
    from f1lib.decisions.promotion.power import Planted

GAINS = {
    "effect.skill_index": ("gain_skill_index", "Skill index, gain", "", 1, 3),
    "paired.winner_log_loss": ("gain_winner_log_loss", "Winner log loss, gain", "nats", 1, 3),
    "effect.gap_mae_pct": ("gain_gap_mae", "Gap error, gain", "%", 100, 1),
    "effect.winner_hit": ("gain_winner_hit", METRICS["winner_hit"].label + ", gain", "%", 100, 1),
}


def comparison(decision: "PromotionDecision") -> list[Metric]:
    """What the challenger gained, each with its interval; and the smallest gain to be seen."""
    rules = {rule.rule: rule for rule in decision.rules}
    found = []
    for name, (key, label, unit, times, digits) in GAINS.items():
        if name in rules:
            rule = rules[name]
            found.append(
                Metric(
                    key, label, times * rule.value, unit, n=rule.n, low=times * rule.low,
                    high=times * rule.high, better="higher", baseline=0.0, digits=digits,
                )
            )  # fmt: skip
    least = Metric(
        "detectable", "Smallest gain to be seen", decision.detectable, "nats",
        n=decision.n_races, note="found four times in five",
    )  # fmt: skip
    passed = sum(rule.passed for rule in decision.rules)
    of_all = Metric(
        "rules_passed", "Rules passed", float(passed), n=decision.n_races, digits=0,
        note=f"of {len(decision.rules)}",
    )  # fmt: skip
    return [*found, least, of_all]


def planted(rates: "Sequence[Planted]") -> list[Metric]:
    """How often each kind of those judged as this one is promoted, in per cent; n counts
    comparisons."""
    return [
        Metric(
            f"planted_{each.name.replace(' ', '_')}", f"Planted {each.name}, promoted",
            100 * each.promoted, "%", n=each.comparisons, digits=1, note=headlines.of_case(each),
        )
        for each in rates
        if each.case is rates[0].case
    ]  # fmt: skip
