"""Stage qualifying: a ridge for each car's pace, and simulated sessions around it.

Pace is the gap to pole against the field's median, %. Around the expected pace cars scatter, more
so the slower they are, and team-mates partly together; a car may set no time.
Orders, pole and gaps are counted in simulated sessions, so that they agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from f1lib.features.rounds import FloatArray
from f1lib.models import choices, design
from f1lib.models.contract import Training, recency_weights
from f1lib.predictions import Forecast
from f1lib.weekend import Cutoff, Stage

CUTOFFS = (Cutoff.BEFORE_WEEKEND, Cutoff.BEFORE_QUALIFYING)
ITERATIONS = 8
PSEUDO_SESSIONS = 20.0  # spread evenly over all positions: nothing is impossible


@dataclass(frozen=True, slots=True)
class Pace:
    """What is learnt at one cutoff: coefficients, and how cars scatter around the prediction.

    The scatter of a car is `scatter[0] + scatter[1] * distance behind the fastest`, in %, of
    which the share `together` (0..1) is common to team-mates; `p_no_time` is P(no lap time).
    """

    coefficients: FloatArray
    scatter: FloatArray
    together: float
    p_no_time: float


def columns(rows: pd.DataFrame) -> FloatArray:
    """Design of the pace regression, (rows, columns)."""
    return np.column_stack([design.form(rows), design.practice(rows)])


def fit(training: Training, cutoff: Cutoff, *, half_life: float, l2: float) -> Pace:
    """Weighted ridge of the pace at `cutoff`; a race counts half after `half_life` races."""
    outcome = training.qualifying[["weekend", "driver", "gap_pct", "classified"]]
    rows = training.features[cutoff].merge(outcome, on=["weekend", "driver"])
    p_no_time = float(1 - rows["classified"].mean())
    rows = rows[rows["gap_pct"].notna()].reset_index(drop=True)
    x = columns(rows)
    y = rows["gap_pct"].to_numpy(dtype=float) - design.of_field(rows, "gap_pct", "median")
    weights = recency_weights(rows["weekend"], half_life)
    scale = np.sqrt((weights[:, None] * x**2).sum(axis=0) / weights.sum())
    scale = np.where(scale > 0, scale, 1.0)
    z = x / scale
    coefficients = _huber(z, y, weights, l2)
    expected = z @ coefficients
    residual = y - expected
    behind = expected - design.of_field(rows.assign(pace=expected), "pace", "min")
    return Pace(
        coefficients / scale,
        _scatter(residual, behind, weights),
        _together(rows, residual),
        p_no_time,
    )


def _huber(x: FloatArray, y: FloatArray, weights: FloatArray, l2: float) -> FloatArray:
    """Ridge with Huber's loss, by reweighting: one spoilt lap does not move the line.

    Residuals beyond 1.345 robust standard deviations count linearly (Huber 1981).
    """
    coefficients: FloatArray = np.zeros(x.shape[1])
    trust = weights
    for _ in range(ITERATIONS):
        gram = x.T @ (trust[:, None] * x) + l2 * np.eye(x.shape[1])
        coefficients = np.asarray(np.linalg.solve(gram, x.T @ (trust * y)), dtype=np.float64)
        size = np.abs(y - x @ coefficients)
        limit = 1.345 * 1.4826 * np.median(size)
        trust = weights * np.minimum(1.0, limit / np.maximum(size, 1e-12))
    return coefficients


def _scatter(residual: FloatArray, behind: FloatArray, weights: FloatArray) -> FloatArray:
    """Level and slope of the standard deviation over the distance behind the fastest."""
    x = np.column_stack([np.ones_like(behind), behind])
    w = weights[:, None]
    found = np.linalg.solve(x.T @ (w * x), x.T @ (weights * np.abs(residual)))
    to_sd = np.sqrt(np.pi / 2)  # the standard deviation of a normal over its mean |x|
    return np.asarray(np.maximum(found, [0.05, 0.0]) * to_sd, dtype=np.float64)


def _together(rows: pd.DataFrame, residual: FloatArray) -> float:
    """Correlation of the residuals of team-mates, between 0 and 0.9."""
    teams = rows.assign(residual=residual).groupby(["weekend", "constructor"])["residual"]
    pairs = teams.agg(["prod", "size"])
    product = pairs.loc[pairs["size"] == 2, "prod"].mean()
    return float(np.clip(product / np.mean(residual**2), 0.0, 0.9))


@dataclass(frozen=True, slots=True)
class Sessions:
    """Simulated qualifying sessions: `order` and `pace` are (sessions, entries).

    `order` is the position, 1..n; `pace` in % is relative within a session; a car without a time
    has missing pace.
    """

    order: FloatArray
    pace: FloatArray


def simulate(pace: Pace, rows: pd.DataFrame, *, n: int, rng: np.random.Generator) -> Sessions:
    """`n` sessions of one field, with normal scatter."""
    expected = columns(rows) @ pace.coefficients
    spread = pace.scatter[0] + pace.scatter[1] * (expected - expected.min())
    teams = pd.factorize(rows["constructor"])[0]
    own = rng.standard_normal((n, len(rows)))
    shared = rng.standard_normal((n, teams.max() + 1))[:, teams]
    normal = np.sqrt(1 - pace.together) * own + np.sqrt(pace.together) * shared
    lap = expected + spread * normal
    no_time = rng.random((n, len(rows))) < pace.p_no_time
    key = np.where(no_time, 1e6 + lap, lap)
    order = key.argsort(axis=1).argsort(axis=1) + 1.0
    return Sessions(order, np.where(no_time, np.nan, lap))


def forecast(sessions: Sessions, rows: pd.DataFrame) -> Forecast:
    """Probabilities and expected gaps counted in simulated sessions."""
    positions = counted_positions(sessions.order)
    fastest = np.nanmin(sessions.pace, axis=1, keepdims=True)
    gap = np.nanmedian(sessions.pace - fastest, axis=0)
    return Forecast.from_positions(Stage.QUALIFYING, rows, positions, gap)


def counted_positions(order: FloatArray) -> FloatArray:
    """(entries, entries) share of simulations in which a car ended in each place, smoothed."""
    n = order.shape[1]
    counts = np.stack([(order == k).sum(axis=0) for k in range(1, n + 1)], axis=1)
    return choices.balanced(counts + PSEUDO_SESSIONS / n)


def state(paces: Mapping[Cutoff, Pace]) -> dict[str, Any]:
    """All that was learnt, as plain values."""
    return {
        cutoff.value: {
            "coefficients": pace.coefficients,
            "scatter": pace.scatter,
            "together": pace.together,
            "p_no_time": pace.p_no_time,
        }
        for cutoff, pace in paces.items()
    }


def from_state(plain: Mapping[str, Any]) -> dict[Cutoff, Pace]:
    """Read `state` back."""
    return {Cutoff(cutoff): Pace(**values) for cutoff, values in plain.items()}
