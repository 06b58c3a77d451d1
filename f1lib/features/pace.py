"""Pace: what one round shows of each car, made comparable between rounds.

Each function returns weekend, driver, lineage, value; lower is better, the field's middle is near
0, and a value is missing where the round showed nothing.
"""

import numpy as np
import pandas as pd
from scipy import special

from f1lib.features.entries import lineages
from f1lib.features.rounds import FloatArray
from f1lib.tables.history import History
from f1lib.tables.laps import gap_to_pole_pct
from f1lib.tables.sessions import CLASSIFIED, NOT_STARTED

LEAST_SPREAD_PCT = 0.2  # % of race time: a field packed behind a safety car shows no pace
WIDEST = 3.0  # spreads of the field
PART_OF_A_LAP = 0.4  # a lapped car is further back than its full laps by about this much


def qualifying(history: History) -> pd.DataFrame:
    """Gap to pole minus the field's median, % of a lap."""
    frame = history["qualifying"]
    gap = pd.Series(gap_to_pole_pct(frame), index=frame.index)
    return _shown(history, frame, gap - gap.groupby(frame["weekend"]).transform("median"))


def finishing(history: History) -> pd.DataFrame:
    """Normal score of the place among the classified: the winner of twenty has -1.96."""
    started = _started(history)
    finished = started["status"].to_numpy() == CLASSIFIED
    order = started["finish_order"].where(finished)
    weekends = started["weekend"]
    place, n = (order.groupby(weekends).transform(how) for how in ("rank", "count"))
    return _shown(history, started, special.ndtri((place - 0.5) / n))


def race(history: History) -> pd.DataFrame:
    """Gap to the winner's race time against the field's median, in spreads of the field.

    A lapped car has no time: its full laps and a part of one count, as a share of the winner's
    laps. The spread is the median distance from the median, so that a safety car, which draws the
    field together, does not hide who was faster.
    """
    started = _started(history)
    weekends = started["weekend"]
    winner = started[started["finish_order"] == 1].drop_duplicates("weekend").set_index("weekend")
    time, laps = (weekends.map(winner[name]).astype(float) for name in ("time_ms", "laps"))
    behind = started["gap_laps"].fillna(0)
    gap = (100 * (started["time_ms"] / time - 1)).where(
        behind == 0, 100 * (behind + PART_OF_A_LAP) / laps
    )
    gap = gap.where(started["status"] == CLASSIFIED)
    gap = gap - gap.groupby(weekends).transform("median")
    spread = gap.abs().groupby(weekends).transform("median").clip(lower=LEAST_SPREAD_PCT)
    return _shown(history, started, (gap / spread).clip(-WIDEST, WIDEST))


def _started(history: History) -> pd.DataFrame:
    results = history["results"]
    return results[~results["status"].isin(NOT_STARTED)]


def _shown(
    history: History, frame: pd.DataFrame, value: "pd.Series[float] | FloatArray"
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "weekend": frame["weekend"],
            "driver": frame["driver"],
            "lineage": lineages(history, frame["constructor"]),
            "value": np.asarray(value, dtype=float),
        }
    ).reset_index(drop=True)
