"""Events: a function per occasion, each with the numbers, each told apart from every other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from f1lib.notify import events
from f1lib.notify.events import Event, Scene
from f1lib.run_record import RunRecord, RunStatus
from f1lib.store.decision_log import Rule
from f1lib.store.promotion_log import Action, Promotion
from f1lib.versions import ModelVersion
from f1lib.weekend import RaceWeekend

AT = datetime(2025, 5, 26, 6, tzinfo=UTC)
WEEKEND = RaceWeekend(2025, 8)
SCENE = Scene(simulated=False, replay=False)
SKILL = Rule("skill_index", 0.031, 0.01, 48, fired=True)
COMMAND = "f1lib promote 1.0.1 --approve --by NAME"


def promotion(action: Action, at: datetime = AT) -> Promotion:
    new, old = ModelVersion(1, 0, 1), ModelVersion(1, 0, 0)
    return Promotion(at, action, new, "m" * 64, old, "auto", "Skill rose by 0.031.", False)


def run(status: RunStatus, run_id: str = "r1") -> RunRecord:
    return RunRecord(
        run_id, "race_preview", WEEKEND, status, AT, AT + timedelta(seconds=42), AT, {}, "c", {},
        "reports/race_preview/2025-08/r1", problem="Cell 3 raised KeyError.",
    )  # fmt: skip


def every_occasion() -> list[Event]:
    return [
        events.retraining_started(SCENE, WEEKEND, "drift", "1.0.0", "Form drifted over 3 rounds."),
        events.retraining_finished(SCENE, "1.0.1", "1.0.0", WEEKEND, 250, [SKILL]),
        events.retraining_failed(SCENE, WEEKEND, "drift", "1.0.0", "The disk is full."),
        events.retraining_started(SCENE, WEEKEND, "first model", "", "There is no champion yet."),
        events.retraining_finished(SCENE, "1.0.0", "", WEEKEND, 250, [SKILL]),
        events.retraining_failed(SCENE, WEEKEND, "first model", "", "The disk is full."),
        events.approval_wanted(SCENE, "1.0.1", "1.0.0", "It gains 0.031.", COMMAND, [SKILL]),
        *(events.champion_decided(SCENE, promotion(action), [SKILL]) for action in Action),
        events.run_failed(run(RunStatus.CELL_ERROR)),
        events.weekly_summary(SCENE, AT, "1.0.0", ["One race was settled."], [SKILL]),
    ]


def test_no_two_occasions_are_taken_for_each_other() -> None:
    names = [event.occasion for event in every_occasion()]
    assert len(set(names)) == len(names)
    assert names == [event.occasion for event in every_occasion()]


@pytest.mark.parametrize("event", every_occasion(), ids=lambda event: event.title)
def test_an_event_speaks_in_sentences(event: Event) -> None:
    assert event.title
    assert not event.title.endswith(".")
    assert all(sentence.endswith((".", "?")) for sentence in event.sentences)


def test_an_approval_comes_with_its_command_and_figures() -> None:
    event = events.approval_wanted(SCENE, "1.0.1", "1.0.0", "It gains 0.031.", COMMAND, [SKILL])
    assert event.command == COMMAND
    assert event.rules == (SKILL,)


def test_a_move_of_the_champion_says_who_who_before_why_and_by_whom() -> None:
    moved = events.champion_decided(SCENE, promotion(Action.PROMOTE))
    assert moved.title == "1.0.1 is champion"
    assert moved.sentences == (
        "It follows 1.0.0.", "Skill rose by 0.031.", "Decided by auto, 2025-05-26 06:00 UTC."
    )  # fmt: skip
    again = events.champion_decided(SCENE, promotion(Action.PROMOTE, AT + timedelta(days=1)))
    assert again.occasion != moved.occasion  # promoted, rolled back and promoted again


def test_a_failed_run_says_why_and_where_its_report_is() -> None:
    event = events.run_failed(run(RunStatus.CELL_ERROR))
    assert event.title == "race_preview for 2025-08 failed: cell_error"
    assert event.sentences == ("Cell 3 raised KeyError.", "Run r1 ended after 42 s.")
    assert event.scene.report == "reports/race_preview/2025-08/r1/report.html"


def test_a_run_that_fails_over_a_replay_is_a_failure_here_and_now() -> None:
    failed = replace(run(RunStatus.CELL_ERROR), replay=True)
    assert events.run_failed(failed).scene.replay is False  # of a replay nothing is told


def test_the_simulated_world_has_occasions_of_its_own() -> None:
    real = events.retraining_started(SCENE, WEEKEND, "drift", "1.0.0", "")
    invented = Scene(simulated=True, replay=False)
    assert (
        events.retraining_started(invented, WEEKEND, "drift", "1.0.0", "").occasion != real.occasion
    )
