"""What monitoring found, round after round, and which findings were alerts."""

import pandas as pd
from sqlalchemy import Connection

from f1lib.store import long_frame
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


def record(connection: Connection, origin: Origin, findings: pd.DataFrame) -> int:
    """Remember `findings` (FINDING_COLUMNS), one a row; how many were new.

    `stage` is empty for a finding about both, `model_version` for one about no model. `subject`
    is what it is about: a metric, a feature, a constructor. `in_a_row` counts evaluations with the
    same finding, this one included. What does not apply is NaN.
    """
    return long_frame.record(connection, FINDINGS, origin, findings, FINDING_COLUMNS)


def current(
    connection: Connection,
    *,
    simulated: bool,
    replay: bool | None = None,
    stage: Stage | None = None,
    model_version: str | None = None,
    rule: str | None = None,
    subject: str | None = None,
    alert: bool | None = None,
    first: RaceWeekend | None = None,
    last: RaceWeekend | None = None,
) -> pd.DataFrame:
    """The findings that stand, as a long frame in calendar order.

    Of each weekend, stage, version, rule, subject and window (live and replay apart) the one
    made last, and among those the alerts, or what is no alert, if asked for.
    """
    wanted = {
        "simulated": simulated, "replay": replay, "stage": stage, "model_version": model_version,
        "rule": rule, "subject": subject,
    }  # fmt: skip
    found = long_frame.newest(connection, FINDINGS, ONE_SERIES, wanted, first=first, last=last)
    if alert is None:
        return found
    return found[found["alert"] == alert].reset_index(drop=True)
