import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1lib.errors import TableContractError
from f1lib.scoring import calibration
from f1lib.scoring.calibration import Slope


def races(n: int, seed: int, sharpness: float = 1.0) -> np.ndarray:
    """Probabilities of n races with 20 cars; drawn strengths, so every race differs."""
    strength = 1.5 * np.random.default_rng(seed).standard_normal((n, 20))
    e = np.exp(sharpness * strength)
    return e / e.sum(axis=1, keepdims=True)


def winners(p: np.ndarray, seed: int) -> np.ndarray:
    return calibration.drawn_winners(p, n=1, seed=seed)[0]


def test_one_winner_is_drawn_in_each_race() -> None:
    drawn = calibration.drawn_winners(races(30, 1), n=50, seed=2)
    assert (drawn.sum(axis=2) == 1).all()


def test_winners_are_drawn_as_often_as_their_probability_says() -> None:
    p = races(1, 3)
    share = calibration.drawn_winners(p, n=20_000, seed=4).mean(axis=0)[0]
    assert np.abs(share - p[0]).max() < 0.02


def test_the_slope_of_a_calibrated_forecast_is_one_within_its_interval() -> None:
    p = races(2000, 5)
    slope = calibration.slope(p, winners(p, 6))
    assert slope.low < 1 < slope.high
    assert slope.high - slope.low < 0.2
    assert slope.failed is False


def test_a_forecast_twice_too_sharp_has_half_the_slope() -> None:
    truth = races(2000, 7)
    slope = calibration.slope(races(2000, 7, sharpness=2.0), winners(truth, 8))
    assert slope.value == pytest.approx(0.5, abs=0.06)
    assert slope.score == slope.value
    assert slope.failed is True


def test_below_96_races_calibration_is_not_judged() -> None:
    p = races(95, 9)
    assert calibration.slope(p, winners(p, 10)).failed is None


def test_below_ten_races_there_is_no_slope() -> None:
    p = races(9, 11)
    assert np.isnan(calibration.slope(p, winners(p, 12)).value)


def test_a_perfect_model_has_no_excess_error_on_average() -> None:
    p = races(24, 13)
    excess = [calibration.ece_test(p, winners(p, seed), n=199).excess for seed in range(40)]
    assert abs(np.mean(excess)) < 0.004


def test_a_perfect_model_seldom_fails_the_log_loss_test() -> None:
    p = races(22, 14)
    failed = [
        calibration.log_loss_test(p, winners(p, seed), n=199).p_value < 0.05 for seed in range(200)
    ]
    assert np.mean(failed) < 0.1


def test_an_overconfident_model_often_fails_the_log_loss_test() -> None:
    truth, said = races(22, 15), races(22, 15, sharpness=1.5)
    failed = [
        calibration.log_loss_test(said, winners(truth, seed), n=199).p_value < 0.05
        for seed in range(100)
    ]
    assert np.mean(failed) > 0.5


def test_a_winner_nobody_forecast_costs_the_floor_here_too() -> None:
    p = races(12, 16)
    won = winners(p, 17)
    won[:3] = False
    test = calibration.log_loss_test(p, won)
    assert test.value > 3 * 13 / 12
    assert test.p_value < 0.01
    assert calibration.slope(p, won).n_races == 9


# --- the gate -------------------------------------------------------------------------------------


def histories(n_races: int, *, sharpness: float, n: int = 300) -> list[Slope]:
    """Slopes of n histories of a model that is `sharpness` times too sure of itself."""
    return [
        calibration.slope(
            races(n_races, seed, sharpness=sharpness), winners(races(n_races, seed), 10_000 + seed)
        )
        for seed in range(n)
    ]


def test_the_interval_of_a_perfect_model_holds_one_in_19_of_20_histories_of_252_races() -> None:
    slopes = histories(252, sharpness=1.0)
    assert 0.92 <= np.mean([slope.low <= 1 <= slope.high for slope in slopes]) <= 0.98
    assert np.mean([slope.failed for slope in slopes]) < 0.03


def test_the_gate_fails_a_model_that_is_half_as_sure_again_as_it_may_be() -> None:
    slopes = histories(252, sharpness=1.5)
    assert np.mean([slope.failed for slope in slopes]) > 0.99
    assert np.mean([slope.value for slope in slopes]) == pytest.approx(1 / 1.5, abs=0.01)


def test_96_races_let_a_perfect_model_fail_one_time_in_twenty() -> None:
    failed = np.mean([slope.failed for slope in histories(96, sharpness=1.0)])
    assert 0.01 < failed < 0.09


@pytest.mark.parametrize(
    ("slope", "failed"),
    [
        (Slope(0.80, 0.70, 0.90, 96), True),
        (Slope(1.30, 1.10, 1.50, 96), True),  # too timid is as bad as too bold
        (Slope(0.90, 0.82, 0.98, 252), False),  # surely not 1, and near enough
        (Slope(0.80, 0.55, 1.05, 96), False),  # far from 1, and perhaps by chance
        (Slope(0.80, 0.70, 0.90, 95), None),
        (Slope(np.nan, np.nan, np.nan, 252), None),
    ],
)
def test_the_gate_needs_races_an_interval_without_one_and_a_low_score(
    slope: Slope, failed: bool | None
) -> None:
    assert slope.failed is failed


def test_a_uniform_forecast_has_no_slope_and_is_not_called_bad() -> None:
    p = np.full((120, 20), 0.05)
    slope = calibration.slope(p, winners(p, 18))
    assert np.isnan(slope.score)
    assert slope.failed is None


# --- podium and top ten ---------------------------------------------------------------------------


def inclusion(n: int, places: int, seed: int) -> np.ndarray:
    """Probabilities of being among the first `places`, counted in simulated orders."""
    rng = np.random.default_rng(seed)
    strength = 1.5 * rng.standard_normal((n, 1, 20))
    order = (-(strength + rng.gumbel(size=(n, 400, 20)))).argsort(axis=2).argsort(axis=2)
    return (order < places).mean(axis=1)


@settings(max_examples=25)
@given(places=st.sampled_from([1, 3, 10]), seed=st.integers(0, 10**6))
def test_as_many_places_are_drawn_as_there_are_and_never_an_absent_car(
    places: int, seed: int
) -> None:
    p = np.pad(inclusion(6, places, seed), ((0, 0), (0, 2)))
    found = calibration.drawn(p, n=20, seed=seed)
    assert (found.sum(axis=2) == places).all()
    assert not found[..., -2:].any()


@pytest.mark.parametrize("places", [1, 3, 10])
def test_places_are_drawn_as_often_as_their_probability_says(places: int) -> None:
    p = inclusion(2, places, 19)
    share = calibration.drawn(p, n=20_000, seed=20).mean(axis=0)
    assert np.abs(share - p).max() < 0.02


def test_for_one_place_the_draws_are_those_of_the_winner() -> None:
    p = races(12, 21)
    same = calibration.drawn(p, n=9, seed=3) == calibration.drawn_winners(p, n=9, seed=3)
    assert same.all()


def test_probabilities_that_sum_to_no_number_of_places_are_refused() -> None:
    p = inclusion(5, 3, 22)
    p[3, 0] += 0.4
    with pytest.raises(TableContractError, match=r"race 4 of 5 sum to 3\.4"):
        calibration.drawn(p, n=9, seed=0)
    with pytest.raises(TableContractError, match="nan"):
        calibration.drawn(np.full((5, 20), np.nan), n=9, seed=0)


def orders(strength: np.ndarray, places: int, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).gumbel(size=strength.shape)
    return (-(strength + noise)).argsort(axis=1).argsort(axis=1) < places


@pytest.mark.parametrize("places", [3, 10])
def test_a_perfect_model_seldom_fails_the_test_of_its_podiums_and_top_tens(places: int) -> None:
    """Outcomes are whole orders; the null draws from the marginal probabilities alone."""
    rng = np.random.default_rng(23)
    strength = 1.5 * rng.standard_normal((24, 20))
    many = (
        (-(strength[:, None] + rng.gumbel(size=(24, 20_000, 20)))).argsort(axis=2).argsort(axis=2)
    )
    p = (many < places).mean(axis=1)
    failed = [
        calibration.ece_test(p, orders(strength, places, seed), n=199).p_value < 0.05
        for seed in range(200)
    ]
    assert np.mean(failed) < 0.09
