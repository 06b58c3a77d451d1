"""Anomalies: races that surprised the model, told apart from a bad model.

In:   probabilities of winners (and of a podium) before races, and who came there.
Out:  for each race the chance, by these very probabilities, of something so unlikely; and whether
      there are more such races than the model itself lets one expect.
Knows nothing of: models, the store, names of drivers.

An outsider wins now and then, and a model that gives outsiders their chance says how often. One
surprising race speaks against nobody; too many of them speak against the model.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from f1lib.predictions import FloatArray
from f1lib.scoring import calibration
from f1lib.scoring.settled import BoolArray

LEVEL = 0.05  # a winner so unlikely is a surprise
ENOUGH = 8  # races, before a model can be called bad
DRAWS = 1_999


@dataclass(frozen=True, slots=True)
class Surprises:
    """Which races surprised, and what that says of the model.

    `p` (races,) is the exact chance of a winner at most as likely as the one there was,
    `surprising` marks those at or below LEVEL. So many as `n`, or more, have the chance `p_many`
    where `expected` are to be expected. `verdict` is ``none`` (no race surprised), ``races`` (no
    more of them than expected), ``model`` (too many) or ``insufficient`` (surprises in fewer races
    than a verdict takes).
    """

    p: FloatArray
    surprising: BoolArray
    expected: float
    p_many: float
    verdict: str

    @property
    def n(self) -> int:
        """How many races surprised."""
        return int(self.surprising.sum())


def winners(p: FloatArray, won: BoolArray) -> Surprises:
    """Surprises among the winners; `p` and `won` are (races, cars), absent cars with p = 0.

    A winner who was not forecast has p-value 0. How many races surprise is, by the model's own
    probabilities, Poisson binomial: each race has its own chance of being one, LEVEL at most.
    """
    found = winner_p(p, won)
    chances = _chance_of_a_surprise(p)
    surprising = found <= LEVEL
    n = int(surprising.sum())
    p_many = at_least(chances, n)
    verdict = "races"
    if n == 0:
        verdict = "none"
    elif len(p) < ENOUGH:
        verdict = "insufficient"
    elif p_many < LEVEL:
        verdict = "model"
    return Surprises(found, surprising, float(chances.sum()), p_many, verdict)


def winner_p(p: FloatArray, won: BoolArray) -> FloatArray:
    """The chance of a winner at most as likely as the one there was, (races,).

    >>> winner_p(np.array([[0.6, 0.3, 0.1]]), np.array([[False, True, False]])).round(2).tolist()
    [0.4]
    """
    said = (p * won).sum(axis=1, keepdims=True)
    return np.asarray(np.minimum(np.where(p <= said + 1e-12, p, 0.0).sum(axis=1), 1.0))


def podium_p(p: FloatArray, podium: BoolArray, *, seed: int = 0) -> FloatArray:
    """The chance of a podium at most as likely as the one there was, (races,), by simulation.

    `p` are probabilities of a podium. Only each car's own probability is stored, so podiums are
    drawn with no more dependence than there being three places brings (`calibration.drawn`), and
    their likelihood is taken as the product of the odds of the three cars.
    """
    safe = np.clip(p, 1e-9, 1 - 1e-9)
    odds = np.log(safe / (1 - safe))
    said = np.where(podium, odds, 0.0).sum(axis=1)
    drawn = calibration.drawn(p, n=DRAWS, seed=seed)
    likelihood = np.where(drawn, odds, 0.0).sum(axis=2)
    as_unlikely = (likelihood <= said + 1e-9).sum(axis=0)
    return np.asarray((1 + as_unlikely) / (1 + DRAWS))


def _chance_of_a_surprise(p: FloatArray) -> FloatArray:
    """By its own probabilities: how likely each race is to surprise, at most LEVEL."""
    at_most = (p[:, None, :] * (p[:, None, :] <= p[:, :, None] + 1e-12)).sum(axis=2)
    return np.asarray((p * (at_most <= LEVEL)).sum(axis=1))


def at_least(chances: FloatArray, n: int) -> float:
    """The chance that `n` or more of independent events happen (Poisson binomial, exact)."""
    if n <= 0:
        return 1.0
    return float(np.clip(stats.poisson_binom.sf(n - 1, chances), 0.0, 1.0))
