"""A challenger is trained after a weekend if a rule says so, and its home is backed up first."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from invented_arena import reign

from f1lib.decisions.retraining import Outcome
from f1lib.decisions.trigger import Trigger
from f1lib.errors import ConfigurationError, UnderWayError
from f1lib.models.contract import MINIMUM_RACES
from f1lib.pipelines import account, backup, ingest, respond, retrain
from f1lib.registry import aliases
from f1lib.reports.retraining.account import Came, Proof
from f1lib.runner import lock, versions_used
from f1lib.store import connection, outbox
from f1lib.weekend import Stage

WORLD = ingest.World(seed=7, scenario="stable", seasons=2)
NOW = datetime(2026, 1, 5, tzinfo=UTC)


def test_a_training_by_hand_is_backed_up_and_has_seen_the_weekend(home) -> None:
    weekend = home.weekends[1]
    done = respond.respond(weekend, home.settings, now=home.now, asked=Trigger.MANUAL)
    assert done.decision.outcome is Outcome.RETRAIN
    assert done.archive.exists()
    assert done.trained.manifest.trained_through == weekend
    assert str(done.trained.manifest.version) == "1.0.1"
    with connection.reading(home.settings.store_address) as store:
        assert str(aliases.champion(store, simulated=True)) == "1.0.0"


def test_a_dry_run_changes_nothing(home, rows) -> None:
    before = rows(home.settings)
    done = respond.respond(
        home.weekends[1], home.settings, now=home.now, asked=Trigger.MANUAL, dry_run=True
    )
    assert (done.archive, done.trained) == (None, None)
    assert done.decision.trains
    assert rows(home.settings) == before
    assert not list(home.settings.models.glob("1.0.1"))


def test_a_trigger_whose_rule_did_not_fire_trains_nothing(home) -> None:
    done = respond.respond(home.weekends[1], home.settings, now=home.now, asked=Trigger.PERFORMANCE)
    assert done.trained is None
    assert "No rule of trigger performance fired" in done.decision.reason


def test_after_a_weekend_without_a_result_nothing_can_be_trained(home) -> None:
    history = ingest.known(home.settings)
    coming = history.weekend("latest")
    unraced = type(coming)(coming.season, coming.round + 1)
    with pytest.raises(ConfigurationError, match="retrain --before"):
        retrain.retrain(unraced, home.settings, now=home.now, after=True)


def test_a_call_cut_off_after_its_backup_is_completed_by_the_same_call(home) -> None:
    kept = backup.backup(home.settings, now=home.now)
    done = respond.respond(home.weekends[1], home.settings, now=home.now, asked=Trigger.MANUAL)
    assert done.archive == kept.archive
    assert str(done.trained.manifest.version) == "1.0.1"


def test_done_twice_it_is_done_once_and_shows_the_same(home, rows) -> None:
    weekend, settings = home.weekends[1], home.settings
    first = respond.respond(weekend, settings, now=home.now, asked=Trigger.MANUAL)
    before = rows(settings)
    later = home.now + timedelta(hours=1)
    again = respond.respond(weekend, settings, now=later, asked=Trigger.MANUAL)
    assert rows(settings) == before
    assert len(list(settings.backups.iterdir())) == 1
    assert (again.trained.new, again.archive) == (False, None)
    assert again.taken_at == home.now
    told, retold = (account.account(each, settings, now=home.now) for each in (first, again))
    assert (told.came, retold.came) == (Came.TRAINED, Came.THERE)
    pd.testing.assert_frame_equal(told.scores, retold.scores)
    same = {"came": Came.TRAINED, "taken_at": None, "archive": told.archive,
            "archive_mb": told.archive_mb, "scores": told.scores, "gains": told.gains}  # fmt: skip
    assert replace(retold, **same) == told


def test_what_reigns_meanwhile_is_shown_with_the_decision_that_led_to_it(home, rows) -> None:
    weekend, settings = home.weekends[1], home.settings
    first = respond.respond(weekend, settings, now=home.now, asked=Trigger.MANUAL)
    reign(settings, first.trained.manifest.version, home.now)
    before = rows(settings)
    again = respond.respond(weekend, settings, now=home.now + timedelta(days=1))
    assert rows(settings) == before
    assert again.decision.reason == first.decision.reason
    assert str(again.champion.version) == "1.0.0"
    told = account.account(again, settings, now=home.now)
    assert (told.came, told.reigns, told.proof) == (Came.THERE, True, Proof.BACKTEST)
    assert told.verdict == first.trained.decision


def test_a_person_may_train_after_a_weekend_on_which_the_champion_cannot_be_judged(
    home, monkeypatch: pytest.MonkeyPatch
) -> None:
    weekend, settings = home.weekends[1], home.settings
    first = respond.respond(weekend, settings, now=home.now, asked=Trigger.MANUAL)
    reign(settings, first.trained.manifest.version, home.now)
    monkeypatch.setattr(versions_used, "code_version", lambda: "another")
    again = respond.respond(weekend, settings, now=home.now, asked=Trigger.MANUAL)
    assert (str(again.trained.manifest.version), again.trained.new) == ("1.0.2", True)
    assert {
        rule.reason for rule in again.decision.rules if rule.trigger is Trigger.PERFORMANCE
    } == {"Nothing was evaluated."}


def test_a_dry_run_after_a_training_shows_the_decision_that_stands(home) -> None:
    weekend, settings = home.weekends[1], home.settings
    first = respond.respond(weekend, settings, now=home.now, asked=Trigger.MANUAL)
    shown = respond.respond(weekend, settings, now=home.now, asked=Trigger.MANUAL, dry_run=True)
    assert (shown.taken_at, shown.trained.new) == (home.now, False)
    assert shown.decision.reason == first.decision.reason


def test_two_trainings_at_once_are_one_and_a_sentence(home) -> None:
    with (
        lock.held(home.settings.home / ".retraining.lock", "process 4711"),
        pytest.raises(UnderWayError, match="being trained already, by process 4711"),
    ):
        respond.respond(home.weekends[1], home.settings, now=home.now, asked=Trigger.MANUAL)
    with connection.reading(home.settings.store_address) as store:
        assert not outbox.written(store, occasion="simulated retraining failed")


def test_where_the_backtest_is_gone_the_means_of_the_manifest_are_shown(home) -> None:
    weekend, settings = home.weekends[1], home.settings
    first = respond.respond(weekend, settings, now=home.now, asked=Trigger.MANUAL)
    shutil.rmtree(settings.home / "backtests")
    again = respond.respond(weekend, settings, now=home.now, asked=Trigger.MANUAL)
    again.trained.manifest.scores["before_race.retired"] = 1.0  # a metric of earlier code
    told = account.account(again, settings, now=home.now)
    assert (told.proof, told.verdict) == (Proof.MANIFEST, None)
    means = told.scores.set_index("metric")["value"]
    assert "retired" not in means
    assert means["winner_log_loss"] == first.trained.manifest.scores["before_race.winner_log_loss"]
    assert told.scores["low"].isna().all()


def test_the_first_model_is_trained_tested_and_shown_again(home) -> None:
    settings = home.settings.model_copy(update={"home": home.settings.home / "other"})
    ingest.simulate(settings, home.world, published=None, now=home.now)
    would = respond.respond(home.weekends[1], settings, now=home.now, dry_run=True)
    assert (str(would.plan.version), would.trained) == ("1.0.0", None)
    first, again = (respond.respond(home.weekends[1], settings, now=home.now) for _ in range(2))
    assert (first.trained.new, again.trained.new) == (True, False)
    assert (first.archive, first.decision, first.champion) == (None, None, None)
    assert (again.trained.champion, again.decision, again.champion) == (True, None, None)
    assert again.trained.decision == first.trained.decision
    provenance = [account.provenance(each, settings) for each in (first, again)]
    assert provenance[0] == provenance[1]
    assert provenance[0]["model_version"] == "1.0.0"


def test_a_first_model_is_trained_neither_on_late_data_nor_by_a_rule(empty_home) -> None:
    ingest.simulate(empty_home, WORLD, published=None, now=NOW)
    whole = ingest.known(empty_home)
    weekend, coming = whole.completed()[-2:]
    then = empty_home.model_copy(update={"known_through": str(weekend)})
    late = whole.starts_at(coming, Stage.RACE) + timedelta(days=5)
    refused = respond.respond(weekend, then, now=late)
    assert (refused.decision.outcome, refused.trained) == (Outcome.REFUSED, None)
    assert f"No data of {coming}" in refused.decision.reason
    assert not then.models.exists()
    told = account.account(refused, then, now=late)
    assert (told.came, told.decided) == (Came.NOTHING, "refused")
    asked = respond.respond(weekend, then, now=late, asked=Trigger.DRIFT, force=True)
    assert (asked.decision.outcome, asked.trained) == (Outcome.NOTHING, None)
    assert respond.respond(weekend, then, now=late, force=True, dry_run=True).plan is not None


def test_the_scores_of_the_report_are_those_of_the_manifest(home) -> None:
    done = respond.respond(home.weekends[1], home.settings, now=home.now, asked=Trigger.MANUAL)
    told = account.account(done, home.settings, now=home.now)
    kept = done.trained.manifest.scores
    rows = told.scores.set_index("metric")
    for metric in ("winner_log_loss", "rps"):
        assert rows.loc[metric, "value"] == pytest.approx(kept[f"before_race.{metric}"])
    assert rows.loc["gap_mae_pct", "value"] == pytest.approx(kept["before_qualifying.gap_mae_pct"])
    loss = rows.loc["winner_log_loss"]
    assert told.gains["gain"].mean() == pytest.approx(loss["baseline_value"] - loss["value"])
    raced = [each for each in ingest.known(home.settings).completed() if each <= home.weekends[1]]
    assert len(told.gains) == loss["n"] == len(raced[MINIMUM_RACES:]) < retrain.BACKTEST_ROUNDS
    assert (told.lesson.n_races, told.lesson.same_recipe) == (done.trained.manifest.n_races, True)
