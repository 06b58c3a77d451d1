"""Every source keeps the same promises: schemas, calendars, names, orders."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from invented_f1db import two_rounds

from f1lib.sources import shelf, snapshots, submitted
from f1lib.sources.simulated import world
from f1lib.tables.contract import vouch
from f1lib.tables.history import TABLES, History, Snapshot
from f1lib.tables.sessions import CLASSIFIED
from f1lib.weekend import SESSION_ORDER, Cutoff, RaceWeekend

NOW = datetime(2025, 6, 1, tzinfo=UTC)
ORDERS = {
    "practice": (["weekend", "session"], "position"),
    "qualifying": (["weekend"], "position"),
    "sprint_qualifying": (["weekend"], "position"),
    "sprint": (["weekend"], "finish_order"),
    "grid": (["weekend"], "start_order"),
    "results": (["weekend"], "finish_order"),
}


def invented(folder: Path) -> History:
    path = two_rounds().zip(folder / "f1db.zip")
    shelf.keep_archive(folder / "snapshots", str(path), now=NOW)
    return snapshots.history(folder / "snapshots")


def submitted_by_hand(folder: Path) -> History:
    history, weekend = invented(folder), RaceWeekend(2025, 3)
    rows = [
        {"driver": "cleo-cam", "constructor": "pinewood"},
        {"driver": "gil-gear", "constructor": "sequoia"},
        {"driver": "ada-arrow", "constructor": "oakley"},
    ]
    for session in ("entries", "FP1", "FP2", "qualifying", "grid", "results"):
        submitted.keep(folder / "subs", history, weekend, session, rows, now=NOW, allow_new=True)
    return snapshots.history(folder / "snapshots", folder / "subs")


def simulated(_: Path) -> History:
    named = "0" * 64
    frames = world.build(7, "stable", seasons=2, last_season=2025).tables(None)
    return History.of(Snapshot(named, "simulated", "", "", named, simulated=True), frames)


def simulated_and_kept(folder: Path) -> History:
    frames = world.build(7, "stable", seasons=2, last_season=2025).tables(NOW)
    shelf.keep_frames(folder, frames, description="seed 7", now=NOW, facts={"seed": 7})
    return snapshots.history(folder)


SOURCES: dict[str, Callable[[Path], History]] = {
    "f1db, invented": invented,
    "submitted": submitted_by_hand,
    "simulated": simulated,
    "simulated, kept": simulated_and_kept,
}


@pytest.fixture(
    scope="module", params=[*SOURCES, pytest.param("f1db", marks=pytest.mark.real_data)]
)
def history(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> History:
    if request.param == "f1db":
        return request.getfixturevalue("real_history")
    return SOURCES[request.param](tmp_path_factory.mktemp("source"))


def test_every_table_meets_its_schema_and_vouching_again_changes_nothing(history: History) -> None:
    assert set(history.tables) == set(TABLES)
    for name, table in TABLES.items():
        pd.testing.assert_frame_equal(vouch(table, history[name]), history[name])


def test_there_is_something_of_every_race(history: History) -> None:
    assert history.completed()
    for weekend in (history.completed()[0], history.completed()[-1]):
        assert history.race(weekend)["season"] == weekend.season


def test_the_calendar_agrees_with_itself(history: History) -> None:
    races = history["races"]
    written = races["season"].astype(str) + "-" + races["round"].astype(str).str.zfill(2)
    assert (races["weekend"] == written).all()
    assert not races.duplicated(["season", "grand_prix"]).any()
    for _, rounds in races.groupby("season")["round"]:
        assert sorted(rounds) == list(range(1, len(rounds) + 1))
    assert (races.sort_values("weekend")["date"].groupby(races["season"])
            .apply(lambda dates: dates.is_monotonic_increasing).all())  # fmt: skip


def test_session_rows_are_of_known_weekends_drivers_and_constructors(history: History) -> None:
    known = {
        "weekend": set(history["races"]["weekend"]),
        "driver": set(history["drivers"]["driver"]),
        "constructor": set(history["constructors"]["constructor"]),
    }
    for name in ("entries", *ORDERS):
        for noun, names in known.items():
            assert set(history[name][noun]) <= names, (name, noun)


def test_places_run_from_one_without_gaps(history: History) -> None:
    for name, (session, place) in ORDERS.items():
        places = history[name].groupby(session)[place]
        assert (places.min() == 1).all(), name
        assert (places.max() == places.size()).all(), name
        assert (places.nunique() == places.size()).all(), name


def test_those_classified_have_a_position_and_come_first(history: History) -> None:
    for name in ("results", "sprint"):
        frame = history[name]
        frame = frame[frame["weekend"] >= "1994"]  # F1DB lists three last, up to 1993
        classified = frame["status"] == CLASSIFIED
        assert (frame["position"].notna() == classified).all()
        behind = classified.groupby(frame["weekend"]).apply(
            lambda seen: (~seen).is_monotonic_increasing
        )
        assert behind.all(), behind[~behind].index.tolist()


def test_the_best_lap_is_the_fastest_that_is_told(history: History) -> None:
    for name in ("qualifying", "sprint_qualifying"):
        frame = history[name]
        told = frame[["q1_ms", "q2_ms", "q3_ms"]].min(axis=1)
        assert not (frame["best_ms"] > told).any()


def test_pit_lane_starters_are_last_and_without_a_place(history: History) -> None:
    grid = history["grid"]
    assert grid.loc[grid["pit_lane"], "grid_position"].isna().all()
    for _, lane in grid.groupby("weekend")["pit_lane"]:
        assert lane.is_monotonic_increasing


def test_a_weekend_holds_only_the_sessions_of_its_format(history: History) -> None:
    formats = history["races"].set_index("weekend")["format"]
    tables = {"qualifying": "qualifying", "sprint_qualifying": "sprint_qualifying",
              "sprint": "sprint", "grid": "grid", "results": "race"}  # fmt: skip
    for name, session in tables.items():
        for found in formats[history[name]["weekend"].unique()].unique():
            assert session in SESSION_ORDER[found], (name, found)


def test_before_a_weekend_nothing_of_it_is_known_but_entries(history: History) -> None:
    last = history.completed()[-1]
    known = history.as_of(last, Cutoff.BEFORE_WEEKEND)
    for name in ORDERS:
        assert not (known[name]["weekend"] >= str(last)).any()
