"""What a comparison of champion and challenger comes to, in sentences."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from f1lib.decisions.promotion.decision import Case
from f1lib.decisions.promotion.rule import p_value, told
from f1lib.reports.numbers import counted, listed, percent, typeset
from f1lib.scoring.calibration import GATE_RACES
from f1lib.scoring.scores import METRICS

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.decisions.promotion.decision import PromotionDecision, Rule
    from f1lib.decisions.promotion.policy import PromotionPolicy
    from f1lib.decisions.promotion.power import Planted
    from f1lib.scoring.calibration import Slope

EFFECTS = {
    "effect.skill_index": "skill index",
    "effect.gap_mae_pct": "gap error less by",
    "effect.winner_hit": "favourites that won",
}
NATS = "nats a race of winner log loss"
TOO_FEW = f": too few to judge, which takes {GATE_RACES}"


def verdict(outcome: str, decision: "PromotionDecision") -> str:
    """What came of it, and on what grounds, shortly; of a refusal the first one."""
    if decision.promoted:
        held = [rule.reason for rule in decision.failed("person")]
        return " ".join([outcome, _grounds(decision), *held])
    missed = decision.missed
    of = f"{len(missed)} of {counted(len(decision.rules), 'rule')} stand in its way"
    return f"{outcome} {missed[0].reason} ({of}.)" if missed else outcome


def _grounds(decision: "PromotionDecision") -> str:
    """Why it passed: by how much, beside what is asked for, and that all else passed too."""
    of = {rule.rule: rule for rule in decision.rules}
    kinds = Counter(rule.kind for rule in decision.rules)
    passed = [
        _all(kinds[kind], name)
        for kind, name in (("paired", "paired test"), ("guard", "guard"))
        if kinds[kind] and (kind == "guard" or decision.as_better)
    ]
    also = f"; {listed(passed)} passed" if passed else ""
    n = counted(decision.n_races, "race")
    if decision.as_better:
        first = next(rule for rule in decision.rules if rule.kind == "effect" and rule.passed)
        narrowly = ", but narrowly," if first.low <= first.threshold else ""
        floor = f"floor {told(first.rule, first.threshold)}"
        gain = f"{told(first.rule, first.value)}{_between(first, floor)}"
        return f"Better{narrowly} over {n}: {EFFECTS[first.rule]} {gain}{also}."
    index, margin = of["refresh.effect"], of["refresh.not_inferior"]
    loss = told(margin.rule, abs(margin.threshold)).removeprefix("+")
    return (
        f"No worse over {n}, and on newer data: {EFFECTS['effect.skill_index']} "
        f"{told(index.rule, index.value)}{_between(index)}, and a loss of {loss} nats a race is "
        f"ruled out (one-sided p {p_value(margin.p)}){also}."
    )


def _all(n: int, noun: str) -> str:
    return {1: f"the {noun}", 2: f"both {noun}s"}.get(n, f"all {n} {noun}s")


def _between(rule: "Rule", beside: str = "") -> str:
    """The interval of a rule, if it has one, and what else belongs in its brackets."""
    known = not math.isnan(rule.low)
    ends = f"95 % interval {told(rule.rule, rule.low)} to {told(rule.rule, rule.high)}"
    inside = "; ".join(filter(None, (ends * known, beside)))
    return f" ({inside})" if inside else ""


def way(decision: "PromotionDecision") -> str:
    """Which way it passed or what stood in its way; and what failed without being decisive."""
    if not decision.rules:
        return ""
    if not decision.promoted:
        decisive = decision.missed
        said = f"In its way: {listed([named(rule) for rule in decisive])}."
    else:
        decisive = decision.failed("person")
        passed = "as better" if decision.as_better else "as no worse and on newer data"
        said = f"It passed {passed}."
    aside = [named(rule) for rule in decision.rules if not rule.passed and rule not in decisive]
    return f"{said} Not passed, but not decisive: {listed(aside)}." if aside else said


def named(rule: "Rule") -> str:
    """A rule as a reader sees it.

    >>> from f1lib.decisions.promotion.decision import Rule
    >>> named(Rule("effect.winner_hit", 0.0, 0.02, 24, passed=False, reason=""))
    'effect: winner hit'
    """
    return rule.rule.replace("_", " ").replace(".", ": ")


def case(decision: "PromotionDecision", champion: str, challenger: str) -> str:
    """What was compared with what."""
    n = counted(decision.n_races, "race")
    if decision.case is Case.NOBODY:
        return decision.reason
    if decision.case is Case.FEATURES:
        return (
            f"{challenger} has other features than {champion}, which cannot be refit with those it "
            f"had. So {champion} as it is meets the recipe of {challenger} refit before each of "
            f"the {n} that {champion} has not seen.{_refits(challenger)}"
        )
    if decision.case is Case.PATCH:
        return (
            f"{challenger} is the recipe of {champion} trained on newer data. So {champion} as it "
            f"is meets its recipe refit before each of the {n} that it has not seen."
            f"{_refits(challenger)}"
        )
    return (
        f"{challenger} has another recipe than {champion}. So both recipes are refit before each "
        f"of the last {n} that the challenger has seen.{_refits(challenger)}"
    )


def _refits(challenger: str) -> str:
    return f" {challenger} itself has learnt from them, and forecasts none here."


def brief(decision: "PromotionDecision") -> str:
    """What the brief's rule alone would do, and whether the guards say otherwise."""
    if decision.brief is None:
        return "There is nothing that the brief's rule could judge."
    says = "promote" if decision.brief else "refuse"
    done = "promotes it" if decision.promoted else "refuses it"
    if decision.promoted and decision.held:
        done = "lets it pass"
    if decision.brief is decision.promoted:
        why = "one effect above its floor is enough" if decision.brief else "no effect reaches one"
        return f"The brief's rule, a floor on three effects, would alone {says} it too: {why}."
    return (
        f"The brief's rule alone, one effect above its floor, would {says} it; with the paired "
        f"tests and the guards the policy {done}."
    )


def guards(decision: "PromotionDecision") -> str:
    """Which guards passed and which did not."""
    mine = [rule for rule in decision.rules if rule.kind == "guard"]
    if not mine:
        return (
            "No guard was asked." if decision.case is Case.NOBODY else "This policy has no guards."
        )
    failed = [rule.reason for rule in mine if not rule.passed]
    passed = len(mine) - len(failed)
    said = f"Of {len(mine)} guards {passed} passed."
    return said if not failed else f"{said} Not passed: {' '.join(failed)}"


def detectable(decision: "PromotionDecision") -> str:
    """The smallest gain that this comparison could have shown."""
    if not math.isfinite(decision.detectable):
        n = counted(decision.n_races, "race")
        return f"What gain this comparison could have shown cannot be told from {n}."
    if decision.detectable == 0:
        return (
            f"In all {counted(decision.n_races, 'race')} the two give the winner the same "
            "probability."
        )
    return (
        f"Over {counted(decision.n_races, 'race')} that differ as these do, a true gain of "
        f"{decision.detectable:.3f} {NATS} would be found four times in five, a smaller one less "
        f"often.{_beside_detectable(decision)}"
    )


def _beside_detectable(decision: "PromotionDecision") -> str:
    """The gain that was seen, where it is a gain and smaller than what is mostly found."""
    seen = [rule for rule in decision.rules if rule.rule == "paired.winner_log_loss"]
    if not seen or not 0 < seen[0].value < decision.detectable:
        return ""
    showed = "though it was found here" if seen[0].passed else "and it was not found here"
    return f" The gain seen, {told(seen[0].rule, seen[0].value)}, is a smaller one, {showed}."


def deciders(found: "pd.DataFrame") -> str:
    """In which race the two differ most, and what share of all difference it has."""
    if found.empty or not found["gain"].any():
        return "There is no race in which the two give the winner different probabilities."
    first = found.iloc[0]
    who = "challenger" if first["gain"] > 0 else "champion"
    return (
        f"The two differ most in the {first['race']} of {str(first['weekend'])[:4]}, which "
        f"{first['winner']} won: the champion gave him {percent(first['p_champion'])}, the "
        f"challenger's recipe, refit, {percent(first['p_challenger'])} "
        f"({abs(first['gain']):.2f} nats in favour of the {who})."
    )


def slices(found: "pd.DataFrame") -> str:
    """In which slices the interval excludes zero, which way, and how many would by chance."""
    known = found[found["low"].notna()]
    if known.empty:
        return "Not enough races to compare by slices."
    better = known[known["low"] > 0]
    worse = known[known["high"] < 0]
    said = (
        "no slice tells the two apart"
        if better.empty and worse.empty
        else f"the challenger is better in {_sliced(better)} and worse in {_sliced(worse)}"
    )
    return (
        f"By 95 % intervals {said}. {counted(len(known), 'slice')} were looked at, which overlap; "
        f"chance alone would give about {0.025 * len(known):.1f} each way."
    )


def _sliced(rows: "pd.DataFrame") -> str:
    """Slices with the score by which they differ."""
    pairs = zip(rows["slice"], rows["metric"], strict=True)
    return listed([f"{name} ({METRICS[metric].in_words})" for name, metric in pairs]) or "none"


def calibration(champion: "Slope", challenger: "Slope") -> str:
    """Both slopes, and which of them has too few races to be judged."""
    parts = [
        f"{name} {slope.value:.2f} (95 % interval {slope.low:.2f} to {slope.high:.2f}, "
        f"{counted(slope.n_races, 'race')}{'' if slope.judged else TOO_FEW})"
        if math.isfinite(slope.value)
        else f"{name} not known ({counted(slope.n_races, 'race')}; 10 are needed)"
        for name, slope in (("champion", champion), ("challenger", challenger))
    ]
    said = f"Calibration slopes (1 is calibrated, less is overconfident): {'; '.join(parts)}."
    if champion.n_races == challenger.n_races:
        return said
    return f"{said} These are of different races; the table of scores has both on the same ones."


def planted(rates: "Sequence[Planted]") -> str:
    """How often this policy promotes challengers of which the truth is known."""
    of = {(each.case, each.name): each for each in rates}
    case = rates[0].case
    better, worse, slightly, equal, same = (
        of[case, name] for name in ("better", "worse", "slightly worse", "equal", "identical")
    )
    said = (
        f"Judged as {of_case(better)}, this policy promotes one that is better by "
        f"{better.gain:.2f} nats a race in {_share(better.promoted)} of {better.comparisons} "
        f"simulated comparisons, an equal one in {_share(equal.promoted)}, one that is worse by "
        f"{-slightly.gain:.2f} in {_share(slightly.promoted)} and by {-worse.gain:.2f} in "
        f"{_share(worse.promoted)}, and one that forecasts the same in {_share(same.promoted)} "
        f"(paired standard deviation {better.sd:.2f} nats a race). The brief's rule alone would "
        f"promote {_share(equal.brief)} of the equal and {_share(worse.brief)} of the worst."
    )
    if case is Case.RECIPE:
        return said
    beside = of[Case.RECIPE, "equal"]
    newer = "has to be better: no rule asked for it"
    if rates[0].asked:
        newer = "need only be no worse and newer, since a rule asked for it"
    why = f" A patch {newer}." if case is Case.PATCH else ""
    return (
        f"{said}{why} Of equal challengers judged as {of_case(beside)}, {_share(beside.promoted)}."
    )


def power(rates: "Sequence[Planted]") -> str:
    """How often those judged as this one are promoted where races differ less, or more."""
    mine = sorted((each for each in rates if each.case is rates[0].case), key=lambda each: each.sd)

    def told(kind: str) -> str:
        return listed(
            [
                f"{_share(each.promoted)} at {each.sd:.2f}{_as_these(each.name)}"
                for each in mine
                if each.name.startswith(kind)
            ]
        )

    gain = max(each.gain for each in mine)
    return (
        f"How often {of_case(mine[0])} is promoted depends on the paired standard deviation. "
        f"Better by {gain:.2f} nats a race: {told('better')}. Equal: {told('equal')}."
    )


def _as_these(name: str) -> str:
    """Whether the spread is that of this comparison."""
    of = name.partition(", ")[2]
    return f" ({of})" if of else ""


def of_case(rate: "Planted") -> str:
    """By which rules planted challengers were judged.

    >>> from f1lib.decisions.promotion.power import Planted
    >>> of_case(Planted(Case.PATCH, "equal", 0.0, 0.15, 12, 500, 0.46, 0.5, asked=True))
    'a patch over 12 races that a rule asked for'
    """
    n = counted(rate.n_races, "race")
    if rate.case is Case.PATCH:
        return f"a patch over {n} that {'a' if rate.asked else 'no'} rule asked for"
    return f"a recipe{' with other features' * (rate.case is Case.FEATURES)} over {n}"


def conclusion(
    outcome: str, decision: "PromotionDecision", policy: "PromotionPolicy", *, dry_run: bool
) -> str:
    """What follows."""
    if decision.case is Case.NOBODY:
        return f"{outcome} Nothing is recorded."
    recorded = (
        "This run changed nothing (dry_run)."
        if dry_run
        else "The decision is recorded with every rule."
    )
    return f"{outcome} {brief(decision)} The policy's mode is {policy.mode.value}. {recorded}"


def _share(share: float) -> str:
    """A rate that was counted: none is none."""
    return typeset(f"{100 * share:.1f} %") if 0 < share < 1 else f"{100 * share:.0f} %"
