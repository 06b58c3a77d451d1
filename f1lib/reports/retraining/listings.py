"""Tables of a training."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from f1lib.reports import numbers
from f1lib.reports.terms import TERMS, skill_index
from f1lib.scoring.scores import METRICS
from f1lib.weekend import Stage

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.decisions.promotion.decision import PromotionDecision
    from f1lib.decisions.retraining import RetrainingDecision, Rule
    from f1lib.monitoring.findings import Finding
    from f1lib.reports.tables import Listing

OTHERS = {"skill_index": "Skill index", "calibration_slope": "Calibration slope"}
FIRST = {Stage.QUALIFYING: "pole", Stage.RACE: "the winner"}  # what calibration is of
SHOWN = (
    "winner_log_loss", "winner_hit", "winner_concordance", "winner_brier", "podium_overlap",
    "podium_brier", "points_brier", "rps", "spearman", "order_concordance", "gap_mae_pct",
    "pole_hit", "pole_log_loss", "q3_membership", *OTHERS,
)  # fmt: skip


TOLD = "never: it is only told"
NEEDS = {  # beside its threshold
    "performance.winner_concordance": "below it, and a tiny p",
    "performance.order_concordance": "below it, in a row",
    "performance.order_skill": "below it, in a row",
    "performance.cusum": "above it",
    "calibration.log_loss": "far below it",
    "drift.feature": "above it, significant, in a row",
    "drift.lineage": "p below it, in a row",
    "drift.dataset": TOLD,
    "drift.prediction": TOLD,
    "new_conditions.regulations": "above 0",
    "scheduled": "above it or the season over, and a new race",
}
OF_P = {"drift.lineage", "drift.dataset"}  # the threshold is one of p, not of the value


def fired(decision: "RetrainingDecision | None") -> "Listing":
    """The rules that ask for a training."""
    chosen = [rule for rule in _looked(decision) if rule.fired]
    return _rules(chosen, "The rules that ask for a training." if chosen else "")


def quiet(decision: "RetrainingDecision | None") -> "Listing":
    """The rules that do not."""
    return _rules(
        [rule for rule in _looked(decision) if not rule.fired],
        "The rules that do not ask for a training. To ask takes more than a value beyond the "
        "threshold, and more than a finding that the reports on monitoring and drift call fired: "
        "the column Asks if says what (it is the threshold; in a row: over several evaluations).",
    )


def _looked(decision: "RetrainingDecision | None") -> "Sequence[Rule]":
    return () if decision is None else decision.looked


def _rules(chosen: "Sequence[Rule]", caption: str) -> "Listing":
    import pandas as pd

    names = [rule.rule.partition(" ")[0] for rule in chosen]
    frame = pd.DataFrame(
        {
            "Rule": [named(rule.rule) for rule in chosen],
            "Value": [_short(rule.value) for rule in chosen],
            "Threshold": [
                f"{'p ' * (name in OF_P)}{_short(rule.threshold)}"
                for name, rule in zip(names, chosen, strict=True)
            ],
            "p": [_short(rule.p) for rule in chosen],
            "n": [rule.n for rule in chosen],
            "Asks if": [_needs(name, rule.rule) for name, rule in zip(names, chosen, strict=True)],
            "In words": [rule.reason for rule in chosen],
        }
    )
    said = "The first word is the trigger; n counts races, unless the words say otherwise."
    return frame, f"{caption} {said}" if caption else "", {"n": ".0f"}


def _needs(name: str, rule: str) -> str:
    """What makes the rule of that name fire; `rule` is its name with what it is about."""
    from f1lib.monitoring.drift.watched import LEVELS

    if rule.partition(" (")[2].removesuffix(")") in LEVELS:
        return TOLD  # the level of a feature moves from year to year
    if name.endswith(".unanswered"):
        return "not below it"
    if name.startswith("new_conditions."):
        return NEEDS.get(name, TOLD)
    return NEEDS.get(name, numbers.MISSING)


def _short(figure: float) -> str:
    """Three significant digits; a dash where there is no number."""
    return f"{figure:.3g}" if math.isfinite(figure) else numbers.MISSING


def data(found: "Sequence[Finding]") -> "Listing":
    """Every check of the data of the weekend."""
    import pandas as pd

    frame = pd.DataFrame(
        {
            "Check": [each.rule.partition(".")[2].replace("_", " ") for each in found],
            "Status": ["ALERT" if each.alert else each.status for each in found],
            "In words": [each.reason for each in found],
        }
    )
    return frame, "What was looked at before anything was learnt from the weekend.", {}


def verdict(decision: "PromotionDecision | None") -> "Listing":
    """The rules by which a first model becomes champion; of a challenger for information."""
    import pandas as pd

    asked = () if decision is None else decision.rules
    frame = pd.DataFrame(
        {
            "Rule": [named(rule.rule) for rule in asked],
            "Passed": ["yes" if rule.passed else "no" for rule in asked],
            "In words": [rule.reason for rule in asked],
        }
    )
    return (
        frame,
        "Beside the frozen baselines. A first model becomes champion if all pass; a challenger is "
        "judged beside the champion instead.",
        {},
    )


def scores(frame: "pd.DataFrame") -> "Listing":
    """Every headline score beside its frozen baseline."""
    import pandas as pd

    mine = frame[frame["metric"].isin(SHOWN)]
    shown = pd.DataFrame(
        {
            "Score": [_title(*row) for row in zip(mine["metric"], mine["stage"], strict=True)],
            "Value": mine["value"].to_numpy(),
            "Baseline": mine["baseline_value"].to_numpy(),
            "Skill": mine["skill"].to_numpy(),
            "95 % interval of the value": numbers.intervals(mine["low"], mine["high"], "{:.3f}"),
            "and of the skill": numbers.intervals(mine["skill_low"], mine["skill_high"], "{:+.3f}"),
            "Races": mine["n"].to_numpy(),
            "Known": mine["cutoff"].str.replace("_", " ").to_numpy(),
        }
    )
    terms = "" if shown.empty else f" The skill index: {skill_index()}. {TERMS}"
    return (
        shown,
        "Refit before each race on what was known then. Skill: the share of the baseline's error "
        f"that is gone, 0 is no better; intervals by bootstrap over races.{terms}",
        {"Value": ".3f", "Baseline": ".3f", "Skill": "+.3f", "Races": ".0f"},
    )


def named(rule: str) -> str:
    """A rule as a reader sees it; what it is about only where its name does not say so.

    >>> named("drift.feature (grid_places_lost)"), named("new_conditions.driver (driver)")
    ('drift: feature (grid places lost)', 'new conditions: driver')
    """
    name, _, subject = rule.removesuffix(")").partition(" (")
    said = rule if subject and not name.endswith(f".{subject}") else name
    return said.replace("_", " ").replace(".", ": ")


def _title(metric: str, stage: str) -> str:
    """How the head of a row calls a score."""
    if metric in METRICS:
        return METRICS[metric].title
    of = f" of {FIRST[Stage(stage)]}" if metric == "calibration_slope" else ""
    return OTHERS[metric] + of
