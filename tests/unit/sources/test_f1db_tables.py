"""What F1DB does differently, trap by trap, on invented rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from invented_f1db import (
    GRID,
    PRACTICE,
    QUALIFYING,
    RACES,
    RESULTS,
    SPRINT,
    SPRINT_QUALIFYING,
    InventedF1DB,
    two_rounds,
)  # fmt: skip

from f1lib.errors import SourceError, TableContractError
from f1lib.sources.f1db import archive, tables
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import Cutoff, RaceWeekend, WeekendFormat


@pytest.fixture
def invented() -> InventedF1DB:
    return InventedF1DB()


@pytest.fixture
def history(tmp_path: Path):
    def of(invented: InventedF1DB) -> History:
        sheets = archive.read(invented.zip(tmp_path / "f1db.zip"), called="invented")
        nobody = Snapshot("0" * 64, "f1db", "", "", "0" * 64)
        return History.of(nobody, tables.canonical(sheets))

    return of


def test_a_weekend_is_keyed_by_season_and_round_whatever_its_id(invented, history) -> None:
    invented.weekend(2025, 12)
    one = history(invented)
    for row in invented.rows[RACES]:
        row["id"] = "7777"
    other = history(invented)
    assert list(one["results"]["weekend"].unique()) == ["2025-12"]
    pd.testing.assert_frame_equal(one["races"], other["races"])


def test_a_scheduled_race_has_a_calendar_row_and_nothing_else(history) -> None:
    found = history(two_rounds())
    assert list(found["races"]["weekend"]) == ["2025-01", "2025-02", "2025-03"]
    assert found.completed() == [RaceWeekend(2025, 1), RaceWeekend(2025, 2)]
    for name in ("practice", "qualifying", "grid", "results"):
        assert "2025-03" not in set(found[name]["weekend"])


def test_a_weekend_in_progress_has_practice_rows_only(history) -> None:
    invented = two_rounds()
    invented.session(PRACTICE.format(1), 2025, 3, {"timeMillis": 90_000}, {"timeMillis": ""})
    found = history(invented)
    assert RaceWeekend(2025, 3) not in found.completed()
    known = found.as_of(RaceWeekend(2025, 3), Cutoff.BEFORE_QUALIFYING)["practice"]
    assert known.loc[known["weekend"] == "2025-03", "time_ms"].isna().tolist() == [False, True]


def test_circuits_are_permanent_street_or_road(history) -> None:
    found = history(two_rounds())["races"]
    assert list(found["circuit_type"]) == ["permanent", "street", "road"]
    assert list(found["name"]) == ["North Grand Prix", "South Grand Prix", "East Grand Prix"]


def test_a_circuit_type_never_seen_breaks_the_contract(invented, history) -> None:
    invented.weekend(2025, 1, circuitType="OVAL")
    with pytest.raises(TableContractError, match=r"circuit_type .*OVAL"):
        history(invented)


@pytest.mark.parametrize(
    ("season", "sprint", "expected"),
    [
        (2020, "", WeekendFormat.STANDARD),
        (2021, "SPRINT_RACE", WeekendFormat.SPRINT_SETS_GRID),
        (2022, "SPRINT_RACE", WeekendFormat.SPRINT_SETS_GRID),
        (2023, "SPRINT_SHOOTOUT", WeekendFormat.SPRINT_AFTER_QUALIFYING),
        (2024, "SPRINT_SHOOTOUT", WeekendFormat.SPRINT_BEFORE_QUALIFYING),
        (2026, "SPRINT_SHOOTOUT", WeekendFormat.SPRINT_BEFORE_QUALIFYING),
    ],
)
def test_the_order_of_sessions_follows_season_and_format(season, sprint, expected) -> None:
    assert tables.weekend_format(season, "KNOCKOUT", sprint) is expected


def test_a_sprint_format_never_seen_is_not_guessed() -> None:
    with pytest.raises(SourceError, match="SPRINT_RELAY"):
        tables.weekend_format(2031, "KNOCKOUT", "SPRINT_RELAY")


def test_clock_times_are_utc_where_date_and_time_are_known(invented, history) -> None:
    invented.weekend(2025, 1, time="13:00", qualifyingDate="2025-01-09", qualifyingTime="12:30")
    invented.weekend(2025, 2, "south", qualifyingDate="2025-02-09")
    races = history(invented)["races"]
    assert races["race_at"].iloc[0] == pd.Timestamp("2025-01-10 13:00", tz="UTC")
    assert races["qualifying_at"].iloc[0] == pd.Timestamp("2025-01-09 12:30", tz="UTC")
    assert races["qualifying_at"].isna().tolist() == [False, True]


def test_a_clock_time_that_is_none_is_an_error(invented, history) -> None:
    invented.weekend(2025, 1, time="noon")
    with pytest.raises(SourceError, match=r"f1db-races.csv: columns 'date' and 'time'.*noon"):
        history(invented)


def test_the_number_of_laps_is_not_read_from_the_calendar(history) -> None:
    assert "scheduled_laps" not in history(two_rounds())["races"]


def test_the_qualifying_time_is_in_one_of_four_columns(invented, history) -> None:
    invented.weekend(2004, 1)
    invented.rows[QUALIFYING].clear()
    invented.session(
        QUALIFYING, 2004, 1,
        {"timeMillis": 80_000},
        {"q1Millis": 82_000, "q2Millis": 81_500, "q3Millis": 81_700},
        {"q1Millis": 83_000},
        {"positionText": "NC", "positionNumber": ""},
    )  # fmt: skip
    found = history(invented)["qualifying"]
    assert found["best_ms"].tolist()[:3] == [80_000, 81_500, 83_000]
    assert np.isnan(found["best_ms"].iloc[3])
    assert found["position"].tolist() == [1, 2, 3, 4]


def test_the_order_of_qualifying_is_that_of_its_own_session(invented, history) -> None:
    """In 2021-22 race results call the sprint's finish the qualification position."""
    invented.weekend(2021, 10, sprintQualifyingFormat="SPRINT_RACE")
    invented.session(SPRINT, 2021, 10, {"driverId": "dan-drift", "constructorId": "pinewood"})
    for row in invented.rows[RESULTS]:
        row["qualificationPositionText"] = "1" if row["driverId"] == "dan-drift" else "9"
    found = history(invented)
    assert found["qualifying"]["driver"].tolist()[0] == "ada-arrow"
    assert found.format(RaceWeekend(2021, 10)) is WeekendFormat.SPRINT_SETS_GRID


def test_sprint_sessions_have_tables_of_their_own(invented, history) -> None:
    invented.weekend(2024, 5, sprintQualifyingFormat="SPRINT_SHOOTOUT")
    invented.session(SPRINT_QUALIFYING, 2024, 5, {"q1Millis": 90_000, "q3Millis": 88_000}, {})
    invented.session(SPRINT, 2024, 5, {"laps": 17, "points": 8}, {"positionText": "DNS"})
    found = history(invented)
    assert found["sprint_qualifying"]["best_ms"].tolist()[0] == 88_000
    assert found["sprint"]["status"].tolist() == ["classified", "DNS"]
    assert len(found["results"]) == 4


def test_an_entry_listed_twice_in_qualifying_takes_the_place_of_the_verdict(
    invented, history
) -> None:
    invented.weekend(2023, 10)
    invented.rows[QUALIFYING].clear()
    ada = {"driverId": "ada-arrow", "constructorId": "oakley", "driverNumber": "1"}
    invented.session(
        QUALIFYING, 2023, 10,
        {**ada, "positionText": "NC", "positionNumber": "", "q1Millis": 89_798},
        {"q1Millis": 89_968},
        {"q1Millis": 90_025},
        {**ada, "positionText": "DSQ", "positionNumber": ""},
    )  # fmt: skip
    found = history(invented)["qualifying"]
    assert found["driver"].tolist() == ["ben-bolt", "cleo-cam", "ada-arrow"]
    assert found["position"].tolist() == [1, 2, 3]
    assert found["best_ms"].iloc[2] == 89_798


def test_pit_lane_starters_are_last_and_have_no_grid_place(invented, history) -> None:
    invented.weekend(2025, 1)
    invented.rows[GRID].clear()
    invented.session(
        GRID, 2025, 1,
        {"gridPenaltyPositions": ""},
        {"positionText": "PL", "positionNumber": ""},
        {"positionText": "2", "positionNumber": "2", "gridPenaltyPositions": "10"},
    )  # fmt: skip
    grid = history(invented)["grid"]
    assert grid["driver"].tolist() == ["ada-arrow", "cleo-cam", "ben-bolt"]
    assert grid["start_order"].tolist() == [1, 2, 3]
    assert grid["pit_lane"].tolist() == [False, False, True]
    assert grid["grid_position"].fillna(-1).tolist() == [1, 2, -1]
    assert grid["penalty_places"].fillna(-1).tolist() == [-1, 10, -1]


def test_a_grid_place_listed_twice_keeps_both_in_their_order(invented, history) -> None:
    invented.weekend(2025, 9)
    invented.rows[GRID].clear()
    same = {"positionText": "2", "positionNumber": "2"}
    invented.session(GRID, 2025, 9, {}, same, same)
    grid = history(invented)["grid"]
    assert grid["grid_position"].tolist() == [1, 2, 2]
    assert grid["start_order"].tolist() == [1, 2, 3]


def test_a_classified_driver_may_have_retired_and_a_lapped_one_has_no_time(
    invented, history
) -> None:
    invented.weekend(2025, 1)
    invented.rows[RESULTS].clear()
    invented.session(
        RESULTS, 2025, 1,
        {"laps": 50, "timeMillis": 5_000_000, "points": "12.5"},
        {"laps": 48, "gapLaps": 2, "reasonRetired": "Gearbox"},
        {"positionText": "DNF", "positionNumber": "", "laps": 20, "reasonRetired": "Engine"},
        {"positionText": "DNS", "positionNumber": ""},
    )  # fmt: skip
    found = history(invented)["results"]
    assert found["status"].tolist() == ["classified", "classified", "DNF", "DNS"]
    assert found["position"].fillna(-1).tolist() == [1, 2, -1, -1]
    assert found["time_ms"].notna().tolist() == [True, False, False, False]
    assert found["retired_reason"].fillna("").tolist() == ["", "Gearbox", "Engine", ""]
    assert found["points"].iloc[0] == 12.5
    assert found["points"].isna().tolist() == [False, True, True, True]  # empty, never 0


def test_a_status_never_seen_breaks_the_contract(invented, history) -> None:
    invented.weekend(2025, 1)
    invented.rows[RESULTS][3].update(positionText="LOST", positionNumber="")
    with pytest.raises(TableContractError, match=r"status .*LOST"):
        history(invented)


def test_shared_cars_keep_all_their_drivers(invented, history) -> None:
    """A driver in two cars, and two drivers in one: 1950-64."""
    invented.race(1955, 1)
    ada, ben = (
        {"driverId": f"{name}", "constructorId": "oakley"} for name in ("ada-arrow", "ben-bolt")
    )
    invented.session(
        RESULTS, 1955, 1,
        {**ada, "driverNumber": "2", "points": "4.5"},
        {**ben, "driverNumber": "2", "points": "4.5"},
        {**ada, "driverNumber": "6", "positionText": "DNF", "positionNumber": ""},
    )  # fmt: skip
    found = history(invented)["results"]
    assert list(zip(found["driver"], found["car_number"], strict=True)) == [
        ("ada-arrow", "2"),
        ("ben-bolt", "2"),
        ("ada-arrow", "6"),
    ]


def test_a_constructor_bears_its_lineage(history) -> None:
    found = history(two_rounds())["constructors"].set_index("constructor")["lineage"]
    assert found.to_dict() == {
        "elmwood": "pinewood",
        "oakley": "oakley",
        "oakley-racing": "oakley-racing",
        "pinewood": "pinewood",
    }


def test_an_archive_that_contradicts_itself_is_refused_with_all_its_faults(history) -> None:
    invented = two_rounds()
    invented.session(RESULTS, 2025, 7, {"driverId": "nobody"})
    invented.rows[GRID][0]["constructorId"] = "nowhere"
    with pytest.raises(SourceError) as caught:
        history(invented)
    said = str(caught.value)
    assert "results has the unknown weekend 2025-07" in said
    assert "results has the unknown driver nobody" in said
    assert "grid has the unknown constructor nowhere" in said


def test_a_calendar_that_names_no_known_grand_prix_is_refused(history) -> None:
    invented = two_rounds()
    invented.rows[RACES][2]["grandPrixId"] = "moon"
    with pytest.raises(SourceError, match="races has no name for 2025-03"):
        history(invented)
