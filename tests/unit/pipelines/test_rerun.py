"""A run is done again: as a new one, or to see whether it comes out the same."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from invented_arena import EQUAL, POOR, Arena
from invented_notebook import NOW, WEEKEND, settings_with
from typer.testing import CliRunner

from f1lib.cli import app
from f1lib.errors import ConfigurationError
from f1lib.pipelines import rerun, rollback, run
from f1lib.pipelines.rerun import DIFFERS
from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import run_folder, withheld
from f1lib.settings import Settings

SPEAKS = """\
from f1lib import settings as configuration
from f1lib.reports.metrics import Metric, Results
settings = configuration.read()
results = Results.opened(settings.run_folder, notebook="small", weekend=weekend)
results.aside(f"Process {__import__('os').getpid()} says so.")
results.metrics([Metric("seed", "Seed", SEED, digits=0)])"""
ALIKE = SPEAKS.replace("SEED", "settings.seed")
OTHER = SPEAKS.replace("SEED", "__import__('time').time_ns()")
LATER = NOW + timedelta(days=3)


def left(settings: Settings) -> dict[str, bytes]:
    """Every file of home by name."""
    files = (path for path in settings.home.rglob("*") if path.is_file())
    return {str(path.relative_to(settings.home)): path.read_bytes() for path in files}


def ran(settings: Settings) -> RunRecord:
    record = run.run("small", WEEKEND, {"dry_run": False}, settings, now=NOW)
    assert record.status is RunStatus.OK, record.problem
    return record


def rewritten(record: RunRecord, settings: Settings) -> None:
    text = json.dumps(record.as_json())
    (settings.home / record.folder / "run.json").write_text(text)


def test_what_comes_out_the_same_is_said_to_and_nothing_is_left_of_the_check(
    tmp_path: Path,
) -> None:
    settings = settings_with(tmp_path, last=ALIKE)
    record, before = ran(settings), left(settings)
    done = rerun.check(record.run_id, settings, now=LATER)
    assert (done.differences, done.exit_code) == ((), 0)
    assert done.again.parameters == record.parameters
    assert done.again.now == NOW
    assert left(settings) == before


def test_every_fact_and_line_that_differs_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_with(tmp_path, last=OTHER)
    record, before = ran(settings), left(settings)
    for name in ("home", "notebooks", "catalogue", "f1db"):
        monkeypatch.setenv(f"F1LIB_{name.upper()}", str(getattr(settings, name)))
    done = CliRunner().invoke(app.app, ["runs", "rerun", record.run_id, "--check", "--json"])
    assert done.exit_code == DIFFERS, done.output
    said = json.loads(done.stdout)
    fact, *lines = said["differences"]
    assert (said["same"], fact["fact"]) == (False, "results.metrics.0.value")
    assert said["same_code"] is not record.code_dirty
    assert fact["again"] > fact["first"]
    assert lines
    assert all(line["fact"].endswith("of the report") for line in lines)
    assert all(line["first"] != line["again"] for line in lines)
    assert left(settings) == before


def test_a_run_that_fails_now_differs(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, last=ALIKE)
    record = ran(settings)
    settings_with(tmp_path, last="1 / 0")
    done = rerun.check(record.run_id, settings, now=LATER)
    (ending,) = done.differences
    assert (ending.fact, ending.first) == ("status", "ok")
    assert str(ending.second).startswith("cell_error: ZeroDivisionError")


def test_a_run_made_from_something_else_is_refused_and_all_of_it_named(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, last=ALIKE)
    record = ran(settings)
    provenance = {"policy": "default 123456789abc", "model_version": "1.0.0"}
    rewritten(
        replace(record, code_version="1a2b3c", seed=3, provenance=provenance), settings
    )  # fmt: skip
    with pytest.raises(ConfigurationError) as refused:
        rerun.check(record.run_id, settings, now=LATER)
    for said in (
        "code: then 1a2b3c, now ", f"seed: then 3, now {settings.seed}",
        "policy: then default 123456789abc, now default ", "champion: then 1.0.0, now none",
        f"`f1lib runs rerun {record.run_id}` makes a new one",
    ):  # fmt: skip
        assert said in str(refused.value)
    rewritten(replace(record, status=RunStatus.CELL_ERROR), settings)
    with pytest.raises(ConfigurationError, match="is cell_error, and only a good run can"):
        rerun.check(record.run_id, settings, now=LATER)


@pytest.mark.parametrize("again", [rerun.rerun, rerun.check])
def test_a_run_whose_parameter_held_a_secret_is_refused_by_name(
    again: Callable[..., object], tmp_path: Path
) -> None:
    settings = settings_with(tmp_path, last=ALIKE)
    record = ran(settings)
    held = {"source": f"https://f1:{withheld.MASK}@example.org", "password": withheld.MASK}
    rewritten(replace(record, parameters=record.parameters | held), settings)
    with pytest.raises(ConfigurationError, match="source, password held a secret") as refused:
        again(record.run_id, settings, now=LATER)
    asked = f"run small --weekend 2025-08 --now {record.now.isoformat()} -p dry_run=False"
    assert f"`f1lib {asked} -p source=... -p password=...`" in str(refused.value)
    assert refused.value.exit_code == 10
    assert len(run_folder.every(settings.reports)) == 1


@pytest.mark.parametrize(
    ("then", "now", "doubt"),
    [
        ("1a2b", "1a2b", ""),
        ("1a2b-dirty", "1a2b-dirty", "1a2b-dirty has changes that no commit holds"),
        ("1a2b", "1a2b-dirty", "1a2b-dirty has changes that no commit holds"),
    ],
)
def test_code_that_no_commit_holds_is_never_known_to_be_the_same(
    then: str, now: str, doubt: str, tmp_path: Path
) -> None:
    record = replace(ran(settings_with(tmp_path, last=ALIKE)), code_version=then)
    said = rerun.Check(record, replace(record, code_version=now), ()).doubt
    assert doubt in said
    assert bool(said) is bool(doubt)


def test_run_again_it_is_a_new_run_as_of_the_same_present(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, last=ALIKE)
    record = ran(settings)
    again = rerun.rerun(record.run_id, settings, now=LATER)
    assert again.run_id != record.run_id
    assert (again.parameters, again.now, again.status) == (record.parameters, NOW, RunStatus.OK)
    assert len(run_folder.every(settings.reports)) == 2


@pytest.mark.slow
def test_a_promotion_comes_out_the_same_though_its_version_reigns_by_now(arena: Arena) -> None:
    arena.reign(POOR)
    settings = arena.under("auto")
    asked = {"dry_run": False, "challenger": str(EQUAL)}
    made = run.run("deployment_comparison", arena.weekends[0], asked, settings, now=arena.now)
    assert made.promoted, made.problem
    assert arena.champion() == str(EQUAL)
    rows = arena.log()
    assert rerun.check(made.run_id, settings, now=LATER).differences == ()
    assert arena.log() == rows
    rollback.rollback(settings, reason="worse", now=LATER)
    with pytest.raises(ConfigurationError, match=f"champion: then {EQUAL}, now {POOR}"):
        rerun.check(made.run_id, settings, now=LATER)
