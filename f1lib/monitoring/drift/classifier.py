"""Classifier: can a model tell the rows of the current window from those of the reference?

In:   the rows of both windows, numeric features, and the stratum of each race.
Out:  how well it can (ROC area), with a p-value; which features it used.
Knows nothing of: bins. It sees features together, so it finds what none shows alone.

The two-sample test of Lopez-Paz and Oquab (2017), with whole races left out in turn, so that what
the rows of a race share gives nothing away, and compared with windows drawn by chance as in `null`.
The classifier is a linear discriminant by ridge regression on values, their squares and products of
pairs: since only the labels differ between windows, one factorisation serves them all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import linalg, stats

from f1lib.errors import InsufficientHistoryError
from f1lib.features.rounds import IntArray
from f1lib.monitoring.drift import null
from f1lib.monitoring.drift.null import BoolArray
from f1lib.monitoring.drift.profile import numbers
from f1lib.predictions import FloatArray

WINDOWS = 199  # drawn by chance
MINIMUM_RACES = 3  # on either side
FOLDS = 10  # of whole races
RIDGE = 0.1  # of the variance of each column
FURTHEST = 4.0  # standard deviations; values beyond count as that far


@dataclass(frozen=True, slots=True)
class TwoSamples:
    """The ROC area of rows told apart (0.5: not at all), its mean by chance, and a p-value.

    `importance` is each feature's share of the squared coefficients, a product's going half to
    each of its pair.
    """

    area: float
    area_by_chance: float
    p_value: float
    importance: Mapping[str, float]


def told_apart(
    current: pd.DataFrame,
    reference: pd.DataFrame,
    *,
    features: Sequence[str],
    strata: Mapping[str, str],
    n: int = WINDOWS,
    seed: int = 0,
) -> TwoSamples:
    """Test both windows (weekend and numeric `features`) for any difference at all.

    Infinite values count as missing, and whether a value is missing is a column of its own. Raises
    InsufficientHistoryError for fewer than MINIMUM_RACES races on either side.
    """
    n_races = [frame["weekend"].nunique() for frame in (current, reference)]
    if min(n_races) < MINIMUM_RACES:
        raise InsufficientHistoryError(
            f"{n_races[0]} current and {n_races[1]} reference races cannot be told apart by a "
            f"classifier; it needs {MINIMUM_RACES} of each. Choose longer windows."
        )
    rows = pd.concat([reference[["weekend", *features]], current[["weekend", *features]]])
    x, of_feature = _columns(np.column_stack([numbers(rows[name]) for name in features]))
    race, weekends = pd.factorize(rows["weekend"], sort=True)
    is_current = np.isin(weekends, current["weekend"].unique())
    codes, _ = null.pooled([strata[str(weekend)] for weekend in weekends], is_current)
    labels = null.drawn(codes, is_current, n=n, seed=seed).T[race].astype(float)
    fold = np.random.default_rng([seed, 1]).permutation(len(weekends)) % FOLDS
    areas = _areas(_scores(x, fold[race], labels), labels)
    squares = _discriminant(x - x.mean(axis=0), labels[:, :1])[:, 0] ** 2
    share = squares @ of_feature / max(squares.sum(), 1e-300)
    return TwoSamples(
        area=float(areas[0]),
        area_by_chance=float(areas[1:].mean()) if n else np.nan,
        p_value=float(null.p_values(areas[:, None])[0, 0]),
        importance=dict(zip(features, share.tolist(), strict=True)),
    )


def _columns(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Design (rows, columns) of values (rows, features), and each column's share by feature."""
    values = np.where(np.isfinite(values), values, np.nan)
    missing = np.isnan(values)
    n = values.shape[1]
    z = np.clip(_scaled(np.where(missing, 0.0, values), ~missing), -FURTHEST, FURTHEST)
    first, second = np.triu_indices(n)
    everything = np.hstack([z, missing.astype(float), z[:, first] * z[:, second]])
    single = np.eye(n)
    shares = np.vstack([single, single, (single[first] + single[second]) / 2])
    varies = everything.std(axis=0) > 1e-9
    whole = np.ones_like(everything[:, varies], dtype=bool)
    return _scaled(everything[:, varies], whole), shares[varies]


def _scaled(values: FloatArray, present: BoolArray) -> FloatArray:
    """Mean 0 and standard deviation 1 over what is present; 0 where nothing is."""
    n = np.maximum(present.sum(axis=0), 1)
    centred = np.where(present, values - (values * present).sum(axis=0) / n, 0.0)
    sd = np.sqrt((centred**2).sum(axis=0) / n)
    return np.asarray(centred / np.where(sd > 1e-12, sd, np.inf), dtype=np.float64)


def _discriminant(x: FloatArray, labels: FloatArray) -> FloatArray:
    """Ridge coefficients (columns, windows) of labels (rows, windows) on centred x."""
    gram = x.T @ x
    gram[np.diag_indices_from(gram)] += RIDGE * len(x)
    found = linalg.solve(gram, x.T @ (labels - labels.mean(axis=0)), assume_a="pos")
    return np.asarray(found, dtype=np.float64)


def _scores(x: FloatArray, fold: IntArray, labels: FloatArray) -> FloatArray:
    """How much each row looks like the current window, (rows, windows), judged without its race."""
    scores = np.zeros_like(labels)
    for left_out in np.unique(fold):
        out = fold == left_out
        middle = x[~out].mean(axis=0)
        scores[out] = (x[out] - middle) @ _discriminant(x[~out] - middle, labels[~out])
    return scores


def _areas(scores: FloatArray, labels: FloatArray) -> FloatArray:
    """Area under the ROC curve of each window, (windows,), from ranks (Mann and Whitney)."""
    ranks = stats.rankdata(scores, axis=0)
    n = labels.sum(axis=0)
    areas = ((ranks * labels).sum(axis=0) - n * (n + 1) / 2) / (n * (len(labels) - n))
    return np.asarray(areas, dtype=np.float64)
