"""Against the truth: how far a forecast is from the probabilities that outcomes are drawn from.

In:   true probabilities, which only an invented world has, and what models said; long frames.
Out:  per weekend the expected log loss, the part of it that is chance, and the rest.
Knows nothing of: where the truth comes from, models.

Over real races a log loss mixes luck with skill, and a hundred races hardly tell two good models
apart. Where the truth is known, luck can be integrated out: a handful of weekends is enough.
"""

import numpy as np
import pandas as pd
from scipy import special

from f1lib.errors import TableContractError
from f1lib.predictions import FloatArray
from f1lib.scoring.scores import P_FLOOR

ASKED = ("weekend", "stage", "cutoff")
COLUMNS = (*ASKED, "model", "log_loss", "entropy", "excess")


def expected_log_loss(truth: FloatArray, said: FloatArray) -> float:
    """Mean log loss of `said` over outcomes drawn from `truth`, in nats; both (entries,).

    Least where `said` is `truth`: the entropy of the truth (Gibbs). What was said is floored at
    P_FLOOR, as in the log loss of a real race.

    >>> truth = np.array([0.5, 0.25, 0.25])
    >>> round(expected_log_loss(truth, truth), 4)   # the entropy: 1.5 bits
    1.0397
    >>> round(expected_log_loss(truth, np.array([0.25, 0.5, 0.25])), 4)   # log 2 / 4 more
    1.213
    """
    return float(-(truth * np.log(np.maximum(said, P_FLOOR))).sum())


def entropy(truth: FloatArray) -> float:
    """Expected log loss of the truth itself, in nats: what is chance."""
    return float(special.entr(truth).sum())


def excesses(truth: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS: expected log loss of every forecast whose truth is known, and its excess in nats.

    `truth` has ASKED, driver and p_first; `said` has them and model. `excess` is the log loss
    minus the entropy: the Kullback-Leibler divergence of what was said from the truth. A driver
    of the truth whom a model does not name was given nothing. Raises TableContractError for a
    truth that does not sum to one.
    """
    keys = list(ASKED)
    totals = truth.groupby(keys)["p_first"].sum().reset_index()
    wrong = totals[(totals["p_first"] - 1).abs() > 1e-6].to_dict("records")
    if wrong:
        raise TableContractError(
            "The true probabilities of {weekend}, stage {stage}, {cutoff} sum to {p_first:.6f}, "
            "not 1. Give those of all entries of one weekend, stage and cutoff.".format(
                **{str(key): value for key, value in wrong[0].items()}
            )
        )
    asked = said[[*keys, "model"]].drop_duplicates()
    both = asked.merge(truth[[*keys, "driver", "p_first"]], on=keys).merge(
        said[[*keys, "model", "driver", "p_first"]],
        how="left",
        on=[*keys, "model", "driver"],
        suffixes=("_true", "_said"),
    )
    rows = []
    for key, race in both.groupby([*keys, "model"], sort=True):
        p = race["p_first_true"].to_numpy(dtype=float)
        loss = expected_log_loss(p, race["p_first_said"].fillna(0.0).to_numpy(dtype=float))
        rows.append((*key, loss, entropy(p), loss - entropy(p)))
    return pd.DataFrame(rows, columns=list(COLUMNS))
