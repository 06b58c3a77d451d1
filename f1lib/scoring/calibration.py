"""Calibration: are things that are said to happen with 30 % seen in 30 %?

Probabilities of first place are compared with one winner a race, so every null here draws one
winner a race from the model's own probabilities; of podium and top ten, three and ten a race.
Input everywhere: `p` and `won`, both (races, cars), absent cars with p = 0; rows of p sum to the
number of places. A race whose winner was not forecast has no True in `won`: it costs the floor in
a log loss and says nothing about the slope.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from f1lib.errors import TableContractError
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
        """min(slope, 1 / slope): 1 is perfect, in both directions; missing without a slope."""
        if np.isnan(self.value):
            return np.nan
        return min(self.value, 1 / self.value) if self.value > 0 else 0.0

    @property
    def judged(self) -> bool:
        """Whether there are races enough for a verdict, and a slope to judge."""
        return self.n_races >= GATE_RACES and not np.isnan(self.value)

    @property
    def calibration_score(self) -> float | None:
        """`score` where it may be judged, else None: the scatter of few races would be read.

        >>> Slope(0.8, 0.7, 0.9, n_races=252).calibration_score
        0.8
        >>> Slope(0.8, 0.5, 1.1, n_races=24).calibration_score is None
        True
        """
        return self.score if self.judged else None

    @property
    def failed(self) -> bool | None:
        """Whether calibration is bad: the interval excludes 1 and the score is below GATE_SCORE.

        None where it may not be judged. Simulated: a calibrated model fails in 5 % of histories
        of 96 races and in 1 % of 252; one that is 1.5 times too sure of itself in more than 99 %.
        """
        if not self.judged:
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


def drawn(p: FloatArray, *, n: int, seed: int) -> BoolArray:
    """(n, races, cars): as many places a race as its row of p sums to, drawn from p, n times.

    One place is a winner. For more, marginal probabilities do not say how cars go together, so a
    choice must be made: places are drawn without replacement, each car with exactly its own
    probability, by systematic sampling over the cars in random order (Madow 1949; Hartley and Rao
    1962). That ties cars together no more than the number of places does. Team-mates who share a
    good day are not in it, so bands drawn this way are, if anything, too narrow. Raises
    TableContractError for a row that sums to no whole number.

    >>> drawn(np.array([[0.9, 0.8, 0.7, 0.6]]), n=5, seed=0).sum(axis=2).ravel()
    array([3, 3, 3, 3, 3])
    """
    total = p.sum(axis=1)
    places = np.rint(total)
    odd = np.flatnonzero(~(np.abs(total - places) < 1e-3) | (places < 1))
    if len(odd):
        raise TableContractError(
            f"The probabilities of race {odd[0] + 1} of {len(p)} sum to {total[odd[0]]:.3f}, which "
            "is no number of places. Leave out models and races that say nothing of it."
        )
    if (places == 1).all():
        return drawn_winners(p, n=n, seed=seed)
    rng = np.random.default_rng(seed)
    scaled = np.minimum(p * (places / total)[:, None], 1.0)
    order = rng.random((n, *p.shape)).argsort(axis=2)
    upto = np.cumsum(
        np.take_along_axis(np.broadcast_to(scaled, order.shape), order, axis=2), axis=2
    )
    upto[..., -1] = places
    ticks = np.ceil(upto - rng.random((n, len(p), 1)))  # ticks passed: one where a car is drawn
    chosen = np.diff(ticks, axis=2, prepend=0.0) > 0
    found = np.zeros_like(chosen)
    np.put_along_axis(found, order, chosen, axis=2)
    return np.asarray(found)


def drawn_winners(p: FloatArray, *, n: int, seed: int) -> BoolArray:
    """(n, races, cars): one winner a race, drawn from p, n times."""
    rng = np.random.default_rng(seed)
    edges = np.cumsum(p / p.sum(axis=1, keepdims=True), axis=1)
    u = rng.random((n, len(p), 1))
    winner = np.minimum((u > edges[None]).sum(axis=2), p.shape[1] - 1)
    return np.asarray(winner[..., None] == np.arange(p.shape[1]))


def ece_test(p: FloatArray, won: BoolArray, *, n: int = 999, seed: int = 0) -> NullTest:
    """ECE against what a perfectly calibrated model with the same probabilities would have.

    For winners, podium or top ten, as the rows of p sum to 1, 3 or 10; see `drawn`.
    """
    null = _binned_errors(p, drawn(p, n=n, seed=seed))
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
