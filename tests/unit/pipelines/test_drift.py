"""Drift of a champion that has seen too few races, of one without a reference, of a changed one."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from f1lib.cli import app
from f1lib.errors import InsufficientHistoryError, RegistryError, SourceError
from f1lib.monitoring import findings
from f1lib.monitoring.drift.watched import TESTED
from f1lib.pipelines import drift, ingest
from f1lib.registry import artifacts
from f1lib.settings import Settings
from f1lib.store import connection, drift_log, finding_log
from f1lib.versions import ModelVersion
from f1lib.weekend import RaceWeekend

FIRST = ModelVersion(1, 0, 0)
Rows = Callable[[Settings], dict[str, int]]


def test_what_was_measured_and_found_is_recorded_once(home: Any, rows: Rows) -> None:
    before = rows(home.settings)
    assert drift.drift(home.weekends[2], home.settings, now=home.now, dry_run=True).findings
    assert rows(home.settings) == before
    found = drift.drift(home.weekends[2], home.settings, now=home.now)
    after = rows(home.settings)
    assert after["findings"] - before["findings"] == len(found.findings)
    assert after["drift_measurements"] > before["drift_measurements"]
    drift.drift(home.weekends[2], home.settings, now=home.now)
    assert rows(home.settings) == after
    with connection.reading(home.settings.store_address) as store:
        kept = finding_log.current(store, simulated=True, first=home.weekends[2])
        measured = drift_log.current(store, simulated=True, metric="kl")
    assert set(kept["weekend"]) == {str(home.weekends[2])}
    assert set(measured["n_races"]) == {3}


def test_a_short_reference_is_said_and_never_called_stable(home: Any) -> None:
    found = drift.drift(home.weekends[3], home.settings, now=home.now, dry_run=True)
    assert found.reference is not None
    n = len(found.reference.profile.tally.weekends)
    assert n < 100
    statuses = {each.status for each in found.findings if each.rule == "drift.feature"}
    assert statuses == {"insufficient"}
    assert any(f"{n} of 100 races" in each.reason for each in found.findings)


def test_races_the_champion_has_learnt_from_are_not_compared(home: Any) -> None:
    last = ingest.known(home.settings).completed()[-5]
    (finding,) = drift.drift(last, home.settings, now=home.now).findings
    assert (finding.status, finding.rule) == ("insufficient", "drift.dataset")
    assert "has learnt from all races up to" in finding.reason


def test_a_longer_window_is_measured_under_a_policy_of_its_own(home: Any) -> None:
    usual = drift.drift(home.weekends[3], home.settings, now=home.now, dry_run=True)
    longer = drift.drift(home.weekends[3], home.settings, now=home.now, window=4, dry_run=True)
    assert len(usual.looks[-1].evaluation.weekends) == 3
    assert len(longer.looks[-1].evaluation.weekends) == 4
    assert longer.policy.sha256 != usual.policy.sha256


def test_a_version_of_before_references_says_to_retrain(home: Any) -> None:
    kept = home.settings.models / str(FIRST) / "reference.skops"
    state = artifacts.read_reference(home.settings.models, FIRST)
    assert state is not None
    watch = drift.Watch(None, *without_races(home), "1.0.0")
    (finding,) = watch.findings(home.weekends[2])
    assert finding.status == "insufficient"
    assert "registered without the races it has learnt from" in finding.reason
    kept.unlink()
    with pytest.raises(RegistryError, match=r"reference\.skops is missing"):
        drift.drift(home.weekends[2], home.settings, now=home.now)


def without_races(home: Any) -> tuple[Any, ...]:
    history = ingest.known(home.settings)
    opened = drift.opened(
        history, drift.champion(home.settings, simulated=True),
        drift.policies.watch_policy(home.settings), home.settings,
    )  # fmt: skip
    return opened.rows, opened.strata, opened.resets, opened.policy


def test_a_weekend_that_was_not_raced_has_no_drift(home: Any) -> None:
    with pytest.raises(InsufficientHistoryError, match="no race result yet"):
        drift.drift(RaceWeekend(2099, 1), home.settings, now=home.now)


def test_the_manifest_names_the_reference_by_its_sha256(home: Any) -> None:
    folder = home.settings.models / str(FIRST)
    manifest = artifacts.read_manifest(home.settings.models, FIRST)
    assert len(manifest.reference_sha256) == 64
    plain = json.loads((folder / "manifest.json").read_text())
    del plain["reference_sha256"]  # as it was written before
    (folder / "manifest.json").write_text(json.dumps(plain))
    assert artifacts.read_reference(home.settings.models, FIRST) is None


def told(settings: Settings, *words: str) -> Result:
    environment = {"F1LIB_HOME": str(settings.home), "F1LIB_F1DB": ""}
    return CliRunner().invoke(app.app, ["drift", *words], env=environment)


def test_the_command_says_what_was_found_to_people_and_to_programs(home: Any) -> None:
    weekend = str(home.weekends[3])
    done = told(home.settings, "--weekend", weekend, "--window", "3")
    assert done.exit_code == 0, done.output
    assert "insufficient: 3 races" in done.stdout
    assert "of 100 races" in done.stdout
    plain = json.loads(told(home.settings, "--weekend", weekend, "--json").stdout)
    assert (plain["status"], len(plain["window"])) == ("insufficient", 3)
    assert set(findings.COLUMNS) == set(plain["findings"][0])
    assert {row["feature"] for row in plain["features"]} == set(TESTED)


def test_the_command_ends_with_a_sentence_where_nothing_can_be_measured(
    home: Any, empty_home: Settings
) -> None:
    nothing = told(empty_home)
    assert isinstance(nothing.exception, SourceError)
    one = told(home.settings, "--weekend", str(home.weekends[0]), "--window", "1")
    assert one.exit_code == 0
    assert "1 of 3 races" in one.stdout
    (home.settings.models / str(FIRST) / "reference.skops").unlink()
    broken = told(home.settings)
    assert isinstance(broken.exception, RegistryError)
