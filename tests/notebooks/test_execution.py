"""Every notebook of the catalogue runs to its report, in a simulated world of its own."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from f1lib.pipelines import compare
from f1lib.registry import aliases
from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import catalogue, supervisor
from f1lib.settings import PROJECT_ROOT, Settings
from f1lib.store import connection, decision_log, promotion_log
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


def test_where_nobody_challenges_the_comparison_says_so_and_records_nothing(
    settings: Settings, settled: tuple[RaceWeekend, datetime], tmp_path: Path
) -> None:
    weekend, present = settled
    shutil.copytree(settings.home, tmp_path / "home", symlinks=True)
    own = settings.model_copy(update={"home": tmp_path / "home"})
    challenger = compare.undecided(own)
    assert challenger is not None
    with connection.connect(own.store_address) as store:
        aliases.refuse(
            store, own.models, challenger, by="test", reason="No.", now=present, simulated=True
        )
        before = promotion_log.decided(store, simulated=True)
    entry = ENTRIES["deployment_comparison"]
    done = supervisor.run(entry, weekend, {"dry_run": False}, own, now=present)
    assert done.status is RunStatus.OK, done.problem
    assert done.headline.startswith("There is no challenger to compare")
    report = (own.home / done.folder / "report.html").read_text()
    assert 'role="alert"' not in report
    with connection.reading(own.store_address) as store:
        assert promotion_log.decided(store, simulated=True) == before
        assert decision_log.made(store, simulated=True, kind="promotion") == []
