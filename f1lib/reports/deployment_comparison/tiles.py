"""The headline numbers of a comparison, as metrics."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from f1lib.decisions.promotion.rule import p_value, told
from f1lib.reports.deployment_comparison import headlines
from f1lib.reports.metrics import Metric
from f1lib.reports.numbers import listed
from f1lib.scoring.scores import METRICS

if TYPE_CHECKING:
    from f1lib.decisions.promotion.decision import PromotionDecision, Rule
    from f1lib.decisions.promotion.power import Planted

GAINS = {
    "effect.skill_index": ("gain_skill_index", "Skill index, gain", "", 1, 3),
    "paired.winner_log_loss": ("gain_winner_log_loss", "Winner log loss, gain", "nats", 1, 3),
    "effect.gap_mae_pct": ("gain_gap_mae", "Gap error, gain", "%", 100, 1),
    "effect.winner_hit": ("gain_winner_hit", METRICS["winner_hit"].label + ", gain", "%", 100, 1),
}

SHARES = {
    "effect.gap_mae_pct": "of the champion's error; ",
    "effect.winner_hit": "of all races; ",
}


def comparison(decision: "PromotionDecision") -> list[Metric]:
    """What the challenger gained on the champion, each with its interval and its floor; and the
    smallest gain to be seen."""
    rules = {rule.rule: rule for rule in decision.rules}
    found = []
    for name, (key, label, unit, times, digits) in GAINS.items():
        if name in rules:
            rule = rules[name]
            found.append(
                Metric(
                    key, label, times * rule.value, unit, n=rule.n, low=times * rule.low,
                    high=times * rule.high, better="higher", digits=digits, counts="races",
                    note=_floor(rule),
                )
            )  # fmt: skip
    least = Metric(
        "detectable", "Smallest gain to be seen", decision.detectable, "nats",
        n=decision.n_races, counts="races", note="in winner log loss, found four times in five",
    )  # fmt: skip
    failed = [headlines.named(rule) for rule in decision.rules if not rule.passed]
    not_passed = f"; not passed: {listed(failed)}" if failed else ""
    of_all = Metric(
        "rules_passed", "Rules passed", float(len(decision.rules) - len(failed)), digits=0,
        note=f"of {len(decision.rules)}{not_passed}",
    )  # fmt: skip
    return [*found, least, of_all]


def _floor(rule: "Rule") -> str:
    """What is asked for: of an effect its floor, of a paired test its p."""
    if rule.kind == "effect":
        return f"{SHARES.get(rule.rule, '')}floor {told(rule.rule, rule.threshold)}"
    return f"one-sided p {p_value(rule.p)}"


def planted(rates: "Sequence[Planted]") -> list[Metric]:
    """How often each kind of those judged as this one is promoted, in per cent; n counts
    comparisons."""
    return [
        Metric(
            f"planted_{each.name.replace(' ', '_')}", f"Promoted if truly {each.name}",
            100 * each.promoted, "%", n=each.comparisons, digits=1, counts="trials",
            note=headlines.of_case(each),
        )
        for each in rates
        if each.case is rates[0].case
    ]  # fmt: skip
