"""What would set off a training is said and changes nothing; what is decided is remembered."""

from dataclasses import replace
from datetime import timedelta

import pytest

from f1lib.decisions.retraining import Outcome
from f1lib.decisions.trigger import Trigger
from f1lib.errors import InsufficientHistoryError
from f1lib.pipelines import decide
from f1lib.store import connection, decision_log


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
