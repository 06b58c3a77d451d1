"""Sentences state what was measured, and say so when there is too little to state anything."""

from dataclasses import replace
from math import nan

import pandas as pd
import pytest
from invented_monitoring import measured_over, score_row, window

from f1lib.reports import headlines
from f1lib.scoring.calibration import NullTest, Slope
from f1lib.weekend import Cutoff

USUAL = NullTest(value=1.21, expected=1.25, p_value=0.55, p_below=0.45, n_races=8)


# --- preview --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.0, "less than 1 %"), (0.0049, "less than 1 %"), (0.006, "1 %"), (0.994, "99 %"),
     (0.9951, "more than 99 %"), (1.0, "more than 99 %")],
)  # fmt: skip
def test_nothing_uncertain_is_called_impossible_or_sure(share: float, said: str) -> None:
    assert headlines.percent(share) == said


@pytest.mark.parametrize("cutoff", Cutoff)
def test_a_preview_names_the_favourite_who_follows_and_what_was_known(
    race: pd.DataFrame, cutoff: Cutoff
) -> None:
    said = headlines.preview("North Grand Prix", race, cutoff)
    assert "Ada is the favourite for the North Grand Prix with a chance of 50 %" in said
    assert "Ben follows with 25 %" in said
    assert headlines.KNOWN[cutoff] in said


def test_it_is_said_how_many_drivers_share_nine_tenths(race: pd.DataFrame) -> None:
    said = headlines.how_open(race)  # 0.50 + 0.25 + 0.21 = 0.96
    assert "3 of 4 drivers" in said
    assert said.endswith("4.")  # an equal field: 0.9 * 4 = 3.6


def test_a_sure_winner_needs_no_company(race: pd.DataFrame) -> None:
    assert "1 of 1 drivers" in headlines.how_open(race.head(1).assign(p_first=1.0))


def test_the_greatest_disagreement_with_the_baseline_is_named(race: pd.DataFrame) -> None:
    said = headlines.against_baseline(race, "form")  # Ben: 0.25 - 0.45, the largest
    assert "gives Ben less than the baseline form: 25 % against 45 %" in said
    more = headlines.against_baseline(race.assign(baseline=[0.1, 0.3, 0.3, 0.3]), "form")
    assert "gives Ada more than the baseline form: 50 % against 10 %" in more


def test_of_equal_disagreements_the_greater_favourite_is_named(race: pd.DataFrame) -> None:
    tied = race.assign(p_first=[0.5, 0.25, 0.25, 0.0], baseline=[0.25, 0.5, 0.25, 0.0])
    assert "gives Ada more" in headlines.against_baseline(tied, "form")


def test_without_a_baseline_nothing_is_compared(race: pd.DataFrame) -> None:
    assert "no baseline" in headlines.against_baseline(race.assign(baseline=nan), "form")


def test_a_driver_the_baseline_does_not_know_is_passed_over(race: pd.DataFrame) -> None:
    assert "Cleo" in headlines.against_baseline(race.assign(baseline=[0.5, nan, 0.1, 0.0]), "form")


def test_whose_chance_moved_most_is_said_with_both_values(moves: pd.DataFrame) -> None:
    assert "Ben most: the chance of winning fell from 60 % to 25 %" in headlines.ladder(moves)
    rising = moves.assign(p_first=[0.2, 0.3, 0.5, 0.25])
    assert "Ada most: the chance of winning rose from 20 % to 50 %" in headlines.ladder(rising)


def test_a_driver_who_came_later_has_not_moved(moves: pd.DataFrame) -> None:
    late = pd.DataFrame({"driver": ["Eve"], "cutoff": ["before_race"], "p_first": [0.9]})
    assert "Ben most" in headlines.ladder(pd.concat([moves, late]))


def test_with_one_cutoff_nothing_has_moved(moves: pd.DataFrame) -> None:
    assert "nothing has moved yet" in headlines.ladder(moves.head(2))
    assert "nothing has moved yet" in headlines.ladder(moves.head(0))


@pytest.mark.parametrize(
    ("replay", "when"), [(True, "This is a replay"), (False, "Said before the race")]
)
def test_the_podium_is_named_in_the_order_of_its_chances(
    race: pd.DataFrame, replay: bool, when: str
) -> None:
    said = headlines.preview_conclusion(race, replay)
    assert "podium: Ada, Cleo, Ben (90 %, 85 %, 80 %)." in said
    assert when in said


# --- monitoring -----------------------------------------------------------------------------------


def monitoring(rounds: int = 8, **changed: float) -> str:
    return headlines.monitoring(window(rounds), pd.Series(score_row(**changed)))


def test_a_champion_better_than_its_baseline_is_called_so_with_all_numbers() -> None:
    said = monitoring()
    assert said.startswith("The champion is better than the baseline. Last 8 rounds (8 ")
    for number in ("1.20 nats", "1.50 for the baseline", "+20%", "+5% to +35%", "0.02"):
        assert number in said


def test_a_champion_worse_than_its_baseline_is_called_so() -> None:
    said = monitoring(skill=-0.2, skill_low=-0.35, skill_high=-0.05, p_value=0.02)
    assert said.startswith("The champion is worse than the baseline.")
    assert "\N{MINUS SIGN}20" in said


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
    said = headlines.monitoring_conclusion(measured_over(8, index=index), USUAL)
    assert f"{index[0]:+.3f}".replace("-", "\N{MINUS SIGN}") in said
    assert verdict in said
    assert "1.21 nats" in said


def test_the_conclusion_of_too_few_rounds_is_that_they_are_too_few() -> None:
    said = headlines.monitoring_conclusion(measured_over(7), None)
    assert said.startswith("Not enough rounds for a verdict")
    assert "8 are needed" in said


def test_a_skill_index_that_lacks_a_part_is_not_made_up() -> None:
    said = headlines.monitoring_conclusion(measured_over(8, index=(nan, nan, nan)), USUAL)
    assert "cannot be computed" in said
    assert "nan" not in said


def test_a_skill_index_without_an_interval_is_no_verdict() -> None:
    said = headlines.monitoring_conclusion(measured_over(8, index=(0.1, nan, nan)), USUAL)
    assert "no accident" not in said
    assert "nan" not in said


# --- winners --------------------------------------------------------------------------------------


def test_wins_of_the_favourite_stand_beside_those_expected(winners: pd.DataFrame) -> None:
    said = headlines.winners(winners)  # 0.5 + 0.4 + 0.6
    assert "won 2 of 3 races" in said
    assert said.endswith("1.5.")


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
        (0.03, 0.97, "about as surprising as"),
        (0.01, 0.99, "more surprising than"),
        (0.99, 0.01, "less surprising than"),
    ],
)
def test_winners_are_as_surprising_as_expected_unless_chance_hardly_does_that(
    p_value: float, p_below: float, verdict: str
) -> None:
    said = headlines.calibrated(replace(USUAL, p_value=p_value, p_below=p_below))
    assert f"The winners were {verdict} " in said
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
