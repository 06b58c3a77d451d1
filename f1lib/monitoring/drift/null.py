"""Null: what a window of so many races shows if nothing has moved.

In:   counts and means of all races, reference and current, and the stratum of each.
Out:  `Null`: divergence and shift of the current window (row 0) and of windows drawn by chance.
Knows nothing of: statuses, thresholds of size.

Rows of one race depend on each other, so whole races are drawn: without drift every choice of as
many races of each stratum is as likely to be the current window as the one that is (a permutation
test, exact for any dependence within races). Strata are circuit types: were they ignored, a window
with more street circuits than usual would look like drift.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, prod

import numpy as np
import numpy.typing as npt

from f1lib.features.rounds import IntArray
from f1lib.monitoring.drift.statistics import HALF
from f1lib.predictions import FloatArray

PERMUTATIONS = 1999
COUNTED = 10**15  # distinct windows; there is no need to know of more
THIN = 20  # reference races: a stratum with fewer joins the next smallest
DIGITS = 6  # statistics that differ less are the same

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Null:
    """Statistics of 1 + n windows, the current one first.

    `kl` and `shift` are (windows, features), in nats and in standard deviations of a race mean.
    `n_windows` is the number of distinct windows there are (COUNTED at most); `strata` names the
    strata after thin ones were joined, with `+` between the names.
    """

    kl: FloatArray
    shift: FloatArray
    n_windows: int
    strata: tuple[str, ...]

    @property
    def resolution(self) -> float:
        """The smallest p-value that can come out."""
        return 1 / min(self.n_windows, len(self.kl))


def simulated(
    counts: IntArray,
    means: FloatArray,
    strata: Sequence[str],
    current: BoolArray,
    *,
    n: int = PERMUTATIONS,
    seed: int = 0,
) -> Null:
    """The null of `counts` (races, features, bins) and `means` (races, features).

    `current` (races,) marks the current window, which must leave a race to compare with. The same
    seed draws the same windows.
    """
    codes, names = pooled(strata, current)
    windows = drawn(codes, current, n=n, seed=seed)
    chosen = [comb(int((codes == s).sum()), int(current[codes == s].sum())) for s in set(codes)]
    kl = divergences(counts, windows)
    shift = shifts(means, codes, windows)
    return Null(kl.round(DIGITS), shift.round(DIGITS), min(prod(chosen), COUNTED), names)


def pooled(strata: Sequence[str], current: BoolArray) -> tuple[IntArray, tuple[str, ...]]:
    """Number of each race's stratum, and the strata's names, thin ones joined.

    With 8 races in a stratum, three of them cannot be rarer than one window in 165. Only strata
    that the current window draws from need room.

    >>> strata = ["permanent"] * 30 + ["street"] * 25 + ["road"] * 5 + ["road"]
    >>> pooled(strata, np.arange(61) == 60)[1]
    ('permanent', 'road+street')
    """
    labels = np.asarray(strata, dtype=object)
    groups = [{name} for name in sorted(set(strata))]
    while len(groups) > 1:
        sizes = [int((np.isin(labels, list(g)) & ~current).sum()) for g in groups]
        drawn_from = [bool(current[np.isin(labels, list(g))].any()) for g in groups]
        thin = [i for i, size in enumerate(sizes) if size < THIN and drawn_from[i]]
        if not thin:
            break
        smallest = min(thin, key=lambda i: sizes[i])
        others = [i for i in range(len(groups)) if i != smallest]
        partner = min(others, key=lambda i: sizes[i])
        joined = groups[smallest] | groups[partner]
        groups = [g for i, g in enumerate(groups) if i not in {smallest, partner}] + [joined]
    names = sorted("+".join(sorted(group)) for group in groups)
    place = {part: i for i, name in enumerate(names) for part in name.split("+")}
    return np.asarray([place[label] for label in labels], dtype=np.int64), tuple(names)


def drawn(codes: IntArray, current: BoolArray, *, n: int, seed: int) -> BoolArray:
    """(1 + n, races): the current window, then windows with as many races of each stratum.

    Every choice is equally likely (Floyd's algorithm, all windows at once).

    >>> drawn(np.array([0, 0, 1, 1]), np.array([True, False, False, False]), n=3, seed=0)[:, 2:]
    array([[False, False],
           [False, False],
           [False, False],
           [False, False]])
    """
    rng = np.random.default_rng(seed)
    windows = np.zeros((1 + n, len(codes)), dtype=bool)
    windows[0] = current
    each = np.arange(1, 1 + n)
    for stratum in np.unique(codes[current]):
        mine = np.flatnonzero(codes == stratum)
        for last in range(len(mine) - int(current[mine].sum()), len(mine)):
            one = mine[rng.integers(last + 1, size=n)]
            one = np.where(windows[each, one], mine[last], one)  # taken: the newcomer
            windows[each, one] = True
    return windows


def divergences(counts: IntArray, windows: BoolArray) -> FloatArray:
    """KL(window || other races) of each window and feature, (windows, features), in nats.

    As `statistics.kl_divergence`, in one pass: with smoothed shares p and q it is the sum of
    p log(W / R), W and R being smoothed counts, minus the log ratio of their totals. Which bins
    are used is the same for every window, since together all races use them.
    """
    n_races, n_features, _ = counts.shape
    used = counts.any(axis=0)
    n_used = used.sum(axis=1)
    alive = np.flatnonzero(n_used)
    found = np.zeros((n_features, len(windows)))
    if not len(alive):
        return found.T
    bins = counts.reshape(n_races, -1)[:, used.ravel()].T.astype(np.float32)
    chosen = windows.T.astype(np.float32)
    smoothed = bins @ chosen  # (bins, windows): counts, exact in single precision
    terms = bins.sum(axis=1, keepdims=True) - smoothed
    smoothed += np.float32(HALF)
    terms += np.float32(HALF)
    np.divide(smoothed, terms, out=terms)
    np.log(terms, out=terms)
    terms *= smoothed
    starts = np.cumsum(n_used[alive]) - n_used[alive]
    weighted = np.add.reduceat(terms, starts, axis=0)
    rows = counts[:, alive[0]].sum(axis=1)  # of a race; the same whatever feature bins them
    inside = rows.astype(np.float32) @ chosen
    own, others = (n + HALF * n_used[alive, None] for n in (inside, rows.sum() - inside))
    found[alive] = weighted / own - np.log(own / others)
    return found.T


def shifts(means: FloatArray, codes: IntArray, windows: BoolArray) -> FloatArray:
    """How much higher race means are in each window than in the other races, (windows, features).

    Stratum by stratum, weighted by the races of the window, in standard deviations of the means of
    the races outside the current window within their strata. Zero where they do not vary; a race
    without a mean sits at that of its stratum.
    """
    current = windows[0]
    centred = np.zeros_like(means)
    weight = np.zeros(len(codes))
    squares, freedom = np.zeros(means.shape[1]), np.full(means.shape[1], 0.0)
    k = max(int(current.sum()), 1)
    for stratum in np.unique(codes):
        mine = codes == stratum
        centred[mine] = means[mine] - _mean(means[mine])
        others = means[mine & ~current]
        deviations = others - _mean(others)
        squares += np.nansum(deviations**2, axis=0)
        freedom += np.maximum(np.isfinite(deviations).sum(axis=0) - 1, 0)
        n_mine, n_current = int(mine.sum()), int(current[mine].sum())
        weight[mine] = (1 + n_current / max(n_mine - n_current, 1)) / k
    sd = np.sqrt(squares / np.maximum(freedom, 1))
    scale = np.abs(np.where(np.isfinite(means), means, 0)).max(axis=0, initial=0)
    varies = sd > 1e-9 * np.maximum(scale, 1e-300)
    weighted = np.nan_to_num(centred) * weight[:, None] / np.where(varies, sd, 1)
    found = np.where(varies, weighted, 0).T.astype(np.float32) @ windows.T.astype(np.float32)
    return np.asarray(found.T, dtype=np.float64)


def _mean(values: FloatArray) -> FloatArray:
    """Column means of what is present; 0 where nothing is."""
    present = np.isfinite(values)
    total = np.where(present, values, 0).sum(axis=0)
    return np.asarray(total / np.maximum(present.sum(axis=0), 1), dtype=np.float64)


def p_values(statistics: FloatArray) -> FloatArray:
    """Share of windows with a statistic at least as large, for every window, column by column.

    The window itself counts, so none is 0 and each column is uniform if its windows are alike.

    >>> p_values(np.array([[3.0], [1.0], [2.0], [3.0]])).ravel()
    array([0.5 , 1.  , 0.75, 0.5 ])
    """
    n = len(statistics)
    values = np.ascontiguousarray(statistics.T)
    order = np.argsort(values, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    place = np.broadcast_to(np.arange(n), values.shape).copy()
    place[:, 1:][ordered[:, 1:] == ordered[:, :-1]] = 0
    below = np.maximum.accumulate(place, axis=1)  # ties: all as many below as the first of them
    found = np.empty(values.shape, dtype=np.float64)
    np.put_along_axis(found, order, (n - below) / n, axis=1)
    return found.T


def together(null: Null) -> FloatArray:
    """p-values of divergence and shift in one, (windows, features).

    The smaller of the two p-values, the other deciding between equal ones, ranked among the same
    of all windows. That is exact whatever their dependence, gives away less than doubling, and
    keeps the resolution.
    """
    by_kl, by_shift = p_values(null.kl), p_values(np.abs(null.shift))
    smaller, larger = np.minimum(by_kl, by_shift), np.maximum(by_kl, by_shift)
    return p_values(-(smaller + larger * 1e-4 / len(null.kl)))


def of_dataset(null: Null) -> FloatArray:
    """One p-value per window for all features at once, (windows,), by the largest z.

    z is the square root of the divergence (a multiple of the divergence is about chi-squared, and
    its root about normal) or the absolute shift, in standard deviations of all windows (max-T,
    Westfall and Young 1993).
    """
    z = [_standardised(np.sqrt(np.maximum(null.kl, 0))), np.abs(_standardised(null.shift))]
    highest = np.max(np.hstack(z), axis=1, initial=0.0)
    return p_values(highest.round(DIGITS)[:, None])[:, 0]


def _standardised(values: FloatArray) -> FloatArray:
    sd = values.std(axis=0)
    z = (values - values.mean(axis=0)) / np.where(sd > 1e-12, sd, np.inf)
    return np.asarray(z, dtype=np.float64)


def q_values(p: FloatArray) -> FloatArray:
    """Benjamini-Hochberg q-values along the last axis: the rate of false discoveries at each p.

    >>> q_values(np.array([0.01, 0.04, 0.03, 0.5])).round(4)
    array([0.04  , 0.0533, 0.0533, 0.5   ])
    """
    m = p.shape[-1]
    order = np.argsort(p, axis=-1)
    raw = np.take_along_axis(p, order, axis=-1) * m / np.arange(1, m + 1)
    monotone = np.minimum.accumulate(raw[..., ::-1], axis=-1)[..., ::-1]
    found = np.empty(raw.shape, dtype=np.float64)
    np.put_along_axis(found, order, np.minimum(monotone, 1.0), axis=-1)
    return found


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """Shares of windows without drift in which at least one feature would have been flagged."""

    significant: float  # q below LEVEL, of whatever size
    drift: float  # and the divergence SIZE above its mean
    fixed: float  # the divergence above SIZE, whatever it is by chance


def false_alarms(null: Null, p: FloatArray, *, level: float, size: float) -> FalseAlarms:
    """How often a rule fires on the windows drawn by chance; `p` as of `together`."""
    by_chance = null.kl[1:]
    if not by_chance.size:
        return FalseAlarms(0.0, 0.0, 0.0)
    significant = discovered(p[1:], level)
    large = by_chance - by_chance.mean(axis=0) >= size
    fired = (significant, significant & large, by_chance > size)
    return FalseAlarms(*(float(rule.any(axis=1).mean()) for rule in fired))


def discovered(p: FloatArray, level: float) -> BoolArray:
    """Where `q_values(p)` are below `level`, without computing them. Windows (rows) apart.

    >>> discovered(np.array([[0.01, 0.02, 0.03, 0.5]]), 0.05)
    array([[ True,  True,  True, False]])
    """
    ordered = np.sort(p, axis=1)
    m = p.shape[1]
    below = ordered * m / np.arange(1, m + 1) < level
    largest = np.where(below, ordered, 0.0).max(axis=1)
    found: BoolArray = p <= largest[:, None]
    return found
