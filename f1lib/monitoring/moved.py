"""Moved: which of the two stages has become better or worse?

In:   settled scores of the champion and the frozen baselines, a window.
Out:  `Moved`: qualifying, race, both or neither, with the figures.
Knows nothing of: the store, why a stage moved.

Each stage is judged by a score of its whole order, which moves less from race to race than who wins
it, as skill against the frozen baseline on the same races.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from f1lib.evaluation import levels
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.monitoring import trend
from f1lib.monitoring.windows import ROUNDS, Window
from f1lib.predictions import FloatArray
from f1lib.weekend import Stage

JUDGED_BY = {Stage.QUALIFYING: "order_concordance", Stage.RACE: "rps"}
LEVEL = 0.05  # of both stages together
BEFORE = 48  # rounds before the window that tell what is usual
PERMUTATIONS = 9_999
COLUMNS = (
    "stage", "metric", "before", "now", "change", "p", "n_before", "n",
    "score_before", "score", "baseline_before", "baseline",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moved:
    """`verdict` is qualifying, race, both, neither, or insufficient; `stages` has COLUMNS.

    `before` and `now` are skill before and in the window, `p` is two-sided for their difference;
    score and baseline are the means of the raw scores of champion and baseline that it rests on.
    """

    window: Window
    verdict: str
    stages: pd.DataFrame


def moved(scores: pd.DataFrame, window: Window, model: str) -> Moved:
    """Compare the skill of each stage over `window` with that of the BEFORE rounds before it.

    By a permutation test: if nothing moved, any as many of all these races are as likely to be the
    latest. A stage moved if its p is below LEVEL / 2, since two are looked at. Insufficient unless
    both stages have windows.ROUNDS races on either side.
    """
    rows = [_stage(scores, window, model, stage) for stage in Stage]
    stages = pd.DataFrame(rows, columns=list(COLUMNS))
    if stages["p"].isna().any():
        return Moved(window, "insufficient", stages)
    changed = stages.loc[stages["p"] < LEVEL / len(stages), "stage"].tolist()
    verdict = {0: "neither", 1: changed[0] if changed else "", 2: "both"}[len(changed)]
    return Moved(window, verdict, stages)


def _stage(
    scores: pd.DataFrame, window: Window, model: str, stage: Stage
) -> tuple[str | float, ...]:
    metric = JUDGED_BY[stage]
    pairs = levels.beside_baseline(scores, model, metric, HEADLINE_CUTOFF[stage])
    pairs = pairs.astype({"weekend": "str"}).sort_values("weekend")
    names = [str(weekend) for weekend in window.weekends]
    inside = pairs["weekend"].isin(names)
    earlier = pairs[pairs["weekend"] < min(names, default="")].tail(BEFORE)
    both = pd.concat([earlier, pairs[inside]])
    gains = trend.contributions(both, metric)
    n_before, n = len(earlier), int(inside.sum())
    if min(n_before, n) < ROUNDS or not np.isfinite(gains).all():
        return stage.value, metric, *(np.nan,) * 4, n_before, n, *(np.nan,) * 4
    before, now = float(gains[:n_before].mean()), float(gains[n_before:].mean())
    means = [float(part[name].mean()) for name in ("model", "baseline")
             for part in (both.iloc[:n_before], both.iloc[n_before:])]  # fmt: skip
    return stage.value, metric, before, now, now - before, _p(gains, n), n_before, n, *means


def _p(gains: FloatArray, n: int) -> float:
    """How often `n` races drawn from all have a mean as far from that of the others."""
    rng = np.random.default_rng(0)
    shuffled = rng.permuted(np.tile(gains, (PERMUTATIONS, 1)), axis=1)[:, -n:].sum(axis=1)
    middle = n * gains.mean()
    far = np.abs(shuffled - middle) >= abs(gains[-n:].sum() - middle) - 1e-9
    return float((1 + far.sum()) / (1 + PERMUTATIONS))
