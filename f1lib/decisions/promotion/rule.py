"""The promotion rule: every rule measured, put into a sentence, and counted."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from f1lib.decisions import trigger as triggers
from f1lib.decisions.promotion import looked as measured
from f1lib.decisions.promotion.decision import NONE, Case, PromotionDecision, Rule
from f1lib.decisions.promotion.evidence import Evidence
from f1lib.decisions.promotion.looked import Looked
from f1lib.decisions.promotion.policy import PromotionPolicy
from f1lib.decisions.trigger import Trigger
from f1lib.evaluation import comparison
from f1lib.evaluation.plausibility import LeakSuspicion
from f1lib.scoring.calibration import GATE_RACES, GATE_SCORE, Slope

FORMS = {  # of the figures of a rule
    "effect.gap_mae_pct": "{:+.1%}",
    "effect.winner_hit": "{:+.1%}",
    "races.enough": "{:.0f}",
    "refresh.asked": "{:.0f}",
    "guard.race": "{:+.4f}",
    "guard.calibration": "{:.2f}",
}
SAYS = {
    "effect.skill_index": "The skill index changes by {value}{interval}; the floor is {threshold}.",
    "effect.gap_mae_pct": "The gap error falls by {value} of the champion's{interval}; the floor "
    "is {threshold}.",
    "effect.winner_hit": "The favourite wins {value} of all races more{interval}; the floor is "
    "{threshold}.",
    "races.enough": "{n} races are compared; {threshold} are needed to call a model better.",
    "paired.winner_log_loss": "Winner log loss falls by {value} nats a race over {n} races"
    "{interval}; as much by chance: one-sided p {p}.",
    "paired.skill_index": "Skill rises by {value} a race over {n} races{interval}; as much by "
    "chance: one-sided p {p}.",
    "refresh.effect": "The skill index changes by {value}{interval} over {n} races, which must not "
    "be negative.",
    "refresh.not_inferior": "Over {n} races winner log loss falls by {value} nats a race"
    "{interval}; a true change of {threshold} or worse would look so good with one-sided p {p}.",
    "guard.qualifying": "Qualifying: the gap error falls by {value} % of a lap{interval}; as bad "
    "by chance: one-sided p {p}.",
    "guard.race": "Race: the RPS falls by {value}{interval}; as bad by chance: one-sided p {p}.",
    "guard.latest": "Over the latest {n} races winner log loss falls by {value} nats a race"
    "{interval} (not below {threshold} is asked for); as bad by chance: one-sided p {p}.",
}


def decided(
    evidence: Evidence,
    policy: PromotionPolicy,
    case: Case,
    *,
    asked: Trigger | None = None,
    fired: Sequence[str] = (),
    shadow: str = "",
    rolled_back: str = "",
    slope: Slope | None = None,
    leaks: Sequence[LeakSuspicion] = (),
) -> PromotionDecision:
    """Judge a challenger by what both models scored on the same races.

    `asked` is the trigger that the challenger was trained for, `fired` the rules that had fired
    then, `shadow` why it was trained in shadow (empty: it was not), `rolled_back` who brought the
    champion back, and why (empty: it was promoted); `slope` and `leaks` are its calibration and
    what makes it too good to be true, over all races it was backtested on.
    """
    looked = measured.every(evidence, policy, case, asked=triggers.of_a_rule(asked))
    rules = [_rule(each, asked, fired) for each in looked]
    gates = [_calibrated(slope), _plausible(leaks)] if policy.guarded else []
    waits = {
        "shadow": shadow and f"It was trained in shadow, so a person has to approve: {shadow}",
        "rolled_back": rolled_back and f"{rolled_back} So a person has to approve who follows.",
    }
    held = [_waits(why, reason) for why, reason in waits.items() if reason]
    promoted = bool(measured.promoted(looked, case, policy)) and all(gate.passed for gate in gates)
    loss = evidence.gain("winner_log_loss")
    sd = float(loss.std(ddof=1)) if evidence.n > 1 else NONE
    decision = PromotionDecision(
        case=case,
        promoted=promoted,
        reason="",
        rules=(*rules, *gates, *held),
        n_races=evidence.n,
        brief=bool(measured.brief(looked)),
        detectable=comparison.detectable(sd, evidence.n),
        spread=sd,
    )
    return replace(decision, reason=_why(decision))


def _rule(looked: Looked, asked: Trigger | None, fired: Sequence[str]) -> Rule:
    value, p, n = float(looked.value), float(looked.p), looked.n
    low, high = comparison.block_interval(looked.gains)
    if looked.rule == "refresh.asked":
        reason = _asked(asked, fired)
    elif not n and looked.rule != "races.enough":
        reason = "There is no race to judge it by."
    else:
        interval = f" (95 % interval {told(looked.rule, low)} to {told(looked.rule, high)})"
        reason = SAYS[looked.rule].format(
            value=told(looked.rule, value),
            threshold=told(looked.rule, looked.threshold),
            interval="" if np.isnan(low) else interval,
            n=n,
            p=p_value(p),
        )
    return Rule(
        looked.rule, value, looked.threshold, n, bool(looked.passed), reason, low, high, p
    )  # fmt: skip


def told(name: str, figure: float) -> str:
    """A figure of the rule of that name, as its sentence has it.

    >>> told("effect.gap_mae_pct", 0.0221), told("guard.race", 0.00021)
    ('+2.2 %', '+0.0002')
    """
    return FORMS.get(name, "{:+.3f}").format(figure).replace("%", " %")


def p_value(p: float) -> str:
    """A p-value with its sign of relation.

    >>> p_value(0.0254), p_value(0.0002)
    ('= 0.025', '< 0.001')
    """
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def _asked(asked: Trigger | None, fired: Sequence[str]) -> str:
    """Who asked for the training; where no rule did, which had fired all the same."""
    if triggers.of_a_rule(asked):
        return f"The challenger was trained because a rule asked for it: {asked}."
    who = "What it was trained for is not known" if asked is None else "It was trained by hand"
    too = f"; what had fired then: {', '.join(fired)}" if fired else ", and no rule had fired"
    return f"{who}, not because a rule asked for it{too}."


def _calibrated(slope: Slope | None) -> Rule:
    n = 0 if slope is None else slope.n_races
    if slope is None or slope.failed is None:
        reason = f"Calibration is judged from {GATE_RACES} races on; there are {n}."
        return Rule("guard.calibration", NONE, GATE_SCORE, n, passed=True, reason=reason)
    reason = (
        f"The calibration slope is {slope.value:.2f} (95 % interval {slope.low:.2f} to "
        f"{slope.high:.2f}) over {n} races, a score of {slope.score:.2f}; below {GATE_SCORE:g} "
        "and an interval without 1 is too far off."
    )
    return Rule(
        "guard.calibration", slope.score, GATE_SCORE, n, not slope.failed, reason
    )  # fmt: skip


def _plausible(leaks: Sequence[LeakSuspicion]) -> Rule:
    if not leaks:
        return Rule(
            "guard.leak", NONE, NONE, 0, passed=True, reason="Nothing is too good to be true."
        )
    first = leaks[0]
    return Rule(
        "guard.leak", first.value, first.limit, first.n_races, passed=False, reason=str(first)
    )


def _waits(why: str, reason: str) -> Rule:
    """A rule that a person lets pass."""
    return Rule(f"person.{why}", NONE, NONE, 0, passed=False, reason=reason)


def _why(decision: PromotionDecision) -> str:
    """The rules that decided it, in their own sentences."""
    if decision.promoted and decision.held:
        held = " ".join(rule.reason for rule in decision.failed("person"))
        return f"{_passed(decision)} {held}"
    if decision.promoted:
        return _passed(decision)
    return f"Refused. {' '.join(dict.fromkeys(rule.reason for rule in decision.missed))}"


def _passed(decision: PromotionDecision) -> str:
    if decision.as_better:
        why = [rule.reason for rule in decision.rules
               if rule.kind in {"effect", "paired"} and rule.passed]  # fmt: skip
        return f"Promoted, as better than the champion. {' '.join(why)}"
    why = [rule.reason for rule in decision.rules if rule.kind == "refresh"]
    return f"Promoted, as no worse than the champion and on newer data. {' '.join(why)}"
