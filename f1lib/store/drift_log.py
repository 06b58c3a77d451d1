"""How far features and forecasts had moved from the reference, round after round; never pruned."""

from typing import Required, TypedDict, Unpack

import pandas as pd
from sqlalchemy import Connection

from f1lib.store.long_frame import Log
from f1lib.store.origin import Origin
from f1lib.store.schema import DRIFT_MEASUREMENTS
from f1lib.weekend import RaceWeekend, Stage

DRIFT_COLUMNS = (
    "stage", "model_version", "feature", "metric", "rule", "n_races", "n",
    "value", "without_drift", "low", "high", "p", "q", "status", "reason",
)  # fmt: skip
ONE_SERIES = (
    "weekend", "stage", "model_version", "feature", "metric", "rule", "n_races", "replay",
    "simulated",
)  # fmt: skip
_LOG = Log(DRIFT_MEASUREMENTS, DRIFT_COLUMNS, ONE_SERIES)


class Which(TypedDict, total=False):
    """Which measurements; what is not named, or None, may be any. Both weekends are included."""

    simulated: Required[bool]
    replay: bool | None
    stage: Stage | None
    model_version: str | None
    policy_sha256: str | None
    feature: str | None
    metric: str | None
    rule: str | None
    n_races: int | None
    first: RaceWeekend | None
    last: RaceWeekend | None


def record(connection: Connection, origin: Origin, measured: pd.DataFrame) -> int:
    """Remember `measured` (DRIFT_COLUMNS), one row a feature and metric; how many were news.

    `n_races` and `n` count the races and rows of the window, which ends with the origin's weekend;
    `without_drift` is the mean of the null, in the unit of `value`. What does not apply is NaN.
    """
    return _LOG.record(connection, origin, measured)


def current(connection: Connection, **which: Unpack[Which]) -> pd.DataFrame:
    """The measurements that stand, as a long frame in calendar order.

    Of each weekend, stage, version, feature, metric, rule and length of window (live and replay
    apart) the one made last: on newer data or under another policy it was made anew.
    """
    return _LOG.current(connection, **which)
