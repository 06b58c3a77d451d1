"""Measures: every statistic of every feature of one window, and what chance makes of them.

In:   the tallies of both windows, as one null; rows, for the test that needs them.
Out:  a row per feature (COLUMNS), statuses still to come.
Knows nothing of: thresholds.
"""

import numpy as np
import pandas as pd

from f1lib.monitoring.drift import null, statistics
from f1lib.monitoring.drift.null import BoolArray, Null
from f1lib.monitoring.drift.profile import MISSING, UNSEEN, Kind, Profile, Tally, numbers
from f1lib.predictions import FloatArray

COLUMNS = (
    "feature", "status", "kl", "kl_by_chance", "kl_debiased", "p_value", "q_value", "shift", "psi",
    "jensen_shannon", "test", "test_statistic", "test_p_value", "missing_share",
    "missing_share_reference", "unseen_share", "fixed_false_alarm_rate", "reason",
)  # fmt: skip


def by_chance(reference: Tally, current: Tally, tested: BoolArray, n: int, seed: int) -> Null:
    """The null of the features that can be tested; of none where a window is empty."""
    if not tested.any():
        return Null(np.empty((1 + n, 0)), np.empty((1 + n, 0)), 1, ())
    return null.simulated(
        np.concatenate([reference.counts, current.counts])[:, tested],
        np.concatenate([reference.means, current.means])[:, tested],
        [*reference.strata, *current.strata],
        np.arange(len(reference.weekends) + len(current.weekends)) >= len(reference.weekends),
        n=n,
        seed=seed,
    )


def measured(
    profile: Profile,
    tally: Tally,
    chance: Null,
    p: FloatArray,
    tested: BoolArray,
    size: float,
) -> pd.DataFrame:
    """COLUMNS of every feature, missing where it was not tested; statuses still to come.

    `p` are the p-values of the tested features, `size` is the divergence of the fixed rule.
    """
    old, new = (t.counts.sum(axis=0).astype(float) for t in (profile.tally, tally))
    statistic, p_rows = statistics.chi_squared(new, old)
    kl = statistics.kl_divergence(new, old)
    share = new / np.maximum(new.sum(axis=1, keepdims=True), 1)
    columns = {
        "kl": kl,
        "psi": statistics.psi(new, old),
        "jensen_shannon": statistics.jensen_shannon(new, old),
        "test_statistic": statistic,
        "test_p_value": p_rows,
        "missing_share": share[:, MISSING],
        "missing_share_reference": old[:, MISSING] / np.maximum(old.sum(axis=1), 1),
        "unseen_share": share[:, UNSEEN],
    }
    found = pd.DataFrame({name: np.where(tested, x, np.nan) for name, x in columns.items()})
    by_permutation = {
        "kl_by_chance": chance.kl[1:].mean(axis=0),
        "p_value": p,
        "q_value": null.q_values(p),
        "shift": chance.shift[0],
        "fixed_false_alarm_rate": (chance.kl[1:] > size).mean(axis=0),
    }
    for name, values in by_permutation.items():
        whole = np.full(len(tested), np.nan)
        whole[tested] = values
        found[name] = whole
    found["kl_debiased"] = found["kl"] - found["kl_by_chance"]
    text = [binning.kind is Kind.CATEGORIES for binning in profile.binnings]
    found["shift"] = found["shift"].mask(pd.Series(text, dtype=bool))
    return found.assign(feature=list(profile.features), status="", reason="", test="chi-squared")[
        list(COLUMNS)
    ]


def with_rows(
    measures: pd.DataFrame, profile: Profile, frame: pd.DataFrame, reference: pd.DataFrame
) -> pd.DataFrame:
    """Kolmogorov-Smirnov in place of chi-squared for numbers in many values."""
    test, statistic, p_value = (
        found.to_list()
        for found in (measures["test"], measures["test_statistic"], measures["test_p_value"])
    )
    tested = measures["kl"].notna().to_list()
    for place, binning in enumerate(profile.binnings):
        name = binning.feature
        if binning.kind is not Kind.QUANTILES or not tested[place] or name not in reference:
            continue
        new, old = (np.sort(numbers(rows[name])) for rows in (frame, reference))
        test[place] = "KS"
        statistic[place], p_value[place] = statistics.kolmogorov_smirnov(
            new[~np.isnan(new)], old[~np.isnan(old)]
        )
    return measures.assign(test=test, test_statistic=statistic, test_p_value=p_value)
