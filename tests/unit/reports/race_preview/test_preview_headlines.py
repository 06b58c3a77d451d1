"""Sentences of a preview state what was computed, and say so when there is too little."""

from math import log, nan

import pandas as pd
import pytest
from invented_monitoring import measured_over, score_row

from f1lib.reports.race_preview import headlines
from f1lib.weekend import Cutoff, Stage


@pytest.mark.parametrize("cutoff", Cutoff)
def test_a_preview_names_the_favourite_who_follows_and_what_was_known(
    race: pd.DataFrame, cutoff: Cutoff
) -> None:
    said = headlines.preview("North Grand Prix", race, cutoff, replay=False)
    assert "Ada is the favourite for the North Grand Prix with a chance of 50 %" in said
    assert "Ben follows with 25 %" in said
    assert said.endswith(f"Forecast {headlines.KNOWN[cutoff]}.")


def test_a_preview_made_after_the_race_says_so_at_once(race: pd.DataFrame) -> None:
    said = headlines.preview("North Grand Prix", race, Cutoff.BEFORE_RACE, replay=True)
    assert "A replay, computed after the race from what was known before the race" in said
    assert "Forecast" not in said


def test_what_the_driver_on_pole_had_been_given_is_said_once_it_is_known(
    qualifying: pd.DataFrame,
) -> None:
    assert headlines.pole(qualifying) == ""
    other = headlines.pole(qualifying.assign(qualified=[2.0, 1.0, 3.0, nan]))
    assert other == (
        "Qualifying was won by Ada, who had been given 35 %; the favourite was Ben with 40 %."
    )
    favourite = headlines.pole(qualifying.assign(qualified=[1.0, 2.0, 3.0, 4.0]))
    assert favourite.endswith("Ben, who had been given 40 % and was the favourite.")


def test_it_is_said_how_many_drivers_share_nine_tenths(race: pd.DataFrame) -> None:
    said = headlines.how_open(race)  # 0.50 + 0.25 + 0.21 = 0.96
    assert "3 of 4 drivers" in said
    assert said.endswith("4.")  # an equal field: 0.9 * 4 = 3.6


def test_a_sure_winner_needs_no_company(race: pd.DataFrame) -> None:
    assert "1 of 1 drivers" in headlines.how_open(race.head(1).assign(p_first=1.0))


def test_the_greatest_disagreement_with_the_baseline_is_named(race: pd.DataFrame) -> None:
    said = headlines.against_baseline(race, "form")  # Ben: 0.25 - 0.45, the largest
    assert "gives Ben less than the frozen baseline `form`: 25 % against 45 %" in said
    more = headlines.against_baseline(race.assign(baseline=[0.1, 0.3, 0.3, 0.3]), "form")
    assert "gives Ada more than the frozen baseline `form`: 50 % against 10 %" in more


def test_of_equal_disagreements_the_greater_favourite_is_named(race: pd.DataFrame) -> None:
    tied = race.assign(p_first=[0.5, 0.25, 0.25, 0.0], baseline=[0.25, 0.5, 0.25, 0.0])
    assert "gives Ada more" in headlines.against_baseline(tied, "form")


def test_without_a_baseline_nothing_is_compared(race: pd.DataFrame) -> None:
    assert "no baseline" in headlines.against_baseline(race.assign(baseline=nan), "form")


def test_a_driver_the_baseline_does_not_know_is_passed_over(race: pd.DataFrame) -> None:
    assert "Cleo" in headlines.against_baseline(race.assign(baseline=[0.5, nan, 0.1, 0.0]), "form")


# --- what the weekend taught ----------------------------------------------------------------------


def test_who_rose_and_who_fell_most_is_said_with_both_values(
    moves: pd.DataFrame, learnt: dict[str, tuple[str, ...]]
) -> None:
    said = headlines.moved(moves, learnt)
    assert "with qualifying and grid known" in said
    assert "Ada rose most (20 % to 50 %) and Ben fell most (60 % to 25 %)" in said


def test_only_the_last_two_cutoffs_count(
    moves: pd.DataFrame, learnt: dict[str, tuple[str, ...]]
) -> None:
    practice = moves.head(2).assign(cutoff="before_qualifying", p_first=[0.5, 0.25])
    said = headlines.moved(pd.concat([moves, practice], ignore_index=True), learnt)
    assert "moved nobody's chance" in said
    assert "qualifying and grid" in said


def test_where_all_moved_one_way_only_that_way_is_told(
    moves: pd.DataFrame, learnt: dict[str, tuple[str, ...]]
) -> None:
    said = headlines.moved(moves.assign(p_first=[0.2, 0.3, 0.5, 0.3]), learnt)
    assert "Ada rose most" in said
    assert "fell" not in said


def test_a_driver_who_came_later_has_not_moved(
    moves: pd.DataFrame, learnt: dict[str, tuple[str, ...]]
) -> None:
    late = pd.DataFrame({"driver": ["Eve"], "cutoff": ["before_race"], "p_first": [0.9]})
    assert "Eve" not in headlines.moved(pd.concat([moves, late], ignore_index=True), learnt)


def test_with_one_cutoff_nothing_has_moved(
    moves: pd.DataFrame, learnt: dict[str, tuple[str, ...]]
) -> None:
    assert "nothing has moved yet" in headlines.moved(moves.head(2), learnt)
    assert "nothing has moved yet" in headlines.moved(moves.head(0), learnt)


RUNGS = pd.DataFrame(
    {
        "cutoff": [cutoff.value for cutoff in Cutoff],
        "value": [1.5, 1.44, 1.0],
        "baseline_value": [1.7, 1.7, 1.1],
        "worth": [nan, 0.06, log(2)],
        "low": [nan, -0.07, 0.4],
        "high": [nan, 0.18, 0.9],
        "n_races": [23] * 3,
    }
)


def test_the_worth_of_a_session_is_said_in_nats_and_as_a_factor() -> None:
    said = headlines.worth(RUNGS)
    assert said.startswith("Over 23 settled rounds")
    assert "practice (with the sprint, where there is one) +0.06 nats" in said
    assert "(95 % interval \N{MINUS SIGN}0.07 to +0.18" in said
    assert "qualifying with the grid +0.69 nats (95 % interval +0.40 to +0.90" in said
    assert said.endswith("the winner's chance ×2.0).")


def test_too_few_rounds_give_a_session_no_worth() -> None:
    assert headlines.worth(RUNGS.head(0)).startswith("Not enough rounds")


# --- reasons and team-mates -----------------------------------------------------------------------


def test_a_favourite_is_explained_by_what_moves_it_most(
    race: pd.DataFrame, reasons: pd.DataFrame
) -> None:
    said = headlines.why(reasons, race, 1)
    assert said.startswith("Ada: forward by grid (P1, ×2.0), back by race form (×0.9).")
    assert "reliability" not in said  # a hundredth is not worth naming
    assert "Together ×1.8 the odds" in said  # 2 / 1.1 = 1.82, and 1 % of reliability


def test_the_second_is_explained_in_turn(race: pd.DataFrame, reasons: pd.DataFrame) -> None:
    said = headlines.why(reasons, race, 2)
    assert said.startswith("Ben: forward by race form (×1.1), back by grid (P3, ×0.5).")


def test_without_a_grid_no_place_is_named(race: pd.DataFrame, reasons: pd.DataFrame) -> None:
    assert "grid (×2.0)" in headlines.why(reasons, race.assign(grid=nan), 1)


def test_a_car_that_nothing_moves_is_said_to_be_so(
    race: pd.DataFrame, reasons: pd.DataFrame
) -> None:
    said = headlines.why(reasons, race, 4)
    assert said.startswith("Dan: moved by nothing in particular. Together ×1.0")


def test_qualifying_is_explained_in_percent_of_a_lap(
    qualifying: pd.DataFrame, reasons: pd.DataFrame
) -> None:
    said = headlines.why(reasons, qualifying, 2, Stage.QUALIFYING)
    assert said.startswith("Ada: forward by car (\N{MINUS SIGN}0.20 %), back by driver (+0.05 %).")
    assert said.endswith("Together 0.15 % faster than the average car of the field.")


def test_a_forecast_without_reasons_says_why(race: pd.DataFrame, reasons: pd.DataFrame) -> None:
    assert headlines.why(reasons.head(0), race, 1) == headlines.UNEXPLAINED
    assert "nobody is number 5" in headlines.why(reasons, race, 5)


def test_the_clearest_and_the_closest_pair_are_named(pairs: pd.DataFrame) -> None:
    said = headlines.duels(pairs)
    assert "clearest pair: Ada finishes ahead of Ben with 70 %." in said
    assert "closest: Cleo finishes ahead of Dan with 55 %." in said
    assert "closest" not in headlines.duels(pairs.head(1))
    assert headlines.duels(pairs.head(0)) == headlines.NO_PAIR


# --- how far to trust it --------------------------------------------------------------------------


def test_a_chance_stands_beside_what_became_of_earlier_ones(race: pd.DataFrame) -> None:
    said = headlines.how_sure(race, 23)
    assert "Ada has a chance of 50 % to win" in said
    assert "In the 23 settled rounds before this one" in said
    assert "between 35 % and 50 % came true 6 times in 14" in said
    assert "from 21 % to 67 %" in said


def test_seven_rounds_say_nothing_of_trust(race: pd.DataFrame) -> None:
    said = headlines.how_sure(race, 7)
    assert "7 settled before this one; 8 are needed" in said
    assert "came true" not in said


def test_a_chance_unlike_any_before_has_no_precedent(race: pd.DataFrame) -> None:
    said = headlines.how_sure(race.assign(p_first_like_n=0), 23)
    assert "fewer than 5 chances were about the same" in said
    assert "nan" not in said


def test_the_last_rounds_are_judged_only_as_far_as_chance_lets(winners: pd.DataFrame) -> None:
    ask = (winners, Cutoff.BEFORE_RACE)
    said = headlines.lately(measured_over(8, score_row(p_value=0.5)), *ask)
    assert "(8 rounds, 2025-01 to 2025-08) the favourite won 2 of 3" in said
    assert "1.20 nats against 1.50 for the baseline: 8 rounds cannot tell the two apart" in said
    better = headlines.lately(measured_over(8, score_row()), *ask)
    assert "the champion was better (paired p = 0.02)" in better
    worse = headlines.lately(measured_over(8, score_row(skill=-0.2)), *ask)
    assert "the champion was worse" in worse


def test_a_score_at_another_cutoff_is_not_this_ones(winners: pd.DataFrame) -> None:
    row = score_row(cutoff="before_weekend")
    said = headlines.lately(measured_over(8, row), winners, Cutoff.BEFORE_RACE)
    assert said == "In the last rounds: not enough rounds. None was settled before."


def test_a_circuit_seen_once_gives_numbers_but_no_verdict(winners: pd.DataFrame) -> None:
    said = headlines.here(measured_over(1, score_row()), winners, Cutoff.BEFORE_RACE)
    assert said.startswith("At this circuit (1 round, 2025-01) the favourite won 1 of 1;")
    assert "Not enough rounds for a verdict (1; 5 are needed)" in said
    assert "better" not in said


def test_a_circuit_never_seen_has_no_record(winners: pd.DataFrame) -> None:
    said = headlines.here(measured_over(0), winners.head(0), Cutoff.BEFORE_RACE)
    assert said == "At this circuit: not enough rounds. None was settled before."


def test_without_a_baseline_on_these_rounds_there_is_no_verdict(winners: pd.DataFrame) -> None:
    row = score_row(baseline_value=nan, p_value=nan)
    said = headlines.lately(measured_over(8, row), winners, Cutoff.BEFORE_RACE)
    assert said.endswith("1.20 nats.")


# --- in short -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("replay", "when"), [(True, "This is a replay"), (False, "Said before the race")]
)
def test_the_podium_is_named_in_the_order_of_its_chances(
    race: pd.DataFrame, replay: bool, when: str
) -> None:
    said = headlines.conclusion(race, replay)
    assert "podium: Ada, Cleo, Ben (90 %, 85 %, 80 %)." in said
    assert when in said
