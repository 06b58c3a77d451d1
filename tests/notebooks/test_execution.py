"""Every notebook of the catalogue runs to its report, in a simulated world of its own."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from f1lib.decisions.trigger import Trigger
from f1lib.pipelines import compare, rerun, respond
from f1lib.pipelines import run as running
from f1lib.registry import aliases
from f1lib.reports import markdown, render
from f1lib.reports.metrics import Metric
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


def body_of(notebook: Path) -> str:
    return render.body(json.loads(notebook.read_text()))


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


def test_its_report_as_text_has_the_numbers_of_its_results(
    record: RunRecord, settings: Settings
) -> None:
    folder = folder_of(record, settings)
    assert (folder / "report.md").exists() == ENTRIES[record.notebook].markdown
    if not ENTRIES[record.notebook].markdown:
        return
    text = (folder / "report.md").read_text()
    results = json.loads((folder / "results.json").read_text())
    for metric in results["metrics"]:
        assert f"| {metric['label']} | {Metric(**metric).shown}" in text
    cells = [cell for table in results["tables"] for row in table["rows"] for cell in row]
    assert cells
    assert all(markdown.escaped(cell) in text for cell in cells)
    assert "**SIMULATED**" in text


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
    for file, read in (("results.json", Path.read_bytes), ("notebook.ipynb", body_of)):
        one, other = (read(folder_of(each, settings) / file) for each in (record, again))
        assert one == other, file
    own = {
        "run_id": "", "started_at": CLOCK, "ended_at": None, "folder": "", "peak_memory_mib": None,
    }  # fmt: skip
    assert replace(again, **own) == replace(record, **own)


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    """A copy of the home that a test may change."""
    shutil.copytree(settings.home, tmp_path / "home", symlinks=True)
    return settings.model_copy(update={"home": tmp_path / "home"})


@pytest.mark.parametrize("notebook", sorted(ENTRIES))
def test_what_a_run_recorded_changes_nothing_when_it_is_checked(
    notebook: str, own: Settings, settled: tuple[RaceWeekend, datetime]
) -> None:
    weekend, present = settled
    asked = {"trigger": "manual"} if notebook == "retraining" else {}
    made = running.run(notebook, weekend, {"dry_run": False, **asked}, own, now=present)
    assert made.status is RunStatus.OK, made.problem
    assert bool(made.decision) == (notebook in {"retraining", "deployment_comparison"})
    before = (own.home / "store.sqlite").read_bytes()
    done = rerun.check(made.run_id, own, now=present + timedelta(days=9))
    assert done.differences == ()
    assert (own.home / "store.sqlite").read_bytes() == before


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


def test_the_notebook_and_the_verb_are_two_doors_to_one_training(
    own: Settings, settled: tuple[RaceWeekend, datetime]
) -> None:
    weekend, present = settled
    entry, given = ENTRIES["retraining"], {"dry_run": False, "trigger": "manual"}
    made = supervisor.run(entry, weekend, given, own, now=present)
    assert made.status is RunStatus.OK, made.problem
    there = {path.name for path in own.models.iterdir()}
    assert made.provenance["model_version"] in there
    verb = respond.respond(weekend, own, now=present + timedelta(days=1), asked=Trigger.MANUAL)
    shown = supervisor.run(entry, weekend, given, own, now=present)
    assert verb.trained is not None
    assert not verb.trained.new
    assert {path.name for path in own.models.iterdir()} == there
    one, other = (
        json.loads((own.home / each.folder / "results.json").read_text()) for each in (made, shown)
    )
    for same in ("headline", "metrics", "tables", "conclusion", "provenance"):
        assert one[same] == other[same], same
    assert one["sentences"] == other["sentences"]
    assert any("nothing was trained twice" in each for each in other["asides"])


def test_without_a_champion_the_first_is_trained_and_reported(
    own: Settings, settled: tuple[RaceWeekend, datetime]
) -> None:
    weekend, present = settled
    (own.home / "store.sqlite").unlink()
    shutil.rmtree(own.models)
    entry = ENTRIES["retraining"]
    would = supervisor.run(entry, weekend, {"dry_run": True}, own, now=present)
    assert "First model 1.0.0 would be trained" in would.headline, would.problem
    assert not own.models.exists()
    done = supervisor.run(entry, weekend, {"dry_run": False}, own, now=present)
    assert "First model 1.0.0 is trained" in done.headline, done.problem
    assert done.decision == "first model"
    assert rerun.check(done.run_id, own, now=present).differences == ()
    assert done.provenance["model_version"] == "1.0.0"
