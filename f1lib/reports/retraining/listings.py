"""Tables of a training."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from f1lib.reports import numbers
from f1lib.scoring.scores import METRICS
from f1lib.weekend import Stage

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.decisions.promotion.decision import PromotionDecision
    from f1lib.decisions.retraining import RetrainingDecision
    from f1lib.monitoring.findings import Finding
    from f1lib.reports.tables import Listing

OTHERS = {"skill_index": "Skill index", "calibration_slope": "Calibration slope"}
FIRST = {Stage.QUALIFYING: "pole", Stage.RACE: "the winner"}  # what calibration is of
SHOWN = (
    "winner_log_loss", "winner_hit", "winner_concordance", "winner_brier", "podium_overlap",
    "podium_brier", "points_brier", "rps", "spearman", "order_concordance", "gap_mae_pct",
    "pole_hit", "pole_log_loss", "q3_membership", *OTHERS,
)  # fmt: skip


def rules(decision: "RetrainingDecision | None") -> "Listing":
    """Every rule that was asked, those that fired first."""
    import pandas as pd

    asked = () if decision is None else decision.rules
    ordered = sorted(asked, key=lambda rule: not rule.fired)
    frame = pd.DataFrame(
        {
            "Rule": [named(rule.rule) for rule in ordered],
            "Fired": ["yes" if rule.fired else "no" for rule in ordered],
            "Value": [rule.value for rule in ordered],
            "Threshold": [rule.threshold for rule in ordered],
            "n": [rule.n for rule in ordered],
            "In words": [rule.reason for rule in ordered],
        }
    )
    return (
        frame,
        "Every rule of the policy about training. Its first word is its trigger; a rule born of "
        "findings fires on alerts alone. n counts races, unless the words say otherwise.",
        {"Value": ".3f", "Threshold": ".3f", "n": ".0f"},
    )


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
    return (
        shown,
        "Refit before each race on what was known then. Skill: the share of the baseline's error "
        "that is gone, 0 is no better; intervals by bootstrap over races.",
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
