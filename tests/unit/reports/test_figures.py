"""Charts say in words what they draw, and draw what there is."""

import pandas as pd
import pytest
from invented_monitoring import window

from f1lib.reports import charts, figures
from f1lib.weekend import Cutoff


def drawn(chart: tuple[object, str, str]) -> tuple[str, str, str]:
    """The SVG as text, the alternative text and the caption; both are never empty."""
    fig, alt, caption = chart
    assert alt
    assert caption
    assert "nan" not in alt
    return charts.svg(fig, alt), alt, caption  # type: ignore[arg-type]


@pytest.fixture
def rounds() -> pd.DataFrame:
    """Log loss of champion (mean 1.5) and baseline (mean 2.5) in two rounds."""
    values = [
        ("2025-01", "grid_gap_logit", "", 2.0),
        ("2025-02", "grid_gap_logit", "", 3.0),
        ("2025-01", "two_stage", "1.0.0", 1.0),
        ("2025-02", "two_stage", "1.0.0", 2.0),
    ]
    frame = pd.DataFrame(values, columns=["weekend", "model", "model_version", "value"])
    return frame.assign(metric="winner_log_loss", stage="race", cutoff=Cutoff.BEFORE_RACE.value)


# --- preview --------------------------------------------------------------------------------------


def test_the_chances_are_those_of_the_leading_five(race: pd.DataFrame) -> None:
    text, alt, caption = drawn(figures.chances(race, "a win"))
    assert alt == "Bar chart of the chance of a win: Ada 50 %, Ben 25 %, Cleo 21 %, Dan 4 %."
    assert "The 4 drivers most likely to get a win, of 4." in caption
    assert "baseline" in text


def test_only_ten_of_a_large_field_are_drawn(race: pd.DataFrame) -> None:
    field = pd.concat([race] * 5, ignore_index=True).assign(
        driver=[f"Driver {number:02d}" for number in range(20)]
    )
    text, _, caption = drawn(figures.chances(field, "pole"))
    assert "Driver 09" in text
    assert "Driver 10" not in text
    assert "The 10 drivers most likely to get pole, of 20." in caption


def test_without_a_baseline_none_is_in_the_legend(race: pd.DataFrame) -> None:
    text, _, _ = drawn(figures.chances(race.assign(baseline=float("nan")), "a win"))
    assert ">baseline<" not in text


def test_the_finishes_go_from_the_best_to_the_last(race: pd.DataFrame) -> None:
    text, alt, _ = drawn(figures.finishes(race.iloc[::-1]))
    assert "of 4 cars: Ada 1.6 (four results in five between 1 and 3) to Dan 3.7." in alt
    assert ">grid<" in text


def test_before_there_is_a_grid_none_is_drawn(race: pd.DataFrame) -> None:
    text, _, _ = drawn(figures.finishes(race.assign(grid=float("nan"))))
    assert ">grid<" not in text


def test_the_ladder_tells_the_chance_of_each_at_each_cutoff(moves: pd.DataFrame) -> None:
    text, alt, _ = drawn(figures.ladder(moves))
    assert alt.endswith("Ada 20 % to 50 %; Ben 60 % to 25 %.")
    assert "Ada 50 %" in text


def test_a_driver_who_came_later_is_in_the_ladder_from_there_on(moves: pd.DataFrame) -> None:
    late = pd.DataFrame({"driver": ["Eve"], "cutoff": ["before_race"], "p_first": [0.25]})
    _, alt, _ = drawn(figures.ladder(pd.concat([moves, late], ignore_index=True)))
    assert "Eve 25 %" in alt


def test_one_car_or_one_cutoff_is_drawn_too(race: pd.DataFrame, moves: pd.DataFrame) -> None:
    alone = race.head(1).assign(p_first=1.0)
    assert "Ada more than 99 %." in drawn(figures.chances(alone, "a win"))[1]
    assert "of 1 car" in drawn(figures.finishes(alone))[1]
    assert "Ada 20 %" in drawn(figures.ladder(moves.head(1)))[1]


@pytest.mark.parametrize("chart", ["chances", "finishes", "ladder"])
def test_without_a_row_a_chart_is_a_sentence(
    race: pd.DataFrame, moves: pd.DataFrame, chart: str
) -> None:
    empty = {
        "chances": lambda: figures.chances(race.head(0), "pole"),
        "finishes": lambda: figures.finishes(race.head(0)),
        "ladder": lambda: figures.ladder(moves.head(0)),
    }
    drawn(empty[chart]())


# --- monitoring -----------------------------------------------------------------------------------


def test_a_score_by_round_tells_both_means(rounds: pd.DataFrame) -> None:
    text, alt, caption = drawn(figures.by_round(rounds, "winner_log_loss", window(2)))
    assert "2025-01 to 2025-02" in alt
    assert "champion mean 1.50" in alt
    assert "baseline mean 2.50" in alt
    assert "grid_gap_logit" in caption
    assert "round of 2025" in text


def test_rounds_outside_the_window_do_not_count(rounds: pd.DataFrame) -> None:
    _, alt, _ = drawn(figures.by_round(rounds, "winner_log_loss", window(1)))
    assert "champion mean 1.00" in alt
    assert "2025-02" not in alt


def test_a_champion_without_a_baseline_is_drawn_alone(rounds: pd.DataFrame) -> None:
    mine = rounds[rounds["model"] == "two_stage"]
    _, alt, _ = drawn(figures.by_round(mine, "winner_log_loss", window(2)))
    assert "champion mean 1.50" in alt
    assert "baseline mean" not in alt


def test_scores_without_a_champion_are_a_sentence(rounds: pd.DataFrame) -> None:
    for found in (rounds.head(0), rounds[rounds["model_version"] == ""]):
        _, alt, _ = figures.by_round(found, "winner_log_loss", window(2))
        assert "settled" in alt


def test_a_long_sentence_in_place_of_a_chart_is_drawn_too(rounds: pd.DataFrame) -> None:
    text, _, _ = drawn(figures.by_round(rounds.head(0), "winner_log_loss", window(2)))
    assert "settled" in text


def test_the_favourites_tell_how_often_they_won_and_the_least_likely_winner(
    winners: pd.DataFrame,
) -> None:
    _, alt, _ = drawn(figures.favourites(winners))
    assert "in 3 races: the favourite won 2 of them" in alt
    assert "3 %" in alt


def test_one_race_has_a_favourite_too(winners: pd.DataFrame) -> None:
    assert "50 %" in drawn(figures.favourites(winners.head(1)))[1]


def test_without_races_the_favourites_are_a_sentence(winners: pd.DataFrame) -> None:
    text, alt, _ = drawn(figures.favourites(winners.head(0)))
    assert alt == "No race forecast is settled yet."
    assert alt in text
