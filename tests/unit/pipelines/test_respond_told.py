"""Start, end and failure of a training are told by mail, once; and none of it fails anything."""

from datetime import timedelta

import pytest

from f1lib.decisions.trigger import Trigger
from f1lib.pipelines import ingest, respond, retrain
from f1lib.store import connection, outbox

TOLD = {
    "smtp_host": "127.0.0.1", "mail_from": "f1@example.org", "mail_to": "ada@example.org",
    "mail_digest": True,  # delivered by others
}  # fmt: skip


@pytest.fixture
def told(home):
    """Settings under which mail is set up, and waits."""
    return home.settings.model_copy(update=TOLD)


def mails(settings):
    with connection.reading(settings.store_address) as store:
        return outbox.waiting(store, patience=8)


def subjects(settings):
    return [mail.subject.removeprefix("SIMULATED · ") for mail in mails(settings)]


def trained(home, settings, **changed):
    facts = {"now": home.now, "asked": Trigger.MANUAL, **changed}
    return respond.respond(home.weekends[1], settings, **facts)


def test_start_and_end_are_told_once(home, told) -> None:
    weekend = home.weekends[1]
    done = trained(home, told)
    trained(home, told, now=home.now + timedelta(hours=1))
    assert subjects(told) == [
        f"Retraining started after {weekend} (manual)", "Challenger 1.0.1 is trained"
    ]  # fmt: skip
    started, finished = mails(told)
    assert "A challenger of champion 1.0.0 is being trained." in started.body
    assert "It was asked for." in started.body
    assert f"{done.trained.manifest.n_races} races, through {weekend}" in finished.body
    assert all(rule.rule in finished.body for rule in done.trained.decision.rules)


@pytest.mark.parametrize("changed", [{"dry_run": True}, {"asked": Trigger.PERFORMANCE}])
def test_where_nothing_is_trained_nothing_is_told(home, told, changed) -> None:
    trained(home, told, **changed)
    assert mails(told) == []


def test_of_a_replay_nothing_is_told(home, told) -> None:
    then = told.model_copy(update={"known_through": str(home.weekends[1])})
    assert trained(home, then, force=True).trained.new  # its data are stale by now
    assert mails(told) == []


def test_a_failure_is_told_with_its_problem_and_raised(home, told, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(retrain, "_kept", full)
    for _ in range(2):
        with pytest.raises(OSError, match="No space left"):
            trained(home, told)
    assert subjects(told) == [
        f"Retraining started after {home.weekends[1]} (manual)",
        f"Retraining after {home.weekends[1]} failed (manual)",
    ]
    assert "OSError: No space left on device." in mails(told)[-1].body
    assert "Champion 1.0.0 stays in use." in mails(told)[-1].body


def test_a_dead_mail_server_fails_no_training(home, told) -> None:
    dead = told.model_copy(update={"mail_digest": False, "smtp_port": 1, "smtp_timeout_s": 1.0})
    assert trained(home, dead).trained.new
    assert len(mails(dead)) == 2


def test_the_first_champion_is_told_of_with_its_rules(home, told) -> None:
    settings = told.model_copy(update={"home": told.home / "other"})
    ingest.simulate(settings, home.world, published=None, now=home.now)
    for _ in range(2):
        done = respond.respond(home.weekends[1], settings, now=home.now)
    assert subjects(settings) == [
        f"Retraining started after {home.weekends[1]} (first model)", "1.0.0 is champion",
        "First model 1.0.0 is trained",
    ]  # fmt: skip
    started, champion, _ = mails(settings)
    assert respond.NO_CHAMPION in started.body
    assert all(rule.rule in champion.body for rule in done.trained.decision.rules)


def test_a_first_model_that_is_refused_is_told_of(home, told, monkeypatch) -> None:
    settings = told.model_copy(update={"home": told.home / "other"})
    ingest.simulate(settings, home.world, published=None, now=home.now)
    monkeypatch.setattr("f1lib.decisions.promotion.first.MINIMUM_RACES", 999)
    done = retrain.retrain(home.weekends[1], settings, now=home.now)
    assert not done.champion
    assert subjects(settings) == ["Challenger 1.0.0 refused"]
