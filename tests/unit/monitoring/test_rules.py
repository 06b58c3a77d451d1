"""The rules on series of races: when they fire, and when that is an alert."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from f1lib.monitoring import rules
from f1lib.monitoring.policy import WatchPolicy

POLICY = WatchPolicy("test", rounds=3, order_evaluations=2, cusum_limit=1.0)
SHARES = arrays(float, st.integers(1, 40), elements=st.floats(0, 1))


def test_there_is_no_value_and_nothing_fires_before_there_are_enough_rounds() -> None:
    found = rules.winner_concordance(np.zeros(5), np.full(5, 0.001), POLICY)
    assert found is not None
    assert np.isnan(found.value).tolist() == [True, True, False, False, False]
    assert found.fired.tolist() == [False, False, True, True, True]
    assert found.alert.tolist() == [False, False, True, True, True]


def test_a_low_share_of_rivals_below_the_winner_is_an_alert_only_where_it_is_rare() -> None:
    p_values = np.array([0.2, 0.2, 0.2, 0.001, np.nan])
    found = rules.winner_concordance(np.full(5, 0.85), p_values, POLICY)
    assert found is not None and found.fired[2:].all()
    assert found.alert.tolist() == [False, False, False, True, False]


def test_a_bad_order_is_an_alert_once_it_lasts() -> None:
    found = rules.order_skill(np.full(5, 0.7), np.full(5, 0.8), POLICY)
    assert found is not None
    assert found.alert.tolist() == [False, False, False, True, True]


def test_fewer_rounds_than_the_window_give_no_value_at_all() -> None:
    found = rules.winner_concordance(np.zeros(2), np.zeros(2), POLICY)
    assert found is not None and np.isnan(found.value).all() and not found.fired.any()


def test_order_skill_is_one_minus_the_ratio_of_what_was_missed() -> None:
    found = rules.order_skill(np.full(3, 0.8), np.array([0.7, 0.75, 0.8]), POLICY)
    assert found is not None and round(float(found.value[-1]), 6) == 0.2 and not found.fired[-1]


def test_a_baseline_without_fault_leaves_no_skill_to_judge() -> None:
    found = rules.order_skill(np.full(4, 0.8), np.ones(4), POLICY)
    assert found is not None and np.isnan(found.value).all() and not found.alert.any()


def test_the_cusum_alerts_as_soon_as_it_is_above_its_limit() -> None:
    found = rules.log_loss_cusum(np.full(4, 0.6), np.zeros(4), POLICY)  # 0.5 beyond the allowance
    assert found is not None
    assert found.alert.tolist() == [False, False, True, True]


def test_calibration_fires_at_one_level_and_alerts_at_another() -> None:
    found = rules.log_loss_null(np.array([0.01, 0.01, 0.04, 0.001, 0.2]), POLICY)
    assert found is not None
    assert found.fired.tolist() == [False, False, True, True, False]
    assert found.alert.tolist() == [False, False, False, True, False]


def test_a_rule_without_a_threshold_is_off() -> None:
    off = WatchPolicy(
        "off", winner_concordance_min=None, order_skill_min=None, cusum_allowance=None,
        log_loss_p_min=None,
    )  # fmt: skip
    one = np.full(9, 0.5)
    assert rules.winner_concordance(one, one, off) is None
    assert rules.order_concordance(one, off) is None  # off by default
    assert rules.order_skill(one, one, off) is None
    assert rules.log_loss_cusum(one, one, off) is None
    assert rules.log_loss_null(one, off) is None


@given(SHARES, st.integers(1, 8), st.integers(1, 8))
def test_an_alert_has_fired_and_better_scores_alert_no_more(scores, window, evaluations) -> None:
    policy = WatchPolicy(
        "any", rounds=window, order_evaluations=evaluations, order_concordance_min=0.9
    )
    found = rules.order_concordance(scores, policy)
    better = rules.order_concordance(scores + 0.01, policy)
    assert found is not None and better is not None
    assert not (found.alert & ~found.fired).any()
    assert not (better.alert & ~found.alert).any()
    assert ((found.in_a_row > 0) == found.fired).all()


@given(arrays(bool, st.tuples(st.integers(1, 4), st.integers(1, 30))))
def test_runs_are_counted_as_one_would_by_hand(fired) -> None:
    for row, found in zip(fired, rules.in_a_row(fired), strict=True):
        run = 0
        for one, count in zip(row, found, strict=True):
            run = run + 1 if one else 0
            assert count == run
