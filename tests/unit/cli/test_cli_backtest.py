"""`f1lib backtest`, as a program sees it and as a person does."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from f1lib.cli import app
from f1lib.cli import backtest as command
from f1lib.errors import LeakageError
from f1lib.evaluation.plausibility import LeakSuspicion
from f1lib.pipelines import backtest, ingest
from f1lib.pipelines.backtest import Backtested
from f1lib.settings import Settings
from f1lib.weekend import Cutoff

NOW = datetime(2026, 1, 5, tzinfo=UTC)
SUSPICION = LeakSuspicion("two_stage", "winner_log_loss", 0.31, 0.85, 48)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("home"), f1db="")
    ingest.simulate(settings, ingest.World(7, "stable", 2), published=None, now=NOW)
    return settings


@pytest.fixture(scope="module")
def rounds(settings: Settings) -> list[str]:
    return [str(weekend) for weekend in ingest.known(settings).completed()[-6:]]


@pytest.fixture(scope="module")
def done(settings: Settings, rounds: list[str]) -> Backtested:
    history = ingest.known(settings)
    return backtest.backtest(
        history.weekend(rounds[0]), history.weekend("latest"), settings, now=NOW, workers=1
    )


def invoked(settings: Settings, *words: str) -> Result:
    home = {"F1LIB_HOME": str(settings.home), "F1LIB_F1DB": ""}
    return CliRunner().invoke(app.app, ["backtest", "--workers", "1", *words], env=home)


def test_a_program_gets_one_object(
    settings: Settings, rounds: list[str], done: Backtested, tmp_path: Path
) -> None:
    out = tmp_path / "scores.csv"
    shown = invoked(settings, "--from", rounds[0], "--json", "--out", str(out))
    assert (shown.exit_code, shown.stderr) == (0, "")
    result: dict[str, Any] = json.loads(shown.stdout)
    assert result["champion"] == "two_stage"
    assert result["snapshot"] == done.snapshot.sha256
    assert result["code"] == done.code
    assert result["simulated"] is True
    assert result["leak_suspected"] == []
    assert result["rounds"] == {
        "first": rounds[0], "last": rounds[-1], "n": 6, "refit_every": 1,
    }  # fmt: skip
    row = result["scores"][0]
    assert set(row) == {
        "model", "stage", "cutoff", "metric", "value", "low", "high", "n",
        "skill", "skill_low", "skill_high",
    }  # fmt: skip
    assert len(result["scores"]) == len(done.levels)
    assert {row["cutoff"] for row in result["scores"]} == set(Cutoff)
    assert len(pd.read_csv(out)) == len(done.scores)
    assert len(pd.read_csv(tmp_path / "scores.probabilities.csv")) == len(done.probabilities)


def test_a_person_sees_the_champion_beside_the_frozen_baseline(
    settings: Settings, rounds: list[str], done: Backtested
) -> None:
    shown = invoked(settings, "--from", rounds[0], "--cutoff", "before_race")
    assert shown.exit_code == 0
    title = f"SIMULATED, {rounds[0]} to {rounds[-1]}, 6 races, stage race, before_race"
    assert title in shown.stdout
    levels = done.levels[done.levels["cutoff"] == "before_race"].set_index(["model", "metric"])
    mine = levels.loc[("two_stage", "winner_log_loss")]
    reference = levels.loc[("grid_gap_logit", "winner_log_loss")]
    (line,) = [text for text in shown.stdout.splitlines() if "winner_log_loss" in text]
    assert f"{mine['value']:.3f} [{mine['low']:.3f}, {mine['high']:.3f}]" in line
    assert line.rstrip().endswith(f"{reference['value']:.3f}")


def test_an_unknown_model_is_refused_before_any_work(settings: Settings) -> None:
    shown = invoked(settings, "--model", "two_stge", "--json")
    assert shown.stdout == ""
    assert "did you mean two_stage?" in str(shown.exception)


@pytest.mark.parametrize("as_json", [True, False])
def test_a_result_too_good_to_be_true_is_shown_and_then_refused(
    done: Backtested, as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    suspected = replace(done, leak_suspected=(SUSPICION,))
    with pytest.raises(LeakageError, match="This result is not good: Leak suspected: two_stage"):
        command.report(suspected, as_json)
    shown = capsys.readouterr().out
    if as_json:
        assert json.loads(shown)["leak_suspected"] == [
            {
                "model": "two_stage", "metric": "winner_log_loss", "value": 0.31, "limit": 0.85,
                "n": 48, "sentence": str(SUSPICION),
            }
        ]  # fmt: skip
    else:
        assert shown.startswith("LEAK SUSPECTED. Leak suspected: two_stage has a winner_log_loss")
