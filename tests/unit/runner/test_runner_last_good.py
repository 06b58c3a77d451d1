"""A run is set beside the last good one that asked the same of the same world."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import last_good, run_folder
from f1lib.weekend import RaceWeekend

NOW = datetime(2025, 5, 25, 12, tzinfo=UTC)
NEW = RunRecord(
    run_id="new", notebook="small", weekend=RaceWeekend(2025, 8), status=RunStatus.OK,
    started_at=NOW, ended_at=NOW, now=NOW, parameters={"weekend": "2025-08", "window": 3},
    code_version="", package_versions={}, folder="", provenance={"cutoff": "before_race"},
)  # fmt: skip


def place_of(reports: Path, record: RunRecord) -> Path:
    return reports / record.notebook / str(record.weekend) / record.run_id


def kept(reports: Path, run_id: str, number: int = 7, **changed: Any) -> None:
    """A run that ended, in its place."""
    parameters = {"weekend": f"2025-{number:02d}", "now": "then", "window": 3}
    record = replace(
        NEW, run_id=run_id, weekend=RaceWeekend(2025, number), parameters=parameters,
        started_at=NOW - timedelta(hours=1),
    )  # fmt: skip
    record = replace(record, **changed)
    folder = run_folder.opened(place_of(reports, record))
    (folder.work / "results.json").write_text(json.dumps({"metrics": [], "headline": run_id}))
    folder.write_record(record.as_json())
    folder.publish(latest=record.status.succeeded)


def found(reports: Path) -> str:
    before = last_good.said_before(NEW, place_of(reports, NEW))
    if before is None:
        return ""
    assert before[0].run_id == before[1]["headline"]
    return before[0].run_id


def test_the_nearest_earlier_weekend_counts_and_its_last_good_run(tmp_path: Path) -> None:
    assert found(tmp_path) == ""
    kept(tmp_path, "old", 5)
    kept(tmp_path, "good", 7)
    kept(tmp_path, "bad", 7, status=RunStatus.CELL_ERROR)
    kept(tmp_path, "later", 9)
    kept(tmp_path, "other", 7, notebook="large")
    assert found(tmp_path) == "good"
    kept(tmp_path, "same", 8)
    assert found(tmp_path) == "same"
    kept(tmp_path, "begun later", 8, started_at=NOW + timedelta(hours=1))
    assert found(tmp_path) == "same"


@pytest.mark.parametrize(
    "changed", [{"simulated": True}, {"parameters": {"weekend": "2025-07", "window": 5}}]
)
def test_another_world_or_another_question_is_passed_over(
    tmp_path: Path, changed: dict[str, Any]
) -> None:
    kept(tmp_path, "old", 5)
    kept(tmp_path, "different", 7, **changed)
    assert found(tmp_path) == "old"


@pytest.mark.parametrize("text", ['{"metrics', '{"provenance": null}'])
def test_what_cannot_be_read_is_passed_over(text: str, tmp_path: Path) -> None:
    kept(tmp_path, "old", 5)
    kept(tmp_path, "torn", 7)
    (tmp_path / "small/2025-07/torn/results.json").write_text(text)
    assert found(tmp_path) == "old"
    (tmp_path / "small/2025-05/old/run.json").unlink()
    assert found(tmp_path) == ""
