"""What monitoring found, round after round, and which findings were alerts."""

from typing import Required, TypedDict, Unpack

import pandas as pd
from sqlalchemy import Connection

from f1lib.store.long_frame import Log
from f1lib.store.origin import Origin
from f1lib.store.schema import FINDINGS
from f1lib.weekend import RaceWeekend, Stage

FINDING_COLUMNS = (
    "stage", "model_version", "rule", "subject", "time_window",
    "value", "threshold", "low", "high", "p", "q", "n", "in_a_row", "status", "alert", "reason",
)  # fmt: skip
ONE_SERIES = (
    "weekend", "stage", "model_version", "rule", "subject", "time_window", "replay", "simulated",
)  # fmt: skip
_LOG = Log(FINDINGS, FINDING_COLUMNS, ONE_SERIES)


class Which(TypedDict, total=False):
    """Which findings; what is not named, or None, may be any. Both weekends are included."""

    simulated: Required[bool]
    replay: bool | None
    stage: Stage | None
    model_version: str | None
    policy_sha256: str | None
    rule: str | None
    subject: str | None
    first: RaceWeekend | None
    last: RaceWeekend | None


def record(connection: Connection, origin: Origin, findings: pd.DataFrame) -> int:
    """Remember `findings` (FINDING_COLUMNS), one a row; how many were news.

    `stage` is empty for a finding about both, `model_version` for one about no model. `subject`
    is what it is about: a metric, a feature, a constructor. `in_a_row` counts evaluations with the
    same finding, this one included. What does not apply is NaN.
    """
    return _LOG.record(connection, origin, findings)


def current(
    connection: Connection, *, alert: bool | None = None, **which: Unpack[Which]
) -> pd.DataFrame:
    """The findings that stand, as a long frame in calendar order.

    Of each weekend, stage, version, rule, subject and window (live and replay apart) the one
    made last, and among those the alerts, or what is no alert, if asked for.
    """
    found = _LOG.current(connection, **which)
    if alert is None:
        return found
    return found[found["alert"] == alert].reset_index(drop=True)
