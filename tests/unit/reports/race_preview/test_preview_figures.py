"""Charts of a preview say in words what they draw, and draw what there is."""

import pandas as pd
import pytest

from f1lib.reports import charts
from f1lib.reports.race_preview import figures


def drawn(chart: "charts.Chart") -> tuple[str, str, str]:
    """The SVG as text, the alternative text and the caption; both are never empty."""
    fig, alt, caption = chart
    assert alt
    assert caption
    assert "nan" not in alt
    assert fig is not None
    return charts.svg(fig, alt), alt, caption


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
    text, alt, _ = drawn(figures.ladder(moves, {}))
    assert alt.endswith("Ada 20 % to 50 %; Ben 60 % to 25 %.")
    assert "Ada 50 %" in text


def test_a_driver_who_came_later_is_in_the_ladder_from_there_on(moves: pd.DataFrame) -> None:
    late = pd.DataFrame({"driver": ["Eve"], "cutoff": ["before_race"], "p_first": [0.25]})
    _, alt, _ = drawn(figures.ladder(pd.concat([moves, late], ignore_index=True), {}))
    assert "Eve 25 %" in alt


def test_one_car_or_one_cutoff_is_drawn_too(race: pd.DataFrame, moves: pd.DataFrame) -> None:
    alone = race.head(1).assign(p_first=1.0)
    assert "Ada more than 99 %." in drawn(figures.chances(alone, "a win"))[1]
    assert "of 1 car" in drawn(figures.finishes(alone))[1]
    assert "Ada 20 %" in drawn(figures.ladder(moves.head(1), {}))[1]


@pytest.mark.parametrize("chart", ["chances", "finishes", "ladder"])
def test_without_a_row_a_chart_is_a_sentence(
    race: pd.DataFrame, moves: pd.DataFrame, chart: str
) -> None:
    empty = {
        "chances": lambda: figures.chances(race.head(0), "pole"),
        "finishes": lambda: figures.finishes(race.head(0)),
        "ladder": lambda: figures.ladder(moves.head(0), {}),
    }
    fig, sentence, caption = empty[chart]()
    assert fig is None
    assert sentence.startswith("There is no forecast of")
    assert caption == ""


def test_a_chance_is_drawn_with_what_became_of_earlier_ones(race: pd.DataFrame) -> None:
    text, _, caption = drawn(figures.chances(race, "a win"))
    assert ">alike, came true<" in text
    assert "95 % interval" in caption
    without = race.assign(p_first_like_low=float("nan"), p_first_like_high=float("nan"))
    text, _, caption = drawn(figures.chances(without, "a win"))
    assert ">alike, came true<" not in text
    assert "95 % interval" not in caption


def test_podium_and_points_stand_side_by_side_in_the_order_expected(race: pd.DataFrame) -> None:
    text, alt, caption = drawn(figures.places(race.iloc[::-1]))
    assert "Ada 90 % and more than 99 %, Ben 80 % and more than 99 %" in alt
    assert "The 4 cars expected furthest up, of 4." in caption
    assert ">chance of a podium, %<" in text
    assert ">chance of points, %<" in text


def test_where_no_baseline_says_podium_none_is_drawn(race: pd.DataFrame) -> None:
    nothing = float("nan")
    text, _, _ = drawn(figures.places(race.assign(baseline_top3=nothing, baseline_top10=nothing)))
    assert ">baseline<" not in text


def test_a_rung_is_named_after_the_last_session_run(
    moves: pd.DataFrame, learnt: dict[str, tuple[str, ...]]
) -> None:
    sprint = moves.assign(cutoff=["before_weekend"] * 2 + ["before_qualifying"] * 2)
    text, _, _ = drawn(figures.ladder(sprint, learnt))
    assert ">sprint<" in text
    text, _, _ = drawn(figures.ladder(moves, learnt))
    assert ">qualifying<" in text  # the grid is no session on track


def test_the_ladder_tells_the_change_since_the_last_cutoff(moves: pd.DataFrame) -> None:
    text, _, _ = drawn(figures.ladder(moves, {}))
    assert "Ada 50 % (+30)" in text
    assert "Ben 25 % (\N{MINUS SIGN}35)" in text
    text, _, _ = drawn(figures.ladder(moves.head(2), {}))
    assert "Ada 20 %<" in text


def test_reliability_says_how_many_bins_are_where_a_calibrated_model_is(
    tables: dict[str, pd.DataFrame],
) -> None:
    text, alt, _ = drawn(figures.reliability(tables, 23))
    assert "over 23 rounds" in alt
    assert alt.endswith("win 1 of 2, podium 1 of 2, points 1 of 1.")
    assert ">points<" in text


def test_reliability_without_rounds_is_a_sentence(tables: dict[str, pd.DataFrame]) -> None:
    nothing = {what: table.head(0) for what, table in tables.items()}
    fig, sentence, _ = figures.reliability(nothing, 3)
    assert fig is None
    assert sentence.startswith("Not enough rounds")
