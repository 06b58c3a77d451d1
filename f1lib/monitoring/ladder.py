"""The information ladder: what each session that becomes known is worth, in nats.

A rung is a cutoff. Its worth is by how much the log loss of winners fell against the rung below,
on the same races: by then the eventual winner was given exp(worth) times the probability.
"""

import numpy as np
import pandas as pd

from f1lib.models import baselines
from f1lib.scoring import summary
from f1lib.scoring.summary import MINIMUM_RACES
from f1lib.weekend import Cutoff

METRIC = "winner_log_loss"
COLUMNS = (
    "cutoff", "value", "baseline", "baseline_value", "worth", "low", "high", "n_races",
)  # fmt: skip


def worth(scores: pd.DataFrame, model: str) -> pd.DataFrame:
    """COLUMNS, a row per cutoff from the least known on; no rows below MINIMUM_RACES races.

    `scores` is long: weekend, cutoff, model, metric, value. Only races with a forecast of `model`
    and of the frozen baseline at every cutoff count, so that all rungs compare. `worth` of the
    first rung is missing; `low` and `high` are its 95 % bootstrap interval over races.
    """
    named = {cutoff: baselines.for_metric(METRIC, cutoff) or "" for cutoff in Cutoff}
    of = scores[scores["metric"] == METRIC]
    pairs = [
        summary.paired(of[of["cutoff"] == cutoff], model, named[cutoff], METRIC)
        .set_index("weekend")
        .add_prefix(f"{cutoff.value} ")
        for cutoff in Cutoff
    ]
    races = pd.concat(pairs, axis=1, join="inner")
    if len(races) < MINIMUM_RACES:
        return pd.DataFrame(columns=list(COLUMNS))
    rows, below = [], np.full(len(races), np.nan)
    for cutoff in Cutoff:
        mine, reference = (
            races[f"{cutoff.value} {name}"].to_numpy(dtype=float) for name in ("model", "baseline")
        )
        gain = below - mine
        low, high = summary.bootstrap_interval(gain)
        rows.append((cutoff.value, mine.mean(), named[cutoff], reference.mean(), gain.mean(), low,
                     high, len(races)))  # fmt: skip
        below = mine
    return pd.DataFrame(rows, columns=list(COLUMNS))
