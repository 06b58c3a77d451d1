"""Tables of drift."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.monitoring.drift.review import Look
    from f1lib.monitoring.findings import Finding
    from f1lib.monitoring.policy import WatchPolicy
    from f1lib.reports.tables import Listing

MEASURES = {
    "feature": "Feature", "status": "Status", "kl": "KL", "kl_by_chance": "By chance",
    "q_value": "q", "shift": "Shift, sd", "psi": "PSI", "jensen_shannon": "Jensen-Shannon",
    "missing_share": "Missing", "missing_share_reference": "Missing before",
}  # fmt: skip


def timeline(looks: "Sequence[Look]") -> "pd.DataFrame":
    """weekend, feature, status of every look."""
    import pandas as pd

    rows = [
        look.evaluation.measures[["feature", "status"]].assign(weekend=look.evaluation.weekends[-1])
        for look in looks
    ]
    columns = ["weekend", "feature", "status"]
    return pd.concat(rows, ignore_index=True)[columns] if rows else pd.DataFrame(columns=columns)


def measures(looks: "Sequence[Look]", policy: "WatchPolicy") -> "Listing":
    """Every feature with its statistics, the furthest beyond chance first, and what makes drift."""
    import pandas as pd

    from f1lib.monitoring.drift.verdict import Rule

    limits = (
        f"Drift: KL above {policy.drift_size:g}"
        if policy.drift_rule is Rule.FIXED
        else f"On watch: q below {policy.drift_level:g}. Drift: KL above chance by "
        f"{policy.drift_size:g} or more as well"
    )

    found = looks[-1].evaluation.measures if looks else pd.DataFrame(columns=[*MEASURES])
    if looks:
        found = found.sort_values("kl_debiased", ascending=False, kind="stable")
    return (
        found[list(MEASURES)].rename(columns=MEASURES),
        "Every watched feature. KL: divergence of the window from the reference, in nats; by "
        "chance: its mean over windows in which nothing has moved. q is the rate of false "
        "discoveries at which it would be flagged; shift is of race means, in their standard "
        "deviations. PSI is the divergence in both directions, added; Jensen-Shannon that of both "
        f"from their middle. {limits}; sustained: in {policy.drift_evaluations} evaluations in a "
        "row.",
        {"KL": ".2f", "By chance": ".2f", "q": ".3f", "Shift, sd": "+.1f", "PSI": ".2f",
         "Jensen-Shannon": ".2f", "Missing": ".0%", "Missing before": ".0%"},
    )  # fmt: skip


def findings(found: "Sequence[Finding]") -> "Listing":
    """What was found, alerts first; what is calm is left out."""
    import pandas as pd

    shown = sorted(
        (each for each in found if each.alert or each.status not in {"quiet", "stable"}),
        key=lambda each: not each.alert,
    )
    return (
        pd.DataFrame(
            [("yes" if each.alert else "no", each.rule, each.subject, each.status, each.in_a_row,
              each.reason) for each in shown],
            columns=["Alert", "Rule", "About", "Status", "In a row", "Why"],
        ),
        f"{len(shown)} of {len(found)} findings; the others are calm. Insufficient: cannot be "
        "judged, whatever it is.",
        {},
    )  # fmt: skip


def effects(table: "pd.DataFrame") -> "Listing":
    """How much each reason spreads the cars of a race, then and now."""
    from f1lib.reports.numbers import counted

    named = table.rename(columns={"reason": "Reason", "then": "Then", "now": "Now"})
    n_then, n_now = (int(table[name].max()) if len(table) else 0 for name in ("n_then", "n_now"))
    return (
        named[["Reason", "Then", "Now"]].assign(Times=named["Now"] / named["Then"]),
        "What each reason adds to the log rate of dropping out of the order: its standard "
        "deviation over the cars of a race, averaged over races. Then: the last "
        f"{counted(n_then, 'race')} the champion has learnt from. Now: the "
        f"{counted(n_now, 'race')} of the window.",
        {"Then": ".3f", "Now": ".3f", "Times": ".1f"},
    )
