"""Stage race: an endurance (reverse) Plackett-Luce model of the whole finishing order.

Cars drop out one after the other, each at a rate that its strength lowers; the last one left has
won. One model gives win, podium, points and expected position.
"""

import numpy as np
import pandas as pd

from f1lib.features.rounds import FloatArray
from f1lib.models import choices, design
from f1lib.models.contract import Training, in_actual_order, recency_weights
from f1lib.weekend import Cutoff


def columns(rows: pd.DataFrame) -> FloatArray:
    """Design of the strength, (rows, columns): grid, qualifying pace, form, reliability."""
    return np.column_stack(
        [
            design.grid(rows),
            design.qualifying(rows),
            design.form(rows),
            design.retirements(rows),
            design.practice(rows),
        ]
    )


def fit(training: Training, *, half_life: float, l2: float) -> FloatArray:
    """Coefficients of the strength, from before-race features of all past races."""
    rows, race = in_actual_order(
        training.features[Cutoff.BEFORE_RACE], training.race, last_first=True
    )
    x = columns(rows)
    scale = np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
    weekends = rows["weekend"].drop_duplicates()
    weights = recency_weights(weekends, half_life)
    found = choices.fit(choices.Races.stacked(x / scale, race), weights, l2=l2)
    return np.asarray(found / scale, dtype=np.float64)


def positions(coefficients: FloatArray, rows: pd.DataFrame) -> FloatArray:
    """Exact position probabilities of one field, (entries, entries)."""
    return choices.endurance_positions(columns(rows) @ coefficients)


def simulate(
    coefficients: FloatArray, grids: pd.DataFrame, *, each: int, rng: np.random.Generator
) -> FloatArray:
    """Finishing positions (grids * each, entries) of a field on many grids.

    `grids` holds the field's rows once per grid, told apart by `weekend`.
    """
    n = grids["weekend"].nunique()
    weakness = (columns(grids) @ coefficients).reshape(n, -1)
    times = rng.standard_exponential((n, each, weakness.shape[1]))
    lasted = np.log(times) - weakness[:, None, :]
    order = (-lasted).argsort(axis=2).argsort(axis=2) + 1.0
    return np.asarray(order.reshape(-1, weakness.shape[1]), dtype=np.float64)
