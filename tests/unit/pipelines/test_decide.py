"""What would set off a training is said and changes nothing; what is decided is remembered."""

from dataclasses import replace
from datetime import timedelta

import pytest
from invented_arena import reign

from f1lib.decisions.retraining import Outcome
from f1lib.decisions.trigger import Trigger
from f1lib.errors import InsufficientHistoryError
from f1lib.pipelines import decide, monitor, respond, retrain, rollback
from f1lib.registry import aliases
from f1lib.store import connection, decision_log
from f1lib.store.origin import Origin


def test_a_check_changes_nothing(home, rows) -> None:
    before = rows(home.settings)
    found = decide.decide(home.weekends[1], home.settings, now=home.now)
    assert rows(home.settings) == before
    assert {rule.trigger for rule in found.decision.rules} == set(Trigger)


def test_a_week_after_the_training_with_new_races_the_schedule_fires(home) -> None:
    later = home.now + timedelta(days=8)
    found = decide.decide(home.weekends[1], home.settings, now=later)
    assert (found.decision.outcome, found.decision.trigger) == (
        Outcome.RETRAIN, Trigger.SCHEDULED,
    )  # fmt: skip
    assert found.standing.new_races == 2
    assert found.exit_code == decide.TRIGGERED == 20
    soon = decide.decide(home.weekends[1], home.settings, now=home.now)
    assert soon.exit_code == (20 if soon.decision.trains else 0)


def test_a_decision_is_recorded_once_with_its_rules(home) -> None:
    for _ in range(2):
        found = decide.decide(
            home.weekends[1], home.settings, now=home.now, asked=Trigger.MANUAL, dry_run=False
        )
    with connection.reading(home.settings.store_address) as store:
        made = decision_log.made(store, simulated=True, kind="retraining")
    assert [(each.outcome, each.by, len(each.rules)) for each in made] == [
        ("retrain", "manual", len(found.decision.rules))
    ]
    assert replace(found.decision, rules=()).reason == made[0].reason


def test_a_weekend_that_is_not_settled_has_nothing_to_decide_on(home) -> None:
    with pytest.raises(InsufficientHistoryError, match="f1lib settle"):
        decide.decide(home.weekends[3], home.settings, now=home.now)


def test_a_decision_to_train_stands_after_it_was_carried_out(home) -> None:
    later = home.now + timedelta(days=8)
    weekend = home.weekends[1]
    first = decide.decide(weekend, home.settings, now=later, dry_run=False)
    respond.respond(weekend, home.settings, now=later)
    again = decide.decide(weekend, home.settings, now=later + timedelta(hours=1), dry_run=False)
    assert (first.taken_at, again.taken_at) == (None, later)
    assert again.decision.trains
    assert str(again.decision) == str(first.decision)
    assert [repr(each) for each in again.decision.rules] == [
        repr(each) for each in first.decision.rules
    ]  # as text, since numbers that do not apply are not equal to themselves
    checked = decide.decide(weekend, home.settings, now=later + timedelta(hours=1))
    assert checked.exit_code == 0  # whoever asks what would be done now is told that it is done


def test_what_a_person_asked_for_does_not_answer_whether_a_rule_fired(home) -> None:
    weekend = home.weekends[1]
    decide.decide(weekend, home.settings, now=home.now, asked=Trigger.MANUAL, dry_run=False)
    found = decide.decide(weekend, home.settings, now=home.now, dry_run=False)
    assert found.taken_at is None
    assert found.decision.trigger is not Trigger.MANUAL


def test_a_champion_that_has_learnt_from_the_weekend_is_not_judged_and_nothing_is_due(home) -> None:
    weekend, settings = home.weekends[1], home.settings
    made = retrain.retrain(weekend, settings, now=home.now, after=True).manifest.version
    reign(settings, made, home.now)
    found = decide.decide(weekend, settings, now=home.now)
    assert (found.exit_code, found.decision.outcome) == (0, Outcome.NOTHING)
    assert {each.kind for each in found.findings} == {"data_quality"}
    with pytest.raises(InsufficientHistoryError, match="has learnt from races through"):
        monitor.monitor(weekend, settings, now=home.now)


def asked_for_by(home, trigger: Trigger, weekend) -> bool:
    """Write down that a training after `weekend` was decided on; whether that is new."""
    taken = decide.decide(weekend, home.settings, now=home.now)
    origin = Origin(
        weekend, taken.snapshot.sha256, "policy", replay=taken.replay, simulated=True,
        made_at=home.now,
    )  # fmt: skip
    row = decision_log.Decision(
        origin, "retraining", "", "1.0.0", "retrain", trigger, "It moved.", "default", ()
    )
    with connection.connect(home.settings.store_address) as store:
        return decision_log.record(store, row)


def test_a_change_whose_challenger_was_refused_is_not_forgotten(home) -> None:
    settings, (before, weekend) = home.settings, home.weekends[:2]
    asked_for_by(home, Trigger.DRIFT, before)

    def unanswered() -> tuple[Trigger, str] | None:
        return decide.decide(weekend, settings, now=home.now).standing.unanswered

    assert unanswered() is None  # nothing was trained yet
    made = retrain.retrain(before, settings, now=home.now, after=True).manifest.version
    assert unanswered() is None  # it waits to be judged
    facts = {"by": "test", "reason": "", "now": home.now, "simulated": True}
    with connection.connect(settings.store_address) as store:
        aliases.refuse(store, settings.models, made, **facts)
    assert unanswered() == (Trigger.DRIFT, str(before))
    found = decide.decide(weekend, settings, now=home.now).decision
    (rule,) = [each for each in found.rules if each.rule == "drift.unanswered"]
    assert (rule.fired, rule.value, rule.threshold) == (False, 1, 3)  # one race since
    assert decide.decide(before, settings, now=home.now).standing.unanswered is None


def test_what_was_promoted_and_rolled_back_is_no_unanswered_change(home) -> None:
    settings, (before, weekend) = home.settings, home.weekends[:2]
    asked_for_by(home, Trigger.DRIFT, before)
    made = retrain.retrain(before, settings, now=home.now, after=True).manifest.version
    reign(settings, made, home.now)
    rollback.rollback(settings, reason="It misled us.", now=home.now + timedelta(hours=1))
    assert decide.decide(weekend, settings, now=home.now).standing.unanswered is None


@pytest.mark.parametrize("first", [Trigger.MANUAL, Trigger.DRIFT])
def test_a_person_and_a_rule_may_both_have_asked(home, first: Trigger) -> None:
    second = ({Trigger.MANUAL, Trigger.DRIFT} - {first}).pop()
    assert asked_for_by(home, first, home.weekends[0])
    assert asked_for_by(home, second, home.weekends[0])
    assert not asked_for_by(home, first, home.weekends[0])
