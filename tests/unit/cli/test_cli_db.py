"""What `f1lib db`, `f1lib backup` and `f1lib restore` print, and how they end."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from f1lib.cli import app
from f1lib.errors import StoreError

NOW = ("--now", "2025-06-01T06:00")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("F1LIB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def shown(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app.app, list(words))
    assert done.exit_code == code, done.output
    return done.stdout


def as_json(*words: str, code: int = 0) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(shown(*words, "--json", code=code))
    return read


def test_the_store_is_made_looked_at_and_well(home: Path) -> None:
    assert as_json("db", "status")["age"] == "missing"
    made = as_json("db", "upgrade")
    assert (made["before"], made["new"], made["backup"]) == (None, True, None)
    status = as_json("db", "status")
    assert (status["age"], status["revision"]) == ("current", made["after"])
    assert status["rows"]["predictions"] == 0
    assert "up to date" in shown("db", "upgrade")
    assert as_json("db", "check")["well"] is True
    assert "Nothing is wrong." in shown("db", "check")
    assert "predictions" in shown("db", "status")
    assert home.exists()


@pytest.mark.usefixtures("home")
def test_pruning_says_what_went() -> None:
    assert as_json("db", "prune", *NOW) == {
        "before": "2025-03-03T06:00:00+00:00", "requests": 0, "run_folders": [], "backtests": [],
        "replays": [],
    }  # fmt: skip
    assert shown("db", "prune", *NOW) == (
        "Removed 0 requests, 0 run folders, 0 backtests and 0 replays of before 2025-03-03.\n"
    )


def test_a_backup_is_written_and_restored(home: Path) -> None:
    shown("db", "upgrade")
    made = as_json("backup", *NOW)
    assert Path(made["archive"]) == home / "backups" / "f1lib-20250601T060000Z.zip"
    assert made["troubles"] == []
    assert "f1lib-20250601T060000Z.zip" in shown("db", "status")
    elsewhere = shutil.move(made["archive"], home.parent)
    done = as_json("restore", elsewhere, *NOW)
    assert (done["lost"], len(done["kept"])) == ([], 1)
    assert "What was there before is in" in shown("restore", elsewhere, "--force", *NOW)


def test_a_model_that_is_damaged_ends_check_and_backup_with_15(home: Path) -> None:
    shown("db", "upgrade")
    (home / "models" / "1.0.0").mkdir(parents=True)
    (home / "models" / "1.0.0" / "manifest.json").write_text("{")
    assert as_json("db", "check", code=15)["models"] == 1
    assert "cannot be used" in shown("backup", *NOW, code=15)


def test_restoring_what_is_no_archive_is_refused(home: Path) -> None:
    with pytest.raises(StoreError, match="no backup of f1lib"):
        app.app(["restore", str(home / "nowhere.zip")])
