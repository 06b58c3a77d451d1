"""Trees: boosted regression trees for the log rate at which cars drop out.

The trees are grown by scikit-learn and kept as plain arrays, so that a forecast needs neither
scikit-learn nor anything that is not plain values. Columns are cut into bins of equal count first:
an outlier is only the highest of them, and growing is five times as fast.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from f1lib.features.rounds import FloatArray, IntArray

BINS = 32


@dataclass(frozen=True, slots=True)
class Growth:
    """How trees are grown: everything about them that is chosen rather than learnt."""

    n_trees: int = 25
    learning_rate: float = 0.15
    leaves: int = 8
    smallest_leaf: int = 60  # rows
    l2: float = 5.0
    share_of_columns: float = 0.3  # that a split chooses from
    seed: int = 20250101


@dataclass(frozen=True, slots=True)
class Trees:
    """A sum of trees. Arrays are (trees, nodes), padded; node 0 is the root.

    A row goes to child `left` where its value in `column` is at most `threshold`, or is missing
    and `missing_left` says so; else to `right`. `value` counts where `leaf` is true.
    """

    start: float
    column: IntArray
    threshold: FloatArray
    missing_left: npt.NDArray[np.bool_]
    left: IntArray
    right: IntArray
    leaf: npt.NDArray[np.bool_]
    value: FloatArray

    def total(self, x: FloatArray) -> FloatArray:
        """`start` and the sum of all trees for each row of `x` (rows, columns)."""
        row, tree = np.arange(len(x))[:, None], np.arange(len(self.leaf))[None, :]
        node = np.zeros((len(x), len(self.leaf)), dtype=np.int64)
        while not self.leaf[tree, node].all():
            value = x[row, self.column[tree, node]]
            to_left = np.where(
                np.isnan(value), self.missing_left[tree, node], value <= self.threshold[tree, node]
            )
            child = np.where(to_left, self.left[tree, node], self.right[tree, node])
            node = np.where(self.leaf[tree, node], node, child)
        return np.asarray(self.start + self.value[tree, node].sum(axis=1), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Forest:
    """Two sums of trees, each grown on every other race; `edges` (columns, BINS - 1) of the bins.

    Edges are padded with infinity: nothing lies beyond them.
    """

    edges: FloatArray
    halves: tuple[Trees, Trees]

    def weakness(self, x: FloatArray) -> FloatArray:
        """Log rate at which each car drops out, (rows,): the mean of both halves."""
        bins = _binned(x, self.edges)
        first, second = self.halves
        return -(first.total(bins) + second.total(bins)) / 2

    def state(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {"edges": self.edges, "halves": [asdict(half) for half in self.halves]}


def savage(place: IntArray, n: IntArray) -> FloatArray:
    """Expected time until the car in `place` of `n` drops out, if all drop out at rate one.

    The score of Savage (1956), 1/place + ... + 1/n: the winner of three lasts until 1/1 + 1/2 +
    1/3.

    >>> savage(np.array([1, 2, 3]), np.array([3, 3, 3])).round(4)
    array([1.8333, 0.8333, 0.3333])
    """
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, n.max() + 1))])
    return np.asarray(harmonic[n] - harmonic[place - 1], dtype=np.float64)


def fit(
    x: FloatArray, times: FloatArray, race: IntArray, weights: FloatArray, growth: Growth
) -> tuple[Forest, FloatArray]:
    """A forest, and the log rate of each row as seen by the half that was not grown on its race.

    Trees follow the gamma deviance of `times` with a log link, which is the likelihood of
    exponential times. Whoever scales the forest does so on the second value: on rows that trees
    have seen they are too sure.
    """
    edges = _edges(x)
    bins = _binned(x, edges)
    held_out = np.zeros(len(x))
    halves = []
    for half in (0, 1):
        own = race % 2 == half
        machine = _machine(growth)
        mine = bins[own]
        seen = np.isfinite(mine).any(axis=0)  # a column of nothing but missing is no column
        machine.fit(np.where(seen, mine, 0.0), times[own], sample_weight=weights[own])
        held_out[~own] = -np.log(machine.predict(bins[~own]))
        halves.append(_plain(machine))
    return Forest(edges, (halves[0], halves[1])), held_out


def _machine(growth: Growth) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(
        loss="gamma",
        max_iter=growth.n_trees,
        learning_rate=growth.learning_rate,
        max_leaf_nodes=growth.leaves,
        min_samples_leaf=growth.smallest_leaf,
        l2_regularization=growth.l2,
        max_features=growth.share_of_columns,
        early_stopping=False,
        random_state=growth.seed,
    )


def _plain(machine: Any) -> Trees:
    """The trees of a fitted machine as arrays; scikit-learn has no public way to them."""
    grown = [stage[0].nodes for stage in machine._predictors]
    n = np.array([len(nodes) for nodes in grown])
    tree = np.repeat(np.arange(len(n)), n)
    node = np.concatenate([np.arange(each) for each in n])
    nodes = np.concatenate(grown)

    def padded(name: str, kind: npt.DTypeLike, filler: float = 0.0) -> Any:
        whole = np.full((len(n), n.max()), filler, dtype=kind)
        whole[tree, node] = nodes[name]
        return whole

    return Trees(
        start=float(machine._baseline_prediction.item()),
        column=padded("feature_idx", np.int64),
        threshold=padded("num_threshold", np.float64),
        missing_left=padded("missing_go_to_left", np.bool_),
        left=padded("left", np.int64),
        right=padded("right", np.int64),
        leaf=padded("is_leaf", np.bool_, filler=True),
        value=padded("value", np.float64),
    )


def _edges(x: FloatArray) -> FloatArray:
    """Inner edges of BINS bins of equal count for each column, padded with infinity."""
    edges = np.full((x.shape[1], BINS - 1), np.inf)
    for row, column in zip(edges, x.T, strict=True):
        seen = column[np.isfinite(column)]
        if len(seen):
            found = np.unique(np.quantile(seen, np.arange(1, BINS) / BINS))
            row[: len(found)] = found
    return edges


def _binned(x: FloatArray, edges: FloatArray) -> FloatArray:
    """The number of the bin of each value; missing stays missing."""
    bins = np.full(x.shape, np.nan)
    for place, row in enumerate(edges):
        seen = np.isfinite(x[:, place])
        bins[seen, place] = np.searchsorted(row, x[seen, place], side="right")
    return bins
