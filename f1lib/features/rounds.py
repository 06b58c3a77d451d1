"""Rounds as rows, drivers or lineages as columns: history in the shape a running state needs.

In:   long frames keyed by weekend.
Out:  dense arrays (weekends, names) with missing where a name took no part, and states over them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.signedinteger]


@dataclass(frozen=True, slots=True)
class Axis:
    """An ordered set of names and their places."""

    names: npt.NDArray[np.object_]

    @classmethod
    def of(cls, *columns: "pd.Series[str]") -> "Axis":
        """The sorted distinct names of several columns."""
        return cls(np.unique(np.concatenate([c.to_numpy(dtype=object) for c in columns])))

    def places(self, column: "pd.Series[str]") -> IntArray:
        """The place of each name. Every name must be on the axis."""
        return np.searchsorted(self.names, column.to_numpy(dtype=object)).astype(np.int64)


def mean_by_round(
    rows: IntArray, columns: IntArray, values: FloatArray, shape: tuple[int, int]
) -> FloatArray:
    """Mean of `values` per cell of a (rounds, names) array; missing where there is none."""
    present = np.isfinite(values)
    total, count = np.zeros(shape), np.zeros(shape)
    np.add.at(total, (rows[present], columns[present]), values[present])
    np.add.at(count, (rows[present], columns[present]), 1.0)
    return mean(total, count)


def carry_over(
    seasons: IntArray, *, season_weight: float, reset_weight: float, resets: Sequence[int]
) -> FloatArray:
    """What old rounds keep of their weight on the way into each round.

    1 within a season, `season_weight` into a new one, `reset_weight` into one whose regulations
    were reset.

    >>> carry_over(np.array([2021, 2021, 2022, 2022]), season_weight=0.6, reset_weight=0.25,
    ...            resets=[2022])
    array([1.  , 1.  , 0.25, 1.  ])
    """
    keep = np.ones(len(seasons))
    new = np.flatnonzero(np.diff(seasons)) + 1
    keep[new] = np.where(np.isin(seasons[new], list(resets)), reset_weight, season_weight)
    return keep


def decayed_before(
    observed: FloatArray, *, half_life: float, keep: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Weighted sum and weight of all earlier rounds' observations, for each round and name.

    Round r sees rounds 0..r-1 only. A round counts half after `half_life` further rounds of the
    calendar; `keep` (rounds,) is multiplied in on the way into each round.
    """
    decay = 0.5 ** (1.0 / half_life)
    total, weight = np.zeros_like(observed), np.zeros_like(observed)
    running_total, running_weight = np.zeros(observed.shape[1]), np.zeros(observed.shape[1])
    for r in range(len(observed)):
        running_total = running_total * keep[r]
        running_weight = running_weight * keep[r]
        total[r], weight[r] = running_total, running_weight
        present = np.isfinite(observed[r])
        running_total = decay * (running_total + np.where(present, observed[r], 0.0))
        running_weight = decay * (running_weight + present)
    return total, weight


def shrunk(
    total: FloatArray, weight: FloatArray, prior: FloatArray | float, strength: float
) -> FloatArray:
    """The mean, drawn towards `prior` as if that had been seen `strength` times."""
    return (total + strength * prior) / (weight + strength)


def sum_of_last(
    round_of: IntArray,
    name_of: IntArray,
    values: FloatArray,
    row: IntArray,
    name: IntArray,
    *,
    n: int,
) -> tuple[FloatArray, FloatArray]:
    """Sum and count of a name's last `n` observed values before each row's round.

    `round_of`, `name_of`, `values` describe what was observed, `row` (round) and `name` who asks.
    """
    present = np.isfinite(values)
    order = np.lexsort((round_of[present], name_of[present]))
    rounds_sorted, names_sorted = round_of[present][order], name_of[present][order]
    seen = values[present][order]
    width = int(max(round_of.max(initial=0), row.max(initial=0))) + 2
    keys = names_sorted * width + rounds_sorted
    end = np.searchsorted(keys, name * width + row)
    start = np.searchsorted(keys, name * width)
    total, count = np.zeros(len(row)), np.zeros(len(row))
    for back in range(1, n + 1):  # a running sum would carry the rounding of later rounds
        within = end - back >= start
        total[within] += seen[end[within] - back]
        count += within
    return total, count


def mean(total: FloatArray, count: FloatArray) -> FloatArray:
    """total / count; missing where there is nothing."""
    with np.errstate(invalid="ignore"):
        return np.where(count > 0, total / count, np.nan)


def scaled_rank(frame: pd.DataFrame, order: str) -> FloatArray:
    """Place within the weekend by `order`, 0 for the first, 1 for the last."""
    place = frame.groupby("weekend")[order].rank(method="first").to_numpy(dtype=float)
    n = frame.groupby("weekend")[order].transform("size").to_numpy(dtype=float)
    return np.asarray((place - 1) / np.maximum(n - 1, 1), dtype=np.float64)
