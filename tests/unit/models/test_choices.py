import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1lib.models import choices

weaknesses = st.lists(st.floats(-6, 6), min_size=2, max_size=26).map(np.array)


@given(weaknesses)
def test_position_probabilities_are_doubly_stochastic(weakness: np.ndarray) -> None:
    positions = choices.endurance_positions(weakness)
    assert np.allclose(positions.sum(axis=0), 1, atol=1e-8)
    assert np.allclose(positions.sum(axis=1), 1, atol=1e-8)
    assert (positions > 0).all()


@given(weaknesses)
def test_a_stronger_car_is_expected_further_ahead(weakness: np.ndarray) -> None:
    positions = choices.endurance_positions(weakness)
    expected = positions @ np.arange(1, len(weakness) + 1)
    assert (np.diff(expected[np.argsort(weakness)]) > -1e-6).all()


def test_the_last_of_two_to_drop_out_has_won() -> None:
    # car 0 drops out at rate 1, car 1 at rate 3: car 1 goes first with probability 3/4
    positions = choices.endurance_positions(np.log([1.0, 3.0]))
    assert positions == pytest.approx(np.array([[0.75, 0.25], [0.25, 0.75]]), abs=1e-6)


def test_position_probabilities_agree_with_drawn_races() -> None:
    rng = np.random.default_rng(5)
    weakness = rng.normal(0, 1.5, 12)
    lasted = rng.standard_exponential((200_000, 12)) / np.exp(weakness)
    place = (-lasted).argsort(axis=1).argsort(axis=1)
    drawn = np.stack([(place == k).mean(axis=0) for k in range(12)], axis=1)
    assert np.abs(drawn - choices.endurance_positions(weakness)).max() < 0.006


def test_the_fit_finds_the_coefficients_that_made_the_orders() -> None:
    rng = np.random.default_rng(6)
    truth = np.array([1.0, -0.5])
    design = rng.standard_normal((600, 20, 2))
    lasted = rng.standard_exponential((600, 20)) / np.exp(design @ truth)
    order = lasted.argsort(axis=1)  # who drops out first comes first
    rows = np.take_along_axis(design, order[..., None], axis=1).reshape(-1, 2)
    races = choices.Races.stacked(rows, np.repeat(np.arange(600), 20))
    found = choices.fit(races, np.ones(600), l2=1e-6)
    assert found == pytest.approx(truth, abs=0.05)


def test_the_gradient_is_the_slope_of_the_likelihood() -> None:
    """Where the fit ends no small step is better: the analytic gradient led to an optimum."""
    rng = np.random.default_rng(7)
    rows = rng.standard_normal((80, 3))
    races = choices.Races.stacked(rows, np.repeat(np.arange(4), 20))
    beta = choices.fit(races, np.ones(4), l2=0.1)

    def log_likelihood(b: np.ndarray) -> float:
        total = -0.05 * b @ b
        for race in rows.reshape(4, 20, 3) @ b:
            total += sum(race[i] - np.log(np.exp(race[i:]).sum()) for i in range(19))
        return float(total)

    best = log_likelihood(beta)
    for step in np.vstack([np.eye(3), -np.eye(3)]) * 1e-3:
        assert log_likelihood(beta + step) < best


def test_depth_one_is_the_conditional_logit() -> None:
    # with one column of ones for the first car, its share of firsts is its softmax
    rows = np.array([[1.0], [0.0]] * 3 + [[0.0], [1.0]])
    races = choices.Races.stacked(rows, np.repeat(np.arange(4), 2))
    beta = choices.fit(races, np.ones(4), l2=0.0, depth=1)
    assert choices.first_probabilities(np.array([beta[0], 0.0]))[0] == pytest.approx(0.75, abs=1e-4)


def test_fields_of_different_sizes_stack() -> None:
    races = choices.Races.stacked(np.ones((5, 1)), np.array([0, 0, 0, 1, 1]))
    assert races.present.tolist() == [[1, 1, 1], [1, 1, 0]]


@given(weaknesses)
def test_a_car_is_expected_behind_as_many_rivals_as_are_likely_ahead(weakness: np.ndarray) -> None:
    ahead = choices.endurance_ahead(weakness[:, None], weakness[None, :])  # [i, j]: i before j
    assert np.allclose(ahead + ahead.T, 1)
    behind = ahead.sum(axis=0) - 0.5  # of each car, not counting itself
    positions = choices.endurance_positions(weakness)
    assert 1 + behind == pytest.approx(positions @ np.arange(1, len(weakness) + 1), abs=1e-6)
