"""What `f1lib compare`, `promote`, `rollback` and `models` print, and how they end."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from invented_arena import EQUAL, GOOD, POOR, plant, reign
from typer.testing import CliRunner

from f1lib.cli import app
from f1lib.errors import ConfigurationError, RegistryError, WorkbenchError
from f1lib.pipelines import ingest
from f1lib.pipelines import recipe as recipes
from f1lib.settings import Settings
from f1lib.sources.simulated import world

pytestmark = pytest.mark.slow

NOW = ("--now", "2026-01-05T12:00")
LATER = ("--now", "2026-01-06T12:00")
POLICY = """
[promotion]
mode = "{mode}"
guarded = false
races = 3
calibration_races = 1
skill_index_gain = 0.05
gap_mae_gain = 0.5
winner_hit_gain = 1.0
"""  # a poor recipe against a good one: nothing else passes


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """GOOD reigns after POOR; EQUAL challenges it. Small recipes, two policies."""
    home = tmp_path_factory.mktemp("commands") / "home"
    settings = Settings(home=home, f1db="")
    invented = world.build(7, "stable", 2)
    now = invented.last_race_at.replace(hour=23)
    ingest.simulate(settings, ingest.World(7, "stable", 2), published=None, now=now)
    last = ingest.known(settings).completed()[-1]
    good = replace(recipes.recipe(settings), n_sessions=200, n_grids=50)
    poor = replace(good, race_l2=1e6, qualifying_l2=1e6)
    for version, recipe in ((POOR, poor), (GOOD, good), (EQUAL, replace(good, seed=1))):
        plant(settings, last, version, recipe)
    reign(settings, POOR, now)
    reign(settings, GOOD, now.replace(minute=30))
    for mode in ("auto", "review"):
        (home / mode).mkdir()
        (home / mode / "default.toml").write_text(POLICY.format(mode=mode))
    return home


@pytest.fixture
def home(furnished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in os.environ:
        if name.startswith("F1LIB_"):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    shutil.copytree(furnished, home)
    monkeypatch.setenv("F1LIB_HOME", str(home))
    monkeypatch.setenv("F1LIB_WORKERS", "1")
    under(home, "auto", monkeypatch)
    return home


def under(home: Path, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("F1LIB_POLICIES", str(home / mode))


def shown(*words: str) -> str:
    done = CliRunner().invoke(app.app, list(words), env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return " ".join(done.stdout.split())


def as_json(*words: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(shown(*words, "--json"))
    return read


def refused(*words: str) -> WorkbenchError:
    done = CliRunner().invoke(app.app, list(words))
    assert isinstance(done.exception, WorkbenchError), done.output
    return done.exception


COMPARED = {
    "challenger", "champion", "case", "promoted", "brief", "reason", "n_races", "detectable_nats",
    "held", "policy", "policy_sha256", "snapshot", "simulated", "rounds", "rules", "scores",
}  # fmt: skip


def roles() -> dict[str, str]:
    return {row["version"]: row["role"] for row in as_json("models", "list")["versions"]}


@pytest.mark.usefixtures("home")
def test_a_comparison_changes_nothing_and_says_what_each_rule_says() -> None:
    before = roles()
    told = shown("compare", *NOW)
    assert "1.2.0 (challenger) against 1.0.0 (champion), 3 races" in told
    assert "- effect.skill_index: The skill index changes by" in told
    assert "The brief's rule alone would refuse it." in told
    plain = as_json("compare", *NOW)
    assert set(plain) == COMPARED
    assert (plain["challenger"], plain["champion"], plain["case"]) == ("1.2.0", "1.0.0", "recipe")
    assert plain["n_races"] == len(plain["rounds"]) == 3
    assert set(plain["rules"][0]) == {
        "rule", "value", "threshold", "n", "passed", "reason", "low", "high", "p",
    }  # fmt: skip
    assert roles() == before == {"1.0.0": "champion", "1.1.0": "previous", "1.2.0": "challenger"}


@pytest.mark.usefixtures("home")
def test_a_refusal_is_an_outcome_and_afterwards_nobody_is_left_to_judge() -> None:
    told = as_json("promote", *NOW)
    assert set(told) == COMPARED | {"outcome", "dry_run", "approve"}
    assert (told["outcome"], told["challenger"], told["approve"]) == ("refused", "1.2.0", "")
    said = "There is no challenger to compare: no version newer than champion 1.0.0 is undecided."
    assert shown("promote", *LATER) == said
    nobody = as_json("promote", *LATER)
    assert set(nobody) == set(told)
    assert (nobody["outcome"], nobody["challenger"], nobody["case"]) == ("nobody", None, "nobody")
    assert nobody["reason"] == said
    assert as_json("compare", *LATER)["challenger"] == "1.2.0"  # to read, the last one again
    assert "1.2.0 is refused; 1.0.0 stays champion." in shown("promote", "1.2.0", *LATER)
    assert len(as_json("models", "show", "1.2.0")["promotions"]) == 1


@pytest.mark.usefixtures("home")
def test_a_better_challenger_is_promoted_and_a_roll_back_brings_the_other_back() -> None:
    as_json("rollback", "--reason", "to begin with", *NOW)  # POOR reigns
    dry = as_json("promote", "1.2.0", "--dry-run", *NOW)
    assert (dry["outcome"], dry["dry_run"]) == ("waits", True)  # after a roll-back
    assert roles()["1.1.0"] == "champion"
    told = shown("promote", "1.2.0", "--approve", "--by", "ada", *NOW)
    assert told.endswith("1.2.0 is champion in place of 1.1.0, as approved.")
    assert "1.2.0 is champion in place of 1.1.0." in shown("promote", "1.2.0", *LATER)
    back = as_json("rollback", "--reason", "it misled us", "--by", "ada", *LATER)
    assert (back["champion"], back["replaced"], back["reason"]) == (
        "1.1.0",
        "1.2.0",
        "it misled us",
    )
    assert back["simulated"] is True
    told = shown("models", "show", "1.1.0")
    assert "roll_back by ada: it misled us" in told


def test_where_the_pages_cannot_be_written_what_was_decided_stands(home: Path) -> None:
    (home / ".site.lock").unlink(missing_ok=True)
    (home / ".site.lock").mkdir()  # in the way
    for words, outcome in (
        (("promote", "1.2.0", *NOW), "1.2.0 is refused; 1.0.0 stays champion."),
        (("rollback", "--reason", "x", *NOW), "1.1.0 is champion again, in place of 1.0.0."),
    ):
        done = CliRunner().invoke(app.app, words)
        assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, outcome)
        assert done.stderr.startswith("The list of reports stays as it was: ")
    assert roles() == {"1.0.0": "", "1.1.0": "champion", "1.2.0": ""}


@pytest.mark.usefixtures("home")
def test_a_roll_back_may_name_an_earlier_champion_and_wants_a_reason() -> None:
    error = refused("rollback", "--reason", " ", *NOW)
    assert isinstance(error, ConfigurationError)
    assert "A roll-back has a reason." in str(error)
    assert CliRunner().invoke(app.app, ["rollback"]).exit_code == 2
    error = refused("rollback", "--reason", "x", "--to", "1.2.0", *NOW)
    assert isinstance(error, RegistryError)
    assert "no champion 1.2.0 before 1.0.0 to roll back to (there were: 1.1.0)" in str(error)
    said = shown("rollback", "--reason", "x", "--to", "1.1.0", *NOW)
    assert said == "1.1.0 is champion again, in place of 1.0.0."


def test_under_review_the_command_that_approves_is_the_one_to_run(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_json("rollback", "--reason", "to begin with", *NOW)
    under(home, "review", monkeypatch)
    waits = as_json("promote", *NOW)
    assert (waits["outcome"], waits["promoted"]) == ("waits", True)
    assert waits["approve"] == "f1lib promote 1.2.0 --approve --by NAME"
    assert roles()["1.1.0"] == "champion"
    command = waits["approve"].split()[1:]
    assert "An approval has a name" in str(refused(*command[:-1], "", *LATER))
    told = shown(*command[:-1], "Ada", *LATER)
    assert told.endswith("1.2.0 is champion in place of 1.1.0, as approved.")
    found = as_json("models", "show", "1.2.0")
    assert [row["by"] for row in found["promotions"]] == ["Ada"]
    assert [each["outcome"] for each in found["decisions"]] == ["waits", "approved"]


@pytest.mark.usefixtures("home")
def test_nobody_approves_what_a_rule_refuses_nor_asks_for_what_is_not_there() -> None:
    assert as_json("promote", "1.2.0", "--approve", "--by", "Ada", *NOW)["outcome"] == "refused"
    assert "'drfit' is no trigger" in str(refused("promote", "--trigger", "drfit", *NOW))
    error = refused("promote", "1.9.9", *NOW)
    assert isinstance(error, RegistryError)
    assert "Model version 1.9.9 cannot be used" in str(error)


def test_versions_are_listed_shown_and_told_apart(home: Path) -> None:
    told = shown("models", "list")
    assert "1.0.0 champion SIMULATED" in told
    path = home / "models" / "1.2.0" / "model.skops"
    found = as_json("models", "show", "1.2.0")
    assert found["role"] == "challenger"
    assert found["hyper_parameters"]["seed"] == 1
    assert (found["n_races_tested"], found["scores"]) == (0, {})  # planted, not tested
    over = f"over races up to {found['trained_through']}, how many is not written down"
    assert over in shown("models", "show", "1.2.0")
    differences = as_json("models", "diff", "1.0.0", "1.2.0")["differences"]
    assert differences == [
        {"fact": "hyper_parameters.seed", "1.0.0": 20250101, "1.2.0": 1},
    ]
    assert "From 1.0.0 to 1.2.0: hyper_parameters.seed: 20250101 -> 1" in shown(
        "models", "diff", "1.0.0", "1.2.0"
    )
    assert "were made from the same" in shown("models", "diff", "1.0.0", "1.0.0")
    path.write_bytes(b"gone")
    assert "the file was changed" in str(refused("models", "show", "1.2.0"))
    (path.parent / "manifest.json").write_text("{}")
    listed = as_json("models", "list")
    assert [each["version"] for each in listed["damaged"]] == ["1.2.0"]
    assert "DAMAGED" in shown("models", "list")
