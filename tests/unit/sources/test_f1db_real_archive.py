"""The real archive, as far as its own README says what is in it. Newer archives pass too."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from f1lib import files
from f1lib.sources import shelf, snapshots
from f1lib.tables.history import History
from f1lib.tables.sessions import CLASSIFIED
from f1lib.weekend import RaceWeekend, WeekendFormat

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def known(real_history: History) -> dict[str, object]:
    """The tables up to 2025, which later archives still hold."""
    return {
        name: frame[frame["weekend"] < "2026"] if "weekend" in frame else frame
        for name, frame in real_history.tables.items()
    }


def test_every_season_since_1950_is_there(known) -> None:
    assert len(known["races"]) == 1149
    assert len(known["results"]) == 27_291
    assert set(known["races"]["season"]) == set(range(1950, 2026))
    assert known["results"]["weekend"].nunique() == 1149


def test_the_formats_of_sprint_weekends(known) -> None:
    races = known["races"]
    sprints = races[races["format"] != WeekendFormat.STANDARD]
    assert sprints.groupby(["format", "season"]).size().to_dict() == {
        ("sprint_sets_grid", 2021): 3,
        ("sprint_sets_grid", 2022): 3,
        ("sprint_after_qualifying", 2023): 6,
        ("sprint_before_qualifying", 2024): 6,
        ("sprint_before_qualifying", 2025): 6,
    }


@pytest.mark.parametrize(
    ("table", "order"),
    [("qualifying", "position"), ("grid", "start_order"), ("results", "finish_order")],
)
def test_places_run_from_one_without_gaps(known, table, order) -> None:
    places = known[table].groupby("weekend")[order].agg(["min", "max", "size", "nunique"])
    assert (places["min"] == 1).all()
    assert (places["max"] == places["size"]).all()
    assert (places["nunique"] == places["size"]).all()


def test_the_entry_listed_twice_is_one_row(known) -> None:
    qualifying = known["qualifying"]
    mine = qualifying[(qualifying["weekend"] == "2023-10") & (qualifying["car_number"] == "77")]
    assert mine["position"].tolist() == [20]
    assert mine["best_ms"].notna().all()


def test_one_grid_place_is_shared_and_the_pit_lane_is_last(known) -> None:
    grid = known["grid"]
    ninth = grid[grid["weekend"] == "2025-09"]
    assert (ninth["grid_position"] == 14).sum() == 2
    lanes = grid.groupby("weekend")["pit_lane"]
    assert lanes.apply(lambda lane: lane.is_monotonic_increasing).all()
    assert grid["pit_lane"].sum() == 153
    assert grid.loc[grid["pit_lane"], "grid_position"].isna().all()


def test_shared_cars_are_told_apart_by_their_number(known) -> None:
    results = known["results"]
    assert results.duplicated(["weekend", "driver"]).sum() == 95
    assert not results.duplicated(["weekend", "driver", "car_number"]).any()


def test_some_who_retired_are_classified_and_points_are_never_zero(known) -> None:
    results = known["results"]
    retired = results["retired_reason"].notna() & (results["status"] == CLASSIFIED)
    assert retired.sum() == 865
    assert (results["points"].dropna() > 0).all()
    assert results["points"].max() == 50  # double points, once
    assert (results["position"].notna() == (results["status"] == CLASSIFIED)).all()


def test_qualifying_of_the_first_sprint_weekend_is_that_of_friday(known) -> None:
    grid, qualifying = (
        known[name][known[name]["weekend"] == "2021-10"].set_index("driver")
        for name in ("grid", "qualifying")
    )
    assert qualifying["best_ms"].idxmin() == qualifying["position"].idxmin()
    assert grid["start_order"].idxmin() != qualifying["position"].idxmin()  # the sprint's winner


def test_no_lineage_enters_two_constructors_in_one_race(known) -> None:
    lineage = known["constructors"].set_index("constructor")["lineage"]
    results = known["results"][known["results"]["weekend"] >= "1986"]
    teams = results[["weekend", "constructor"]].drop_duplicates()
    teams = teams.assign(lineage=teams["constructor"].map(lineage))
    assert not teams.duplicated(["weekend", "lineage"]).any()


@pytest.mark.parametrize(
    ("constructor", "lineage"),
    [("tyrrell", "mercedes"), ("minardi", "racing-bulls"), ("sauber", "kick-sauber"),
     ("lotus-f1", "alpine"), ("renault", "alpine"), ("lotus-racing", "caterham"),
     ("jaguar", "red-bull"), ("ferrari", "ferrari"), ("haas", "haas")],
)  # fmt: skip
def test_lineages_of_known_teams(known, constructor, lineage) -> None:
    found = known["constructors"].set_index("constructor")["lineage"]
    assert found[constructor] == lineage


def test_clock_times_are_known_since_2024_and_nothing_tells_a_shortened_race(known) -> None:
    races = known["races"]
    assert set(races.loc[races["race_at"].notna(), "season"]) == {2024, 2025}
    assert "scheduled_laps" not in races


def test_the_whole_archive_is_imported_under_its_own_sha256(
    f1db_archive: Path, tmp_path: Path
) -> None:
    kept = shelf.keep_archive(tmp_path, str(f1db_archive), now=datetime.now(UTC))
    read = snapshots.history(tmp_path)
    assert kept.manifest.completed >= 1149
    assert read.completed()[0] == RaceWeekend(1950, 1)
    if f1db_archive.is_file():
        assert kept.manifest.sha256 == files.sha256_of(f1db_archive)
