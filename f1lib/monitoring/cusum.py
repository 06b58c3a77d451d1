"""CUSUM: what was lost, summed up since it last paid to begin anew.

In:   losses of races, in calendar order.
Out:  Page's cumulative sum after each of them.
Knows nothing of: whose losses, when they are too many.

A mean over a window forgets what left it; the sum does not, and finds a small loss that stays.
"""

import numpy as np

from f1lib.predictions import FloatArray


def path(losses: FloatArray, allowance: float) -> FloatArray:
    """The sum after each race: S = max(0, S + loss - allowance), from S = 0 (Page 1954).

    `losses` is (..., races) in any unit, races in calendar order; the sum is in the same unit and
    never negative.

    >>> path(np.array([0.5, -1.0, 0.5, 0.5]), allowance=0.1).round(2).tolist()
    [0.4, 0.0, 0.4, 0.8]
    """
    sums = np.cumsum(losses - allowance, axis=-1)
    lowest = np.minimum(np.minimum.accumulate(sums, axis=-1), 0.0)
    return np.asarray(sums - lowest)
