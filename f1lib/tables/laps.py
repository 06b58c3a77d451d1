"""Lap times as gaps, so that circuits of any length compare.

In:   session tables.
Out:  gaps in % of the reference lap, one per row.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]

SLOWEST_PCT = 7.0  # the sport's 107 % rule: beyond it a lap tells of trouble, not of pace
_SEGMENTS = ("q1_ms", "q2_ms", "q3_ms")


def gap_to_pole_pct(qualifying: pd.DataFrame) -> FloatArray:
    """Gap of each row to the pole sitter, % of the pole sitter's lap.

    Averaged over the segments (Q1, Q2, Q3) that both drove, so that a drying track or a car
    knocked out early does not distort it; a lap beyond 107 % is left out, and so is a segment in
    which the pole sitter's own was. Where segments are not
    timed (until 2005) the best laps are compared. Missing without such a lap. The pole sitter has
    0; a car that was faster in a segment may be below.
    """
    pole = qualifying[qualifying["position"] == 1].drop_duplicates("weekend").set_index("weekend")
    gaps = np.column_stack([_gap(qualifying, pole, segment) for segment in _SEGMENTS])
    with np.errstate(invalid="ignore"):
        n = np.isfinite(gaps).sum(axis=1)
        mean = np.where(n > 0, np.nansum(gaps, axis=1) / np.maximum(n, 1), np.nan)
    timed = qualifying[list(_SEGMENTS)].notna().any(axis=1).groupby(qualifying["weekend"])
    untimed = ~timed.transform("any").to_numpy(dtype=bool)
    return np.where(untimed, _gap(qualifying, pole, "best_ms"), mean)


def _gap(qualifying: pd.DataFrame, pole: pd.DataFrame, lap: str) -> FloatArray:
    reference = qualifying["weekend"].map(pole[lap]).astype(float)
    fastest = qualifying.groupby("weekend")[lap].transform("min")
    spoilt = (reference / fastest - 1 > SLOWEST_PCT / 100).to_numpy()
    gap = (100 * (qualifying[lap] / reference - 1)).to_numpy(dtype=float)
    return np.where((gap <= SLOWEST_PCT) & ~spoilt, gap, np.nan)


def gap_to_fastest_pct(laps: pd.DataFrame, time: str = "time_ms") -> FloatArray:
    """Gap of each row to the fastest lap of its weekend and session, %; missing beyond 107 %."""
    fastest = laps.groupby(["weekend", "session"])[time].transform("min")
    gap = (100 * (laps[time] / fastest - 1)).to_numpy(dtype=float)
    return np.where(gap <= SLOWEST_PCT, gap, np.nan)
