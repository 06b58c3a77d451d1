"""Healthy: how many alerts drift would raise in seasons in which nothing has moved.

In:   a reference, a policy.
Out:  `FalseAlarms` a season, measured anew for the numbers in force.
Knows nothing of: other rules than drift's.

A healthy season is some races of the reference, drawn and put in a random order: whatever its
windows show is chance. They are judged like those of a real one, against windows of as many races
of each stratum. Features that carry over from race to race cannot be shuffled (see `memory`), so
what they would add is not counted; they raise few alerts, since their p-values have little room.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from f1lib.features.rounds import IntArray
from f1lib.monitoring.drift import lineages, memory, null
from f1lib.monitoring.drift.null import BoolArray, Null
from f1lib.monitoring.drift.reference import Reference
from f1lib.monitoring.drift.verdict import MINIMUM_RACES, Rule
from f1lib.monitoring.drift.watched import LEVELS
from f1lib.monitoring.policy import WatchPolicy
from f1lib.predictions import FloatArray

SEASONS = 2000
ROUNDS = 24
DRAWN = 999  # windows drawn by chance for each mix of strata


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """Of `seasons` healthy seasons, the share with an alert, by what it was about, and rounds.

    `flagged` is the share of windows with a feature flagged, alert or not. All missing if the
    reference is too short.
    """

    seasons: int
    rounds: int
    with_alert: float
    by_feature: float
    by_lineage: float
    flagged: float


def false_alarms(
    reference: Reference, policy: WatchPolicy, *, seasons: int = SEASONS, seed: int = 0
) -> FalseAlarms:
    """What `policy` would raise in healthy seasons of ROUNDS races of `reference`."""
    n_races, k = len(reference.profile.tally.weekends), policy.drift_window
    if n_races < 2 * ROUNDS or not MINIMUM_RACES <= k <= ROUNDS - policy.drift_evaluations:
        return FalseAlarms(seasons, ROUNDS, *[float("nan")] * 4)
    windows = _windows(n_races, k, seasons, seed)
    flagged, drifted, moved = _judged(reference, windows, policy, seed)
    shape = (seasons, ROUNDS - k + 1, -1)
    runs = policy.drift_evaluations
    names = np.asarray(reference.profile.features)
    features = _lasting(drifted.reshape(shape), runs) & ~np.isin(names, LEVELS)
    teams = [_lasting(side.reshape(shape), runs) for side in moved]
    of_feature: BoolArray = np.any(features, axis=2)
    of_lineage: BoolArray = np.any(teams[0] | teams[1], axis=2)
    if policy.drift_rule is Rule.FIXED:
        of_lineage[:] = False
    alert = of_feature | of_lineage
    return FalseAlarms(
        seasons=seasons,
        rounds=ROUNDS,
        with_alert=float(np.any(alert, axis=1).mean()),
        by_feature=float(np.any(of_feature, axis=1).mean()),
        by_lineage=float(np.any(of_lineage, axis=1).mean()),
        flagged=float(np.any(flagged, axis=1).mean()),
    )


def _windows(n_races: int, k: int, seasons: int, seed: int) -> BoolArray:
    """Every run of `k` rounds of every season, (seasons * runs, races), season after season."""
    rng = np.random.default_rng([seed, 1])
    order = np.argsort(rng.random((seasons, n_races)), axis=1)[:, :ROUNDS]
    members = np.lib.stride_tricks.sliding_window_view(order, k, axis=1).reshape(-1, k)
    windows = np.zeros((len(members), n_races), dtype=bool)
    windows[np.arange(len(members))[:, None], members] = True
    return windows


def _judged(
    reference: Reference, windows: BoolArray, policy: WatchPolicy, seed: int
) -> tuple[BoolArray, BoolArray, tuple[BoolArray, BoolArray]]:
    """For each window the features flagged and in drift, and the lineages moved up and down.

    Windows with the same mix of strata are judged together, with DRAWN more as their null.
    """
    tally = reference.profile.tally
    codes = _codes(tally.strata)
    n_windows, n_features = len(windows), len(reference.profile.features)
    flagged = np.zeros((n_windows, n_features), dtype=bool)
    drifted = np.zeros_like(flagged)
    values = lineages.scaled(reference.lineages.surprise, np.ones(len(codes), dtype=bool))
    moved = np.zeros((2, n_windows, values.shape[1]), dtype=bool)
    fixed = policy.drift_rule is Rule.FIXED
    tested = fixed | (memory.carried_over(tally) < memory.REMEMBERS)
    tested &= [not binning.trouble for binning in reference.profile.binnings]
    for mine in _alike(codes, windows):
        more = null.drawn(codes, windows[mine[0]], n=DRAWN, seed=seed)[1:]
        every = np.vstack([windows[mine], more])
        chance = _null(tally.counts[:, tested], tally.means[:, tested], codes, every)
        p = np.ones((len(every), n_features))
        p[:, tested] = null.together(chance)
        kl = np.zeros_like(p)
        kl[:, tested] = chance.kl
        fired = kl > policy.drift_size if fixed else null.discovered(p, policy.drift_level)
        large = fired if fixed else fired & (kl - kl.mean(axis=0) >= policy.drift_size)
        flagged[mine], drifted[mine] = fired[: len(mine)], large[: len(mine)]
        z = lineages.standing(values, every)
        limit = np.quantile(np.abs(z).max(axis=1), 1 - lineages.level(policy.drift_level))
        moved[0, mine], moved[1, mine] = z[: len(mine)] > limit, z[: len(mine)] < -limit
    return flagged, drifted, (moved[0], moved[1])


def _null(counts: IntArray, means: FloatArray, codes: IntArray, windows: BoolArray) -> Null:
    kl = null.divergences(counts, windows)
    shift = null.shifts(means, codes, windows)
    return Null(kl.round(null.DIGITS), shift.round(null.DIGITS), len(windows), ())


def _codes(strata: tuple[str, ...]) -> IntArray:
    """The number of each race's stratum, thin ones joined as for a window that draws from all."""
    present = sorted(set(strata))
    asked = np.arange(len(strata) + len(present)) >= len(strata)
    return null.pooled([*strata, *present], asked)[0][: len(strata)]


def _alike(codes: IntArray, windows: BoolArray) -> list[npt.NDArray[np.intp]]:
    """Places of the windows with the same number of races of each stratum, mix by mix."""
    mixes = np.stack([windows[:, codes == code].sum(axis=1) for code in np.unique(codes)], axis=1)
    _, which = np.unique(mixes, axis=0, return_inverse=True)
    return [np.flatnonzero(which == number) for number in range(which.max() + 1)]


def _lasting(flags: BoolArray, n: int) -> BoolArray:
    """Where `flags` (seasons, windows, names) are true `n` times in a row, at the last of them."""
    runs = np.lib.stride_tricks.sliding_window_view(flags, n, axis=1)
    return np.asarray(runs.all(axis=-1), dtype=np.bool_)
