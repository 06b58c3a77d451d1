"""Measures: every statistic of every feature of one window, and what chance makes of them.

In:   the tallies of both windows, as one null; rows, for the test that needs them.
Out:  a row per feature (COLUMNS), statuses still to come.
Knows nothing of: thresholds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from f1lib.monitoring.drift import memory, null, statistics
from f1lib.monitoring.drift.null import BoolArray, Null
from f1lib.monitoring.drift.profile import MISSING, UNSEEN, Kind, Profile, Tally, numbers
from f1lib.predictions import FloatArray

COLUMNS = (
    "feature", "status", "kl", "kl_by_chance", "kl_debiased", "p_value", "q_value", "shift", "psi",
    "jensen_shannon", "test", "test_statistic", "test_p_value", "missing_share",
    "missing_share_reference", "unseen_share", "carried_over", "fixed_false_alarm_rate", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """Features that are compared with the same windows: which, the null, p-values (windows, .)."""

    features: BoolArray
    chance: Null
    p: FloatArray


def by_chance(
    reference: Tally, current: Tally, tested: BoolArray, n: int, seed: int
) -> tuple[Part, Part]:
    """Tested features whose races may be shuffled, and those that carry over (see `memory`)."""
    carried = memory.carried_over(reference) >= memory.REMEMBERS
    counts = np.concatenate([reference.counts, current.counts])
    means = np.concatenate([reference.means, current.means])
    strata = [*reference.strata, *current.strata]
    is_current = np.arange(len(strata)) >= len(reference.weekends)
    parts = []
    for mine in (tested & ~carried, tested & carried):
        if not mine.any():
            nothing = np.empty((1 + n, 0))
            chance = Null(nothing, nothing, 1, ())
        elif carried[mine].all():
            chance = memory.against_runs(counts[:, mine], means[:, mine], is_current)
        else:
            chance = null.simulated(
                counts[:, mine], means[:, mine], strata, is_current, n=n, seed=seed
            )
        parts.append(Part(mine, chance, null.together(chance)))
    return parts[0], parts[1]


def measured(profile: Profile, tally: Tally, parts: Sequence[Part], size: float) -> pd.DataFrame:
    """COLUMNS of every feature, missing where it was not tested; statuses still to come.

    `size` is the divergence above which the fixed rule fires.
    """
    old, new = (t.counts.sum(axis=0).astype(float) for t in (profile.tally, tally))
    tested = np.any([part.features for part in parts], axis=0)
    statistic, p_rows = statistics.chi_squared(new, old)
    share = new / np.maximum(new.sum(axis=1, keepdims=True), 1)
    columns = {
        "kl": statistics.kl_divergence(new, old),
        "psi": statistics.psi(new, old),
        "jensen_shannon": statistics.jensen_shannon(new, old),
        "test_statistic": statistic,
        "test_p_value": p_rows,
        "missing_share": share[:, MISSING],
        "missing_share_reference": old[:, MISSING] / np.maximum(old.sum(axis=1), 1),
        "unseen_share": share[:, UNSEEN],
        "carried_over": memory.carried_over(profile.tally),
    }
    found = pd.DataFrame({name: np.where(tested, x, np.nan) for name, x in columns.items()})
    found = found.assign(**_against_chance(parts, len(tested), size))
    p = found["p_value"].to_numpy(dtype=float)
    q = np.full(len(p), np.nan)
    q[tested] = null.q_values(p[tested])
    text = [binning.kind is Kind.CATEGORIES for binning in profile.binnings]
    return found.assign(
        q_value=q,
        kl_debiased=found["kl"] - found["kl_by_chance"],
        shift=found["shift"].mask(pd.Series(text, dtype=bool)),
        feature=list(profile.features),
        status="",
        reason="",
        test="chi-squared",
    )[list(COLUMNS)]


def _against_chance(parts: Sequence[Part], n_features: int, size: float) -> dict[str, FloatArray]:
    """What the null of each part says of its features; missing for others."""
    names = ("kl_by_chance", "p_value", "shift", "fixed_false_alarm_rate")
    whole = {name: np.full(n_features, np.nan) for name in names}
    for part in parts:
        if not part.features.any():
            continue
        kl = part.chance.kl[1:] if len(part.chance.kl) > 1 else np.full_like(part.chance.kl, np.nan)
        values = (kl.mean(axis=0), part.p[0], part.chance.shift[0], (kl > size).mean(axis=0))
        for name, of_part in zip(names, values, strict=True):
            whole[name][part.features] = of_part
    return whole


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
