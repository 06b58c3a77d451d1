"""Reliability: of the cars that were given 30 %, how many did it?

In:   `p` and `happened`, (races, cars), as in `calibration`; and which probability it is.
Out:  one row per bin: n, what was said, what happened, what perfect calibration would give.
Knows nothing of: models, the store, charts.
"""

import numpy as np
import pandas as pd

from f1lib.predictions import FloatArray
from f1lib.scoring import calibration
from f1lib.scoring.scores import BoolArray

COLUMNS = ("p_from", "p_to", "n", "said", "happened", "low", "high")

# Fixed edges: they mean the same in every report. Most cars have no chance to be first, so those
# of the first place are narrow below.
EDGES: dict[str, tuple[float, ...]] = {
    "p_first": (0.0, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0),
    "p_top3": (0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0),
    "p_top10": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
}
PLACES = {"p_first": 1, "p_top3": 3, "p_top10": 10}


def table(
    p: FloatArray, happened: BoolArray, what: str = "p_first", *, n: int = 999, seed: int = 0
) -> pd.DataFrame:
    """COLUMNS for every bin of EDGES[what] that holds a forecast.

    `said` is the mean probability of the bin, `happened` the share that came true, `low` and
    `high` the 95 % range of that share if the probabilities were the truth: outcomes are drawn
    from them with the right number of places in each race (`calibration.drawn`, which says what
    that assumes of podium and top ten). A bin goes from `p_from`, itself in it, to `p_to`. One
    bin in twenty lies outside its range by chance alone; `calibration.ece_test` judges all of
    them at once.

    >>> p = np.tile([0.6, 0.25, 0.15], (20, 1))
    >>> won = np.tile([True, False, False], (20, 1))
    >>> print(table(p, won)[["p_from", "said", "happened", "low", "high"]].round(2))
       p_from  said  happened   low  high
    0     0.1  0.15       0.0  0.00  0.30
    1     0.2  0.25       0.0  0.10  0.45
    2     0.5  0.60       1.0  0.35  0.80
    """
    edges = np.array(EDGES[what])
    present = p > 0
    said, hits = p[present], happened[present]
    bins = np.clip(np.searchsorted(edges, said, side="right") - 1, 0, len(edges) - 2)
    null = calibration.drawn(p, n=n, seed=seed)[:, present]
    rows = []
    for place in np.unique(bins).tolist():
        mine = bins == place
        low, high = np.quantile(null[:, mine].mean(axis=1), [0.025, 0.975])
        rows.append(
            (
                edges[place], edges[place + 1], int(mine.sum()),
                float(said[mine].mean()), float(hits[mine].mean()), float(low), float(high),
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))
