"""What `f1lib runs` prints, and how it ends."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from f1lib.cli import app
from f1lib.reports.metrics import Metric, Results
from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import run_folder
from f1lib.weekend import RaceWeekend

BEGUN = datetime(2025, 5, 26, 6, tzinfo=UTC)
FIRST, SECOND = "20250526T060000Z-aaaaaa", "20250526T070000Z-bbbbbb"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a good run and, an hour later, one that failed."""
    home = tmp_path / "home"
    monkeypatch.setenv("F1LIB_HOME", str(home))
    monkeypatch.setenv("F1LIB_F1DB", "")
    good = RunRecord(
        run_id=FIRST, notebook="race_preview", weekend=RaceWeekend(2025, 8), status=RunStatus.OK,
        started_at=BEGUN, ended_at=BEGUN + timedelta(seconds=9), now=BEGUN,
        parameters={"weekend": "2025-08"}, code_version="1a2b3c", package_versions={"numpy": "2"},
        folder="", headline=f"Verstappen {'is ahead ' * 20}",
    )  # fmt: skip
    failed = replace(
        good, run_id=SECOND, status=RunStatus.CELL_ERROR, headline="", problem="KeyError:\n'x'",
        started_at=BEGUN + timedelta(hours=1), ended_at=None,
    )  # fmt: skip
    for record, hit in ((good, 0.5), (failed, 0.54)):
        folder = run_folder.opened(home / "reports" / "race_preview" / "2025-08" / record.run_id)
        results = Results.opened(folder.work, notebook="race_preview", weekend="2025-08")
        results.metrics([Metric("hit", "Winner hit", hit, low=0.4, high=0.6, digits=2)])
        folder.log.write_text(f"log of {record.run_id}\n")
        folder.write_record(record.as_json())
        folder.publish(latest=record.status.succeeded)
    return home


def shown(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app.app, ["runs", *words])
    assert done.exit_code == code, done.output
    return done.stdout


def as_json(*words: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(shown(*words, "--json"))
    return read


def test_a_list_has_a_line_for_each_run_and_its_id_whole(home: Path) -> None:
    heads, second, first = shown("list").splitlines()
    assert heads.split()[:4] == ["run", "notebook", "weekend", "status"]
    assert second.startswith(f"{SECOND}  race_preview  2025-08  cell_error  2025-05-26 07:00")
    assert second.endswith("KeyError: 'x'")
    assert "9 s" in first
    assert first.endswith("is ahead is…")


def test_a_list_is_cut_and_says_so(home: Path) -> None:
    last = shown("list", "--last", "1").splitlines()[-1]
    assert last == "The newest 1 of 2; all of them with --last 2."
    listed = as_json("list", "--last", "1")
    assert (listed["n_runs"], [run["run_id"] for run in listed["runs"]]) == (2, [SECOND])
    (run,) = as_json("list", "--status", "ok")["runs"]
    assert run["duration_s"] == 9
    assert run["folder"] == str(home / "reports" / "race_preview" / "2025-08" / FIRST)
    assert shown("list", "--notebook", "retraining") == "There is no such run.\n"
    shown("list", "--status", "well", code=2)


def test_a_run_is_shown_with_its_numbers(home: Path) -> None:
    said = shown("show", "race_preview@2025-08")
    assert f"Run {SECOND}: race_preview for 2025-08, cell_error\nKeyError:" in said
    assert "Winner hit: 0.54 (0.40 to 0.60)" in said
    assert "numpy: 2" in said
    assert as_json("show", FIRST)["metrics"][0]["value"] == 0.5


def test_a_log_is_told_and_following_ends_as_the_run_did(home: Path) -> None:
    assert shown("tail", SECOND) == f"log of {SECOND}\n"
    assert shown("tail", SECOND, "--follow", code=17) == f"log of {SECOND}\n"
    assert shown("tail", FIRST, "--follow") == f"log of {FIRST}\n"


def test_a_diff_says_by_how_much_numbers_changed(home: Path) -> None:
    said = shown("diff", FIRST, SECOND)
    assert "status: ok -> cell_error" in said
    assert "Winner hit: 0.50 -> 0.54 (+0.04)" in said
    assert "Metrics: 1 changed, 0 the same." in said
    found = as_json("diff", SECOND, FIRST)
    assert found["metrics"][0]["difference"] == pytest.approx(-0.04)
    assert {"fact": "status", "first": "cell_error", "second": "ok"} in found["facts"]
    assert shown("diff", SECOND) == said


def test_old_runs_go_and_the_list_of_reports_forgets_them(home: Path) -> None:
    now, place = ("--now", "2025-05-30"), f"reports/race_preview/2025-08/{SECOND}"
    assert "Removed 0 run folders of before 2025-03-01." in shown("prune", *now)
    would = shown("prune", "--older-than", "3", "--dry-run", *now)
    assert would == f"{place}\nWould remove 1 run folders of before 2025-05-27.\n"
    assert (home / place).exists()
    assert as_json("prune", "--older-than", "3", *now)["run_folders"] == [place]
    assert not (home / place).exists()
    listed = (home / "index.html").read_text()
    assert FIRST in listed
    assert SECOND not in listed


def test_where_the_list_of_reports_cannot_be_written_old_runs_go_all_the_same(home: Path) -> None:
    (home / ".site.lock").mkdir()  # in the way
    done = CliRunner().invoke(
        app.app, ["runs", "prune", "--older-than", "3", "--now", "2025-05-30"]
    )
    assert done.exit_code == 0, done.output
    assert "Removed 1 run folders" in done.stdout
    assert done.stderr.startswith("The list of reports stays as it was: ")
    assert not (home / "reports" / "race_preview" / "2025-08" / SECOND).exists()
