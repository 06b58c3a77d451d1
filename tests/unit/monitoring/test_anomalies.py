"""Surprising races, and models that have too many of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1lib.monitoring import anomalies
from f1lib.scoring import calibration

WEIGHTS = st.lists(st.integers(1, 60), min_size=3, max_size=22)


def of(weights: list[int], n: int = 1) -> np.ndarray:
    return np.tile(np.array(weights) / sum(weights), (n, 1))


def won(p: np.ndarray, *places: int) -> np.ndarray:
    return np.array(places)[:, None] == np.arange(p.shape[1])


@given(WEIGHTS, st.integers(0, 1000))
def test_the_p_value_is_a_probability_that_is_never_too_small(weights, at) -> None:
    """P(p-value <= x) <= x for x among the p-values there are: exact, and no smaller."""
    p = of(weights)
    all_p = np.array([anomalies.winner_p(p, won(p, car))[0] for car in range(p.shape[1])])
    assert (all_p > 0).all() and all_p.max() == pytest.approx(1)
    x = all_p[at % len(all_p)]
    assert p[0, all_p <= x + 1e-12].sum() <= x + 1e-9


@given(WEIGHTS)
def test_the_likeliest_winner_never_surprises(weights) -> None:
    p = of(weights)
    assert anomalies.winner_p(p, won(p, int(p[0].argmax())))[0] == pytest.approx(1)


def test_one_outsider_in_a_season_is_a_race_and_not_the_model() -> None:
    p = of([60, 25, 10, 3, 1, 1], 24)
    found = anomalies.winners(p, won(p, *[0] * 15, *[1] * 6, *[2] * 2, 4))
    assert found.n == 1 and found.surprising[-1]
    assert found.expected == pytest.approx(24 * 0.05)
    assert found.verdict == "races" and found.p_many > 0.5


def test_many_outsiders_are_the_model() -> None:
    p = of([60, 25, 10, 3, 1, 1], 24)
    found = anomalies.winners(p, won(p, *[0] * 18, *[3] * 6))
    assert found.n == 6 and found.p_many < 0.01 and found.verdict == "model"


def test_no_outsider_is_no_surprise_and_few_races_no_verdict() -> None:
    p = of([60, 25, 10, 3, 1, 1], 7)
    assert anomalies.winners(p, won(p, *[0] * 7)).verdict == "none"
    assert anomalies.winners(p, won(p, *[3] * 7)).verdict == "insufficient"
    empty = anomalies.winners(np.zeros((0, 0)), np.zeros((0, 0), dtype=bool))
    assert empty.verdict == "none" and empty.n == 0


def test_a_winner_whom_nobody_forecast_is_the_greatest_surprise() -> None:
    p = of([60, 25, 10, 5])
    found = anomalies.winners(p, np.zeros((1, 4), dtype=bool))
    assert found.p[0] == 0 and found.surprising[0]


def test_seasons_of_a_calibrated_model_seldom_blame_it() -> None:
    rng = np.random.default_rng(5)
    p = np.exp(rng.normal(0, 2.5, (24, 20)))
    p /= p.sum(axis=1, keepdims=True)
    drawn = calibration.drawn_winners(p, n=400, seed=1)
    blamed = np.mean([anomalies.winners(p, each).verdict == "model" for each in drawn])
    assert blamed <= 0.06


def test_a_podium_of_favourites_surprises_nobody_and_one_of_outsiders_does() -> None:
    p = np.tile([0.9, 0.8, 0.7, 0.3, 0.2, 0.06, 0.04], (2, 1))
    podium = np.array([[True] * 3 + [False] * 4, [False] * 4 + [True] * 3])
    found = anomalies.podium_p(p, podium)
    assert found[0] > 0.9 and found[1] < 0.02
