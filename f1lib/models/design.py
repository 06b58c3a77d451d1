"""Design columns: feature tables as numbers that a linear predictor can use.

Each function takes feature rows of one or many weekends and returns (rows, columns). Nothing is
learnt here: what is missing is filled from the same field, so a field always gives the same
design whatever stands beside it.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from f1lib.features.rounds import FloatArray
from f1lib.weekend import Cutoff

FORM_COLUMNS = (
    "driver_qualifying_form",
    "lineage_qualifying_form",
    "teammate_qualifying_gap",
    "driver_race_form",
    "lineage_race_form",
)
GAP_LIMIT = 3.0  # %: a wider gap moves nobody further back


Statistic = Literal["min", "median", "max", "size", "std"]


def of_field(rows: pd.DataFrame, column: str, how: Statistic) -> FloatArray:
    """A statistic of the row's own field."""
    values = rows.groupby("weekend")[column].transform(how)
    return np.asarray(values.to_numpy(dtype=float), dtype=np.float64)


def filled(rows: pd.DataFrame, column: str, instead: FloatArray | float) -> FloatArray:
    """The column with missing values replaced."""
    values = rows[column].to_numpy(dtype=float)
    return np.where(np.isfinite(values), values, instead)


def place(rows: pd.DataFrame, column: str) -> FloatArray:
    """1..n within the field by `column`, the missing last; a tie is settled by the row's order."""
    ranks = rows.groupby("weekend")[column].rank(method="first", na_option="bottom")
    return ranks.to_numpy(dtype=float)


def form(rows: pd.DataFrame) -> FloatArray:
    """FORM_COLUMNS against the field's mean: what all share says nothing about the order."""
    columns = list(FORM_COLUMNS)
    means = rows.groupby("weekend")[columns].transform("mean")
    return (rows[columns] - means).to_numpy(dtype=float)


def retirements(rows: pd.DataFrame) -> FloatArray:
    """Retirement rates of driver and lineage against the field's mean."""
    columns = ["driver_retirement_rate", "lineage_retirement_rate"]
    means = rows.groupby("weekend")[columns].transform("mean")
    return (rows[columns] - means).to_numpy(dtype=float)


def practised(cutoff: Cutoff) -> bool:
    """Whether there is practice to learn from at `cutoff`."""
    return cutoff is not Cutoff.BEFORE_WEEKEND


def session(rows: pd.DataFrame, column: str) -> FloatArray:
    """A gap of practice against the field's median, at most GAP_LIMIT, 0 without a time."""
    gap = rows[column].to_numpy(dtype=float) - of_field(rows, column, "median")
    return np.clip(np.where(np.isfinite(gap), gap, 0.0), -GAP_LIMIT, GAP_LIMIT)


def without_practice(rows: pd.DataFrame) -> FloatArray:
    """1 for a car without a practice time in a field that has some, else 0."""
    missing = ~np.isfinite(rows["practice_gap"].to_numpy(dtype=float))
    some = np.isfinite(of_field(rows, "practice_gap", "max"))
    return np.asarray(missing & some, dtype=np.float64)


def without_a_late_session(rows: pd.DataFrame) -> FloatArray:
    """1 where neither FP3 nor sprint qualifying was run before qualifying, else 0."""
    late = np.zeros(len(rows), dtype=bool)
    for column in ("fp3_gap", "sprint_qualifying_gap"):
        late |= np.isfinite(of_field(rows, column, "max"))
    return (~late).astype(float)


def belief(rows: pd.DataFrame, noun: str, part: str = "") -> FloatArray:
    """A strength against the field's median: of lineage and driver together, or of one `part`."""
    parts = [part] if part else ["lineage", "driver"]
    whole = rows[[f"{noun}_{name}" for name in parts]].sum(axis=1)
    centred: pd.Series[float] = whole - whole.groupby(rows["weekend"]).transform("median")
    return np.asarray(centred.to_numpy(dtype=float), dtype=np.float64)


def behind_the_best(rows: pd.DataFrame, values: FloatArray) -> FloatArray:
    """Distance from the lowest value of the row's own field."""
    frame = rows[["weekend"]].assign(value=values)
    return np.asarray(values - of_field(frame, "value", "min"), dtype=np.float64)


def grid(rows: pd.DataFrame) -> FloatArray:
    """What the grid says: log place, scaled place, places lost to a penalty, pit lane."""
    order = place(rows, "grid_order")
    n = of_field(rows, "weekend", "size")
    return np.column_stack(
        [
            np.log(order),
            (order - 1) / np.maximum(n - 1, 1),
            filled(rows, "grid_places_lost", 0.0),
            filled(rows, "pit_lane", 0.0),
        ]
    )


def qualifying(rows: pd.DataFrame) -> FloatArray:
    """Qualifying pace: the gap, at most GAP_LIMIT (the field's median without one), and a flag."""
    median = of_field(rows, "qualifying_gap", "median")
    median = np.where(np.isfinite(median), median, 0.0)
    gap = filled(rows, "qualifying_gap", median)
    missing = ~np.isfinite(rows["qualifying_gap"].to_numpy(dtype=float))
    return np.column_stack([np.minimum(gap, GAP_LIMIT), missing])


def stacked(groups: Mapping[str, FloatArray]) -> FloatArray:
    """All columns of all groups side by side, (rows, columns)."""
    return np.column_stack(list(groups.values()))


def contributions(
    groups: Mapping[str, FloatArray], coefficients: FloatArray, rows: pd.DataFrame
) -> dict[str, FloatArray]:
    """What each group adds to the linear predictor, against the mean of the row's own field.

    The groups add up to the predictor minus the field's mean.
    """
    found, start = {}, 0
    for name, columns in groups.items():
        end = start + columns.shape[1]
        value = pd.Series(columns @ coefficients[start:end], index=rows.index)
        mean = value.groupby(rows["weekend"]).transform("mean")
        found[name] = (value - mean).to_numpy(dtype=float)
        start = end
    return found
