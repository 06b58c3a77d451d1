"""Design columns: feature tables as numbers that a linear predictor can use.

Each function takes feature rows of one or many weekends and returns (rows, columns). Nothing is
learnt here: what is missing is filled from the same field, so a field always gives the same
design whatever stands beside it.
"""

from typing import Literal

import numpy as np
import pandas as pd

from f1lib.features.rounds import FloatArray

FORM_COLUMNS = (
    "driver_qualifying_form",
    "lineage_qualifying_form",
    "teammate_qualifying_gap",
    "driver_race_form",
    "lineage_race_form",
)
GAP_LIMIT = 3.0  # %: a wider gap moves nobody further back


Statistic = Literal["min", "median", "max", "size"]


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


def practice(rows: pd.DataFrame) -> FloatArray:
    """Best and last practice gap against the field's median, 0 without a time; and a flag."""
    if "practice_gap" not in rows:
        return np.zeros((len(rows), 3))
    best = rows["practice_gap"].to_numpy(dtype=float) - of_field(rows, "practice_gap", "median")
    last = rows["last_practice_gap"].to_numpy(dtype=float)
    last = last - of_field(rows, "last_practice_gap", "median")
    missing = ~np.isfinite(best)
    some = ~missing
    return np.column_stack(
        [
            np.where(some, best, 0.0),
            np.where(np.isfinite(last), last, 0.0),
            missing & np.isfinite(of_field(rows, "practice_gap", "max")),
        ]
    )


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
