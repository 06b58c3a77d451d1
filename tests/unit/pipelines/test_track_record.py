"""The track record looks back from a weekend, never at it or past it."""

import pandas as pd
import pytest

from f1lib.pipelines import ingest, predict, settled, track_record
from f1lib.pipelines.track_record import TrackRecord
from f1lib.scoring import precedents, reliability
from f1lib.settings import Settings
from f1lib.weekend import Cutoff, RaceWeekend, Stage

HEADLINE = {Stage.RACE: Cutoff.BEFORE_RACE, Stage.QUALIFYING: Cutoff.BEFORE_QUALIFYING}


def looked_back(settings: Settings, weekend: RaceWeekend) -> TrackRecord:
    history = ingest.known(settings)
    holder = predict.champion(settings, simulated=True)
    return track_record.track_record(history, weekend, HEADLINE, holder, settings)


def test_the_first_round_has_no_record_and_says_so_in_empty_frames(home) -> None:
    record = looked_back(home.settings, home.weekends[0])
    assert record.races.empty
    assert list(record.races) == list(track_record.RACE_COLUMNS)
    assert record.recent.window.weekends == ()
    assert record.rungs.empty
    assert record.versions == ()
    for tables in record.reliability.values():
        assert all(table.empty for table in tables.values())


def test_only_earlier_rounds_count_even_where_later_ones_are_settled(home) -> None:
    record = looked_back(home.settings, home.weekends[1])
    assert record.races["weekend"].tolist() == [str(home.weekends[0])]
    assert record.recent.window.weekends == (home.weekends[0],)
    assert record.versions == ("1.0.0",)
    assert record.races["p_baseline"].between(0, 1).all()
    assert set(record.recent.scores["cutoff"]) == {cutoff.value for cutoff in Cutoff}


def test_eight_rounds_are_needed_for_a_reliability(home) -> None:
    record = looked_back(home.settings, home.weekends[2])
    assert len(record.races) == 2
    assert all(table.empty for table in record.reliability[Stage.RACE].values())


def test_a_forecast_gets_the_precedents_of_each_of_its_chances() -> None:
    forecast = pd.DataFrame({"driver": ["ada"], "p_first": [0.4], "p_top3": [0.7], "p_top10": [1]})
    nothing = pd.DataFrame(columns=list(reliability.COLUMNS), dtype=float)
    some = pd.DataFrame({"p_from": [0.35], "p_to": [0.5], "n": [10], "happened": [0.5]})
    tables = {"p_first": some, "p_top3": nothing, "p_top10": nothing}
    (found,) = track_record.with_precedents(forecast, tables).to_dict("records")
    assert (found["p_first_like_n"], found["p_first_like_true"]) == (10, 5)
    assert found["p_top3_like_n"] == 0
    assert {f"p_top10_{name}" for name in precedents.COLUMNS} < set(found)


@pytest.mark.slow
def test_a_season_of_settled_rounds_is_a_record(season) -> None:
    record = looked_back(season.settings, season.weekend)
    n = len(record.races)
    assert n >= 20
    assert len(record.recent.window.weekends) == 8
    assert record.rungs["n_races"].tolist() == [n] * 3
    rounds = settled.rounds(
        season.settings, Stage.RACE, Cutoff.BEFORE_RACE, model="two_stage", version="1.0.0",
        simulated=True, before=season.weekend,
    )  # fmt: skip
    for what, places in reliability.PLACES.items():
        table = record.reliability[Stage.RACE][what]
        assert table["n"].sum() == sum(len(each.forecast.rows) for each in rounds)
        assert (table["n"] * table["said"]).sum() == pytest.approx(places * n)
        assert (table["n"] * table["happened"]).sum() == pytest.approx(places * n, abs=places)
