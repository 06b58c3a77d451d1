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
from scipy import optimize

from f1lib.features.rounds import FloatArray
from f1lib.models import choices, design
from f1lib.models.contract import Training, recency_weights
from f1lib.predictions import Forecast
from f1lib.weekend import Cutoff, Stage

CUTOFFS = (Cutoff.BEFORE_WEEKEND, Cutoff.BEFORE_QUALIFYING)
ITERATIONS = 8
PSEUDO_SESSIONS = 20.0  # spread evenly over all positions: nothing is impossible
SESSIONS = (
    "practice_gap", "last_practice_gap", "team_practice_gap", "fp1_gap", "fp2_gap", "fp3_gap",
    "sprint_qualifying_gap",
)  # fmt: skip
NEAR = 0.1  # %: distances behind the fastest below this are alike
TIGHTEST = 0.05  # %: no field is closer together
LARGEST_ERROR = 4.0  # %: beyond it an error tells of trouble, not of pace
# a session's standard deviation over the mean absolute error. It would be 1.25 if errors were
# normal; spoilt laps make the mean error large, and the middle, which decides pole, is narrower
CORE = 0.94
USUAL_SD = 0.22  # % of a lap: how uncertain strengths are in mid-season
# the share of the variance beyond it that the sessions of the weekend have not taken away
NOT_SHOWN_YET = {Cutoff.BEFORE_WEEKEND: 1.0, Cutoff.BEFORE_QUALIFYING: 0.3}


@dataclass(frozen=True, slots=True)
class Pace:
    """What is learnt at one cutoff: coefficients, and how cars scatter around the prediction.

    `scatter` holds the coefficients of the log of a car's mean absolute error, %, on the columns
    of `spread`; the share `together` (0..1) of the variance is common to team-mates; `p_no_time`
    is P(no lap time).
    """

    coefficients: FloatArray
    scatter: FloatArray
    together: float
    p_no_time: float


def columns(rows: pd.DataFrame, *, practice: bool) -> dict[str, FloatArray]:
    """Design of the pace regression: for each group of reasons its columns, (rows, columns).

    Where strengths are uncertain practice counts more, and more than usual is asked of the first
    sessions where there is no later one.
    """
    sd = rows["qualifying_pace_sd"].to_numpy(dtype=float)
    early = design.without_a_late_session(rows) if practice else np.zeros(len(rows))
    car, driver = (design.belief(rows, "qualifying_pace", part) for part in ("lineage", "driver"))
    found = {
        "car": np.column_stack([car, sd * car, early * car]),
        "driver": np.column_stack([driver, sd * driver, early * driver]),
        "race form": design.against_mean(rows, "driver_race_form"),
        "circuit": rows[["circuit_pace_driver", "circuit_pace_lineage"]].to_numpy(dtype=float),
    }
    if practice:
        sessions = {name: design.session(rows, name) for name in SESSIONS}
        found["practice"] = np.column_stack(
            [
                *sessions.values(),
                design.without_practice(rows),
                sd * sessions["practice_gap"],
                *(early * sessions[name] for name in ("practice_gap", "fp1_gap", "fp2_gap")),
            ]
        )
    return found


def spread(rows: pd.DataFrame, expected: FloatArray) -> FloatArray:
    """Design of the log scatter: level, distance behind the fastest, how tight the field is."""
    behind = design.behind_the_best(rows, expected)
    field = design.of_field(rows, design.belief(rows, "qualifying_pace"), "std")
    return np.column_stack(
        [
            np.ones(len(rows)),
            np.minimum(behind, design.GAP_LIMIT),
            np.log(behind + NEAR),
            np.log(np.clip(np.nan_to_num(field), TIGHTEST, None)),
        ]
    )


def fit(
    training: Training, cutoff: Cutoff, *, half_life: float, l2: float, scatter_half_life: float
) -> Pace:
    """Weighted ridge of the pace at `cutoff`; a race counts half after `half_life` races."""
    outcome = training.qualifying[["weekend", "driver", "gap_pct", "classified"]]
    rows = training.features[cutoff].merge(outcome, on=["weekend", "driver"])
    p_no_time = float(1 - rows["classified"].mean())
    rows = rows[rows["gap_pct"].notna()].reset_index(drop=True)
    x = design.stacked(columns(rows, practice=design.practised(cutoff)))
    y = rows["gap_pct"].to_numpy(dtype=float) - design.of_field(rows, "gap_pct", "median")
    weights = recency_weights(rows["weekend"], half_life)
    scale = np.sqrt((weights[:, None] * x**2).sum(axis=0) / weights.sum())
    scale = np.where(scale > 0, scale, 1.0)
    z = x / scale
    coefficients = _huber(z, y, weights, l2)
    expected = z @ coefficients
    residual = y - expected
    return Pace(
        coefficients / scale,
        _scatter(
            spread(rows, expected), residual, recency_weights(rows["weekend"], scatter_half_life)
        ),
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


def _scatter(x: FloatArray, residual: FloatArray, weights: FloatArray) -> FloatArray:
    """Coefficients b of log E|residual| = x @ b: the Laplace likelihood, weakly penalised."""
    size = np.minimum(np.abs(residual), LARGEST_ERROR)

    def negative(b: FloatArray) -> tuple[float, FloatArray]:
        log_scale = np.clip(x @ b, -6.0, 3.0)
        ratio = size * np.exp(-log_scale)
        penalty = np.concatenate([[0.0], b[1:]])
        loss = float((weights * (ratio + log_scale)).sum() + 0.5 * penalty @ penalty)
        return loss, x.T @ (weights * (1 - ratio)) + penalty

    start = np.zeros(x.shape[1])
    start[0] = np.log(max(float(size.mean()), 1e-3))
    found = optimize.minimize(negative, start, jac=True, method="L-BFGS-B")
    return np.asarray(found.x, dtype=np.float64)


def _together(rows: pd.DataFrame, residual: FloatArray) -> float:
    """Correlation of the residuals of team-mates, between 0 and 0.9."""
    teams = rows.assign(residual=residual).groupby(["weekend", "constructor"])["residual"]
    pairs = teams.agg(["prod", "size"])
    product = pairs.loc[pairs["size"] == 2, "prod"].mean()
    return float(np.clip(product / np.mean(residual**2), 0.0, 0.9))


def expected_pace(pace: Pace, rows: pd.DataFrame, cutoff: Cutoff) -> FloatArray:
    """Gap against the field's median that is expected of each car, %."""
    practice = design.practised(cutoff)
    return design.stacked(columns(rows, practice=practice)) @ pace.coefficients


@dataclass(frozen=True, slots=True)
class Sessions:
    """Simulated qualifying sessions: `order` and `pace` are (sessions, entries).

    `order` is the position, 1..n; `pace` in % is relative within a session; a car without a time
    has missing pace.
    """

    order: FloatArray
    pace: FloatArray


def simulate(
    pace: Pace, rows: pd.DataFrame, cutoff: Cutoff, *, n: int, rng: np.random.Generator
) -> Sessions:
    """`n` sessions of one field, with normal scatter, wider where strengths are uncertain."""
    expected = expected_pace(pace, rows, cutoff)
    sd = np.hypot(
        CORE * np.exp(np.clip(spread(rows, expected) @ pace.scatter, -6.0, 3.0)),
        _unsure(rows, cutoff),
    )
    teams = pd.factorize(rows["constructor"])[0]
    own = rng.standard_normal((n, len(rows)))
    shared = rng.standard_normal((n, teams.max() + 1))[:, teams]
    normal = np.sqrt(1 - pace.together) * own + np.sqrt(pace.together) * shared
    lap = expected + sd * normal
    no_time = rng.random((n, len(rows))) < pace.p_no_time
    key = np.where(no_time, 1e6 + lap, lap)
    order = key.argsort(axis=1).argsort(axis=1) + 1.0
    return Sessions(order, np.where(no_time, np.nan, lap))


def _unsure(rows: pd.DataFrame, cutoff: Cutoff) -> FloatArray:
    """Standard deviation, %, that strengths less certain than usual add to that of a session."""
    sd = rows["qualifying_pace_sd"].to_numpy(dtype=float)
    excess = np.maximum(sd**2 - USUAL_SD**2, 0.0)
    return np.asarray(np.sqrt(NOT_SHOWN_YET[cutoff] * excess), dtype=np.float64)


def forecast(sessions: Sessions, rows: pd.DataFrame) -> Forecast:
    """Probabilities and expected gaps counted in simulated sessions."""
    positions = counted_positions(sessions.order)
    fastest = np.nanmin(sessions.pace, axis=1, keepdims=True)
    gap = np.nanmedian(sessions.pace - fastest, axis=0)
    return Forecast.from_positions(Stage.QUALIFYING, rows, positions, gap)


def contributions(pace: Pace, rows: pd.DataFrame, cutoff: Cutoff) -> dict[str, FloatArray]:
    """What each group of reasons adds to the expected gap, %, against the field's mean."""
    return design.contributions(
        columns(rows, practice=design.practised(cutoff)), pace.coefficients, rows
    )


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
