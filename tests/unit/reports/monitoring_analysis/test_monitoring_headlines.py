"""Sentences state what was measured, and say so when there is too little to state anything."""

from dataclasses import replace
from math import nan

import pandas as pd
import pytest
from invented_monitoring import measured_over, score_row, window

from f1lib.reports.monitoring_analysis import headlines
from f1lib.scoring.calibration import NullTest, Slope

USUAL = NullTest(value=1.21, expected=1.25, p_value=0.55, p_below=0.45, n_races=8)


def monitoring(rounds: int = 8, **changed: float) -> str:
    return headlines.monitoring(window(rounds), pd.Series(score_row(**changed)))


def test_a_champion_better_than_its_baseline_is_called_so_with_all_numbers() -> None:
    said = monitoring()
    assert said.startswith(
        "The champion is better than the baseline. Last 8 rounds (2025-01 to 2025-08): log loss"
    )
    for number in ("1.20 nats", "1.50 for the baseline", "+20 %", "+5 % to +35 %", "0.02"):
        assert number in said


def test_a_champion_worse_than_its_baseline_is_called_so() -> None:
    said = monitoring(skill=-0.2, skill_low=-0.35, skill_high=-0.05, p_value=0.02)
    assert said.startswith("The champion is worse than the baseline.")
    assert "\N{MINUS SIGN}20" in said


def spoken(*versions: str, replays: int = 0) -> str:
    said = enumerate(zip(window(8).weekends, versions, strict=True))
    rounds = pd.DataFrame(
        [(str(weekend), "two_stage", "before_race", version, place < replays)
         for place, (weekend, version) in said],
        columns=["weekend", "model", "cutoff", "model_version", "replay"],
    )  # fmt: skip
    return headlines.speakers(rounds, "two_stage", "1.0.2", window(8))


def test_it_is_said_who_forecast_the_rounds_that_are_looked_at() -> None:
    assert spoken(*["1.0.2"] * 8) == ("Of 8 rounds looked at, champion 1.0.2 forecast all itself.")
    said = spoken("1.0.0", *["1.0.1"] * 4, *["1.0.2"] * 3)
    assert "forecast 3 itself" in said
    assert "(1.0.0 and 1.0.1) speaks for it" in said


def test_forecasts_that_were_made_after_the_race_are_counted() -> None:
    assert "replay" not in spoken(*["1.0.2"] * 8)
    assert "All of these forecasts were replayed: computed" in spoken(*["1.0.2"] * 8, replays=8)
    assert "1 of these forecasts was replayed: computed" in spoken(
        "1.0.0", *["1.0.2"] * 7, replays=1
    )


@pytest.mark.parametrize("skill", [0.2, -0.2, 0.0])
def test_a_difference_that_chance_explains_is_no_verdict(skill: float) -> None:
    assert monitoring(skill=skill, p_value=0.05).startswith("The champion cannot be told from")


def test_too_few_races_give_a_number_but_no_verdict() -> None:
    said = monitoring(rounds=7, n_races=7)
    assert "1.20 nats" in said
    assert "not enough rounds for a verdict (7; 8 are needed)" in said
    assert "better" not in said


def test_without_a_baseline_on_these_rounds_there_is_no_comparison() -> None:
    assert "no forecast of these rounds to compare with" in monitoring(skill=nan)


def test_without_a_score_nothing_is_said_about_the_champion() -> None:
    for said in (headlines.monitoring(window(0), None), monitoring(value=nan)):
        assert said.startswith("Not enough rounds to say whether the champion holds")


@pytest.mark.parametrize(
    ("index", "verdict"),
    [
        ((0.1, 0.02, 0.18), "no accident"),
        ((-0.1, -0.18, -0.02), "no accident"),
        ((0.1, -0.02, 0.2), "cannot be told"),
        ((0.1, 0.0, 0.2), "cannot be told"),
    ],
)
def test_the_conclusion_says_the_skill_index_and_whether_it_can_be_told_from_none(
    index: tuple[float, float, float], verdict: str
) -> None:
    said = headlines.in_short(measured_over(8, index=index), USUAL)
    assert f"{index[0]:+.3f}".replace("-", "\N{MINUS SIGN}") in said
    assert verdict in said
    assert "1.21 nats" in said


def test_the_conclusion_of_too_few_rounds_is_that_they_are_too_few() -> None:
    said = headlines.in_short(measured_over(7), None)
    assert said.startswith("Not enough rounds for a verdict")
    assert "8 are needed" in said


def test_a_skill_index_that_lacks_a_part_is_not_made_up() -> None:
    said = headlines.in_short(measured_over(8, index=(nan, nan, nan)), USUAL)
    assert "cannot be computed" in said
    assert "nan" not in said


def test_a_skill_index_without_an_interval_is_no_verdict() -> None:
    said = headlines.in_short(measured_over(8, index=(0.1, nan, nan)), USUAL)
    assert "no accident" not in said
    assert "nan" not in said


# --- winners --------------------------------------------------------------------------------------


def test_wins_of_the_favourite_stand_beside_those_expected(winners: pd.DataFrame) -> None:
    said = headlines.winners(winners)  # 0.5 + 0.4 + 0.6
    assert "won 2 of 3 races" in said
    assert said.endswith("expect 1.5 ± 0.9 (so many or more: 50 %).")


@pytest.mark.parametrize(
    ("hits", "said"),
    [
        (12, "12.0 ± 2.4 (so many or"),
        (16, "(so many or more: 8 %): if anything it gives its favourites too little, which"),
        (8, "(so many or fewer: 8 %): if anything it gives its favourites too much, which"),
        (18, "(so many or more: 1 %): it gives its favourites too little."),
        (6, "(so many or fewer: 1 %): it gives its favourites too much."),
    ],
)
def test_favourites_that_win_too_often_or_too_seldom_are_judged(hits: int, said: str) -> None:
    names = ["Ada"] * hits + ["Ben"] * (24 - hits)
    frame = pd.DataFrame({"winner": names, "favourite": "Ada", "p_favourite": 0.5})
    assert said in headlines.winners(frame)


def test_favourites_of_too_few_races_are_not_judged() -> None:
    frame = pd.DataFrame({"winner": ["Ada"] * 7, "favourite": "Ada", "p_favourite": 0.2})
    assert headlines.winners(frame).endswith("(so many or more: less than 1 %).")


def test_the_least_expected_winner_is_the_surprise(winners: pd.DataFrame) -> None:
    said = headlines.surprise(winners)
    assert "2025-02: Cleo won" in said
    assert said.endswith("3 %.")


def test_of_two_equal_surprises_the_first_is_told(winners: pd.DataFrame) -> None:
    assert "2025-01" in headlines.surprise(winners.assign(p_winner=[0.1, 0.3, 0.1]))


def test_without_races_there_are_no_winners(winners: pd.DataFrame) -> None:
    for sentence in (headlines.winners, headlines.surprise):
        assert sentence(winners.head(0)) == "No race forecast is settled yet."


# --- calibration ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("p_value", "p_below", "verdict"),
    [
        (0.55, 0.45, "about as surprising as"),
        (0.2, 0.8, "about as surprising as"),
        (0.03, 0.97, "if anything more surprising than"),
        (0.93, 0.07, "if anything less surprising than"),
        (0.01, 0.99, "more surprising than"),
        (0.99, 0.01, "less surprising than"),
    ],
)
def test_winners_are_as_surprising_as_expected_unless_chance_hardly_does_that(
    p_value: float, p_below: float, verdict: str
) -> None:
    said = headlines.calibrated(replace(USUAL, p_value=p_value, p_below=p_below))
    assert f"The winners were {verdict} " in said
    assert said.endswith(", which is not shown.") == verdict.startswith("if anything")
    for number in ("1.21 nats", "1.25", headlines.percent(p_value), "8 races"):
        assert number in said


def test_an_error_of_calibration_stands_beside_what_chance_gives() -> None:
    test = NullTest(value=0.08, expected=0.1, p_value=0.7, p_below=0.3, n_races=12)
    said = headlines.error_of_calibration(test)
    for number in ("0.080", "0.100", "\N{MINUS SIGN}0.020", "0.70", "12 races"):
        assert number in said


def test_too_few_rounds_give_no_calibration() -> None:
    for said in (headlines.calibrated(None), headlines.error_of_calibration(None)):
        assert said.startswith("Not enough rounds")
        assert "8 are needed" in said


@pytest.mark.parametrize(
    ("slope", "verdict"),
    [
        (Slope(0.95, 0.8, 1.1, 95), "judged over 96 races and more"),
        (Slope(0.95, 0.8, 1.1, 96), "no reason to complain"),
        (Slope(0.6, 0.5, 0.7, 96), "calibration is bad"),
        (Slope(0.9, 0.85, 0.95, 96), "no reason to complain"),  # significant, but small
    ],
)
def test_a_slope_is_judged_over_96_races_and_more(slope: Slope, verdict: str) -> None:
    said = headlines.slope_of_calibration(slope)
    assert verdict in said
    for number in (slope.value, slope.low, slope.high):
        assert f"{number:.2f}" in said


def test_a_slope_that_cannot_be_had_is_not_made_up() -> None:
    said = headlines.slope_of_calibration(Slope(nan, nan, nan, 9))
    assert said.startswith("Not enough rounds")
    assert "(9; 10 are needed)" in said
