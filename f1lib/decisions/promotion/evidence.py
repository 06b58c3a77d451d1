"""Evidence: what two models scored on the same races, and what the challenger gained in each."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from f1lib.errors import TableContractError
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.models import baselines
from f1lib.predictions import FloatArray
from f1lib.scoring.scores import METRICS
from f1lib.scoring.summary import EXACT_RACES, FLIPS, SKILL_WEIGHTS

CHAMPION, CHALLENGER = "champion", "challenger"
MEASURES = (*SKILL_WEIGHTS, "winner_hit")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Scores of both models and of the baselines, by name of MEASURES; arrays (..., races).

    Leading axes are independent comparisons; a real one has none. `baseline` has those of the
    skill index. Only races that all of them have are in it, in the order of `weekends`.
    """

    weekends: tuple[str, ...]
    champion: Mapping[str, FloatArray]
    challenger: Mapping[str, FloatArray]
    baseline: Mapping[str, FloatArray]

    @property
    def n(self) -> int:
        """How many races."""
        return len(self.weekends)

    def gain(self, metric: str) -> FloatArray:
        """What the challenger gained in each race, in the metric's unit; positive is better.

        Of `skill_index` the part that a race adds to the difference of the two indices: their mean
        is that difference, since both have the same baseline below the line.
        """
        if not self.n:
            return np.asarray(self.champion["rps"], dtype=np.float64)
        if metric == "skill_index":
            parts = [
                weight * self.gain(part) / self.baseline[part].mean(axis=-1, keepdims=True)
                for part, weight in SKILL_WEIGHTS.items()
            ]
            return np.asarray(sum(parts), dtype=np.float64)
        sign = 1.0 if METRICS[metric].higher_is_better else -1.0
        return np.asarray(sign * (self.challenger[metric] - self.champion[metric]))


def of_scores(scores: pd.DataFrame) -> Evidence:
    """Evidence from a long frame: weekend, cutoff, model (champion, challenger, baselines), metric,
    value. Each metric is taken at the cutoff its stage is judged at.

    Raises TableContractError when a model scored a weekend twice.
    """
    columns: dict[tuple[str, str], pd.Series[float]] = {}
    for metric in MEASURES:
        cutoff = HEADLINE_CUTOFF[METRICS[metric].stage]
        names = {CHAMPION: CHAMPION, CHALLENGER: CHALLENGER}
        if metric in SKILL_WEIGHTS:
            names["baseline"] = baselines.for_metric(metric, cutoff) or ""
        mine = scores[(scores["metric"] == metric) & (scores["cutoff"] == cutoff)]
        for role, model in names.items():
            of_model = mine[mine["model"] == model].set_index("weekend")["value"]
            if not of_model.index.is_unique:
                twice = of_model.index[of_model.index.duplicated()][0]
                raise TableContractError(f"{model} has {metric} of {twice} twice.", metric=metric)
            columns[role, metric] = of_model
    wide = pd.concat(columns, axis=1).dropna().sort_index()
    roles: dict[str, dict[str, FloatArray]] = {CHAMPION: {}, CHALLENGER: {}, "baseline": {}}
    for role, metric in columns:
        roles[role][metric] = wide[role, metric].to_numpy(dtype=np.float64)
    return Evidence(tuple(map(str, wide.index)), *roles.values())


def sign_flip_p(gains: FloatArray, *, seed: int = 0) -> FloatArray:
    """One-sided p-values that mean gains are above zero, of many comparisons (..., races) at once.

    As scoring.summary.sign_flip_p(side="above"), with the same flips; missing without races.
    """
    n = gains.shape[-1]
    if not n:
        return np.full(gains.shape[:-1], np.nan)
    if n <= EXACT_RACES:
        flips = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    else:
        flips = np.random.default_rng(seed).choice([-1, 1], size=(FLIPS, n))
        flips[0] = 1
    totals = gains @ flips.T.astype(np.float64)
    return np.asarray((totals >= gains.sum(axis=-1, keepdims=True) - 1e-12).mean(axis=-1))
