"""Orders as sequences of choices: Plackett-Luce from the front, from the back, or first only.

In:   design arrays (races, cars, features), each race sorted in the order in which cars are taken.
Out:  coefficients; and exact position probabilities from strengths.
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from f1lib.errors import InsufficientHistoryError
from f1lib.features.rounds import FloatArray, IntArray

TOLERANCE = 1e-4  # of the gradient against the likelihood, for a fit that stopped early
_LOG_TIME = np.arange(-16.0, 6.0, 0.15)  # trapezoid nodes; sums to one within 1e-9


@dataclass(frozen=True, slots=True)
class Races:
    """Padded races: `design` (races, cars, features), `present` (races, cars).

    Cars stand in the order in which they are taken; absent places are at the end.
    """

    design: FloatArray
    present: FloatArray

    @classmethod
    def stacked(cls, design: FloatArray, race: IntArray) -> "Races":
        """From rows sorted by race and by choice; `race` (rows,) counts 0, 1, 2, ..."""
        n = np.bincount(race)
        first = np.concatenate([[0], np.cumsum(n)[:-1]])
        place = np.arange(len(race)) - first[race]
        whole = np.zeros((len(n), n.max(), design.shape[1]))
        present = np.zeros((len(n), n.max()))
        whole[race, place] = design
        present[race, place] = 1.0
        return cls(whole, present)


def fit(
    races: Races,
    weights: FloatArray,
    *,
    l2: float,
    depth: int | None = None,
    start: FloatArray | None = None,
) -> FloatArray:
    """Coefficients that make the observed sequence of choices most likely, ridge-penalised.

    At each step a car is taken with probability exp(s_i) / sum of exp(s_j) over those left, with
    s = design @ coefficients; `depth` 1 is the conditional logit (McFadden 1974), None the full
    Plackett-Luce likelihood. `weights` (races,) weigh races.
    """
    design, present = races.design, races.present
    n, k = design.shape[1], design.shape[2]
    steps = present * weights[:, None]
    left = present.sum(axis=1, keepdims=True) - np.arange(n)[None, :]
    steps = np.where(left > 1, steps, 0.0)  # the last car is no choice
    if depth is not None:
        steps[:, depth:] = 0.0
    flat = design.reshape(-1, k)
    gain = steps.reshape(-1) @ flat

    def negative(beta: FloatArray) -> tuple[float, FloatArray]:
        strength = np.where(present > 0, (flat @ beta).reshape(present.shape), -np.inf)
        top = strength.max(axis=1, keepdims=True)
        e = np.exp(strength - top)
        remaining = np.cumsum(e[:, ::-1], axis=1)[:, ::-1]
        remaining = np.maximum(remaining, 1e-300)
        log_likelihood = beta @ gain - (steps * (np.log(remaining) + top)).sum()
        taken = np.cumsum(steps / remaining, axis=1)
        gradient = gain - (e * taken).reshape(-1) @ flat
        return -log_likelihood + 0.5 * l2 * beta @ beta, -gradient + l2 * beta

    found = optimize.minimize(
        negative,
        np.zeros(k) if start is None else start,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 500, "ftol": 1e-12, "gtol": 1e-7},
    )
    if not found.success and np.abs(found.jac).max() > TOLERANCE * max(abs(found.fun), 1.0):
        raise InsufficientHistoryError(
            f"The fit of {k} coefficients to {len(present)} races did not converge "
            f"({found.message}). Look at the races before this one for values that cannot be."
        )
    return np.asarray(found.x, dtype=float)


def first_probabilities(strength: FloatArray) -> FloatArray:
    """P(taken first), (..., cars): the softmax of the strengths.

    >>> first_probabilities(np.log([3.0, 1.0])).round(6)
    array([0.75, 0.25])
    """
    e = np.exp(strength - strength.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def endurance_positions(weakness: FloatArray) -> FloatArray:
    """Position probabilities when cars drop out at random times, the last one left being first.

    `weakness` (cars,) is the log rate at which a car drops out: the endurance (reverse)
    Plackett-Luce model. Entry [i, k] is P(car i ends in place k + 1), exact up to quadrature:
    given car i's time t, the number of cars that outlast it is Poisson-binomial.

    >>> endurance_positions(np.zeros(3)).round(6)
    array([[0.333333, 0.333333, 0.333333],
           [0.333333, 0.333333, 0.333333],
           [0.333333, 0.333333, 0.333333]])
    """
    centred = weakness - np.mean(weakness)
    nodes = np.arange(_LOG_TIME[0] - centred.max(), _LOG_TIME[-1] - centred.min(), 0.15)
    n = len(centred)
    hazard = np.exp(np.minimum(centred[:, None] + nodes[None, :], 700.0))  # (cars, nodes)
    survival = np.exp(-hazard)
    density = hazard * survival * 0.15
    outlasting = np.zeros((n, n, len(nodes)))  # [i, k]: k cars outlast car i, by node
    outlasting[:, 0] = 1.0
    for j in range(n):
        p = survival[j][None, None, :]
        others = np.arange(n) != j
        grown = outlasting[others]
        shifted = np.zeros_like(grown)
        shifted[:, 1:] = grown[:, :-1]
        outlasting[others] = grown * (1 - p) + shifted * p
    positions = np.einsum("ikt,it->ik", outlasting, density)
    return balanced(positions)


def endurance_ahead(weakness: FloatArray, rival: FloatArray) -> FloatArray:
    """P(a car ends ahead of its rival), from the log rates at which each of them drops out.

    The rival drops out first with its share of both rates, whatever the other cars do.

    >>> endurance_ahead(np.log([1.0, 1.0]), np.log([1.0, 3.0]))
    array([0.5 , 0.75])
    """
    return np.asarray(1 / (1 + np.exp(weakness - rival)), dtype=np.float64)


def balanced(positions: FloatArray, rounds: int = 50) -> FloatArray:
    """Rows and columns scaled in turn to sum to one (Sinkhorn 1964); all entries positive."""
    found = np.maximum(positions, 1e-12)
    for _ in range(rounds):
        found = found / found.sum(axis=0, keepdims=True)
        total = found.sum(axis=1, keepdims=True)
        found = found / total
        if np.abs(total - 1).max() < 1e-12:
            break
    return np.asarray(found)
