"""What drift comes to, in sentences."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from f1lib.monitoring.findings import Kind
from f1lib.reports.numbers import counted, listed, p_value, percent

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.monitoring.drift.classifier import TwoSamples
    from f1lib.monitoring.drift.healthy import FalseAlarms
    from f1lib.monitoring.drift.review import Look
    from f1lib.monitoring.findings import Finding
    from f1lib.monitoring.policy import WatchPolicy

NAMED = 3  # flagged features in a sentence; the table has them all


def drift(looks: "Sequence[Look]", findings: "Sequence[Finding]") -> str:
    """Whether anything has moved, what, and whether it lasts."""
    if not looks:
        return findings[0].reason
    evaluation = looks[-1].evaluation
    span = f"{counted(len(evaluation.weekends), 'race')} up to {evaluation.weekends[-1]}"
    alerts = [each for each in findings if each.alert]
    if alerts:
        named = listed([f"{each.subject} ({each.rule.replace('_', ' ')})" for each in alerts])
        return f"Alert after {span}: {named}. {alerts[0].reason}"
    if not looks[-1].enough:
        return f"Not enough rounds for a verdict. {_first_reason(looks[-1])}"
    flagged = [each for each in findings
               if each.rule in {"drift.feature", "drift.lineage"}
               and each.status in {"drift", "watch"}]  # fmt: skip
    if not flagged:
        return (
            f"Nothing is shown to have moved in {span}: {_judged(looks[-1])} can be judged."
            f"{_new(findings)}"
        )
    named = listed([f"{each.subject} ({each.in_a_row} in a row)" for each in flagged])
    return f"Something has moved in {span}, and does not last so far: {named}."


def _judged(look: "Look") -> str:
    status = look.evaluation.measures["status"]
    unknown = int(status.isin(["insufficient", "error"]).sum())
    return f"{len(status) - unknown} of {counted(len(status), 'feature')}"


def _new(findings: "Sequence[Finding]") -> str:
    """How many names are new, by what they are of; they are no alert."""
    new = [f"{counted(int(each.value), each.subject.replace('_', ' '))}" for each in findings
           if each.kind is Kind.NEW_CONDITIONS and each.fired]  # fmt: skip
    return f" New: {listed(new)}." if new else ""


def reference(looks: "Sequence[Look]", n_learnt: int) -> str:
    """Which of the `n_learnt` races that the champion has learnt from are compared with."""
    if not looks:
        return ""
    races = looks[-1].evaluation.reference
    return (
        f"Compared with the last {len(races)} of the {n_learnt} races the champion has learnt "
        f"from, {races[0]} to {races[-1]}."
    )


def _first_reason(look: "Look") -> str:
    reasons = [str(reason) for reason in look.evaluation.measures["reason"] if reason]
    return reasons[0] if reasons else ""


def features(looks: "Sequence[Look]") -> str:
    """What is flagged and by how much, and all features at once."""
    if not looks:
        return "No feature was measured."
    evaluation = looks[-1].evaluation
    rows = evaluation.measures[evaluation.measures["status"].isin(["watch", "drift"])]
    furthest = rows.sort_values("kl_debiased", ascending=False).head(NAMED).to_dict("records")
    named = [
        f"{row['feature']} ({row['status']}, KL {row['kl']:.2f} against {row['kl_by_chance']:.2f} "
        "by chance)"
        for row in furthest
    ]
    unknown = evaluation.measures[evaluation.measures["status"].isin(["insufficient", "error"])]
    said = "No feature is flagged."
    if len(unknown) == len(evaluation.measures):
        said = "No feature can be judged."
    elif len(unknown):
        said = (
            f"No feature that can be judged is flagged; {listed(list(unknown['feature']))} cannot "
            "be judged."
        )
    if named:
        more = f"; the furthest are {listed(named)}" if len(rows) > NAMED else f": {listed(named)}"
        said = f"{counted(len(rows), 'feature')} flagged{more}."
    if math.isfinite(evaluation.p_value):
        said += (
            f" All features at once: {percent(evaluation.p_value)} of windows in which nothing has "
            "moved look at least as far off."
        )
    return " ".join([said, *evaluation.notes])


def since(timeline: "pd.DataFrame", looks: "Sequence[Look]") -> str:
    """Since when what is flagged now has been so."""
    if not looks:
        return "There is no round to look back on."
    now = looks[-1].evaluation
    said = []
    for feature in now.flagged():
        mine = timeline[timeline["feature"] == feature].sort_values("weekend")
        calm = mine[~mine["status"].isin(["watch", "drift"])]
        after = mine if calm.empty else mine[mine["weekend"] > calm["weekend"].iloc[-1]]
        said.append(f"{feature} since {after['weekend'].iloc[0]}")
    n = counted(len(looks), "round")
    return f"Flagged now: {listed(said)}." if said else f"No feature is flagged now ({n} seen)."


def conditions(findings: "Sequence[Finding]") -> str:
    """What the reference never saw."""
    new = [each for each in findings
           if each.kind is Kind.NEW_CONDITIONS and each.fired]  # fmt: skip
    if not new:
        return "Nothing in these races is new to the reference: no name, format or regulation."
    return " ".join(each.reason for each in new)


def effects(table: "pd.DataFrame") -> str:
    """Which reasons weigh more or less in the forecast than they did."""
    if table.empty:
        return "There is no race whose forecast could be taken apart."
    change = table.assign(ratio=table["now"] / table["then"]).dropna(subset=["ratio"])
    large = change[change["then"] >= 0.05 * change["then"].sum()]
    if large.empty:
        return "No reason carries the forecast."
    ordered = large.sort_values("ratio", kind="stable")
    least, most = ordered.iloc[0], ordered.iloc[-1]
    if round(most["ratio"], 2) <= 1:
        return (
            "Of the reasons that carry the forecast none now spreads the cars further than it used "
            f"to (by 1 % or more); {least['reason']} spreads them {least['ratio']:.2f} times as "
            "far, the least."
        )
    return (
        f"Of the reasons that carry the forecast {most['reason']} now spreads the cars "
        f"{most['ratio']:.2f} times as far as it used to, the most, and {least['reason']} "
        f"{least['ratio']:.2f} times, the least."
    )


def together(found: "TwoSamples | None") -> str:
    """Whether a classifier can tell the races apart."""
    if found is None:
        return "There are too few races for a classifier to tell them apart."
    verdict = "can tell" if found.p_value < 0.05 else "is not shown to tell"
    feature = max(found.importance, key=lambda name: found.importance[name])
    return (
        f"A classifier that sees all features together {verdict} these races from the reference "
        f"(ROC area {found.area:.2f}, where 0.5 is guessing and windows in which nothing has moved "
        f"have {found.area_by_chance:.2f} on average; {p_value(found.p_value, 3)}; it used "
        f"{feature} most)."
    )


def false_alarms(found: "FalseAlarms | None", policy: "WatchPolicy") -> str:
    """How often the configuration in force would cry wolf."""
    if found is None or not math.isfinite(found.with_alert):
        return "The reference is too short to say how often these rules cry wolf."
    from scipy.stats import binomtest

    alarms = binomtest(round(found.with_alert * found.seasons), found.seasons)
    between = alarms.proportion_ci(method="wilson")
    return (
        f"This configuration (rule {policy.drift_rule}, windows of {policy.drift_window} races, "
        f"{counted(policy.drift_evaluations, 'evaluation')} in a row) would have raised an alert "
        f"in {100 * found.with_alert:.1f} % of {found.seasons} seasons in which nothing has moved "
        f"(95 % interval {100 * between.low:.1f} to {100 * between.high:.1f} %): "
        f"races of the reference in random order. {percent(found.flagged)} of their windows had a "
        "feature flagged without being an alert."
    )


def conclusion(looks: "Sequence[Look]", findings: "Sequence[Finding]") -> str:
    """What follows."""
    if any(each.alert for each in findings):
        return f"{drift(looks, findings)} `f1lib retrain` would let the model learn from it."
    return f"{drift(looks, findings)} No rule of drift asks for a new model."
