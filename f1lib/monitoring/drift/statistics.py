"""Statistics: how far two windows lie apart in one feature.

In:   counts in the same bins, (..., bins), or sorted values.
Out:  divergences in nats; test statistics with the p-values of the textbooks.
Knows nothing of: races. The textbooks' p-values take rows for independent, and those of one race
are not: on healthy races they are far too small (see `null` for honest ones).

Shares are smoothed by half a count in each bin that either window uses, so that an empty bin costs
what the number of rows can support. Bins that neither uses do not exist.
"""

import numpy as np
from scipy import special

from f1lib.predictions import FloatArray

HALF = 0.5  # of a count: Krichevsky and Trofimov's estimate of a share


def shares(current: FloatArray, reference: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Smoothed shares of both windows, (..., bins), zero in bins that neither uses.

    >>> shares(np.array([2.0, 0, 0]), np.array([4.0, 1, 0]))[0]   # 2.5 and .5 of 3
    array([0.83333333, 0.16666667, 0.        ])
    """
    used = (current + reference) > 0
    smoothed = [np.where(used, counts + HALF, 0.0) for counts in (current, reference)]
    p, q = (
        np.divide(s, s.sum(axis=-1, keepdims=True), out=np.zeros_like(s), where=used)
        for s in smoothed
    )
    return p, q


def _relative(p: FloatArray, q: FloatArray) -> FloatArray:
    """Sum of p log(p / q), in nats."""
    return np.asarray((special.rel_entr(p, q)).sum(axis=-1), dtype=np.float64)


def kl_divergence(current: FloatArray, reference: FloatArray) -> FloatArray:
    """Kullback-Leibler divergence KL(current || reference) of counts (..., bins), in nats.

    What a code made for the reference wastes on each current row. A mean shift of s standard
    deviations of a normal feature costs s^2 / 2 (a little less in ten bins).

    >>> round(float(kl_divergence(np.array([30.0, 10]), np.array([100.0, 100]))), 4)
    0.1242
    """
    return _relative(*shares(current, reference))


def psi(current: FloatArray, reference: FloatArray) -> FloatArray:
    """Population stability index: KL in both directions, added. Counts (..., bins).

    >>> round(float(psi(np.array([30.0, 10]), np.array([100.0, 100]))), 4)
    0.2601
    """
    p, q = shares(current, reference)
    return _relative(p, q) + _relative(q, p)


def jensen_shannon(current: FloatArray, reference: FloatArray) -> FloatArray:
    """Jensen-Shannon divergence in nats, 0 to log 2: both against their middle (Lin 1991).

    >>> round(float(jensen_shannon(np.array([30.0, 10]), np.array([100.0, 100]))), 4)
    0.0321
    """
    p, q = shares(current, reference)
    middle = (p + q) / 2
    return (_relative(p, middle) + _relative(q, middle)) / 2


def chi_squared(current: FloatArray, reference: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Pearson's statistic of the two rows of counts (..., bins), and its p-value.

    Without bins that neither window uses. One used bin, or an empty window, is 0 with p = 1.

    >>> [round(float(x), 4) for x in chi_squared(np.array([30.0, 10]), np.array([100.0, 100]))]
    [8.3916, 0.0038]
    """
    both = np.stack([current, reference]).astype(float)
    column = both.sum(axis=0)
    row = both.sum(axis=-1, keepdims=True)
    expected = column * row / np.maximum(row.sum(axis=0), 1)
    terms = np.divide((both - expected) ** 2, expected, out=np.zeros_like(both), where=expected > 0)
    statistic = terms.sum(axis=(0, -1))
    freedom = (column > 0).sum(axis=-1) - 1
    p = np.where(freedom > 0, special.chdtrc(np.maximum(freedom, 1), statistic), 1.0)
    return statistic, p


def kolmogorov_smirnov(current: FloatArray, reference: FloatArray) -> tuple[float, float]:
    """Largest difference of the distribution functions of ascending values, and its p-value.

    The p-value is Kolmogorov's limit for many rows. Missing where a window has no values.

    >>> statistic, p = kolmogorov_smirnov(np.array([2.0, 3, 4]), np.array([1.0, 2, 3]))
    >>> round(statistic, 4), round(p, 4)
    (0.3333, 0.9963)
    """
    n, m = len(current), len(reference)
    if not n or not m:
        return np.nan, np.nan
    # the larger window rises between values of the smaller: look just before and at each of those
    few, many = (current, reference) if n < m else (reference, current)
    at = np.searchsorted(many, few, side="right") / len(many)
    before = np.searchsorted(many, few, side="left") / len(many)
    upto = np.searchsorted(few, few, side="right") / len(few)
    below = np.searchsorted(few, few, side="left") / len(few)
    statistic = float(max(np.abs(at - upto).max(), np.abs(before - below).max()))
    return statistic, kolmogorov_p_value(statistic, n, m)


def kolmogorov_p_value(statistic: float, n: int, m: int) -> float:
    """Kolmogorov's limit of the p-value for windows of `n` and `m` rows; missing stays missing."""
    return float(special.kolmogorov(np.sqrt(n * m / max(n + m, 1)) * statistic))
