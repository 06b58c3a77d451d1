"""A run ends with the truth about it in its folder, and with nothing left behind."""

import ast
import json
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from f1lib.errors import NotebookRunError
from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import lock, processes, supervisor
from f1lib.runner.catalogue import NotebookEntry
from f1lib.runner.lock import IfHeld
from f1lib.settings import Settings
from f1lib.weekend import RaceWeekend

WriteNotebook = Callable[..., NotebookEntry]

MONACO = RaceWeekend(2025, 8)
NOW = datetime(2025, 5, 25, 12, tzinfo=UTC)

SPEAK = """\
from f1lib import settings as house
from f1lib.reports.metrics import Metric, Results
settings = house.read()
results = Results.opened(settings.run_folder, notebook="small", weekend=weekend)
results.provenance(simulated=True, credit="Data: nobody", model_version="1.0.0")"""
METRIC = 'results.metrics([Metric("winner_hit", "Winner hit", 0.58, n=24)])'
HEADLINE = 'results.headline(f"{n_races} races of {weekend}, dry run {dry_run}")'


def run(entry: NotebookEntry, settings: Settings, **given: Any) -> RunRecord:
    return supervisor.run(entry, MONACO, given, settings, now=NOW)


def folder_of(record: RunRecord, settings: Settings) -> Path:
    return settings.home / record.folder


def cells_of(record: RunRecord, settings: Settings) -> list[str]:
    """What became of each code cell."""
    notebook = json.loads((folder_of(record, settings) / "notebook.ipynb").read_text())
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [cell["metadata"].get("papermill", {}).get("status", "") for cell in code]


def left_behind(record: RunRecord, settings: Settings) -> set[int]:
    work = folder_of(record, settings).with_name(f".{record.run_id}")
    return processes.family(0, f"F1LIB_RUN_FOLDER={work}")


def test_whoever_supervises_needs_nothing_but_the_standard_library() -> None:
    """It starts in milliseconds, and lives on where a package is broken."""
    said = "import sys, f1lib.runner.supervisor; print([*sys.modules])"
    before = "import sys; print([*sys.modules])"  # what an environment loads into every Python
    loaded = [
        {
            name.partition(".")[0]
            for name in ast.literal_eval(
                subprocess.run(
                    [sys.executable, "-c", code], capture_output=True, text=True, check=True
                ).stdout
            )
        }
        for code in (said, before)
    ]
    assert loaded[0] - loaded[1] - sys.stdlib_module_names == {"f1lib"}


def test_a_run_leaves_everything_in_its_folder(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    probe = "import os, sys\nprint(settings.seed, sys.executable, os.environ['OMP_NUM_THREADS'])"
    record = run(write_notebook(SPEAK, METRIC, HEADLINE, probe), settings, n_races="007")
    folder = folder_of(record, settings)

    assert record.status is RunStatus.OK, record.problem
    assert sorted(path.name for path in folder.iterdir()) == [
        "log.txt", "notebook.ipynb", "report.html", "results.json", "run.json",
    ]  # fmt: skip
    assert RunRecord.from_json(json.loads((folder / "run.json").read_text())) == record
    assert record.parameters == {"weekend": "2025-08", "dry_run": False, "n_races": 7}
    assert record.headline == "7 races of 2025-08, dry run False"
    assert record.simulated
    assert record.provenance == {"model_version": "1.0.0", "credit": "Data: nobody"}
    assert record.package_versions["papermill"] >= "2.7"
    assert (record.duration_s or 0) > 0
    assert record.seed == settings.seed
    assert len(record.lock_sha256) == 64
    assert 40 < (record.peak_memory_mib or 0) < 4000  # two Pythons at least
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{6}", record.run_id)
    assert folder.with_name("latest").readlink() == Path(record.run_id)

    assert set(cells_of(record, settings)) == {"completed"}
    notebook = (folder / "notebook.ipynb").read_text()
    assert f"7 {sys.executable} 1" in notebook  # these settings, this Python, one thread
    report = (folder / "report.html").read_text()
    assert '7 races of <span class="whole">2025-08</span>' in report
    assert "SIMULATED" in report
    assert left_behind(record, settings) == set()


IN_USE = {"simulated": True, "replay": True, "snapshot_sha256": "ab12"}
WAITS_FOR_THE_RECORD = """\
import json, os, time
from pathlib import Path
record = Path(os.environ["F1LIB_RUN_FOLDER"]) / "run.json"
while not json.loads(record.read_text())["provenance"]:
    time.sleep(0.05)
raise ValueError("late")"""


def test_the_record_has_what_the_caller_knows_where_the_notebook_said_nothing(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    entry = write_notebook(WAITS_FOR_THE_RECORD)  # in run.json also while it is under way
    record = supervisor.run(entry, MONACO, {}, settings, now=NOW, known=lambda: IN_USE)
    assert (record.status, record.problem) == (RunStatus.CELL_ERROR, "ValueError: late")
    assert record.provenance == {"snapshot_sha256": "ab12"}
    assert (record.simulated, record.replay) == (True, True)
    assert "SIMULATED" in (folder_of(record, settings) / "report.html").read_text()


def test_what_the_notebook_says_it_used_wins(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    real = SPEAK.replace("simulated=True, ", "")
    entry = write_notebook(real, "1 / 0")
    record = supervisor.run(entry, MONACO, {}, settings, now=NOW, known=lambda: IN_USE)
    assert record.provenance == {"model_version": "1.0.0", "credit": "Data: nobody"}
    assert (record.simulated, record.replay) == (False, False)


def test_what_the_caller_knows_is_kept_without_secrets(
    settings: Settings, write_notebook: WriteNotebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", "glsa_0123456789")
    entry, said = write_notebook("1"), {"source": "https://glsa_0123456789@example.org"}
    record = supervisor.run(entry, MONACO, {}, settings, now=NOW, known=lambda: said)
    assert record.provenance == {"source": "https://(withheld)@example.org"}


def test_a_cell_that_raises_is_the_end_and_the_report_says_where(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    latest = settings.reports / "small" / str(MONACO) / "latest"
    latest.parent.mkdir(parents=True)
    latest.symlink_to("a-good-run")
    record = run(write_notebook(SPEAK, "1 / 0", "print('never')"), settings)

    assert record.status is RunStatus.CELL_ERROR
    assert record.problem == "ZeroDivisionError: division by zero"
    assert cells_of(record, settings) == [*["completed"] * 3, "failed", "pending"]
    assert latest.readlink() == Path("a-good-run")
    report = (folder_of(record, settings) / "report.html").read_text()
    assert '<a href="#failed">Cell 4 of 5</a> did not finish; 1 cell did not run' in report
    assert 'id="failed"' in report


def test_parameters_that_do_not_fit_start_no_kernel(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    record = run(write_notebook("1"), settings, n_race=3, dry_run="perhaps", password="hunter2")  # noqa: S106
    assert record.status is RunStatus.BAD_PARAMETERS
    assert record.status.exit_code == 10
    assert "did you mean 'n_races'" in record.problem
    assert "dry_run = 'perhaps' is no bool" in record.problem
    assert "hunter2" not in json.dumps(record.as_json())
    assert not settings.reports.exists()


def test_a_record_that_leaves_no_folder_tells_no_secret_either(
    settings: Settings, write_notebook: WriteNotebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "rawsecret999")
    entry = write_notebook("1")
    refused = run(entry, settings, n_races="rawsecret999")
    unknown = run(entry, settings, rawsecret999="x")
    entry.path.write_text(entry.path.read_text().replace("n_races: int = 8", "name: str = ''"))
    with lock.held(settings.reports / "small" / str(MONACO) / ".lock", "run A"):
        skipped = run(entry, settings, name="is rawsecret999")
    shutil.rmtree(settings.home)
    settings.home.write_text("in the way")
    unwritten = run(entry, settings, name="is rawsecret999")
    assert (refused.status, unknown.status) == (RunStatus.BAD_PARAMETERS,) * 2
    assert (skipped.status, unwritten.status) == (RunStatus.SKIPPED, RunStatus.IO_ERROR)
    for record in (refused, unknown, skipped, unwritten):
        assert "(withheld)" in str(record.parameters)
        assert "rawsecret999" not in json.dumps(record.as_json())


def test_a_weekend_said_twice_must_be_the_same(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    record = run(write_notebook("1"), settings, weekend="2025-09")
    assert record.status is RunStatus.BAD_PARAMETERS
    assert "The run is for 2025-08, but its parameter weekend = '2025-09'" in record.problem


def test_a_second_run_is_skipped_and_says_who_was_first(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    place = settings.reports / "small" / str(MONACO)
    with lock.held(place / ".lock", "run A (process 1)"):
        record = run(write_notebook("1"), settings)
    assert record.status is RunStatus.SKIPPED
    assert record.status.exit_code == 75
    assert "small for 2025-08 is being run already, by run A (process 1)." in record.problem
    assert [path.name for path in place.iterdir()] == [".lock"]


def test_where_a_run_is_to_fail_if_it_is_under_way_nothing_is_done(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    place, entry = settings.reports / "small" / str(MONACO), write_notebook("1")
    with (
        lock.held(place / ".lock", "run A (process 1)"),
        pytest.raises(NotebookRunError, match=r"run already, by run A \(process 1\)\. Nothing"),
    ):
        supervisor.run(entry, MONACO, {}, settings, now=NOW, if_running=IfHeld.FAIL)
    assert [path.name for path in place.iterdir()] == [".lock"]


@pytest.mark.slow
def test_where_a_run_is_to_wait_it_begins_when_the_other_is_over(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    waited_for: list[str] = []
    entry = write_notebook("import time; time.sleep(2)")

    def wait() -> RunRecord:
        return supervisor.run(
            entry, MONACO, {}, settings, now=NOW, if_running=IfHeld.WAIT, told=waited_for.append
        )

    with ThreadPoolExecutor() as pool:
        one, other = [done.result() for done in [pool.submit(wait), pool.submit(wait)]]
    assert (one.status, other.status) == (RunStatus.OK, RunStatus.OK)
    assert one.ended_at is not None
    assert other.ended_at is not None
    assert one.ended_at <= other.started_at or other.ended_at <= one.started_at
    assert len(waited_for) == 1


def test_waiting_ends_with_the_deadline(settings: Settings, write_notebook: WriteNotebook) -> None:
    entry = write_notebook("1", deadline_s=1)
    with lock.held(settings.reports / "small" / str(MONACO) / ".lock", "run A"):
        record = supervisor.run(entry, MONACO, {}, settings, now=NOW, if_running=IfHeld.WAIT)
    assert record.status is RunStatus.SKIPPED


@pytest.mark.slow
def test_a_run_outwaits_somebody_who_looks_for_lost_ones(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    here = threading.Event()

    def look() -> None:
        with lock.held(settings.reports / "small" / str(MONACO) / ".lock", "a look"):
            here.set()
            time.sleep(0.3)

    other = threading.Thread(target=look)
    other.start()
    here.wait()
    assert run(write_notebook("1"), settings).status is RunStatus.OK
    other.join()


@pytest.mark.slow
def test_papermill_is_imported_without_the_grammar_it_never_needs() -> None:
    code = (
        "import sys; sys.modules['rfc3987_syntax'] = None; from f1lib.runner import engine\n"
        "import time; print(time.process_time())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 0.8
