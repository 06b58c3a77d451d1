"""What a comparison of champion and challenger comes to, in sentences."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from f1lib.decisions.promotion.decision import Case
from f1lib.reports.numbers import counted, listed, percent, typeset
from f1lib.scoring.calibration import GATE_RACES

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.decisions.promotion.decision import PromotionDecision
    from f1lib.decisions.promotion.policy import PromotionPolicy
    from f1lib.decisions.promotion.power import Planted
    from f1lib.scoring.calibration import Slope

NATS = "nats a race of winner log loss"
TOO_FEW = f": too few to judge, which takes {GATE_RACES}"


def verdict(outcome: str, decision: "PromotionDecision") -> str:
    """What came of it, with the reasons; of a refusal the first one."""
    if decision.promoted:
        return f"{outcome} {decision.reason}"
    missed = decision.missed
    of = f"{len(missed)} of {counted(len(decision.rules), 'rule')} stand in its way"
    return f"{outcome} {missed[0].reason} ({of}.)" if missed else outcome


def case(decision: "PromotionDecision", champion: str, challenger: str) -> str:
    """What was compared with what."""
    n = counted(decision.n_races, "race")
    if decision.case is Case.NOBODY:
        return decision.reason
    if decision.case is Case.FEATURES:
        return (
            f"{challenger} has other features than {champion}, which cannot be refit with those it "
            f"had. So {champion} as it was deployed meets the recipe of {challenger} refit before "
            f"each of the {n} that {champion} has not seen."
        )
    if decision.case is Case.PATCH:
        return (
            f"{challenger} is the recipe of {champion} trained on newer data. So {champion} as it "
            f"was deployed meets its recipe refit before each of the {n} that it has not seen."
        )
    return (
        f"{challenger} has another recipe than {champion}. So both recipes are refit before each "
        f"of the last {n} that the challenger has seen."
    )


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
        f"{decision.detectable:.3f} {NATS} would be found four times in five; a smaller one "
        "mostly would not."
    )


def deciders(found: "pd.DataFrame") -> str:
    """In which race the two differ most, and what share of all difference it has."""
    if found.empty or not found["gain"].any():
        return "There is no race in which the two give the winner different probabilities."
    first = found.iloc[0]
    who = "challenger" if first["gain"] > 0 else "champion"
    return (
        f"The two differ most in the {first['race']} of {str(first['weekend'])[:4]}, which "
        f"{first['winner']} won: the champion gave him {percent(first['p_champion'])}, the "
        f"challenger {percent(first['p_challenger'])} ({abs(first['gain']):.2f} nats in favour of "
        f"the {who})."
    )


def slices(found: "pd.DataFrame") -> str:
    """In which slices the interval excludes zero, and how many would by chance."""
    known = found[found["low"].notna()]
    if known.empty:
        return "Not enough races to compare by slices."
    better = known[known["low"] > 0]
    worse = known[known["high"] < 0]
    parts = [
        f"the challenger is {word} in {listed([f'{row.slice} ({row.metric})' for row in rows])}"
        for rows, word in (
            (list(better.itertuples()), "better"),
            (list(worse.itertuples()), "worse"),
        )
        if rows
    ]
    said = "; ".join(parts) or "no slice tells the two apart"
    return (
        f"By 95 % intervals {said}. Of {counted(len(known), 'slice')} looked at, about "
        f"{max(1, round(0.05 * len(known)))} would by chance."
    )


def calibration(champion: "Slope", challenger: "Slope") -> str:
    """Both slopes, and which of them has too few races to be judged."""
    parts = [
        f"{name} {slope.value:.2f} (95 % interval {slope.low:.2f} to {slope.high:.2f}, "
        f"{counted(slope.n_races, 'race')}{'' if slope.judged else TOO_FEW})"
        if math.isfinite(slope.value)
        else f"{name} not known ({counted(slope.n_races, 'race')}; 10 are needed)"
        for name, slope in (("champion", champion), ("challenger", challenger))
    ]
    return f"Calibration slopes (1 is calibrated, less is overconfident): {'; '.join(parts)}."


def planted(rates: "Sequence[Planted]") -> str:
    """How often this policy promotes challengers of which the truth is known."""
    of = {(each.case, each.name): each for each in rates}
    case = rates[0].case
    better, worse, slightly, equal, same = (
        of[case, name] for name in ("better", "worse", "slightly worse", "equal", "identical")
    )
    said = (
        f"This policy promotes {of_case(better)} that is better by {better.gain:.2f} nats a race "
        f"in {_share(better.promoted)} of {better.comparisons} simulated comparisons, an equal one "
        f"in {_share(equal.promoted)}, one that is worse by {-slightly.gain:.2f} in "
        f"{_share(slightly.promoted)} and by {-worse.gain:.2f} in {_share(worse.promoted)}, and "
        f"one that forecasts the same in {_share(same.promoted)} (paired standard deviation "
        f"{better.sd:.2f} nats a race). The brief's rule alone would promote "
        f"{_share(equal.brief)} of the equal and {_share(worse.brief)} of the worst."
    )
    if case is Case.RECIPE:
        return said
    beside = of[Case.RECIPE, "equal"]
    newer = "has to be better: no rule asked for it"
    if rates[0].asked:
        newer = "need only be no worse and newer, since a rule asked for it"
    why = f" A patch {newer}." if case is Case.PATCH else ""
    return (
        f"{said}{why} Of equal challengers that are {of_case(beside)}, {_share(beside.promoted)}."
    )


def power(rates: "Sequence[Planted]") -> str:
    """How often those judged as this one are promoted where races differ less, or more."""
    mine = sorted((each for each in rates if each.case is rates[0].case), key=lambda each: each.sd)

    def told(kind: str) -> str:
        return listed(
            [
                f"{_share(each.promoted)} at {each.sd:.2f}{each.name.removeprefix(kind)}"
                for each in mine
                if each.name.startswith(kind)
            ]
        )

    gain = max(each.gain for each in mine)
    return (
        f"How often {of_case(mine[0])} is promoted depends on the paired standard deviation. "
        f"Better by {gain:.2f} nats a race: {told('better')}. Equal: {told('equal')}."
    )


def of_case(rate: "Planted") -> str:
    """By which rules planted challengers were judged.

    >>> from f1lib.decisions.promotion.power import Planted
    >>> of_case(Planted(Case.PATCH, "equal", 0.0, 0.15, 12, 500, 0.46, 0.5, asked=True))
    'a patch that a rule asked for, over 12 races'
    """
    asked = "that a rule asked for" if rate.asked else "that no rule asked for"
    kind = {Case.PATCH: f"a patch {asked},", Case.FEATURES: "a recipe with other features"}
    return f"{kind.get(rate.case, 'a recipe')} over {counted(rate.n_races, 'race')}"


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
