"""Large: every statistic of every column of two large tables, nearly without sorting.

In:   tables of numbers with the same columns, rows taken as they are.
Out:  a row per column, the same numbers as `statistics` gives of sorted columns.
Knows nothing of: races (see `verdict` for windows of races).

Sorting a million rows is most of the work, and nearly all of it is for nothing. Rows are counted in
thousands of cells of equal width, which says between which values the distribution functions may be
furthest apart and where the tenths are cut. Only the rows of those few cells are sorted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from f1lib.features.rounds import IntArray
from f1lib.monitoring.drift import statistics
from f1lib.monitoring.drift.profile import BINS, Kind, cuts, tenths
from f1lib.predictions import FloatArray

CELLS = 8192  # at most: their counts stay in the processor's cache
ROWS_PER_CELL = 16  # or more
SAMPLE = 1000  # rows of each window that place the cells
TAIL = 0.01  # share of the sample beyond the cells, on either side

COLUMNS = (
    "feature", "kl", "psi", "jensen_shannon", "ks", "ks_p_value", "chi_squared",
    "chi_squared_p_value",
)  # fmt: skip

Cells = Callable[[FloatArray], IntArray]  # the cell of each value, never falling as values rise


@dataclass(frozen=True, slots=True)
class Window:
    """One column of one window: the rows of open cells in ascending order, others only counted.

    `closed` is the number of rows of closed cells below each cell.
    """

    n: int
    ordered: FloatArray
    closed: IntArray
    cells: Cells

    def upto(self, values: FloatArray, side: Literal["left", "right"] = "right") -> IntArray:
        """Rows at most as large as each of `values` (left: smaller), which lie in open cells."""
        return np.searchsorted(self.ordered, values, side) + self.closed[self.cells(values)]


def compared(current: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """Every statistic of every column of numbers: COLUMNS, one row per column of `reference`."""
    rows = []
    for name in reference.columns:
        values = [frame[name].to_numpy(dtype=float) for frame in (current, reference)]
        missing = [int(np.isnan(x).sum()) for x in values]
        new, old = (x[~np.isnan(x)] if n else x for x, n in zip(values, missing, strict=True))
        rows.append((name, *_statistics(new, old, missing)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _statistics(new: FloatArray, old: FloatArray, missing: list[int]) -> tuple[float, ...]:
    """What stands in a row: of values present, and how many are missing in each window."""
    cells, n_cells = _cells(new, old)
    places = [cells(x) for x in (new, old)]
    counts = np.stack([np.bincount(place, minlength=n_cells) for place in places])
    upto = counts.cumsum(axis=1)
    sizes = np.maximum(upto[:, -1:], 1)
    edges = float(np.abs(np.subtract(*(upto / sizes))).max())
    (low_new, low_old), (high_new, high_old) = (upto - counts) / sizes, upto / sizes
    opened = np.maximum(high_new - low_old, high_old - low_new) > edges
    few = np.count_nonzero(counts[1]) <= BINS  # cells in use: perhaps no more values than bins
    ranks = tenths(len(old))
    of_rank = np.arange(n_cells) if few else np.searchsorted(upto[1], ranks, side="right")
    opened[of_rank] = True
    closed = np.where(opened, 0, counts).cumsum(axis=1)
    windows = [
        Window(len(x), np.sort(x[opened[place]]), below, cells)
        for x, place, below in zip((new, old), places, closed, strict=True)
    ]
    if few:
        kind, ends = cuts(windows[1].ordered)
    else:
        kind = Kind.QUANTILES
        ends = np.unique(windows[1].ordered[ranks - closed[1][of_rank]])
    binned = [np.append(_in_bins(w, kind, ends), n) for w, n in zip(windows, missing, strict=True)]
    divergences = [
        float(measure(*binned))
        for measure in (statistics.kl_divergence, statistics.psi, statistics.jensen_shannon)
    ]
    ks = _furthest(windows[0], windows[1], edges) if len(new) and len(old) else np.nan
    chi, p = statistics.chi_squared(*binned)
    ks_p = statistics.kolmogorov_p_value(ks, len(new), len(old))
    return (*divergences, ks, ks_p, float(chi), float(p))


def _cells(new: FloatArray, old: FloatArray) -> tuple[Cells, int]:
    """Cells of equal width over the middle of both windows; one for all if it has no width.

    The outermost hold whatever lies beyond, so that a few values far out cost no resolution.
    """
    n = min((len(new) + len(old)) // ROWS_PER_CELL, CELLS)
    sample = np.concatenate([x[:: len(x) // SAMPLE + 1] for x in (new, old)])
    sample = np.sort(sample[np.isfinite(sample)])
    if n > 1 and len(sample):
        tail = int(TAIL * len(sample))
        low, high = sample[tail], sample[-1 - tail]
        with np.errstate(all="ignore"):
            scale = np.divide(n - 1, high - low)
        if 0 < scale < np.inf:

            def cells(values: FloatArray) -> IntArray:
                with np.errstate(over="ignore"):
                    scaled = values - low
                    scaled *= scale
                return np.asarray(np.clip(scaled, 0, n - 1, out=scaled), dtype=np.int64)

            return cells, n
    return lambda values: np.zeros(len(values), dtype=np.int64), 1


def _furthest(new: Window, old: Window, edges: float) -> float:
    """Largest difference of the distribution functions; `edges` is that between cells."""
    few, many = (new, old) if new.n < old.n else (old, new)
    values = few.ordered
    at, before = (
        np.abs(many.upto(values, side) / many.n - few.upto(values, side) / few.n)
        for side in ("right", "left")
    )
    return float(max(edges, at.max(initial=0.0), before.max(initial=0.0)))


def _in_bins(window: Window, kind: Kind, ends: FloatArray) -> FloatArray:
    """Counts in the bins of `profile.cuts`; unseen values last."""
    upto = window.upto(ends)
    if kind is Kind.QUANTILES:
        return np.diff(upto, prepend=0, append=window.n).astype(float)
    of_value = upto - window.upto(ends, "left")
    return np.append(of_value, window.n - of_value.sum()).astype(float)
