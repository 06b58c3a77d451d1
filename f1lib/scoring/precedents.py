"""Precedents: what became of earlier forecasts that said about the same.

In:   probabilities, and a reliability table of settled forecasts of the same kind.
Out:  for each probability how many like it there were, how many came true, and the range of the
      share.
Knows nothing of: models, the store, charts.
"""

import numpy as np
import pandas as pd

from f1lib.predictions import FloatArray

COLUMNS = ("like_from", "like_to", "like_n", "like_true", "like_low", "like_high")
MINIMUM = 5  # forecasts in a bin; fewer are no precedent
Z_95 = 1.959963984540054


def of(p: FloatArray, table: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS for each probability, from the bin of `table` (reliability.COLUMNS) it lies in.

    `like_low` to `like_high` is the 95 % interval of Wilson (1927) for the share that comes true,
    the cars of a race taken as independent. Counts of 0 and a missing interval where there are
    fewer than MINIMUM forecasts like it.

    >>> said = {"p_from": [0.35], "p_to": [0.5], "n": [14], "happened": [6 / 14]}
    >>> of(np.array([0.44, 0.6]), pd.DataFrame(said)).round(2)
       like_from  like_to  like_n  like_true  like_low  like_high
    0       0.35      0.5      14          6      0.21       0.67
    1        NaN      NaN       0          0       NaN        NaN
    """
    kept = table[table["n"] >= MINIMUM]
    start, end = (kept[name].to_numpy(dtype=float) for name in ("p_from", "p_to"))
    inside = (p[:, None] >= start) & ((p[:, None] < end) | ((end == 1.0) & (p[:, None] == 1.0)))
    rows = pd.DataFrame(inside.astype(float) @ kept[["p_from", "p_to", "n", "happened"]].to_numpy(),
                        columns=["like_from", "like_to", "n", "happened"])  # fmt: skip
    known = inside.any(axis=1)
    low, high = wilson(rows["happened"].to_numpy(), np.maximum(rows["n"].to_numpy(), 1.0))
    return pd.DataFrame(
        {
            "like_from": rows["like_from"].where(known),
            "like_to": rows["like_to"].where(known),
            "like_n": rows["n"].round().astype(int),
            "like_true": (rows["n"] * rows["happened"]).round().astype(int),
            "like_low": np.where(known, low, np.nan),
            "like_high": np.where(known, high, np.nan),
        }
    )


def wilson(share: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """95 % interval for a probability of which `share` of `n` trials came true (Wilson 1927).

    >>> low, high = wilson(np.array([0.0, 0.5]), np.array([20.0, 20.0]))
    >>> low.round(3), high.round(3)
    (array([0.   , 0.299]), array([0.161, 0.701]))
    """
    centre = (share + Z_95**2 / (2 * n)) / (1 + Z_95**2 / n)
    half = Z_95 / (1 + Z_95**2 / n) * np.sqrt(share * (1 - share) / n + (Z_95 / (2 * n)) ** 2)
    return np.clip(centre - half, 0.0, 1.0), np.clip(centre + half, 0.0, 1.0)
