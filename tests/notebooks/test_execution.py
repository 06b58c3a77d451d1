"""Every notebook of the catalogue runs to its report, in a simulated world of its own."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import catalogue, supervisor
from f1lib.settings import PROJECT_ROOT, Settings
from f1lib.weekend import RaceWeekend

pytestmark = pytest.mark.slow

ENTRIES = catalogue.read(Settings(notebooks=PROJECT_ROOT / "notebooks"))
CLOCK = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def settings(season) -> Settings:
    return season.settings


@pytest.fixture(scope="module")
def settled(season) -> tuple[RaceWeekend, datetime]:
    """The last weekend of the last season, forecast and settled, and the day after it."""
    return season.weekend, season.now


@pytest.fixture(scope="module", params=sorted(ENTRIES))
def record(
    request: pytest.FixtureRequest, settings: Settings, settled: tuple[RaceWeekend, datetime]
) -> RunRecord:
    weekend, present = settled
    return supervisor.run(ENTRIES[request.param], weekend, {"dry_run": True}, settings, now=present)


def folder_of(record: RunRecord, settings: Settings) -> Path:
    return settings.home / record.folder


def test_it_runs_to_the_end(record: RunRecord) -> None:
    assert record.status is RunStatus.OK, record.problem
    assert record.simulated
    assert record.headline
    assert record.provenance["snapshot_sha256"]


def test_its_results_are_numbers_with_n(record: RunRecord, settings: Settings) -> None:
    results = json.loads((folder_of(record, settings) / "results.json").read_text())
    assert results["metrics"]
    assert results["sentences"]
    for metric in results["metrics"]:
        assert metric["value"] is not None or metric["note"], metric["name"]


def test_its_report_can_be_read_by_anyone(record: RunRecord, settings: Settings) -> None:
    report = (folder_of(record, settings) / "report.html").read_text()
    assert "<strong>SIMULATED</strong>" in report
    assert 'role="alert"' not in report
    assert "<script" not in report
    assert report.count("<h1>") == 1
    assert len(report.encode()) <= 150_000, "a report is a page, not a download"


def test_nothing_but_fragments_is_shown(record: RunRecord, settings: Settings) -> None:
    """No bare repr, no print, no warning: what a reviewer sees was meant for a reviewer."""
    notebook = json.loads((folder_of(record, settings) / "notebook.ipynb").read_text())
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    assert {output["output_type"] for output in outputs} <= {"execute_result", "display_data"}
    for output in outputs:
        assert "application/vnd.f1lib.fragment+html" in output["data"]


def test_running_it_again_gives_the_same_numbers(
    record: RunRecord, settings: Settings, settled: tuple[RaceWeekend, datetime]
) -> None:
    weekend, present = settled
    again = supervisor.run(
        ENTRIES[record.notebook], weekend, {"dry_run": True}, settings, now=present
    )
    one, other = (
        (folder_of(each, settings) / "results.json").read_bytes() for each in (record, again)
    )
    assert one == other
    assert replace(again, run_id="", started_at=CLOCK, ended_at=None, folder="") == replace(
        record, run_id="", started_at=CLOCK, ended_at=None, folder=""
    )
