"""Calibration: are things that are said to happen with 30 % seen in 30 %?

Probabilities of first place are compared with one winner a race, so every null here draws one
winner a race from the model's own probabilities. Input everywhere: `p` and `won`, both
(races, cars), absent cars with p = 0; rows of p sum to one. A race whose winner was not forecast
has no True in `won`: it costs the floor in a log loss and says nothing about the slope.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from f1lib.predictions import FloatArray
from f1lib.scoring.scores import P_FLOOR, BoolArray

GATE_RACES = 96  # below this a perfect model fails the score too often to be judged
GATE_SCORE = 0.85
BINS = 10
Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Slope:
    """Calibration slope with a 95 % interval; 1 is calibrated, below 1 overconfident."""

    value: float
    low: float
    high: float
    n_races: int

    @property
    def score(self) -> float:
        """min(slope, 1 / slope): 1 is perfect, in both directions."""
        return min(self.value, 1 / self.value) if self.value > 0 else 0.0

    @property
    def failed(self) -> bool | None:
        """Whether calibration is judged bad; None below GATE_RACES races."""
        if self.n_races < GATE_RACES:
            return None
        return not self.low <= 1 <= self.high and self.score < GATE_SCORE


def slope(p: FloatArray, won: BoolArray) -> Slope:
    """The exponent b that makes p^b / sum(p^b) the most likely forecast of the winners.

    The slope of log p in a conditional logit (Cox 1958 for many outcomes), by Newton's method;
    interval from the observed information. Missing below 10 races.
    """
    p, won = p[won.any(axis=1)], won[won.any(axis=1)]
    n = len(p)
    if n < 10:
        return Slope(np.nan, np.nan, np.nan, n)
    log_p = np.log(np.maximum(p, P_FLOOR))
    present = p > 0
    b, information = 1.0, 0.0
    for _ in range(50):
        e = np.where(present, np.exp(b * (log_p - log_p.max(axis=1, keepdims=True))), 0.0)
        q = e / e.sum(axis=1, keepdims=True)
        mean = (q * log_p).sum(axis=1)
        gradient = ((won * log_p).sum(axis=1) - mean).sum()
        information = float(((q * log_p**2).sum(axis=1) - mean**2).sum())
        if information <= 0:
            return Slope(np.nan, np.nan, np.nan, n)
        step = float(np.clip(gradient / information, -0.5, 0.5))
        b += step
        if abs(step) < 1e-10:
            break
    half = Z_95 / np.sqrt(information)
    return Slope(float(b), float(b - half), float(b + half), n)


def ece(p: FloatArray, won: BoolArray) -> float:
    """Expected calibration error: mean |share that won - mean p| over BINS bins of equal size."""
    return float(_binned_errors(p, won[None])[0])


def _binned_errors(p: FloatArray, won: BoolArray) -> FloatArray:
    """ECE of several alternative outcomes, won (alternatives, races, cars)."""
    present = p > 0
    order = np.argsort(p[present], kind="stable")
    said = p[present][order]
    happened = won[:, present][:, order].astype(float)
    edges = np.linspace(0, len(said), BINS + 1).astype(int)
    error = np.zeros(len(won))
    for start, end in pairwise(edges.tolist()):
        if end > start:
            gap = happened[:, start:end].mean(axis=1) - said[start:end].mean()
            error += np.abs(gap) * (end - start) / len(said)
    return error


@dataclass(frozen=True, slots=True)
class NullTest:
    """A statistic, its mean if the model were perfectly calibrated, and one-sided p-values.

    `p_value` is the chance of a value at least as high, `p_below` of one at least as low.
    """

    value: float
    expected: float
    p_value: float
    p_below: float
    n_races: int

    @property
    def excess(self) -> float:
        """How much worse than under perfect calibration."""
        return self.value - self.expected


def drawn_winners(p: FloatArray, *, n: int, seed: int) -> BoolArray:
    """(n, races, cars): one winner a race, drawn from p, n times."""
    rng = np.random.default_rng(seed)
    edges = np.cumsum(p / p.sum(axis=1, keepdims=True), axis=1)
    u = rng.random((n, len(p), 1))
    winner = np.minimum((u > edges[None]).sum(axis=2), p.shape[1] - 1)
    return np.asarray(winner[..., None] == np.arange(p.shape[1]))


def ece_test(p: FloatArray, won: BoolArray, *, n: int = 999, seed: int = 0) -> NullTest:
    """ECE against what a perfectly calibrated model with the same probabilities would have."""
    null = _binned_errors(p, drawn_winners(p, n=n, seed=seed))
    value = ece(p, won)
    return _tested(value, null, len(p))


def log_loss_test(p: FloatArray, won: BoolArray, *, n: int = 999, seed: int = 0) -> NullTest:
    """Mean log loss of the winners against its distribution if p were the truth.

    >>> p = np.full((8, 4), 0.25)
    >>> test = log_loss_test(p, np.tile([True, False, False, False], (8, 1)))
    >>> round(test.value, 3), abs(round(test.excess, 3)), test.p_value
    (1.386, 0.0, 1.0)
    """
    loss = -np.log(np.maximum(p, P_FLOOR))
    value = float(-np.log(np.maximum((p * won).sum(axis=1), P_FLOOR)).mean())
    null = (loss[None] * drawn_winners(p, n=n, seed=seed)).sum(axis=2).mean(axis=1)
    return _tested(value, null, len(p))


def _tested(value: float, null: FloatArray, n_races: int) -> NullTest:
    """Shares of the null on either side, the observed one counted in; rounding makes no tie."""
    high = (1 + (null >= value - 1e-12).sum()) / (1 + len(null))
    low = (1 + (null <= value + 1e-12).sum()) / (1 + len(null))
    return NullTest(value, float(null.mean()), float(high), float(low), n_races)
