"""Tables of a comparison."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from f1lib.decisions.promotion import evidence
from f1lib.decisions.promotion.rule import p_value, told
from f1lib.evaluation.levels import CALIBRATION
from f1lib.reports import numbers
from f1lib.reports.deployment_comparison import headlines
from f1lib.reports.retraining.listings import FIRST, OTHERS
from f1lib.reports.terms import TERMS, skill_index
from f1lib.scoring.scores import METRICS
from f1lib.weekend import Stage

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.decisions.promotion.decision import PromotionDecision, Rule
    from f1lib.decisions.promotion.power import Planted
    from f1lib.reports.tables import Listing

OVER_ALL = {  # scores that no single race has
    **OTHERS,
    "calibration_score": "Calibration score",
    "ece_excess": "Excess calibration error",
}
MORE_IS_BETTER = ("skill_index", "calibration_score")  # the others are best in the middle
KINDS = {
    "effect": "effect: one has to pass",
    "races": "races: has to pass",
    "paired": "paired test: all have to pass",
    "guard": "guard: all have to pass",
    "refresh": "refresh: another way for a patch, where all of them may pass instead of the three "
    "before",
    "person": "person: has to approve where it did not pass",
}
CHALLENGER = "Challenger, refit"


def rules(decision: "PromotionDecision", level: float) -> "Listing":
    """Every rule with its figures and in words, in the order in which they count.

    `level` is that of each one-sided test.
    """
    import pandas as pd

    frame = pd.DataFrame(
        {
            "Rule": [headlines.named(rule) for rule in decision.rules],
            "Passed": ["yes" if rule.passed else "no" for rule in decision.rules],
            "Value": [_told(rule, rule.value) for rule in decision.rules],
            "Threshold": [_told(rule, rule.threshold) for rule in decision.rules],
            "95 % interval": [
                numbers.MISSING
                if math.isnan(rule.low)
                else f"{_told(rule, rule.low)} to {_told(rule, rule.high)}"
                for rule in decision.rules
            ],
            "p": [
                numbers.MISSING if math.isnan(rule.p) else p_value(rule.p).removeprefix("= ")
                for rule in decision.rules
            ],
            "In words": [rule.reason for rule in decision.rules],
        }
    )
    shown = [KINDS[kind] for kind in dict.fromkeys(rule.kind for rule in decision.rules)]
    how = (
        f"Its first word says how it counts: {'; '.join(shown)}. p is one-sided, of better or "
        f"(guards) of worse, by chance: below {level:g} a test passes and a guard does not. The "
        f"skill index: {skill_index()}."
        if shown
        else "None was asked."
    )
    return frame, f"Every rule of the policy. {how}", {}


def _told(rule: "Rule", figure: float) -> str:
    """A figure as the sentence of its rule has it; of what was not measured none."""
    return numbers.MISSING if math.isnan(figure) else told(rule.rule, figure)


def _champion(decision: "PromotionDecision") -> str:
    """The head of the champion's column: it is refit only where two recipes meet."""
    return "Champion" if decision.case.as_deployed else "Champion, refit"


def scores(
    table: "pd.DataFrame", over_all: "pd.DataFrame", decision: "PromotionDecision"
) -> "Listing":
    """Every headline score of both: paired by race, then those of all races together.

    `table` as of evaluation.comparison, `over_all` as of levels.over_all.
    """
    import pandas as pd

    both = _beside(over_all)
    mine = pd.concat([table, both], ignore_index=True) if len(both) else table
    frame = pd.DataFrame(
        {
            "Score": [_title(*row) for row in zip(mine["metric"], mine["stage"], strict=True)],
            "Gain": mine["difference"].to_numpy(),
            "95 % interval": numbers.intervals(mine["low"], mine["high"], "{:+.4f}"),
            "p better": mine["p_value_better"].to_numpy(),
            "p worse": mine["p_value_worse"].to_numpy(),
            CHALLENGER: mine["first_value"].to_numpy(),
            _champion(decision): mine["second_value"].to_numpy(),
            "Races": mine["n_races"].to_numpy(),
            "Known": mine["cutoff"].str.replace("_", " ").to_numpy(),
        }
    )
    digits = dict.fromkeys((CHALLENGER, _champion(decision), "p better", "p worse"), ".3f")
    return (
        frame,
        "Both on the same races. A gain is positive where the challenger is better, whichever way "
        "the score counts; intervals by bootstrap of blocks of races, none where fewer than five "
        "races differ; p one-sided, by flipping signs. Skill index and calibration are of all "
        "races together: no interval, no p, and no gain where the best is in the middle (slope 1, "
        "excess error 0: what chance alone gives). Calibration score: the slope or, above 1, its "
        f"inverse. {TERMS}",
        {**digits, "Gain": "+.4f", "Races": ".0f"},
    )


def _beside(over_all: "pd.DataFrame") -> "pd.DataFrame":
    """Challenger and champion side by side, with the columns that `scores` reads."""
    origin = ["stage", "cutoff", "metric"]
    mine, other = (
        over_all[over_all["model"] == name] for name in (evidence.CHALLENGER, evidence.CHAMPION)
    )
    both = mine.merge(other, on=origin, suffixes=("", "_other"))
    gains = (both["value"] - both["value_other"]).where(both["metric"].isin(MORE_IS_BETTER))
    return both[origin].assign(
        difference=gains, low=math.nan, high=math.nan, p_value_better=math.nan,
        p_value_worse=math.nan, first_value=both["value"], second_value=both["value_other"],
        n_races=both["n"],
    )  # fmt: skip


def _title(metric: str, stage: str) -> str:
    """How the head of a row calls a score."""
    if metric in METRICS:
        return METRICS[metric].title
    of = f" of {FIRST[Stage(stage)]}" if metric in CALIBRATION else ""
    return OVER_ALL[metric] + of


def slices(found: "pd.DataFrame", decision: "PromotionDecision") -> "Listing":
    """Both over kinds of races and of teams."""
    import pandas as pd

    frame = pd.DataFrame(
        {
            "Slice": found["slice"],
            "Score": [METRICS[name].title for name in found["metric"]],
            "Gain": found["gain"],
            "95 % interval": numbers.intervals(found["low"], found["high"], "{:+.4f}"),
            CHALLENGER: found["challenger"],
            _champion(decision): found["champion"],
            "Races": found["n"],
        }
    )
    return (
        frame,
        "Top teams: the three constructors with the best form over four qualifyings before the "
        "race; midfield: the next four. No interval where fewer than five races differ.",
        {CHALLENGER: ".3f", _champion(decision): ".3f", "Gain": "+.4f", "Races": ".0f"},
    )


def deciders(found: "pd.DataFrame", decision: "PromotionDecision") -> "Listing":
    """The races in which the two differ most about the winner."""
    import pandas as pd

    frame = pd.DataFrame(
        {
            "Race": found["race"].astype(str).str.removesuffix(" Grand Prix"),
            "Winner": found["winner"],
            "Gain, nats": found["gain"],
            CHALLENGER: found["p_challenger"],
            _champion(decision): found["p_champion"],
            "Round": found["weekend"],
        }
    )
    return (
        frame,
        "The probability that each gave the winner before the race.",
        {_champion(decision): ".1%", CHALLENGER: ".1%", "Gain, nats": "+.3f"},
    )


def planted(rates: "Sequence[Planted]") -> "Listing":
    """Planted challengers: how many are promoted by this policy, and by the brief's rule alone."""
    import pandas as pd

    frame = pd.DataFrame(
        {
            "Judged as": [headlines.of_case(each) for each in rates],
            "Truly": [each.name for each in rates],
            "True gain, nats a race": [each.gain for each in rates],
            "Spread of a race, nats": [each.sd for each in rates],
            "Promoted": [each.promoted for each in rates],
            "By the brief alone": [each.brief for each in rates],
            "Comparisons": [each.comparisons for each in rates],
        }
    )
    error = 100 * float(np.sqrt(0.25 / rates[0].comparisons))
    return (
        frame,
        "Simulated by differences of single races. This comparison is judged as "
        f"{headlines.of_case(rates[0])}; a share holds for the case of its row alone: a patch "
        "that a rule asked for may be promoted as no worse and newer, all else only as better. "
        f"A share is known to about "
        f"{error:.0f} points (one standard error at the most). "
        "Real differences have longer tails than these: docs/decisions/0015.",
        {"True gain, nats a race": "+.2f", "Spread of a race, nats": ".2f", "Promoted": ".1%",
         "By the brief alone": ".1%", "Comparisons": ".0f"},
    )  # fmt: skip
