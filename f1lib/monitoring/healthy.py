"""Healthy seasons: how often the rules of a policy cry wolf when nothing is wrong.

In:   settled races, a policy.
Out:  for each rule, and for all together, in what share of seasons it would raise an alert.
Knows nothing of: the store, reports.

A healthy season is made of races as they were: whole races are drawn with replacement, so that all
scores of a race stay together. Who wins is drawn anew from the champion's own probabilities: in a
healthy season they are the truth. Rules that look back over several rounds have a past to look at,
so that each of the rounds of the season is a full evaluation.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from f1lib.features.rounds import IntArray
from f1lib.monitoring import possible_winners, rules
from f1lib.monitoring.policy import WatchPolicy
from f1lib.monitoring.rules import Evaluated
from f1lib.predictions import FloatArray
from f1lib.scoring.settled import BoolArray

SEASONS = 500
ROUNDS = 24
MINIMUM_RACES = 20  # fewer races say too little about what seasons look like
DRAWS = 1_999  # of winners, to which those of a season are compared
AT_ONCE = 50  # seasons; more need more memory and are not faster

COLUMNS = ("rule", "fired", "alert", "alerts_a_season")
TOGETHER = "together"


@dataclass(frozen=True, slots=True)
class Pool:
    """Races that seasons are drawn from, one a row.

    `p` (races, cars) is what the champion said of the winner, absent cars with 0, `baseline` what
    the frozen baseline said of the same cars; `order` and `order_baseline` (races,) are the order
    concordance of both in qualifying, missing where it was not forecast. Seasons draw the races
    that have all of it.
    """

    p: FloatArray
    baseline: FloatArray
    order: FloatArray
    order_baseline: FloatArray

    @property
    def n_races(self) -> int:
        """Races that have all scores."""
        return int(self._whole().sum())

    def _whole(self) -> BoolArray:
        return np.isfinite(self.order) & np.isfinite(self.order_baseline)

    def whole(self) -> "Pool":
        """Only races that have all scores."""
        use = self._whole()
        return Pool(self.p[use], self.baseline[use], self.order[use], self.order_baseline[use])


def false_alarms(
    pool: Pool,
    policy: WatchPolicy,
    *,
    seasons: int = SEASONS,
    rounds: int = ROUNDS,
    seed: int = 0,
    truth: FloatArray | None = None,
    elsewhere: float = 0.0,
) -> pd.DataFrame:
    """COLUMNS, a row per rule of `policy` and one for all together.

    `fired` and `alert` are shares of seasons in which the rule did so at least once,
    `alerts_a_season` counts alerts, one that lasts as one. `truth`, shaped like `pool.p`, are the
    probabilities with which cars win, if not those of the champion: then the shares are power.
    `elsewhere` is the share of seasons in which other rules, such as those of drift, raise an
    alert; they are taken as independent. No rows where the pool has fewer than MINIMUM_RACES races.
    """
    if pool.n_races < MINIMUM_RACES:
        return pd.DataFrame(columns=list(COLUMNS))
    rows, together = [], np.zeros((seasons, rounds), dtype=bool)
    ever_fired = np.zeros(seasons, dtype=bool)
    for each in evaluated(pool, policy, seasons=seasons, rounds=rounds, seed=seed, truth=truth):
        fired, alert = each.fired[:, -rounds:], each.alert[:, -rounds:]
        rows.append((each.rule, fired.any(axis=1).mean(), alert.any(axis=1).mean(), _begun(alert)))
        together |= alert
        ever_fired |= fired.any(axis=1)
    any_alert = float(together.any(axis=1).mean())
    rows.append(
        (TOGETHER, ever_fired.mean(), 1 - (1 - any_alert) * (1 - elsewhere),
         _begun(together) + elsewhere)
    )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def evaluated(
    pool: Pool,
    policy: WatchPolicy,
    *,
    seasons: int = SEASONS,
    rounds: int = ROUNDS,
    seed: int = 0,
    truth: FloatArray | None = None,
) -> Iterator[Evaluated]:
    """Each rule of `policy` after every race of drawn seasons; the last `rounds` are the season."""
    use = pool._whole()
    races = pool.whole()
    wins = races.p if truth is None else truth[use]
    rng = np.random.default_rng(seed)
    drawn = rng.integers(races.n_races, size=(seasons, rounds + policy.rounds - 1))
    winners = possible_winners.drawn(wins, drawn, rng)
    loss = possible_winners.log_loss(races.p)
    order, order_baseline = races.order[drawn], races.order_baseline[drawn]
    concordance = possible_winners.concordance(races.p)
    ahead = np.where(races.p > 0, 1 - concordance, 0.0)
    p_values = _p_values(races.p, ahead, drawn, winners, rng, window=policy.rounds)
    baseline = possible_winners.log_loss(races.baseline)[drawn, winners]
    found = (
        rules.winner_concordance(concordance[drawn, winners], p_values, policy),
        rules.order_concordance(order, policy),
        rules.order_skill(order, order_baseline, policy),
        rules.log_loss_cusum(loss[drawn, winners], baseline, policy),
    )
    yield from (each for each in found if each is not None)
    season = drawn[:, -rounds:], winners[:, -rounds:]
    last = rules.log_loss_null(_p_values(races.p, loss, *season, rng), policy)
    if last is not None:
        yield last


def _p_values(
    p: FloatArray,
    score: FloatArray,
    drawn: IntArray,
    winners: IntArray,
    rng: np.random.Generator,
    *,
    window: int | None = None,
) -> FloatArray:
    """How often `score` (races, cars: by winner) is as high over drawn winners, (seasons, rounds).

    Over the last `window` races after each race, without one over all races so far. Each race of
    the pool has DRAWS scores, every winner as often as its probability says, in an order of their
    own; a season reads them from a place of its own, so that a race that is drawn twice is compared
    with different winners.
    """
    edges = np.cumsum(p / p.sum(axis=1, keepdims=True), axis=1)
    even = (np.arange(DRAWS) + 0.5) / DRAWS
    places = np.minimum((even[None, :, None] > edges[:, None, :]).sum(axis=2), p.shape[1] - 1)
    by_chance = np.take_along_axis(score, places, axis=1).astype(np.float32)
    shuffled = np.tile(rng.permuted(by_chance, axis=1), 2)
    reading = np.lib.stride_tricks.sliding_window_view(shuffled, DRAWS, axis=1)
    found = np.empty(drawn.shape)
    for start in range(0, len(drawn), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        null = reading[drawn[part], rng.integers(DRAWS, size=drawn[part].shape)]
        own = score[drawn[part], winners[part]]
        as_high = _summed(null, window) >= _summed(own[..., None], window) - 1e-4
        found[part] = (1 + as_high.sum(axis=2)) / (1 + DRAWS)
    return found


def _summed(scores: FloatArray, window: int | None) -> FloatArray:
    """Sums along axis 1, of all races so far or of the last `window` of them."""
    sums = np.cumsum(scores, axis=1)
    if window is not None:
        sums[:, window:] -= sums[:, :-window].copy()
    return np.asarray(sums)


def _begun(alert: BoolArray) -> float:
    """Alerts that begin within a season, on average."""
    before = np.concatenate([np.zeros((len(alert), 1), dtype=bool), alert[:, :-1]], axis=1)
    return float((alert & ~before).sum(axis=1).mean())
