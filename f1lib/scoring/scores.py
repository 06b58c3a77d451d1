"""The headline scores of one race: pure functions over a settled forecast.

Everything is scored on those who took part: an entry that was forecast and did not start keeps
the probability it was given (it is lost to the others) but no place in an order; a starter who
was not forecast counts with probability zero where probabilities of first, podium and top ten are
scored (floored at P_FLOOR in a log loss), and not at all where orders and positions are: n says so.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from f1lib.predictions import FloatArray, Forecast
from f1lib.scoring.settled import BoolArray, Settled, settled
from f1lib.weekend import Stage

P_FLOOR = 1e-6  # costs 13.8 nats: a forecast that leaves the winner out is punished, not erased


Score = tuple[float, int]  # value (missing if it cannot be said) and n, what it was averaged over
_NONE: Score = (float("nan"), 0)


def order_concordance(race: Settled) -> Score:
    """Share of driver pairs, both with a lap time, put in the right order; ties half. n: pairs."""
    use = np.isfinite(race.expected) & np.isfinite(race.place) & race.classified
    expected, place = race.expected[use], race.place[use]
    i, j = np.triu_indices(len(place), k=1)
    if not len(i):
        return _NONE
    agree = np.sign(expected[i] - expected[j]) * np.sign(place[i] - place[j])
    return float((1 + agree).mean() / 2), len(i)


def gap_mae_pct(race: Settled) -> Score:
    """Mean absolute error of the gap to pole, % of the pole lap. n: cars with a time."""
    error = np.abs(race.gap_pct - race.actual_gap_pct)
    use = np.isfinite(error)
    return (float(error[use].mean()), int(use.sum())) if use.any() else _NONE


def gap_mae_s(race: Settled) -> Score:
    """Mean absolute error of the gap to pole in seconds. n: cars with a time."""
    value, n = gap_mae_pct(race)
    known = np.isfinite(race.actual_gap_pct) & (np.abs(race.actual_gap_pct) > 0)
    if not n or not known.any():
        return _NONE
    pole_lap_s = 100 * float(np.median(race.actual_gap_s[known] / race.actual_gap_pct[known]))
    return value / 100 * pole_lap_s, n


def first_hit(race: Settled) -> Score:
    """Was the favourite first? Equal favourites share the hit."""
    p = np.where(np.isfinite(race.p_first), race.p_first, 0.0)
    favourites = p == p.max()
    return float(favourites[race.place == 1].sum() / favourites.sum()), 1


def first_log_loss(race: Settled) -> Score:
    """Negative log of the probability given to who was first, in nats.

    >>> round(float(-np.log(1 / 20)), 4)   # a uniform field of twenty
    2.9957
    """
    p = np.nansum(race.p_first[race.place == 1])
    return float(-np.log(max(p, P_FLOOR))), 1


def first_brier(race: Settled) -> Score:
    """Multi-class Brier score of who is first: sum of squared errors over the field (0..2)."""
    p = np.where(np.isfinite(race.p_first), race.p_first, 0.0)
    return float(((p - (race.place == 1)) ** 2).sum()), 1


def winner_concordance(race: Settled) -> Score:
    """Share of rivals given a lower win probability than the winner, ties half. n: rivals."""
    p = np.where(np.isfinite(race.p_first), race.p_first, 0.0)
    rivals = (race.place > 1) & race.forecast
    if not rivals.any() or not (race.place == 1).any():
        return _NONE
    winner = p[race.place == 1][0]
    return float((np.sign(winner - p[rivals]).mean() + 1) / 2), int(rivals.sum())


def _overlap(race: Settled, k: int) -> float:
    """How many of the first k were forecast to be, of those who took part; ties share a place."""
    took_part = np.isfinite(race.place)
    place = race.place[took_part]
    expected = np.where(race.forecast, race.expected, np.inf)[took_part]
    if len(place) <= k:
        return float(len(place))
    last = np.sort(expected)[k - 1]
    ahead, level = expected < last, expected == last
    share = ahead + level * (k - ahead.sum()) / level.sum()
    return float(share[place <= k].sum())


def q3_membership(race: Settled) -> Score:
    """Share of cars rightly put in or out of the top ten of qualifying. n: cars."""
    n = int(np.isfinite(race.place).sum())
    k = min(10, n)
    wrong = 2 * (k - _overlap(race, k))
    return (1 - wrong / n, n) if n > k else _NONE


def podium_overlap(race: Settled) -> Score:
    """Of the three forecast to be on the podium, how many were (0..3)."""
    return float(_overlap(race, 3)), 1


def _brier(race: Settled, p: FloatArray, k: int) -> Score:
    """Mean squared error per entry forecast; a place taken by someone else costs one."""
    n = int(np.isfinite(p).sum())
    if not n:
        return _NONE
    error = (np.where(np.isfinite(p), p, 0.0) - (race.place <= k)) ** 2
    return float(error.sum() / n), n


def podium_brier(race: Settled) -> Score:
    """Mean squared error of P(podium) per entry forecast. n: entries."""
    return _brier(race, race.p_top3, 3)


def points_brier(race: Settled) -> Score:
    """Mean squared error of P(top ten) per entry forecast. n: entries."""
    return _brier(race, race.p_top10, 10)


def rps(race: Settled) -> Score:
    """Ranked probability score of the finishing position, averaged over starters forecast.

    Per car sum over k of (P(position <= k) - [position <= k])^2 / (n - 1); Epstein (1969).
    """
    if race.cumulative is None:
        return _NONE
    use = np.isfinite(race.place) & np.isfinite(race.cumulative[:, 0])
    steps = np.arange(1, race.cumulative.shape[1])
    reached = race.place[use, None] <= steps[None, :]
    error = ((race.cumulative[use, :-1] - reached) ** 2).sum(axis=1) / len(steps)
    return (float(error.mean()), int(use.sum())) if use.any() else _NONE


def _spearman(race: Settled, use: BoolArray) -> Score:
    use = use & np.isfinite(race.expected) & np.isfinite(race.place)
    expected, place = race.expected[use], race.place[use]
    if len(place) < 3:
        return _NONE
    if len(set(expected)) == 1:
        return 0.0, len(place)  # a forecast without an order has no rank correlation to offer
    ranks = stats.rankdata(expected), stats.rankdata(place)
    return float(np.corrcoef(*ranks)[0, 1]), len(place)


def spearman(race: Settled) -> Score:
    """Rank correlation of forecast and actual order among the classified. n: cars."""
    return _spearman(race, race.classified)


def spearman_starters(race: Settled) -> Score:
    """Rank correlation of forecast and actual order among all starters. n: cars."""
    return _spearman(race, np.isfinite(race.place))


@dataclass(frozen=True, slots=True)
class Metric:
    """A score by name: how to compute it, what it is called for a reader, which way is better."""

    name: str
    stage: Stage
    compute: Callable[[Settled], Score]
    label: str
    perfect: float  # the value of a perfect forecast; 0 where less is better
    unit: str = ""
    digits: int = 3

    @property
    def higher_is_better(self) -> bool:
        """Which way is better."""
        return self.perfect > 0

    @property
    def in_words(self) -> str:
        """Its label within a sentence."""
        return self.label[0].lower() + self.label[1:]

    @property
    def title(self) -> str:
        """Its label with its unit, for the head of a row or an axis."""
        return f"{self.label}, {self.unit}" if self.unit else self.label


_Q, _R = Stage.QUALIFYING, Stage.RACE
METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("order_concordance", _Q, order_concordance, "Pairs in the right order", 1.0),
        Metric("gap_mae_pct", _Q, gap_mae_pct, "Error of the gap to pole", 0.0, "%"),
        Metric("gap_mae_s", _Q, gap_mae_s, "Error of the gap to pole", 0.0, "s"),
        Metric("pole_hit", _Q, first_hit, "Favourite on pole", 1.0, "", 2),
        Metric("pole_log_loss", _Q, first_log_loss, "Log loss of pole", 0.0, "nats"),
        Metric("q3_membership", _Q, q3_membership, "Top ten rightly in or out", 1.0),
        Metric("winner_concordance", _R, winner_concordance, "Rivals below the winner", 1.0),
        Metric("winner_hit", _R, first_hit, "Favourite won", 1.0, "", 2),
        Metric("winner_log_loss", _R, first_log_loss, "Log loss of the winner", 0.0, "nats"),
        Metric("winner_brier", _R, first_brier, "Brier score of the winner", 0.0),
        Metric("podium_overlap", _R, podium_overlap, "Podium cars found", 3.0, "of 3", 2),
        Metric("podium_brier", _R, podium_brier, "Brier score of the podium", 0.0),
        Metric("points_brier", _R, points_brier, "Brier score of the top ten", 0.0),
        Metric("rps", _R, rps, "Ranked probability score", 0.0, "", 4),
        Metric("spearman", _R, spearman, "Rank correlation, classified", 1.0),
        Metric("spearman_starters", _R, spearman_starters, "Rank correlation, starters", 1.0),
    )
}


def scored(forecast: Forecast, outcome: pd.DataFrame) -> pd.DataFrame:
    """Every score of the forecast's stage: metric, value, n. What cannot be said is left out."""
    race = settled(forecast, outcome)
    rows = [
        (metric.name, *metric.compute(race))
        for metric in METRICS.values()
        if metric.stage is forecast.stage
    ]
    said = [row for row in rows if np.isfinite(row[1])]
    return pd.DataFrame(said, columns=["metric", "value", "n"])
