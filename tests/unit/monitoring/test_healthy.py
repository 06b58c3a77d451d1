"""Seasons in which nothing is wrong: how often the rules cry wolf, and how often they see."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from f1lib.monitoring import healthy
from f1lib.monitoring.healthy import Pool
from f1lib.monitoring.policy import WatchPolicy
from f1lib.monitoring.watch import Said, season_p_values
from f1lib.weekend import RaceWeekend

DEFAULT = WatchPolicy("default")


@pytest.fixture(scope="module")
def pool() -> Pool:
    """96 races of twenty cars, as sure of the winner as real forecasts (1.2 nats of entropy)."""
    rng = np.random.default_rng(7)
    strength = rng.normal(0, 3.0, (96, 20))
    blurred = strength + rng.normal(0, 0.9, strength.shape)
    p, baseline = (np.exp(each) / np.exp(each).sum(axis=1, keepdims=True)
                   for each in (strength, blurred))  # fmt: skip
    order = rng.normal(0.82, 0.045, 96)
    return Pool(p, baseline, order, order - rng.normal(0.04, 0.05, 96))


def sharper(p: np.ndarray, power: float) -> np.ndarray:
    raised = p**power
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def shares(found: pd.DataFrame, column: str = "alert") -> dict[str, float]:
    return dict(zip(found["rule"], found[column], strict=True))


def test_the_pool_is_like_real_forecasts(pool: Pool) -> None:
    entropy = -(pool.p * np.log(pool.p)).sum(axis=1).mean()
    assert 1.1 < entropy < 1.35


def test_the_rules_together_alert_in_at_most_three_of_a_hundred_healthy_seasons(pool) -> None:
    found = shares(healthy.false_alarms(pool, DEFAULT, seasons=500))
    assert 0 < found["together"] <= 0.03
    assert set(found) == {
        "performance.winner_concordance", "performance.order_skill", "performance.cusum",
        "calibration.log_loss", "together",
    }  # fmt: skip


def test_they_see_a_model_that_is_far_too_sure_of_itself(pool: Pool) -> None:
    found = healthy.false_alarms(replace(pool, p=sharper(pool.p, 2)), DEFAULT, truth=pool.p)
    assert shares(found)["together"] >= 0.75


def test_they_see_an_order_that_has_become_worse_than_the_baseline(pool: Pool) -> None:
    worse = replace(pool, order=pool.order_baseline - 0.03)
    assert shares(healthy.false_alarms(worse, DEFAULT))["performance.order_skill"] >= 0.8


def test_one_firing_that_alerts_at_once_cries_wolf_in_many_seasons(pool: Pool) -> None:
    """Why an alert wants more than one evaluation."""
    eager = WatchPolicy("eager", order_evaluations=1, alert_p=1.0)
    assert shares(healthy.false_alarms(pool, eager))["together"] >= 0.2


def last_p(p: np.ndarray, truth: np.ndarray, seasons: int) -> np.ndarray:
    """The log-loss p-value of whole seasons of 24 races, winners drawn from `truth`."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(seasons):
        races = rng.integers(len(p), size=24)
        wins = truth[races].cumsum(axis=1)
        winner = np.minimum((rng.random((24, 1)) > wins).sum(axis=1), p.shape[1] - 1)
        won = winner[:, None] == np.arange(p.shape[1])
        weekends = tuple(RaceWeekend(2031, number) for number in range(1, 25))
        found.append(season_p_values(Said(weekends, p[races], won), draws=999)[-1])
    return np.array(found)


@pytest.mark.slow
def test_a_calibrated_model_seldom_fails_the_test_of_a_season(pool: Pool) -> None:
    assert (last_p(pool.p, pool.p, 2_000) < 0.05).mean() <= 0.06


@pytest.mark.slow
def test_a_model_half_as_sure_again_as_it_may_be_fails_it_mostly(pool: Pool) -> None:
    assert (last_p(sharper(pool.p, 1.5), pool.p, 2_000) < 0.05).mean() >= 0.60


def test_seasons_at_once_are_tested_as_one_by_one(pool: Pool) -> None:
    """The quick test of many seasons rejects as often as the one that is made after a round."""
    one_by_one = (last_p(pool.p, sharper(pool.p, 0.6), 300) < 0.05).mean()
    policy = replace(DEFAULT, rounds=24, alert_p=1.0)
    found = healthy.false_alarms(pool, policy, truth=sharper(pool.p, 0.6), seasons=1_000)
    assert shares(found)["calibration.log_loss"] == pytest.approx(one_by_one, abs=0.08)


def test_other_rules_add_their_share(pool: Pool) -> None:
    alone = shares(healthy.false_alarms(pool, DEFAULT))["together"]
    both = shares(healthy.false_alarms(pool, DEFAULT, elsewhere=0.02))["together"]
    assert both == pytest.approx(1 - (1 - alone) * 0.98)


def test_too_few_races_say_nothing(pool: Pool) -> None:
    few = Pool(pool.p[:19], pool.baseline[:19], pool.order[:19], pool.order_baseline[:19])
    assert healthy.false_alarms(few, DEFAULT).empty


def test_races_without_a_qualifying_score_are_not_drawn(pool: Pool) -> None:
    order = pool.order.copy()
    order[:50] = np.nan
    part = replace(pool, order=order)
    same = Pool(pool.p[50:], pool.baseline[50:], pool.order[50:], pool.order_baseline[50:])
    pd.testing.assert_frame_equal(
        healthy.false_alarms(part, DEFAULT), healthy.false_alarms(same, DEFAULT)
    )


def test_the_same_seed_gives_the_same_shares(pool: Pool) -> None:
    one, two = (healthy.false_alarms(pool, DEFAULT, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)


def test_rules_that_are_off_are_not_counted(pool: Pool) -> None:
    off = replace(DEFAULT, winner_concordance_min=None, cusum_allowance=None, log_loss_p_min=None)
    assert healthy.false_alarms(pool, off)["rule"].tolist() == [
        "performance.order_skill", "together",
    ]  # fmt: skip
