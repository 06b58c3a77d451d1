import numpy as np
import pytest

from f1lib.scoring import calibration


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
