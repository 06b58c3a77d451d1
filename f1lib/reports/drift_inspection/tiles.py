"""The headline numbers of drift, as metrics."""

import math
from typing import TYPE_CHECKING

from f1lib.reports.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from f1lib.monitoring.drift.healthy import FalseAlarms
    from f1lib.monitoring.drift.review import Look
    from f1lib.monitoring.findings import Finding


def drift(
    findings: "Sequence[Finding]", looks: "Sequence[Look]", alarms: "FalseAlarms | None"
) -> list[Metric]:
    """Alerts, flagged features and teams, p of all features, false alarms a season."""
    n = len(looks[-1].evaluation.weekends) if looks else 0
    enough = bool(looks) and looks[-1].enough
    flagged = {
        rule: sum(each.rule == rule and each.status in {"watch", "drift"} for each in findings)
        for rule in ("drift.feature", "drift.lineage")
    }
    p = looks[-1].evaluation.p_value if enough else math.nan
    rate = math.nan if alarms is None else 100 * alarms.with_alert
    return [
        Metric("drift_alerts", "Alerts", sum(each.alert for each in findings), n=n,
               better="lower", note="n: races of the window"),
        Metric("drift_features_flagged", "Features flagged",
               flagged["drift.feature"] if enough else None, n=n, better="lower"),
        Metric("drift_teams_flagged", "Teams flagged",
               flagged["drift.lineage"] if enough else None, n=n, better="lower"),
        Metric("drift_p_value", "p, all features", p, n=n),
        Metric("drift_false_alarms_pct", "Healthy seasons with an alert", rate, "%",
               n=None if alarms is None else alarms.seasons, better="lower", digits=1,
               note="n: drawn seasons" if math.isfinite(rate) else "the reference is too short"),
    ]  # fmt: skip
