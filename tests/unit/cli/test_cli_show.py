"""What commands show: one JSON object for programs, a table or lines for people."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from f1lib.cli import app, options
from f1lib.registry import aliases, artifacts
from f1lib.registry.manifest import Manifest
from f1lib.store import connection
from f1lib.versions import ModelVersion
from f1lib.weekend import RaceWeekend, Stage

NOW = datetime(2025, 6, 1, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("F1LIB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("F1LIB_F1DB", "")
    return tmp_path / "home"


def shown(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app.app, list(words))
    assert done.exit_code == code, done.output
    return done.stdout


def as_json(*words: str, code: int = 0) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(shown(*words, "--json", code=code))
    return read


def three_models(home: Path) -> None:
    """1.0.0, champion of the simulated world; 1.0.1; and 1.0.2, damaged."""
    for patch in range(3):
        manifest = Manifest(
            version=ModelVersion(1, 0, patch), name="two_stage", trained_at=NOW,
            trained_through=RaceWeekend(2025, 8), last_date="2025-05-25",
            snapshot="a" * 64, n_races=40, code_version="0.1.0",
            features={}, hyper_parameters={}, simulated=True,
        )  # fmt: skip
        artifacts.write(home / "models", manifest, {"a": 1})
    with connection.connect(f"sqlite:///{home / 'store.sqlite'}") as store:
        aliases.promote(
            store, home / "models", ModelVersion(1, 0, 0), opened=dict, by="test",
            reason="first", now=NOW, simulated=True,
        )  # fmt: skip
    (home / "models" / "1.0.2" / "manifest.json").write_text("{")


def test_a_cycle_before_the_first_result_says_that_nothing_was_to_be_done(home: Path) -> None:
    early = ("--now", "2025-01-20T08:00")
    shown("data", "pull", "--simulated", "--seasons", "1", *early)
    assert "No race has a result yet" in shown("cycle", *early)
    assert as_json("cycle", *early) == {"weekend": None, "steps": [], "exit_code": 0}


def test_models_are_listed_with_their_champion_and_the_damaged_apart(home: Path) -> None:
    three_models(home)
    result = as_json("models", "list")
    roles = [(row["version"], row["champion"]) for row in result["versions"]]
    assert roles == [("1.0.0", True), ("1.0.1", False)]
    assert result["versions"][0]["trained_through"] == "2025-08"
    (damaged,) = result["damaged"]
    assert (damaged["version"], damaged["champion"]) == ("1.0.2", False)
    assert "It is no manifest" in damaged["why"]


def test_a_damaged_model_is_marked_in_the_table_with_the_reason_below(home: Path) -> None:
    three_models(home)
    text = shown("models", "list")
    (line,) = [line for line in text.splitlines() if line.strip().startswith("1.0.2")]
    assert "DAMAGED" in line
    assert "Model version 1.0.2 cannot be used" in text


def test_a_damaged_champion_is_still_called_champion(home: Path) -> None:
    three_models(home)
    (home / "models" / "1.0.0" / "manifest.json").unlink()
    roles = [(row["version"], row["champion"]) for row in as_json("models", "list")["damaged"]]
    assert roles == [("1.0.0", True), ("1.0.2", False)]


def test_without_models_one_is_told_how_to_train_one(home: Path) -> None:
    assert as_json("models", "list") == {"versions": [], "damaged": []}
    assert "`f1lib retrain`" in shown("models", "list")
    assert not home.exists()


def test_the_doctor_ends_with_the_exit_code_of_the_first_trouble(home: Path) -> None:
    result = as_json("doctor", code=11)  # no data
    assert result["well"] is False
    assert {row["check"] for row in result["checks"] if not row["well"]} == {"data", "champion"}
    assert "AMISS" in shown("doctor", code=11)
    assert not home.exists()


@pytest.mark.usefixtures("home")
def test_data_pulled_is_data_in_the_status() -> None:
    pulled = as_json("data", "pull", "--simulated", "--seasons", "1", "--seed", "7")
    assert (pulled["new"], pulled["simulated"], pulled["findings"]) == (True, True, [])
    status = as_json("data", "status", "--now", "2030-01-01")
    assert status["snapshot"] == pulled["snapshot"]
    assert status["latest_age_days"] > 0
    assert status["next"] is None
    text = shown("data", "status", "--now", "2030-01-01")
    assert f"Snapshot {pulled['snapshot']}" in text
    assert f"the latest {status['latest']}, {status['latest_age_days']} days ago" in text
    assert "next: the calendar has no later weekend" in text


def test_a_parameter_without_a_value_is_a_usage_error(home: Path) -> None:
    assert shown("run", "race_preview", "-p", "dry_run", code=2) == ""
    assert not home.exists()


def test_a_result_is_plain_json() -> None:
    frame = pd.DataFrame({"driver": ["a", "b"], "value": [0.5, np.nan]})
    value = {
        "stage": Stage.RACE, "at": NOW, "day": date(2025, 6, 1), "weekend": RaceWeekend(2025, 8),
        "nothing": None, "yes": True, "bad": float("inf"), "several": (1, "two"), "rows": frame,
    }  # fmt: skip
    assert json.loads(json.dumps(options.plain(value), allow_nan=False)) == {
        "stage": "race", "at": "2025-06-01T00:00:00+00:00", "day": "2025-06-01",
        "weekend": "2025-08", "nothing": None, "yes": True, "bad": None, "several": [1, "two"],
        "rows": [{"driver": "a", "value": 0.5}, {"driver": "b", "value": None}],
    }  # fmt: skip


def test_numbers_in_a_table_stand_at_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    options.table("Scores", ["model", "value"], [["a", "10.5"], ["long name", "9.5"]])
    first, second = [line for line in capsys.readouterr().out.splitlines() if ".5" in line]
    assert first.rstrip().endswith(" 10.5")
    assert second.rstrip().endswith("  9.5")
    assert len(first.rstrip()) == len(second.rstrip())
