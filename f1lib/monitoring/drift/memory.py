"""Memory: features that carry over from race to race, for which races cannot be shuffled.

In:   the tally of the reference window, in the order of races.
Out:  how much of each feature's distribution a race shares with the race before; runs of races.
Knows nothing of: thresholds of size.

A driver's form after eight races is nearly his form after seven. Three neighbouring races are then
alike whether or not anything has moved, and windows of races drawn from here and there are not:
against those every window of every season is significant (measured 2016-2025). What such a feature
shows in three races can only be compared with other runs of three, of which there are few.
"""

import numpy as np

from f1lib.features.rounds import IntArray
from f1lib.monitoring.drift import null
from f1lib.monitoring.drift.null import BoolArray, Null
from f1lib.monitoring.drift.profile import Tally
from f1lib.predictions import FloatArray

REMEMBERS = 0.3  # three standard errors of the autocorrelation of a hundred independent races


def carried_over(tally: Tally) -> FloatArray:
    """Lag-one autocorrelation of each feature from race to race, (features,).

    The larger of two: of the race means, and of the shares of all bins (their covariances added up,
    divided by their variances added up). Zero where nothing varies or there are under three races.
    """
    found = np.zeros(tally.means.shape[1])
    if len(tally.weekends) < 3:
        return found
    counts = tally.counts.astype(float)
    rows = np.maximum(counts.sum(axis=2, keepdims=True), 1)
    middle = np.where(np.isfinite(tally.means), tally.means, 0).sum(axis=0)
    middle /= np.maximum(np.isfinite(tally.means).sum(axis=0), 1)
    means = np.where(np.isfinite(tally.means), tally.means, middle)
    for values in (counts / rows, means[..., None]):
        centred = values - values.mean(axis=0)
        variance = (centred**2).sum(axis=(0, 2))
        covariance = (centred[1:] * centred[:-1]).sum(axis=(0, 2))
        scale = 1e-18 * np.maximum((values**2).sum(axis=(0, 2)), 1e-300)
        correlation = np.where(variance > scale, covariance / np.maximum(variance, 1e-300), 0)
        found = np.maximum(found, correlation)
    return found


def runs(current: BoolArray) -> BoolArray:
    """The current window, then every run of as many consecutive races outside it.

    `current` (races,) marks races at the end. Raises nothing: with fewer races there is no run.

    >>> runs(np.array([False, False, False, True, True])).astype(int)
    array([[0, 0, 0, 1, 1],
           [1, 1, 0, 0, 0],
           [0, 1, 1, 0, 0]])
    """
    k, n = int(current.sum()), len(current)
    starts = np.arange(max(n - 2 * k + 1, 0))[:, None]
    places = np.arange(n)
    return np.vstack([current, (places >= starts) & (places < starts + k)])


def against_runs(counts: IntArray, means: FloatArray, current: BoolArray) -> Null:
    """The null of runs: row 0 the current window, a row for each run of the reference."""
    windows = runs(current)
    codes = np.zeros(len(current), dtype=np.int64)
    kl, shift = null.divergences(counts, windows), null.shifts(means, codes, windows)
    return Null(kl.round(null.DIGITS), shift.round(null.DIGITS), len(windows), ())
