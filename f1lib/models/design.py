"""Design columns: feature tables as numbers that a linear predictor can use.

Each function takes feature rows of one or many weekends and returns (rows, columns). Nothing is
learnt here: what is missing is filled from the same field, so a field always gives the same
design whatever stands beside it.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from f1lib.features.rounds import FloatArray, IntArray
from f1lib.weekend import Cutoff

FORM_COLUMNS = (
    "driver_qualifying_form",
    "lineage_qualifying_form",
    "teammate_qualifying_gap",
    "driver_race_form",
    "lineage_race_form",
)
GAP_LIMIT = 3.0  # %: a wider gap moves nobody further back


Statistic = Literal["min", "mean", "median", "max", "std"]


def of_field(rows: pd.DataFrame, values: str | FloatArray, how: Statistic) -> FloatArray:
    """A statistic of the row's own field, over what is not missing; `values` may name a column.

    The rows of a field stand together. Missing where the whole field has no value.
    """
    x = rows[values].to_numpy(dtype=float) if isinstance(values, str) else values
    start, n = _fields(rows)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = _statistic(x, start, n, how)
    return np.repeat(found, n)


def _fields(rows: pd.DataFrame) -> tuple[IntArray, IntArray]:
    """Where each field starts, and how many cars it has."""
    weekend = rows["weekend"].to_numpy(dtype=object)
    start = np.flatnonzero(np.concatenate([[True], weekend[1:] != weekend[:-1]])[: len(weekend)])
    if len(set(weekend[start])) < len(start):
        raise ValueError("The rows of a weekend have to stand together.")
    return start, np.diff(np.append(start, len(weekend)))


def _statistic(x: FloatArray, start: IntArray, n: IntArray, how: Statistic) -> FloatArray:
    there = np.isfinite(x)
    x = np.where(there, x, np.nan)
    if how == "min":
        return np.asarray(np.fmin.reduceat(x, start), dtype=np.float64)
    if how == "max":
        return np.asarray(np.fmax.reduceat(x, start), dtype=np.float64)
    count = np.add.reduceat(there, start, dtype=np.int64)
    if how == "median":
        padded = np.full((len(n), n.max()), np.nan)
        padded[np.repeat(np.arange(len(n)), n), np.arange(len(x)) - np.repeat(start, n)] = x
        padded.sort(axis=1)  # the missing go last
        field = np.arange(len(n))
        middle = padded[field, np.maximum(count - 1, 0) // 2] + padded[field, count // 2]
        return np.asarray(middle / 2, dtype=np.float64)
    mean = np.add.reduceat(np.where(there, x, 0.0), start) / count
    if how == "mean":
        return np.asarray(mean, dtype=np.float64)
    away = np.where(there, x - np.repeat(mean, n), 0.0)
    variance = np.add.reduceat(away**2, start) / np.where(count > 1, count - 1, np.nan)
    return np.asarray(np.sqrt(variance), dtype=np.float64)


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
    return against_mean(rows, *FORM_COLUMNS)


def retirements(rows: pd.DataFrame) -> FloatArray:
    """Retirement rates of driver and lineage against the field's mean."""
    return against_mean(rows, "driver_retirement_rate", "lineage_retirement_rate")


def against_mean(rows: pd.DataFrame, *columns: str) -> FloatArray:
    """Columns against the mean of the row's own field, (rows, columns)."""
    return np.column_stack(
        [rows[name].to_numpy(dtype=float) - of_field(rows, name, "mean") for name in columns]
    )


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
    columns = [rows[f"{noun}_{name}"].to_numpy(dtype=float) for name in parts]
    whole = np.sum(columns, axis=0)
    return np.asarray(whole - of_field(rows, whole, "median"), dtype=np.float64)


def behind_the_best(rows: pd.DataFrame, values: FloatArray) -> FloatArray:
    """Distance from the lowest value of the row's own field."""
    return np.asarray(values - of_field(rows, values, "min"), dtype=np.float64)


def grid(rows: pd.DataFrame) -> FloatArray:
    """What the grid says: log place, scaled place, places lost to a penalty, pit lane."""
    order = place(rows, "grid_order")
    _, n = _fields(rows)
    n = np.repeat(n, n)
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
        value = np.asarray(columns @ coefficients[start:end], dtype=np.float64)
        found[name] = value - of_field(rows, value, "mean")
        start = end
    return found
