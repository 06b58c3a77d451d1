"""Tables of a comparison."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from f1lib.reports import numbers
from f1lib.reports.deployment_comparison import headlines
from f1lib.scoring.scores import METRICS

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.decisions.promotion.decision import PromotionDecision
    from f1lib.decisions.promotion.power import Planted
    from f1lib.reports.tables import Listing

SCORES = (
    "winner_log_loss", "winner_hit", "winner_concordance", "winner_brier", "podium_overlap",
    "podium_brier", "points_brier", "rps", "spearman", "order_concordance", "gap_mae_pct",
    "pole_hit", "pole_log_loss", "q3_membership",
)  # fmt: skip
KINDS = {
    "effect": "effect: one has to pass",
    "races": "races: has to pass",
    "paired": "paired test: all have to pass",
    "guard": "guard: all have to pass",
    "refresh": "newer data: all, instead of effect and test",
    "person": "person: has to approve where it did not pass",
}


def rules(decision: "PromotionDecision") -> "Listing":
    """Every rule in words, in the order in which they count."""
    import pandas as pd

    frame = pd.DataFrame(
        {
            "Rule": [rule.rule.replace("_", " ") for rule in decision.rules],
            "Passed": ["yes" if rule.passed else "no" for rule in decision.rules],
            "In words": [rule.reason for rule in decision.rules],
        }
    )
    shown = [KINDS[kind] for kind in dict.fromkeys(rule.kind for rule in decision.rules)]
    how = f"Its first word says how it counts: {'; '.join(shown)}." if shown else "None was asked."
    return frame, f"Every rule of the policy. {how}", {}


def figures(decision: "PromotionDecision") -> "Listing":
    """The figures of every rule."""
    import pandas as pd

    frame = pd.DataFrame(
        {
            "Rule": [rule.rule.replace("_", " ") for rule in decision.rules],
            "Value": [rule.value for rule in decision.rules],
            "Threshold": [rule.threshold for rule in decision.rules],
            "95 % interval": numbers.intervals(
                [rule.low for rule in decision.rules],
                [rule.high for rule in decision.rules],
                "{:+.3f}",
            ),
            "p": [rule.p for rule in decision.rules],
            "Races": [rule.n for rule in decision.rules],
        }
    )
    return (
        frame,
        "The figures behind the words: shares as fractions, log loss in nats, gaps in per cent of "
        "a lap, the index in points; p is one-sided, of better or (guards) of worse.",
        {"Value": "+.3f", "Threshold": "+.3f", "p": ".3f", "Races": ".0f"},
    )


def scores(table: "pd.DataFrame") -> "Listing":
    """Every headline score of both, paired by race."""
    import pandas as pd

    mine = table[table["metric"].isin(SCORES)]
    frame = pd.DataFrame(
        {
            "Score": [METRICS[name].title for name in mine["metric"]],
            "Known": mine["cutoff"].str.replace("_", " ").to_numpy(),
            "Challenger": mine["first_value"].to_numpy(),
            "Champion": mine["second_value"].to_numpy(),
            "Gain": mine["difference"].to_numpy(),
            "95 % interval": numbers.intervals(mine["low"], mine["high"], "{:+.3f}"),
            "p better": mine["p_value_better"].to_numpy(),
            "p worse": mine["p_value_worse"].to_numpy(),
            "Races": mine["n_races"].to_numpy(),
        }
    )
    digits = dict.fromkeys(("Challenger", "Champion", "p better", "p worse"), ".3f")
    return (
        frame,
        "Both on the same races. A gain is positive where the challenger is better, whichever way "
        "the score counts; intervals by bootstrap of blocks of races, p by flipping signs.",
        {**digits, "Gain": "+.3f", "Races": ".0f"},
    )


def slices(found: "pd.DataFrame") -> "Listing":
    """Both over kinds of races and of teams."""
    import pandas as pd

    frame = pd.DataFrame(
        {
            "Slice": found["slice"],
            "Score": [METRICS[name].title for name in found["metric"]],
            "Challenger": found["challenger"],
            "Champion": found["champion"],
            "Gain": found["gain"],
            "95 % interval": numbers.intervals(found["low"], found["high"], "{:+.3f}"),
            "Races": found["n"],
        }
    )
    return (
        frame,
        "Top teams: the three constructors with the best form over four qualifyings before the "
        "race; midfield: the next four. No interval below five races.",
        {"Challenger": ".3f", "Champion": ".3f", "Gain": "+.3f", "Races": ".0f"},
    )


def deciders(found: "pd.DataFrame") -> "Listing":
    """The races in which the two differ most about the winner."""
    import pandas as pd

    frame = pd.DataFrame(
        {
            "Race": found["race"].astype(str).str.removesuffix(" Grand Prix"),
            "Round": found["weekend"],
            "Winner": found["winner"],
            "Champion": found["p_champion"],
            "Challenger": found["p_challenger"],
            "Gain, nats": found["gain"],
        }
    )
    return (
        frame,
        "The probability that each gave the winner before the race.",
        {"Champion": ".1%", "Challenger": ".1%", "Gain, nats": "+.3f"},
    )


def planted(rates: "Sequence[Planted]") -> "Listing":
    """Planted challengers: how many are promoted by this policy, and by the brief's rule alone."""
    import pandas as pd

    frame = pd.DataFrame(
        {
            "Judged as": [headlines.of_case(each) for each in rates],
            "Challenger": [each.name for each in rates],
            "True gain, nats a race": [each.gain for each in rates],
            "Spread of a race": [each.sd for each in rates],
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
        {"True gain, nats a race": "+.2f", "Spread of a race": ".2f", "Promoted": ".1%",
         "By the brief alone": ".1%", "Comparisons": ".0f"},
    )  # fmt: skip
