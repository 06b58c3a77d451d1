"""Tiles: the headline numbers of a report, each with what makes it readable."""

from math import nan

import pandas as pd
import pytest
from invented_monitoring import measured_over, score_row

from f1lib.reports import tiles
from f1lib.scoring.scores import METRICS


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
    assert found.note.startswith(f"of {n}:")


def test_a_sure_winner_has_no_contender(race: pd.DataFrame) -> None:
    sure = race.assign(p_first=[1.0, 0.0, 0.0, 0.0])
    (found,) = [e for e in tiles.preview(sure, sure) if e.name == "effective_contenders"]
    assert found.value == 1.0


def test_without_a_qualifying_forecast_there_is_no_pole(race: pd.DataFrame) -> None:
    names = [each.name for each in tiles.preview(race, pd.DataFrame())]
    assert "p_pole_favourite" not in names


def test_without_a_baseline_there_is_no_comparison(race: pd.DataFrame) -> None:
    found = tiles.preview(race.assign(baseline=nan), pd.DataFrame())
    assert [each.comparison for each in found] == ["", "", ""]


def test_a_monitoring_has_every_score_with_interval_n_and_baseline() -> None:
    rows = [score_row(name) for name in tiles.MONITORED]
    index, *found = tiles.monitoring(measured_over(8, *rows))
    assert [each.name for each in found] == list(tiles.MONITORED)
    for each in found:
        assert (each.value, each.low, each.high, each.n) == (1.2, 1.0, 1.4, 8)
        assert each.baseline == 1.5
        assert (each.better == "higher") == METRICS[each.name].higher_is_better
    assert (index.name, index.value, index.low, index.high) == ("skill_index", 0.1, 0.02, 0.18)


def test_the_skill_index_counts_the_races_of_its_smallest_part() -> None:
    rows = [score_row(name, n_races=8) for name in tiles.MONITORED[:-1]]
    rows.append(score_row(tiles.MONITORED[-1], n_races=6))
    assert tiles.monitoring(measured_over(8, *rows))[0].n == 6


def test_what_was_not_measured_says_so() -> None:
    for each in tiles.monitoring(measured_over(0, index=(nan, nan, nan))):
        assert each.as_json()["value"] is None
        assert each.as_json()["note"]
        assert each.n == 0
