"""The headline numbers of many seasons, as metrics."""

from typing import TYPE_CHECKING

from f1lib.reports.metrics import Metric
from f1lib.reports.monitoring_analysis import tiles

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.monitoring.performance import Measured


def history(whole: "Measured", findings: "pd.DataFrame") -> list[Metric]:
    """Every headline score over the whole span, and the share of monitored rounds with an alert."""
    monitored = findings["weekend"].nunique()
    fired = findings.loc[findings["alert"].astype(bool), "weekend"].nunique()
    return [
        *tiles.monitoring(whole),
        Metric(
            "rounds_with_an_alert",
            "Rounds with an alert",
            fired if monitored else None,
            n=monitored,
            better="lower",
            note="" if monitored else "no monitoring recorded",
        ),
    ]
