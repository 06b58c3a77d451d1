"""A challenger is trained for a reason that was found, or when it is due, and never for nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from f1lib.decisions.retraining import (
    FROM_FINDINGS,
    Outcome,
    RetrainingDecision,
    RetrainingPolicy,
    Standing,
    against_first,
    decided,
)
from f1lib.decisions.trigger import Trigger
from f1lib.monitoring.findings import Finding

NOW = datetime(2025, 9, 8, 12, tzinfo=UTC)
POLICY = RetrainingPolicy()
STANDING = Standing("1.0.0", NOW, NOW - timedelta(days=2), new_races=4, own_rounds=8)
QUIET = Finding("performance.winner_concordance", "winner_concordance", "last 8 rounds", "quiet",
                "0.95 over 8 rounds.", value=0.95, threshold=0.9, n=8)  # fmt: skip
ALERT = replace(QUIET, status="fired", alert=True, value=0.8, reason="0.80 is below 0.90.")
LATE = Finding("data_quality.freshness", "race", "2025-16", "fired",
               "The race of 2025-16 ended 50 h ago and has no result.", alert=True)  # fmt: skip

UNSOUND = Finding("data_quality.values", "values", "2025-16", "fired",
                  "results has 2 winners of 2025-16.", alert=True)  # fmt: skip


def of(trigger: Trigger, **changed: object) -> Finding:
    return replace(ALERT, rule=f"{FROM_FINDINGS[trigger]}.some_rule", **changed)


def decide(*findings: Finding, standing: Standing = STANDING, **more: object) -> RetrainingDecision:
    return decided(findings, standing, more.pop("policy", POLICY), **more)


def test_nothing_found_is_nothing_to_do_and_every_rule_is_listed() -> None:
    decision = decide(QUIET)
    assert decision.outcome is Outcome.NOTHING
    assert not decision.trains
    assert {rule.trigger for rule in decision.rules} == set(Trigger)
    assert not any(rule.fired for rule in decision.rules)


@pytest.mark.parametrize("trigger", FROM_FINDINGS)
def test_an_alert_of_each_kind_sets_off_a_retraining(trigger: Trigger) -> None:
    decision = decide(of(trigger))
    assert (decision.outcome, decision.trigger) == (Outcome.RETRAIN, trigger)
    fired = [rule for rule in decision.rules if rule.fired]
    assert [(rule.value, rule.threshold, rule.n) for rule in fired] == [(0.8, 0.9, 8)]


@pytest.mark.parametrize("trigger", FROM_FINDINGS)
def test_what_its_earlier_patches_did_sets_off_no_training_of_a_new_champion(
    trigger: Trigger,
) -> None:
    decision = decide(of(trigger), standing=replace(STANDING, own_rounds=7))
    of_forecasts = trigger in {Trigger.PERFORMANCE, Trigger.CALIBRATION}
    assert decision.trains is not of_forecasts
    (rule,) = [
        each for each in decision.rules if each.rule.startswith(f"{FROM_FINDINGS[trigger]}.")
    ]
    assert ("has forecast 7 settled rounds itself, and 8 are needed" in rule.reason) is of_forecasts


@pytest.mark.parametrize("trigger", FROM_FINDINGS)
def test_a_finding_that_is_no_alert_sets_off_nothing(trigger: Trigger) -> None:
    assert decide(of(trigger, alert=False)).outcome is Outcome.NOTHING


@pytest.mark.parametrize("trigger", FROM_FINDINGS)
def test_a_trigger_that_the_policy_ignores_sets_off_nothing(trigger: Trigger) -> None:
    decision = decide(of(trigger), policy=replace(POLICY, **{trigger: False}))
    assert decision.outcome is Outcome.NOTHING
    assert any("does not listen" in rule.reason for rule in decision.rules)


def test_a_trigger_that_is_asked_for_acts_only_if_its_rule_fired() -> None:
    assert decide(of(Trigger.DRIFT), asked=Trigger.DRIFT).outcome is Outcome.RETRAIN
    decision = decide(of(Trigger.DRIFT), asked=Trigger.PERFORMANCE)
    assert decision.outcome is Outcome.NOTHING
    assert "No rule of trigger performance fired" in decision.reason


def test_what_is_asked_for_by_hand_is_done() -> None:
    decision = decide(QUIET, asked=Trigger.MANUAL)
    assert (decision.outcome, decision.trigger) == (Outcome.RETRAIN, Trigger.MANUAL)


def test_findings_wait_while_the_last_training_is_only_just() -> None:
    fresh = replace(STANDING, new_races=2)
    assert decide(ALERT, standing=fresh).outcome is Outcome.WAIT
    assert decide(ALERT, standing=fresh, force=True).outcome is Outcome.RETRAIN
    assert decide(ALERT, standing=replace(fresh, new_races=3)).outcome is Outcome.RETRAIN
    assert decide(standing=fresh, asked=Trigger.MANUAL).outcome is Outcome.RETRAIN


def test_what_changed_is_answered_again_with_more_races_until_a_champion_has_learnt_it() -> None:
    refused = replace(STANDING, new_races=3, unanswered=(Trigger.DRIFT, "2025-12"))
    decision = decide(QUIET, standing=refused)
    assert (decision.outcome, decision.trigger) == (Outcome.RETRAIN, Trigger.DRIFT)
    assert "After 2025-12 drift set off a training whose challenger was refused" in decision.reason
    assert decide(QUIET, standing=replace(refused, new_races=2)).outcome is Outcome.NOTHING
    assert decide(QUIET, standing=refused, asked=Trigger.CALIBRATION).outcome is Outcome.NOTHING
    deaf = replace(POLICY, drift=False)
    assert decide(QUIET, standing=refused, policy=deaf).outcome is Outcome.NOTHING


@pytest.mark.parametrize(("found", "said"), [(LATE, "50 h ago"), (UNSOUND, "2 winners")])
def test_late_and_unsound_data_are_refused_unless_forced(found: Finding, said: str) -> None:
    decision = decide(ALERT, found)
    assert decision.outcome is Outcome.REFUSED
    assert said in decision.reason and "--force" in decision.reason
    assert decide(ALERT, found, force=True).outcome is Outcome.RETRAIN
    assert decide(QUIET, found).outcome is Outcome.NOTHING
    assert decide(ALERT, replace(found, alert=False)).outcome is Outcome.RETRAIN


@pytest.mark.parametrize("asked", [None, Trigger.SCHEDULED, Trigger.MANUAL])
def test_a_first_model_is_trained_unless_its_data_are_late_or_unsound(
    asked: Trigger | None,
) -> None:
    assert against_first([QUIET], asked=asked) is None
    refused = against_first([LATE, UNSOUND], asked=asked)
    assert refused.outcome is Outcome.REFUSED
    assert "50 h ago" in refused.reason and "2 winners" in refused.reason
    assert against_first([LATE, UNSOUND], asked=asked, force=True) is None


@pytest.mark.parametrize("asked", list(FROM_FINDINGS))
def test_without_a_champion_no_rule_that_judges_one_can_fire(asked: Trigger) -> None:
    decision = against_first([QUIET], asked=asked, force=True)
    assert decision.outcome is Outcome.NOTHING
    assert f"no rule of trigger {asked} can fire" in decision.reason


@pytest.mark.parametrize("more", [{}, {"asked": Trigger.PERFORMANCE}, {"force": True}])
def test_without_a_new_race_there_is_nothing_to_learn(more: dict[str, object]) -> None:
    decision = decide(ALERT, standing=replace(STANDING, new_races=0), **more)
    assert decision.outcome is Outcome.NOTHING
    assert "has seen every race" in decision.reason


def test_a_person_may_ask_for_another_recipe_without_a_new_race() -> None:
    decision = decide(standing=replace(STANDING, new_races=0), asked=Trigger.MANUAL)
    assert decision.outcome is Outcome.RETRAIN


def test_the_schedule_fires_after_its_days_and_before_a_season() -> None:
    week = replace(STANDING, trained_at=NOW - timedelta(days=7))
    assert decide(standing=week).trigger is Trigger.SCHEDULED
    almost = replace(STANDING, trained_at=NOW - timedelta(days=6.9))
    assert decide(standing=almost).outcome is Outcome.NOTHING
    assert decide(standing=replace(almost, pre_season=True)).trigger is Trigger.SCHEDULED
    never = replace(POLICY, scheduled=False)
    assert decide(standing=week, policy=never).outcome is Outcome.NOTHING


def test_a_training_at_the_end_of_a_season_says_that_it_is_due_for_that() -> None:
    over = replace(STANDING, pre_season=True)
    assert (
        "The season is over and version 1.0.0 has not seen 4 races"
        in decide(QUIET, standing=over).reason
    )
    old = replace(over, trained_at=NOW - timedelta(days=8))
    assert "8.0 days ago (due after 7)" in decide(QUIET, standing=old).reason


def test_what_is_found_comes_before_what_is_due() -> None:
    week = replace(STANDING, trained_at=NOW - timedelta(days=7))
    assert decide(ALERT, standing=week).trigger is Trigger.PERFORMANCE


def test_a_long_watch_trains_a_challenger_in_shadow() -> None:
    watch = replace(ALERT, rule="drift.feature", alert=False, status="watch", in_a_row=5)
    decision = decide(watch)
    assert (decision.outcome, decision.trigger) == (Outcome.SHADOW, Trigger.DRIFT)
    assert decision.trains
    assert decide(replace(watch, in_a_row=4)).outcome is Outcome.NOTHING
    assert decide(watch, policy=replace(POLICY, shadow_evaluations=0)).outcome is Outcome.NOTHING
    assert decide(watch, asked=Trigger.CALIBRATION).outcome is Outcome.NOTHING
    assert decide(watch, policy=replace(POLICY, drift=False)).outcome is Outcome.NOTHING
    together = replace(watch, rule="drift.dataset")
    assert decide(together).outcome is Outcome.NOTHING


def test_what_is_due_does_not_wait_for_what_was_found() -> None:
    due = replace(STANDING, new_races=2, trained_at=NOW - timedelta(days=10))
    decision = decide(ALERT, standing=due)
    assert (decision.outcome, decision.trigger) == (Outcome.RETRAIN, Trigger.SCHEDULED)
