"""Old run folders go; the newest good run of each notebook stays however old it is."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import lock, run_folder
from f1lib.weekend import RaceWeekend

NOW = datetime(2025, 9, 1, tzinfo=UTC)
RECORD = RunRecord(
    run_id="", notebook="race_preview", weekend=RaceWeekend(2025, 8), status=RunStatus.OK,
    started_at=NOW, ended_at=NOW, now=NOW, parameters={}, code_version="", package_versions={},
    folder="",
)  # fmt: skip


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return tmp_path / "reports"


def ran(
    reports: Path,
    run_id: str,
    days_ago: int,
    status: RunStatus = RunStatus.OK,
    notebook: str = "race_preview",
    **facts: object,
) -> Path:
    place = reports / notebook / "2025-08" / run_id
    folder = run_folder.opened(place)
    begun = NOW - timedelta(days=days_ago)
    record = replace(RECORD, run_id=run_id, notebook=notebook, status=status, started_at=begun)
    folder.write_record(replace(record, **facts).as_json())  # type: ignore[arg-type]
    if status is not RunStatus.RUNNING:
        folder.publish(latest=status.succeeded)
    return place


def test_runs_older_than_the_limit_go_but_for_the_newest_good_one(reports: Path) -> None:
    first, failed = ran(reports, "a", 200), ran(reports, "c", 120, RunStatus.CELL_ERROR)
    good = ran(reports, "b", 150)
    young = ran(reports, "d", 20, RunStatus.CELL_ERROR)
    gone = run_folder.remove_expired(reports, before=NOW - timedelta(days=90))
    assert gone == [first, failed]
    assert [place.exists() for place in (first, failed, good, young)] == [False, False, True, True]
    assert (good.parent / "latest").resolve() == good


def test_each_notebook_keeps_its_own_and_a_link_to_nothing_goes(reports: Path) -> None:
    old = ran(reports, "a", 200)
    other = ran(reports, "z", 300, notebook="monitoring_analysis")
    newer = reports / "race_preview" / "2025-09" / "b"
    newer.parent.mkdir(parents=True)
    young = replace(RECORD, run_id="b", weekend=RaceWeekend(2025, 9), started_at=NOW)
    folder = run_folder.opened(newer)
    folder.write_record(young.as_json())
    folder.publish(latest=True)
    assert run_folder.remove_expired(reports, before=NOW - timedelta(days=90)) == [old]
    assert other.exists()
    assert not (old.parent / "latest").is_symlink()
    assert list(old.parent.iterdir()) == []


def test_a_run_that_never_ended_goes_too_and_an_unreadable_one_stays(reports: Path) -> None:
    lost = run_folder.RunFolder(ran(reports, "a", 200, RunStatus.RUNNING)).work
    odd = ran(reports, "b", 200)
    (odd / "run.json").write_text(json.dumps({"status": "odd"}))
    assert run_folder.remove_expired(reports, before=NOW) == [lost]
    assert not lost.exists()
    assert odd.exists()


def test_of_two_who_remove_at_once_each_says_what_it_removed_itself(reports: Path) -> None:
    places = [ran(reports, f"{number:03}", 200, RunStatus.CELL_ERROR) for number in range(100)]
    both = threading.Barrier(2)

    def removed(_: int) -> list[Path]:
        both.wait(30)
        return run_folder.remove_expired(reports, before=NOW)

    with ThreadPoolExecutor(2) as pool:
        gone = [place for mine in pool.map(removed, range(2)) for place in mine]
    assert sorted(gone) == places


def test_a_run_under_way_is_not_removed_however_old(reports: Path) -> None:
    busy = run_folder.RunFolder(ran(reports, "a", 200, RunStatus.RUNNING))
    with lock.held(run_folder.lock_of(busy.place), "its supervisor"):
        assert run_folder.remove_expired(reports, before=NOW) == []
    assert (busy.work / "run.json").exists()


def test_a_folder_whose_run_died_before_it_wrote_a_record_goes(reports: Path) -> None:
    dead = run_folder.opened(reports / "race_preview" / "2025-08" / "a")
    with lock.held(run_folder.lock_of(dead.place), "its supervisor"):
        run_folder.remove_expired(reports, before=NOW)
        assert dead.work.exists()
    run_folder.remove_expired(reports, before=NOW)
    assert not dead.work.exists()


def test_what_a_killed_removal_left_behind_goes_with_the_next(reports: Path) -> None:
    half = ran(reports, "a", 200)
    half.replace(half.with_name(".gone-a"))
    assert run_folder.expired(reports, before=NOW) == []
    assert run_folder.remove_expired(reports, before=NOW) == []
    assert not half.with_name(".gone-a").exists()


def test_without_reports_nothing_goes(reports: Path) -> None:
    assert run_folder.remove_expired(reports, before=NOW) == []


def test_the_report_of_a_promotion_stays(reports: Path) -> None:
    ran(reports, "c", 1)
    kept = ran(reports, "a", 200, decision="promoted", parameters={"dry_run": False})
    looked = ran(reports, "b", 200, decision="promoted", parameters={"dry_run": True})
    refused = ran(reports, "d", 200, decision="refused", parameters={"dry_run": False})
    assert run_folder.expired(reports, before=NOW - timedelta(days=90)) == [looked, refused]
    assert kept.exists()


def test_a_record_of_before_a_fact_was_written_down_can_be_read(reports: Path) -> None:
    place = ran(reports, "a", 1)
    plain = json.loads((place / "run.json").read_text())
    assert plain["code_dirty"] is False
    for name in ("decision", "lock_sha256", "seed", "peak_memory_mib", "code_dirty"):
        del plain[name]
    (place / "run.json").write_text(json.dumps({**plain, "code_version": "1a2b-dirty"}))
    record = run_folder.record_in(place)
    assert record is not None
    assert (record.seed, record.decision, record.code_dirty) == (None, "", True)
