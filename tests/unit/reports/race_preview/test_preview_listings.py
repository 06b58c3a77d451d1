"""Tables of a preview: every row there is, in the order a reader asks for."""

from math import nan

import pandas as pd
import pytest
from invented_monitoring import measured_over, score_row, window

from f1lib.monitoring import ladder
from f1lib.reports import tables as drawing
from f1lib.reports.race_preview import listings
from f1lib.weekend import Cutoff, Stage

CUTOFFS = {Stage.RACE: Cutoff.BEFORE_RACE, Stage.QUALIFYING: Cutoff.BEFORE_QUALIFYING}


def drawn(
    listing: tuple[pd.DataFrame, str, dict[str, str]],
) -> tuple[list[str], list[list[str]], str]:
    """Column heads and cells as a reader sees them, and the caption."""
    frame, caption, formats = listing
    columns, rows = drawing.cells(frame, formats, ())
    return [head.text for head in columns], [[cell.text for cell in row] for row in rows], caption


def test_the_race_lists_all_with_the_grid_once_there_is_one(race: pd.DataFrame) -> None:
    heads, rows, caption = drawn(listings.race(race))
    assert "all 4 entries" in caption
    assert [row[0] for row in rows] == ["Ada", "Ben", "Cleo", "Dan"]
    first = dict(zip(heads, rows[0], strict=True))
    assert (first["Grid"], first["Finish"]) == ("1", "1.6 (1–3)")
    assert (first["Win"], first["Win, baseline"]) == ("50.0\u00a0%", "40.0\u00a0%")
    assert (first["Podium"], first["Podium, baseline"]) == ("90\u00a0%", "80\u00a0%")
    assert (first["Points"], first["Points, baseline"]) == ("100\u00a0%", "100\u00a0%")
    heads, _, _ = drawn(listings.race(race.assign(grid=nan)))
    assert "Grid" not in heads


def test_qualifying_lists_all_by_expected_place(qualifying: pd.DataFrame) -> None:
    heads, rows, caption = drawn(listings.qualifying(qualifying))
    assert "all 4 entries" in caption
    assert [row[0] for row in rows] == ["Ada", "Ben", "Cleo", "Dan"]
    assert rows[3][heads.index("Gap to pole, %")] == "1.25"


def test_precedents_are_counts_and_a_dash_where_there_are_none(race: pd.DataFrame) -> None:
    heads, rows, caption = drawn(listings.precedents(race, 23))
    first = dict(zip(heads, rows[0], strict=True))
    assert first["Win: alike, came true"] == "6 of 14"
    assert first["Podium: alike, came true"] == "–"
    assert first["Points: alike, came true"] == "30 of 30"
    assert "23 settled rounds" in caption


def test_pairs_are_listed_with_the_season_so_far(pairs: pd.DataFrame) -> None:
    heads, rows, _ = drawn(listings.duels(pairs))
    ada, cleo = (dict(zip(heads, row, strict=True)) for row in rows)
    assert (ada["Driver"], ada["Rival"], ada["Team"]) == ("Ada", "Ben", "Oak")
    assert (ada["Ahead, race"], ada["Races so far"]) == ("70\u00a0%", "4–2")
    assert (ada["Ahead, qualifying"], ada["Qualifyings so far"]) == ("40\u00a0%", "2–4")
    assert (cleo["Races so far"], cleo["Ahead, qualifying"], cleo["Qualifyings so far"]) == (
        "–", "–", "–",
    )  # fmt: skip


def test_the_ladder_is_listed_from_the_least_known_on() -> None:
    found = pd.DataFrame(
        {
            "cutoff": [cutoff.value for cutoff in Cutoff],
            "value": [1.5, 1.44, 1.0],
            "baseline": "",
            "baseline_value": [1.7, 1.7, 1.1],
            "worth": [nan, 0.06, 0.44],
            "low": [nan, -0.07, 0.2],
            "high": [nan, 0.18, 0.7],
            "n_races": [23] * 3,
        }
    )
    heads, rows, _ = drawn(listings.rungs(found))
    assert [row[0] for row in rows] == [
        "before the weekend",
        "after practice and sprint",
        "after qualifying",
    ]
    assert rows[0][heads.index("Worth of the rung")] == "–"
    assert rows[2][heads.index("Worth of the rung")] == "+0.44"
    assert rows[2][heads.index("95 % interval")] == "+0.20 to +0.70"


def test_the_record_lists_each_stage_at_its_cutoff_lately_and_here() -> None:
    recent = measured_over(
        8, score_row("order_concordance", value=0.8), score_row(),
        score_row(cutoff="before_weekend", value=9.0),
    )  # fmt: skip
    here = measured_over(1, score_row(value=2.0, n_races=1))
    heads, rows, _ = drawn(listings.track_record(recent, here, CUTOFFS))
    winner, order = (dict(zip(heads, row, strict=True)) for row in rows)
    assert winner["Score"] == "Log loss of the winner, nats"
    assert (winner["Lately"], winner["Baseline"], winner["Rounds"]) == ("1.200", "1.500", "8")
    assert (winner["Here"], winner["Rounds, here"]) == ("2.000", "1")
    assert (order["Lately"], order["Here"]) == ("0.800", "–")


def test_settled_races_are_the_last_ones_and_those_at_this_circuit(winners: pd.DataFrame) -> None:
    races = winners.assign(p_baseline=[0.3, nan, 0.2], here=[True, False, False])
    heads, rows, caption = drawn(listings.settled_races(races, window(3)))
    assert [row[0] for row in rows] == ["2025-03", "2025-02", "2025-01"]
    assert rows[1][heads.index("By the baseline")] == "–"
    assert "the 1 at this circuit" in caption
    later = window(0)
    _, rows, _ = drawn(listings.settled_races(races, later))
    assert [row[0] for row in rows] == ["2025-01"]


@pytest.mark.parametrize("n", [0, 1])
def test_none_or_one_row_is_a_table_too(
    race: pd.DataFrame,
    qualifying: pd.DataFrame,
    winners: pd.DataFrame,
    pairs: pd.DataFrame,
    n: int,
) -> None:
    races = winners.assign(p_baseline=0.3, here=False)
    for listing in (
        listings.race(race.head(n)),
        listings.qualifying(qualifying.head(n)),
        listings.precedents(race.head(n), 0),
        listings.duels(pairs.head(n)),
        listings.settled_races(races, window(n)),
    ):
        assert len(drawn(listing)[1]) == n
    nothing = measured_over(0)
    assert drawn(listings.track_record(nothing, nothing, CUTOFFS))[1] == []
    assert drawn(listings.rungs(pd.DataFrame(columns=list(ladder.COLUMNS))))[1] == []
