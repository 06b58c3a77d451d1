"""A challenger is trained after a weekend if a rule says so, and its home is backed up first."""

import pytest

from f1lib.decisions.retraining import Outcome
from f1lib.decisions.trigger import Trigger
from f1lib.errors import ConfigurationError
from f1lib.pipelines import backup, respond
from f1lib.registry import aliases
from f1lib.store import connection


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
    from f1lib.pipelines import ingest, retrain

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
