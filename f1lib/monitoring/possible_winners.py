"""Possible winners: what the scores of a race would be if another car won it.

In:   probabilities of first place, (races, cars), absent cars with p = 0.
Out:  log loss and concordance by winner, and winners drawn from the probabilities.
Knows nothing of: who won.

A forecast says how surprising its own failure is. With winners drawn from it, a score over some
races has a distribution of its own, and a bad window can be told from bad luck.
"""

import numpy as np

from f1lib.features.rounds import IntArray
from f1lib.predictions import FloatArray
from f1lib.scoring.scores import P_FLOOR


def log_loss(p: FloatArray) -> FloatArray:
    """Log loss of the race for each winner there could be, (races, cars), in nats."""
    return np.asarray(-np.log(np.maximum(p, P_FLOOR)))


def concordance(p: FloatArray) -> FloatArray:
    """Share of rivals with a lower p for each winner there could be, ties half, (races, cars).

    As scores.winner_concordance where every car that was forecast takes part. Missing for absent
    cars.

    >>> concordance(np.array([[0.5, 0.2, 0.2, 0.1]])).round(3).tolist()
    [[1.0, 0.5, 0.5, 0.0]]
    """
    present = p > 0
    lower = (p[:, :, None] > p[:, None, :]) + 0.5 * (p[:, :, None] == p[:, None, :])
    ahead = (lower * present[:, None, :]).sum(axis=2) - 0.5  # a car is no rival of itself
    rivals = np.maximum(present.sum(axis=1, keepdims=True) - 1, 1)
    return np.asarray(np.where(present, ahead / rivals, np.nan))


def drawn(p: FloatArray, races: IntArray, rng: np.random.Generator) -> IntArray:
    """A winner of each of `races` (rows of `p`, any shape), each with its own probability."""
    edges = np.cumsum(p / p.sum(axis=1, keepdims=True), axis=1)
    u = rng.random(races.shape)
    winner = np.zeros(races.shape, dtype=np.int64)
    for car in range(p.shape[1] - 1):
        winner += u > edges[races, car]
    last = p.shape[1] - 1 - np.argmax(p[:, ::-1] > 0, axis=1)  # rounding never draws who is absent
    return np.asarray(np.minimum(winner, last[races]))
