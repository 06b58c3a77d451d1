"""The headline numbers of many seasons, as metrics."""

from typing import TYPE_CHECKING

from f1lib.reports.metrics import Metric
from f1lib.reports.monitoring_analysis import tiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from f1lib.monitoring.findings import Episode
    from f1lib.monitoring.performance import Measured

skill_index = tiles.skill_index


def history(whole: "Measured", told: "Sequence[Episode]", n_monitored: int) -> list[Metric]:
    """Every headline score over the whole span, and how many alerts the monitored rounds had."""
    return [
        *tiles.monitoring(whole),
        Metric(
            "alerts",
            "Alerts",
            len(told) if n_monitored else None,
            n=n_monitored,
            better="lower",
            note="" if n_monitored else "no monitoring recorded",
        ),
    ]
