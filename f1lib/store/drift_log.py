"""How far features and forecasts had moved from the reference, round after round; never pruned."""

import pandas as pd
from sqlalchemy import Connection

from f1lib.store import long_frame
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


def record(connection: Connection, origin: Origin, measured: pd.DataFrame) -> int:
    """Remember `measured` (DRIFT_COLUMNS), one row a feature and metric; how many were new.

    `n_races` and `n` count the races and rows of the window, which ends with the origin's weekend;
    `without_drift` is the mean of the null, in the unit of `value`. What does not apply is NaN.
    """
    return long_frame.record(connection, DRIFT_MEASUREMENTS, origin, measured, DRIFT_COLUMNS)


def current(
    connection: Connection,
    *,
    simulated: bool,
    replay: bool | None = None,
    stage: Stage | None = None,
    model_version: str | None = None,
    feature: str | None = None,
    metric: str | None = None,
    rule: str | None = None,
    n_races: int | None = None,
    first: RaceWeekend | None = None,
    last: RaceWeekend | None = None,
) -> pd.DataFrame:
    """The measurements that stand, as a long frame in calendar order.

    Of each weekend, stage, version, feature, metric, rule and length of window (live and replay
    apart) the one made last: on a newer snapshot or under another policy it was made anew.
    """
    wanted = {
        "simulated": simulated, "replay": replay, "stage": stage, "model_version": model_version,
        "feature": feature, "metric": metric, "rule": rule, "n_races": n_races,
    }  # fmt: skip
    return long_frame.newest(
        connection, DRIFT_MEASUREMENTS, ONE_SERIES, wanted, first=first, last=last
    )
