"""Sessions submitted by hand: read as people write them, kept, laid over an archive."""

import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from invented_f1db import (
    PRACTICE,
    RACES,
    InventedF1DB,
    two_rounds,
)  # fmt: skip

from f1lib.errors import ConfigurationError, LeakageError, SourceError, TableContractError
from f1lib.sources import overlay, shelf, snapshots, submission_rows, submitted
from f1lib.tables.history import TABLES, History
from f1lib.weekend import Cutoff, RaceWeekend

NOW = datetime(2025, 3, 10, 18, tzinfo=UTC)  # the evening after the race of round three
THIRD = RaceWeekend(2025, 3)  # scheduled, not run
ADA = {"driver": "ada-arrow", "constructor": "oakley"}
BEN = {"driver": "ben-bolt", "constructor": "oakley"}
CLEO = {"driver": "cleo-cam", "constructor": "pinewood"}
EVE = {"driver": "eve-edge", "constructor": "pinewood"}


class Desk:
    """One installation: an archive imported, sessions submitted, the history read."""

    def __init__(self, home: Path, history: History | None = None) -> None:
        self.snapshots, self.submissions, self.home = home / "snapshots", home / "subs", home
        self.known = history  # until something is submitted or imported

    def imported(self, invented: InventedF1DB) -> None:
        path = invented.zip(self.home / "f1db.zip")
        shelf.keep_archive(self.snapshots, str(path), now=NOW, force=True)
        self.known = None

    def history(self) -> History:
        if self.known is None:
            self.known = snapshots.history(self.snapshots, self.submissions)
        return self.known

    def disagreements(self) -> list[str]:
        found = snapshots.opened(self.snapshots, self.submissions).disagreements
        return [f"{each.weekend} {each.session} {each.what}" for each in found]

    def submit(
        self, session: str, rows: Sequence[dict[str, object]], weekend: RaceWeekend = THIRD,
        **how: object,
    ) -> submitted.Submission:  # fmt: skip
        settled = {"now": NOW, **how}
        history, self.known = self.history(), None
        return submitted.keep(self.submissions, history, weekend, session, rows, **settled)

    def rows(self, table: str, weekend: RaceWeekend = THIRD) -> pd.DataFrame:
        frame = self.history()[table]
        return frame[frame["weekend"] == str(weekend)].reset_index(drop=True)

    def trouble(self, session: str, rows: Sequence[dict[str, object]], **how: object) -> str:
        with pytest.raises(TableContractError) as caught:
            self.submit(session, rows, **how)
        assert not self.submissions.exists()
        return str(caught.value)


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("furnished"))
    desk.imported(two_rounds())
    desk.history()
    return desk


@pytest.fixture
def desk(tmp_path: Path, furnished: Desk) -> Desk:
    shutil.copytree(furnished.snapshots, tmp_path / "snapshots")
    return Desk(tmp_path, furnished.known)


# --- what people write ----------------------------------------------------------------------------


def test_qualifying_is_read_from_csv(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "qualifying.csv"
    file.write_text(
        "driver,constructor,q1,q2,q3\n"
        "cleo-cam,pinewood,1:23.900,1:23.456,1:22.999\n"
        "ada-arrow,oakley,1:24.000,83.5,\n"
        "ben-bolt,oakley,,,\n"
    )
    kept = submitted.submit(desk.submissions, desk.history(), THIRD, "qualifying", file, now=NOW)
    desk.known = None
    found = desk.rows("qualifying")
    assert kept.sentence == "Kept qualifying of 2025-03, revision 1, 3 rows."
    assert found["driver"].tolist() == ["cleo-cam", "ada-arrow", "ben-bolt"]
    assert found["best_ms"].fillna(-1).tolist() == [82_999, 83_500, -1]
    assert found["q1_ms"].fillna(-1).tolist() == [83_900, 84_000, -1]
    assert found["position"].tolist() == [1, 2, 3]
    assert found["car_number"].tolist() == ["3", "1", "2"]  # as in the races before


def test_json_and_semicolons_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([{**ADA, "time_ms": 83_456}]))
    (tmp_path / "b.csv").write_text("\ufeffdriver;constructor;time\nada-arrow; oakley;1:23.456\n\n")
    assert submission_rows.records(tmp_path / "a.json") == [{**ADA, "time_ms": 83_456}]
    assert submission_rows.records(tmp_path / "b.csv")[0]["driver"] == "ada-arrow"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.txt", "driver\n", "neither .csv nor .json"),
        ("a.json", "{", "is no json"),
        ("a.json", '{"driver": "x"}', "should hold a list of records"),
        ("a.csv", "driver,constructor\nx\n", "row 1 has another number of cells"),
        ("a.csv", "driver,driver\nx,y\n", "column driver twice"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name, text, said) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(SourceError, match=said):
        submission_rows.records(tmp_path / name)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        submission_rows.records(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("written", "ms"),
    [("1:23.456", 83_456), ("83.456", 83_456), ("0:59.9", 59_900), ("1:00:00", 3_600_000)],
)
def test_times_are_written_as_people_write_them(desk: Desk, written, ms) -> None:
    assert desk.submit("FP1", [{**ADA, "time": written}]).rows["time_ms"].tolist() == [ms]


@pytest.mark.parametrize("written", ["fast", "1:75.000", "83456", "1.23.456", "-1:23.456"])
def test_what_is_no_time_is_a_fault(desk: Desk, written) -> None:
    said = desk.trouble("FP1", [{**ADA, "time": written}])
    assert f"row 1 (ada-arrow): time '{written}' is no time" in said


def test_practice_sessions_stand_side_by_side(desk: Desk) -> None:
    desk.submit("fp1", [{**BEN, "time": "1:30.0", "laps": 21}, {**ADA, "time": "1:31.0"}])
    desk.submit("FP2", [{**ADA, "time_ms": "89500"}])
    found = desk.rows("practice")
    assert list(zip(found["session"], found["driver"], found["position"], strict=True)) == [
        ("FP1", "ben-bolt", 1),
        ("FP1", "ada-arrow", 2),
        ("FP2", "ada-arrow", 1),
    ]


def test_a_grid_knows_the_pit_lane_penalties_and_shared_places(desk: Desk) -> None:
    found = desk.submit(
        "grid",
        [
            {**BEN, "position": "PL"},
            {**CLEO, "position": "2", "penalty_places": "5"},
            {**ADA, "position": 1},
            {**EVE, "position": 2},
        ],
    ).rows
    assert found["driver"].tolist() == ["ada-arrow", "cleo-cam", "eve-edge", "ben-bolt"]
    assert found["start_order"].tolist() == [1, 2, 3, 4]
    assert found["grid_position"].fillna(-1).tolist() == [1, 2, 2, -1]
    assert found["pit_lane"].tolist() == [False, False, False, True]
    assert found["penalty_places"].fillna(-1).tolist() == [-1, 5, -1, -1]


def test_a_grid_without_places_is_the_order_of_its_rows(desk: Desk) -> None:
    kept = desk.submit("grid", [CLEO, ADA, {**BEN, "pit_lane": "yes"}])
    assert kept.rows["grid_position"].fillna(-1).tolist() == [1, 2, -1]


def test_results_know_finishers_gaps_and_those_who_stopped(desk: Desk) -> None:
    found = desk.submit(
        "race",
        [
            {**BEN, "position": "DNF", "laps": 12, "retired_reason": "Engine"},
            {**ADA, "position": "1", "time": "1:31:44.742", "points": "25", "laps": 50},
            {**CLEO, "position": "2", "time": "+5.123", "laps": 50},
            {**EVE, "position": "3", "gap_laps": 1},
        ],
    ).rows
    assert found["driver"].tolist() == ["ada-arrow", "cleo-cam", "eve-edge", "ben-bolt"]
    assert found["position"].fillna(-1).tolist() == [1, 2, 3, -1]
    assert found["status"].tolist() == ["classified"] * 3 + ["DNF"]
    assert found["time_ms"].fillna(-1).tolist() == [5_504_742, 5_509_865, -1, -1]
    assert found["points"].fillna(-1).tolist() == [25, -1, -1, -1]
    assert found["retired_reason"].iloc[3] == "Engine"


def test_results_in_the_order_of_their_rows_need_no_places(desk: Desk) -> None:
    found = desk.submit("results", [{**ADA, "status": "dsq"}, CLEO, BEN]).rows
    assert found["driver"].tolist() == ["cleo-cam", "ben-bolt", "ada-arrow"]
    assert found["status"].tolist() == ["classified", "classified", "DSQ"]


def test_entries_may_be_announced_before_anything_is_run(desk: Desk) -> None:
    desk.submit("entries", [ADA, EVE])
    known = desk.history().as_of(THIRD, Cutoff.BEFORE_WEEKEND)["entries"]
    assert known["driver"].tolist() == ["ada-arrow", "eve-edge"]


def test_all_faults_are_said_at_once_with_rows_and_names(desk: Desk) -> None:
    said = desk.trouble(
        "qualifying",
        [
            {**ADA, "q1": "soon", "position": 1},
            {"driver": "ben-blot", "constructor": "oakly", "position": 1},
            {**CLEO, "position": "4", "tyres": "soft"},
            {**CLEO, "position": "x"},
            {"constructor": "oakley", "position": 5},
        ],
    )
    for part in (
        "unknown column tyres (known: driver, constructor, car_number,",
        "row 1 (ada-arrow): q1 'soon' is no time such as 1:23.456",
        "row 2 (ben-blot): driver 'ben-blot' is unknown, did you mean ben-bolt?",
        "row 2 (ben-blot): constructor 'oakly' is unknown, did you mean oakley or",
        "row 4 (cleo-cam): position 'x' is no number",
        "row 5: there is no driver",
        "driver cleo-cam is listed 2 times",
        "position 1 is given twice",
        "position 2, 3 is missing",
    ):
        assert part in said, part


def test_a_person_may_be_meant_by_name_or_abbreviation(desk: Desk) -> None:
    said = desk.trouble(
        "FP1", [{"driver": "DAN", "constructor": "oakley"}, {**ADA, "driver": "Eve-Edge"}]
    )
    assert "driver 'DAN' is unknown, did you mean dan-drift?" in said
    assert "driver 'Eve-Edge' is unknown, did you mean eve-edge?" in said


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "there is no row"),
        ([{"driver": "ada-arrow"}], "there is no column constructor"),
        ([{**ADA, "position": 1}, BEN], "position is missing for ben-bolt"),
        ([{**ADA, "position": 0}], "position 0 is no place"),
        ([{**ADA, "position": 1.5}], "position 1.5 is no place"),
        ([{**ADA, "position": "inf"}], "position 'inf' is no number"),
        ([{**ADA, "status": "tired"}], "status 'TIRED' is none of classified, DNF"),
        ([{**ADA, "time": "+1.0"}], "the winner has no time"),
        ([{**ADA, "time": "1:30:00", "time_ms": 1}], "both time and time_ms are given"),
        ([{**ADA, "points": 999}], "points breaks"),
    ],
)
def test_results_that_make_no_sense_are_refused(desk: Desk, rows, said) -> None:
    assert said in desk.trouble("results", rows)


def test_a_lap_of_a_second_breaks_the_schema(desk: Desk) -> None:
    assert "best_ms breaks" in desk.trouble("qualifying", [{**ADA, "time": "1.0"}])


@pytest.mark.parametrize("session", ["sprint", "sprint_qualifying", "warm-up"])
def test_a_session_the_weekend_does_not_have_is_refused(desk: Desk, session) -> None:
    said = desk.trouble(session, [ADA])
    assert "Weekend 2025-03 has no session" in said
    assert "it has entries, FP1, FP2, FP3, qualifying, grid, results" in said


def test_a_weekend_the_calendar_does_not_have_is_refused(desk: Desk) -> None:
    with pytest.raises(ConfigurationError, match="no weekend 2025-09"):
        desk.submit("FP1", [ADA], weekend=RaceWeekend(2025, 9))


def test_a_session_that_has_not_begun_is_refused(desk: Desk) -> None:
    with pytest.raises(LeakageError, match=r"results of 2025-03 begins at 2025-03-10"):
        desk.submit("results", whole_field(), now=NOW - timedelta(days=1))
    assert not desk.submissions.exists()


def test_a_session_that_lacks_half_the_field_is_refused_unless_it_is_meant(desk: Desk) -> None:
    whole = whole_field()
    assert len(whole) > submitted.LATE_ABSENCES
    part = whole[: len(whole) - submitted.LATE_ABSENCES - 1]
    if part:
        assert "--partial" in desk.trouble("grid", part)
        assert desk.submit("grid", part, partial=True).new


# --- names never seen -----------------------------------------------------------------------------

NEW = {"driver": "fay-fast", "constructor": "sequoia"}


def test_new_names_need_to_be_asked_for(desk: Desk) -> None:
    said = desk.trouble("FP1", [NEW])
    assert "driver 'fay-fast' is unknown" in said
    assert "a new one needs --new" in said


def test_new_names_extend_the_tables_of_names(desk: Desk) -> None:
    rows = [{**NEW, "driver_name": "Fay Fast", "abbreviation": "FFF", "lineage": "pinewood"}, ADA]
    desk.submit("FP1", rows, allow_new=True)
    history = desk.history()
    drivers = history["drivers"].set_index("driver")
    constructors = history["constructors"].set_index("constructor")
    assert drivers.loc["fay-fast"].tolist() == ["Fay Fast", "FFF"]
    assert constructors.loc["sequoia"].tolist() == ["Sequoia", "pinewood"]
    assert len(drivers) == 6


def test_a_new_name_must_be_an_id_of_a_known_lineage(desk: Desk) -> None:
    said = desk.trouble(
        "FP1",
        [{**NEW, "driver": "Fay Fast", "lineage": "pinewod"}],
        allow_new=True,
    )
    assert "driver 'Fay Fast' is no id" in said
    assert "lineage 'pinewod' is unknown, did you mean pinewood or" in said


def test_once_the_archive_knows_a_name_it_names_it(desk: Desk) -> None:
    desk.submit("FP1", [{**NEW, "constructor": "oakley", "driver_name": "Wrong"}], allow_new=True)
    invented = two_rounds()
    invented.add("f1db-drivers.csv", id="fay-fast", name="Fay Fast", abbreviation="FAY")
    desk.imported(invented)
    drivers = desk.history()["drivers"].set_index("driver")
    assert drivers.loc["fay-fast", "name"] == "Fay Fast"


# --- revisions ------------------------------------------------------------------------------------


def test_the_same_again_is_no_new_revision(desk: Desk) -> None:
    first = desk.submit("FP1", [ADA, BEN])
    again = desk.submit("FP1", [ADA, BEN], now=NOW + timedelta(hours=1))
    assert (first.revision, first.new) == (1, True)
    assert (again.revision, again.new) == (1, False)
    assert again.submitted_at == NOW
    assert again.sentence.startswith("Nothing changed: FP1 of 2025-03, revision 1")
    assert [path.name for path in (desk.submissions / "2025-03" / "FP1").iterdir()] == ["1.json"]


def test_a_disqualification_on_monday_is_the_next_revision(desk: Desk) -> None:
    desk.submit("results", [ADA, BEN, CLEO])
    before = desk.history()
    monday = desk.submit(
        "results", [{**ADA, "status": "DSQ"}, BEN, CLEO], now=NOW + timedelta(days=1)
    )
    after = desk.history()
    assert monday.revision == 2
    assert desk.rows("results")["driver"].tolist() == ["ben-bolt", "cleo-cam", "ada-arrow"]
    assert after.snapshot.submissions == before.snapshot.submissions == 1
    assert after.snapshot.sha256 != before.snapshot.sha256
    assert [each.revision for each in submitted.listed(desk.submissions)] == [1, 2]


def test_what_was_kept_is_never_changed_in_silence(desk: Desk) -> None:
    desk.submit("FP1", [{**ADA, "time": "1:30.000"}])
    path = desk.submissions / "2025-03" / "FP1" / "1.json"
    assert desk.rows("practice")["time_ms"].tolist() == [90_000]
    desk.known = None
    path.write_text(path.read_text().replace("90000.0", "80000.0"))
    with pytest.raises(SourceError, match=r"1\.json was changed after it was kept"):
        desk.history()
    path.write_text("{")
    with pytest.raises(SourceError, match=r"1\.json is damaged"):
        desk.history()


# --- laid over an archive -------------------------------------------------------------------------


def test_an_archive_alone_keeps_its_name(desk: Desk) -> None:
    snapshot = desk.history().snapshot
    assert snapshot.sha256 == snapshot.archive_sha256
    desk.submit("FP1", [ADA])
    with_one = desk.history().snapshot
    assert with_one.archive_sha256 == snapshot.archive_sha256 != with_one.sha256
    assert snapshots.identity(desk.snapshots, desk.submissions) == with_one
    assert with_one.submissions == 1
    assert snapshots.history(desk.snapshots).snapshot == snapshot  # without the submissions


def test_submissions_fill_only_what_is_missing(desk: Desk) -> None:
    desk.submit("results", [ADA, BEN])
    plain, whole = snapshots.history(desk.snapshots), desk.history()
    for name in TABLES:
        old = whole[name][whole[name]["weekend"] != "2025-03"] if name == "results" else whole[name]
        pd.testing.assert_frame_equal(old.reset_index(drop=True), plain[name])
    assert whole.completed()[-1] == THIRD


def caught_up() -> InventedF1DB:
    """The archive, once it has the third round: ada, ben, cleo, dan."""
    invented = two_rounds()
    invented.rows[RACES].pop()
    invented.weekend(2025, 3, "east", circuitType="ROAD", circuitId="hill")
    return invented


@pytest.fixture(scope="session")
def archive_caught_up(tmp_path_factory: pytest.TempPathFactory) -> History:
    desk = Desk(tmp_path_factory.mktemp("caught-up"))
    desk.imported(caught_up())
    return desk.history()


def whole_field() -> list[dict[str, object]]:
    return [ADA, BEN, CLEO, {"driver": "dan-drift", "constructor": "pinewood"}]


def test_where_both_agree_the_archive_wins_in_silence(desk: Desk) -> None:
    times = [{**row, "time_ms": 5_000_000 + 1000 * i} for i, row in enumerate(whole_field())]
    times[2]["time_ms"] = 5_002_001  # within a millisecond
    desk.submit("results", times)
    desk.submit("grid", whole_field())
    desk.submit("entries", whole_field())
    desk.imported(caught_up())
    assert desk.disagreements() == []
    assert desk.history().snapshot.submissions == 1  # the entries, which F1DB never has
    assert desk.rows("results")["points"].tolist() == [10, 9, 8, 7]


@pytest.mark.parametrize(
    ("session", "rows", "what"),
    [
        ("results", [BEN, ADA, *whole_field()[2:]], ["order"]),
        ("results", whole_field()[:3], ["drivers"]),
        ("results", [*whole_field()[:3], EVE], ["drivers"]),
        ("results", [*whole_field()[:3], {**whole_field()[3], "status": "DNF"}], ["status"]),
        ("results", [{**ADA, "points": 8}, *whole_field()[1:]], ["points"]),
        ("results", [{**ADA, "constructor": "pinewood"}, *whole_field()[1:]], ["constructor"]),
        ("qualifying", [{**ADA, "q1_ms": 89_005}, *whole_field()[1:]], ["q1_ms", "best_ms"]),
        ("FP2", [{**ADA, "time": "1:31.000"}, *whole_field()[1:]], ["time_ms"]),
        ("grid", [*whole_field()[:3], {**whole_field()[3], "position": "PL"}], ["pit_lane"]),
    ],
)  # fmt: skip
def test_where_they_disagree_the_archive_wins_and_it_is_said(
    desk: Desk, archive_caught_up: History, session, rows, what
) -> None:
    if session == "grid":
        rows = [{"position": place, **row} for place, row in enumerate(rows, start=1)]
    laid = overlay.overlay(archive_caught_up.tables, [desk.submit(session, rows)])
    assert [str(each.weekend) for each in laid.disagreements] == ["2025-03"] * len(what)
    assert [each.what for each in laid.disagreements] == what
    assert laid.used == ()
    assert all(laid.frames[name] is archive_caught_up[name] for name in TABLES)


def test_a_disagreement_is_a_sentence_with_both_values(desk: Desk) -> None:
    desk.submit("results", [{**ADA, "status": "DSQ"}, *whole_field()[1:]])
    desk.imported(caught_up())
    order, status = snapshots.opened(desk.snapshots, desk.submissions).disagreements
    assert order.what == "order"
    assert desk.history().snapshot.submissions == 0
    assert desk.history().snapshot.sha256 == desk.history().snapshot.archive_sha256
    assert "submitted ada-arrow DSQ, archive ada-arrow classified" in status.sentence


def test_an_archive_may_have_some_sessions_of_a_weekend(desk: Desk) -> None:
    desk.submit("FP1", [ADA])
    desk.submit("FP2", [BEN])
    invented = two_rounds()
    invented.session(PRACTICE.format(1), 2025, 3, {}, {})
    desk.imported(invented)
    found = desk.rows("practice")
    assert found["session"].tolist() == ["FP1", "FP1", "FP2"]
    assert desk.disagreements() == ["2025-03 FP1 drivers"]


def test_a_renumbered_calendar_takes_its_submissions_along(desk: Desk) -> None:
    desk.submit("FP1", [ADA, BEN])
    inserted = two_rounds()
    inserted.rows[RACES].pop()
    inserted.race(2025, 3, "west")
    inserted.race(2025, 4, "east")
    desk.imported(inserted)
    assert len(desk.rows("practice")) == 0
    assert len(desk.rows("practice", RaceWeekend(2025, 4))) == 2
    desk.submit("FP1", [BEN], weekend=RaceWeekend(2025, 4), now=NOW + timedelta(days=35))
    assert desk.rows("practice", RaceWeekend(2025, 4))["driver"].tolist() == ["ben-bolt"]


def test_a_race_that_was_cancelled_leaves_its_submissions_behind(desk: Desk) -> None:
    desk.submit("FP1", [ADA, BEN])
    cancelled = two_rounds()
    cancelled.rows[RACES].pop()
    desk.imported(cancelled)
    assert desk.disagreements() == ["2025-03 FP1 calendar"]
    assert desk.history().snapshot.submissions == 0


def test_a_submission_stays_in_the_world_it_was_made_for(desk: Desk) -> None:
    desk.submit("FP1", [ADA])
    real = desk.history()
    frames = dict(snapshots.history(desk.snapshots).tables)
    shelf.keep_frames(desk.snapshots, frames, description="seed 7", now=NOW)
    desk.known = None
    assert desk.history().snapshot.submissions == 0
    simulated = desk.submit("FP1", [BEN])
    assert (simulated.revision, simulated.simulated) == (2, True)
    assert desk.rows("practice")["driver"].tolist() == ["ben-bolt"]
    desk.imported(two_rounds())
    assert desk.history().snapshot == real.snapshot
    assert desk.rows("practice")["driver"].tolist() == ["ada-arrow"]


def test_nothing_of_the_future_shows_before_its_time(desk: Desk) -> None:
    for session in ("FP1", "qualifying", "grid", "results"):
        desk.submit(session, whole_field())
    known = desk.history().as_of(THIRD, Cutoff.BEFORE_QUALIFYING)
    seen = [name for name in TABLES if "weekend" in known[name] and name != "races"
            and (known[name]["weekend"] == "2025-03").any()]  # fmt: skip
    assert seen == ["practice"]
