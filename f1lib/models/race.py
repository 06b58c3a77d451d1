"""Stage race: an endurance (reverse) Plackett-Luce model of the whole finishing order.

Cars drop out one after the other, each at a rate that its strength lowers; the last one left has
won. One model gives win, podium, points and expected position.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from f1lib.features.rounds import FloatArray
from f1lib.models import choices, design
from f1lib.models.contract import Training, in_actual_order, recency_weights
from f1lib.weekend import Cutoff

NEAR = 0.15  # % of a lap, normal scores: distances to the best below this are alike
USUAL_SD = 0.25  # of `finishing`, in mid-season


def columns(rows: pd.DataFrame, *, practice: bool = True) -> dict[str, FloatArray]:
    """Design of the strength: for each group of reasons its columns, (rows, columns).

    Distances to the best count by their logarithm too: half a tenth says more between the first
    two than between the last two. Where race form is less certain than usual (newcomers, the
    first rounds after a regulation reset) it counts less.
    """
    finishing = design.belief(rows, "finishing")
    race_form = np.column_stack(
        [
            finishing,
            np.log(design.behind_the_best(rows, finishing) + NEAR),
            design.belief(rows, "race_pace"),
        ]
    )
    unsure = rows["finishing_sd"].to_numpy(dtype=float) - USUAL_SD
    lap = design.qualifying(rows)
    found = {
        "grid": design.grid(rows),
        "qualifying": np.column_stack([lap, np.log(np.maximum(lap[:, 0], 0.0) + NEAR)]),
        "race form": np.column_stack([race_form, unsure[:, None] * race_form]),
        "one-lap form": design.belief(rows, "qualifying_pace")[:, None],
        "reliability": design.retirements(rows),
    }
    if practice:
        found["practice"] = np.column_stack(
            [
                design.session(rows, "practice_gap"),
                design.session(rows, "last_practice_gap"),
                design.without_practice(rows),
            ]
        )
    return found


def fit(training: Training, *, practice: bool, half_life: float, l2: float) -> FloatArray:
    """Coefficients of the strength, from before-race features of all past races."""
    rows, race = in_actual_order(
        training.features[Cutoff.BEFORE_RACE], training.race, last_first=True
    )
    x = design.stacked(columns(rows, practice=practice))
    scale = np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
    weekends = rows["weekend"].drop_duplicates()
    weights = recency_weights(weekends, half_life)
    found = choices.fit(choices.Races.stacked(x / scale, race), weights, l2=l2)
    return np.asarray(found / scale, dtype=np.float64)


def weakness(coefficients: FloatArray, rows: pd.DataFrame, *, practice: bool) -> FloatArray:
    """Log rate at which each car drops out, (rows,)."""
    return design.stacked(columns(rows, practice=practice)) @ coefficients


def contributions(
    coefficients: FloatArray, rows: pd.DataFrame, *, practice: bool
) -> Mapping[str, FloatArray]:
    """What each group of reasons adds to the log rate, against the mean of the row's field."""
    return design.contributions(columns(rows, practice=practice), coefficients, rows)


def simulate(weakness: FloatArray, *, each: int, rng: np.random.Generator) -> FloatArray:
    """Finishing positions (grids * each, entries) from log rates (grids, entries)."""
    times = rng.standard_exponential((len(weakness), each, weakness.shape[1]))
    lasted = np.log(times) - weakness[:, None, :]
    order = (-lasted).argsort(axis=2).argsort(axis=2) + 1.0
    return np.asarray(order.reshape(-1, weakness.shape[1]), dtype=np.float64)
