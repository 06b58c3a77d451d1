"""Tiles of a preview: the headline numbers, each with what makes it readable."""

from math import nan

import pandas as pd
import pytest

from f1lib.reports.race_preview import tiles


def test_a_preview_has_the_favourites_with_their_baseline(
    race: pd.DataFrame, qualifying: pd.DataFrame
) -> None:
    found = {each.name: each for each in tiles.preview(race, qualifying)}
    assert (found["p_win_favourite"].value, found["p_win_favourite"].baseline) == (50.0, 40.0)
    assert "Ada" in found["p_win_favourite"].label
    assert found["p_podium_favourite"].value == 90.0
    assert found["p_pole_favourite"].value == 40.0
    assert "Ben" in found["p_pole_favourite"].label


@pytest.mark.parametrize("n", [1, 4, 20])
def test_an_equal_field_has_as_many_contenders_as_cars(race: pd.DataFrame, n: int) -> None:
    field = pd.concat([race.head(1)] * n, ignore_index=True).assign(p_first=1 / n)
    (found,) = [e for e in tiles.preview(field, field) if e.name == "effective_contenders"]
    assert found.value == pytest.approx(n)
    assert found.note.startswith(f"of {n}: so many equal cars")


def test_a_sure_winner_has_no_contender(race: pd.DataFrame) -> None:
    sure = race.assign(p_first=[1.0, 0.0, 0.0, 0.0])
    (found,) = [e for e in tiles.preview(sure, sure) if e.name == "effective_contenders"]
    assert found.value == 1.0


def test_without_a_qualifying_forecast_there_is_no_pole(race: pd.DataFrame) -> None:
    names = [each.name for each in tiles.preview(race, pd.DataFrame())]
    assert "p_pole_favourite" not in names


def test_without_a_baseline_there_is_no_comparison(race: pd.DataFrame) -> None:
    found = tiles.preview(race.assign(baseline=nan, baseline_top3=nan), pd.DataFrame())
    assert [each.comparison for each in found] == [""] * 4


def test_a_chance_tells_how_many_like_it_came_true(race: pd.DataFrame) -> None:
    found = {each.name: each for each in tiles.preview(race, pd.DataFrame())}
    assert found["p_win_favourite"].note == ("of 14 earlier chances from 35 % to 50 %, 6 came true")
    assert found["p_podium_favourite"].note == ""  # there was none
    ends = race.assign(p_first_like_from=0.8, p_first_like_to=1.0)
    note = tiles.preview(ends, pd.DataFrame())[0].note
    assert note == "of 14 earlier chances from 80 % to 100 %, 6 came true"


def test_once_qualifying_is_known_nobody_is_the_favourite_for_pole(
    race: pd.DataFrame, qualifying: pd.DataFrame
) -> None:
    def named(known: pd.DataFrame) -> list[str]:
        return [each.label for each in tiles.preview(race, known)]

    assert "Ben on pole" in named(qualifying)
    assert "Ben on pole" not in named(qualifying.assign(qualified=[2.0, 1.0, 3.0, nan]))
    assert "Ben wins" in named(qualifying)  # of the race the second
