import numpy as np
import pandas as pd
import pytest

from f1lib.features import rounds


def test_a_state_sees_earlier_rounds_only() -> None:
    observed = np.array([[1.0], [2.0], [4.0]])
    total, weight = rounds.decayed_before(observed, half_life=1.0, keep=np.ones(3))
    assert total[:, 0] == pytest.approx([0.0, 0.5, 1.25])  # 1/2; (1/2 + 2)/2
    assert weight[:, 0] == pytest.approx([0.0, 0.5, 0.75])


def test_changing_a_round_changes_no_state_up_to_it() -> None:
    rng = np.random.default_rng(1)
    observed = rng.standard_normal((12, 3))
    other = observed.copy()
    other[7] += 100
    keep = np.ones(12)
    one, _ = rounds.decayed_before(observed, half_life=3.0, keep=keep)
    two, _ = rounds.decayed_before(other, half_life=3.0, keep=keep)
    assert np.array_equal(one[:8], two[:8])
    assert not np.array_equal(one[8], two[8])


def test_a_round_not_driven_ages_what_was_seen_and_adds_nothing() -> None:
    observed = np.array([[1.0], [np.nan], [np.nan]])
    total, weight = rounds.decayed_before(observed, half_life=1.0, keep=np.ones(3))
    assert total[2, 0] == weight[2, 0] == 0.25


def test_a_regulation_reset_cuts_old_rounds_more_than_a_winter() -> None:
    keep = rounds.carry_over(
        np.array([2020, 2021, 2022]), season_weight=0.6, reset_weight=0.25, resets=[2022]
    )
    assert keep.tolist() == [1.0, 0.6, 0.25]


def test_with_nothing_seen_the_prior_is_all_there_is() -> None:
    assert rounds.shrunk(np.array([0.0]), np.array([0.0]), 0.7, 1.0) == 0.7


def test_two_cars_of_a_team_make_one_mean() -> None:
    cells = rounds.mean_by_round(
        np.array([0, 0, 1]), np.array([0, 0, 0]), np.array([1.0, 3.0, np.nan]), (2, 1)
    )
    assert cells[0, 0] == 2.0
    assert np.isnan(cells[1, 0])


def test_names_have_places_on_their_axis() -> None:
    axis = rounds.Axis.of(pd.Series(["bo", "ada"]), pd.Series(["cy"]))
    assert axis.places(pd.Series(["cy", "ada"])).tolist() == [2, 0]
