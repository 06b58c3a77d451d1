"""The long frame of probabilities: what was said of each entry, beside what happened to it."""

import numpy as np
import pandas as pd

from f1lib.predictions import FORECAST_COLUMNS, FloatArray
from f1lib.scoring import reliability
from f1lib.scoring.settled import BoolArray

COLUMNS = (
    "weekend", "stage", "cutoff", "model", *FORECAST_COLUMNS,
    "position", "classified", "actual_gap_pct",
)  # fmt: skip


def of_first(rows: pd.DataFrame) -> tuple[FloatArray, BoolArray]:
    """Who was said to be first and who was: `p` and `won`, both (races, cars).

    `rows` are those of one model, stage and cutoff: weekend, p_first, position; a race a row, in
    the order of the weekends, absent cars with p = 0. Who took part and was not forecast is left
    out: a race that he won has no True in `won`.

    >>> p, won = of_first(pd.DataFrame({"weekend": ["2031-01"] * 2 + ["2031-02"],
    ...                                 "p_first": [0.75, 0.25, 1.0], "position": [2, 1, 1]}))
    >>> p.tolist(), won.tolist()
    ([[0.75, 0.25], [1.0, 0.0]], [[False, True], [True, False]])
    """
    return of_places(rows, "p_first")


def of_places(rows: pd.DataFrame, what: str) -> tuple[FloatArray, BoolArray]:
    """As `of_first` for the probability named `what`, one of reliability.PLACES."""
    said = rows[rows[what].notna()]
    race, names = pd.factorize(said["weekend"], sort=True)
    place = said.groupby("weekend").cumcount().to_numpy()
    shape = (len(names), int(place.max(initial=-1)) + 1)
    p, won = np.zeros(shape), np.zeros(shape, dtype=bool)
    p[race, place] = said[what].to_numpy(dtype=float)
    won[race, place] = (said["position"] <= reliability.PLACES[what]).to_numpy()
    return p, won
