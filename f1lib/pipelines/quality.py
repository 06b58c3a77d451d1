"""Quality: what is found about the data of a weekend."""

from datetime import datetime

from f1lib.features import table
from f1lib.monitoring import data_quality
from f1lib.monitoring.findings import Finding
from f1lib.monitoring.policy import WatchPolicy
from f1lib.tables.history import History
from f1lib.weekend import Cutoff, RaceWeekend

SEASONS = 4  # hold more than the races that tell how much of a feature is usually missing


def findings(
    history: History, weekend: RaceWeekend, policy: WatchPolicy, now: datetime
) -> tuple[Finding, ...]:
    """The findings of data_quality after `weekend`, which has a race result.

    Freshness looks at all of `history`, with the latest weekend alone; the rest at what was known
    before the race, and at the result. What is missing does not depend on a model's recipe.
    """
    cutoff = Cutoff.BEFORE_RACE
    lately = history.since(weekend.season - SEASONS)
    features = table.at(lately, weekend, cutoff, table.Recipe())
    shown = features[["weekend", *table.FEATURES[cutoff]]]
    return data_quality.findings(history, shown, policy, weekend, now=now)
