"""Numbers in these tests can be checked in the margin: fields of four cars."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1lib.predictions import Forecast
from f1lib.scoring import scores
from f1lib.weekend import Stage

DRIVERS = ["ada", "bo", "cy", "di"]


def forecast(p: list[float], stage: Stage = Stage.RACE, gap: list[float] | None = None) -> Forecast:
    rows = pd.DataFrame(
        {
            "driver": DRIVERS[: len(p)],
            "constructor": "x",
            "p_first": p,
            "p_top3": np.nan,
            "p_top10": np.nan,
            "expected_position": pd.Series(-np.array(p)).rank().to_numpy(),
            "gap_pct": np.nan if gap is None else gap,
        }
    )
    return Forecast(stage, rows)


def outcome(order: list[str], classified: int | None = None, gap: list[float] | None = None):
    n = len(order)
    return pd.DataFrame(
        {
            "driver": order,
            "constructor": "x",
            "position": range(1, n + 1),
            "classified": [i < (n if classified is None else classified) for i in range(n)],
            "status": "classified",
            "grid_order": np.nan,
            "gap_pct": np.nan if gap is None else gap,
            "gap_s": np.nan if gap is None else np.array(gap) * 0.9,  # a pole lap of 90 s
        }
    )


def value(metric: str, said: Forecast, happened: pd.DataFrame) -> float:
    frame = scores.scored(said, happened).set_index("metric")["value"]
    return float(frame[metric])


def test_the_log_loss_is_that_of_the_winner() -> None:
    said = forecast([0.5, 0.25, 0.125, 0.125])
    assert value("winner_log_loss", said, outcome(DRIVERS)) == pytest.approx(np.log(2))
    assert value("winner_log_loss", said, outcome(DRIVERS[::-1])) == pytest.approx(np.log(8))


def test_a_winner_nobody_forecast_costs_the_floor_not_infinity() -> None:
    happened = outcome(["someone-else", *DRIVERS])
    assert value("winner_log_loss", forecast([0.4, 0.3, 0.2, 0.1]), happened) == pytest.approx(
        -np.log(scores.P_FLOOR)
    )
    assert value("winner_hit", forecast([0.4, 0.3, 0.2, 0.1]), happened) == 0


def test_the_brier_score_of_certainty_is_zero_or_two() -> None:
    certain = forecast([1.0, 0.0, 0.0, 0.0])
    assert value("winner_brier", certain, outcome(DRIVERS)) == 0
    assert value("winner_brier", certain, outcome(DRIVERS[::-1])) == 2


def test_winner_concordance_counts_rivals_given_less_than_the_winner() -> None:
    said = forecast([0.4, 0.3, 0.2, 0.1])
    assert value("winner_concordance", said, outcome(["bo", "ada", "cy", "di"])) == pytest.approx(
        2 / 3
    )


def test_a_uniform_forecast_hits_one_in_n_however_rows_are_ordered() -> None:
    for order in (DRIVERS, DRIVERS[::-1], ["cy", "ada", "di", "bo"]):
        said = forecast([0.25] * 4)
        assert value("winner_hit", said, outcome(order)) == 0.25
        assert value("winner_concordance", said, outcome(order)) == 0.5


def test_order_concordance_leaves_out_cars_without_a_time() -> None:
    said = forecast([0.4, 0.3, 0.2, 0.1], Stage.QUALIFYING, [0.0, 0.1, 0.2, 0.3])
    happened = outcome(["bo", "ada", "di", "cy"], classified=3, gap=[0.0, 0.2, 0.4, np.nan])
    frame = scores.scored(said, happened).set_index("metric")
    assert frame.loc["order_concordance", "n"] == 3  # pairs of three cars
    assert frame.loc["order_concordance", "value"] == pytest.approx(2 / 3)


def test_the_gap_error_is_in_percent_and_in_seconds_of_the_pole_lap() -> None:
    said = forecast([0.4, 0.3, 0.2, 0.1], Stage.QUALIFYING, [0.0, 0.5, 0.5, 1.0])
    happened = outcome(DRIVERS, gap=[0.0, 0.3, 0.9, 1.0])
    assert value("gap_mae_pct", said, happened) == pytest.approx((0.2 + 0.4) / 4)
    assert value("gap_mae_s", said, happened) == pytest.approx((0.2 + 0.4) / 4 * 0.9)


def test_a_car_that_did_not_start_keeps_its_probability_and_has_no_place() -> None:
    said = forecast([0.7, 0.1, 0.1, 0.1])
    happened = outcome(["bo", "cy", "di"])  # the favourite stayed in the garage
    assert value("winner_log_loss", said, happened) == pytest.approx(-np.log(0.1))
    assert value("winner_concordance", said, happened) == 0.5
    assert value("winner_hit", said, happened) == 0


def test_the_ranked_probability_score_of_the_truth_is_zero_and_of_its_reverse_one() -> None:
    truth = Forecast.from_positions(Stage.RACE, forecast([0.25] * 4).rows, np.eye(4))
    assert value("rps", truth, outcome(DRIVERS)) == 0
    two = Forecast.from_positions(Stage.RACE, forecast([0.5, 0.5]).rows, np.eye(2))
    assert value("rps", two, outcome(["bo", "ada"])) == 1


def test_spearman_among_classified_ignores_those_who_retired() -> None:
    said = forecast([0.4, 0.3, 0.2, 0.1])
    happened = outcome(["ada", "bo", "cy", "di"], classified=3)
    assert value("spearman", said, happened) == 1
    assert value("spearman_starters", said, outcome(["ada", "bo", "di", "cy"])) == pytest.approx(
        0.8
    )


def test_a_tie_for_the_last_place_of_a_podium_is_shared_not_settled_by_the_result() -> None:
    level = forecast([0.25] * 4)
    for order in (DRIVERS, DRIVERS[::-1]):
        assert value("podium_overlap", level, outcome(order)) == pytest.approx(9 / 4)


def test_a_car_that_stayed_in_the_garage_takes_nobodys_place_on_the_podium() -> None:
    said = forecast([0.4, 0.3, 0.2, 0.1])
    assert value("podium_overlap", said, outcome(["bo", "cy", "di"])) == 3


def test_what_a_model_does_not_say_is_not_scored() -> None:
    assert "rps" not in set(
        scores.scored(forecast([0.4, 0.3, 0.2, 0.1]), outcome(DRIVERS))["metric"]
    )


@given(
    p=st.lists(st.floats(0.01, 1), min_size=4, max_size=4),
    order=st.permutations(DRIVERS),
    shuffle=st.permutations(range(4)),
)
def test_no_score_depends_on_the_order_of_the_rows(
    p: list[float], order: list[str], shuffle: list[int]
) -> None:
    said = forecast(list(np.array(p) / sum(p)))
    shuffled = Forecast(said.stage, said.rows.iloc[shuffle].reset_index(drop=True))
    one, other = (
        scores.scored(each, outcome(order)).set_index("metric")["value"]
        for each in (said, shuffled)
    )
    assert np.allclose(one, other)
