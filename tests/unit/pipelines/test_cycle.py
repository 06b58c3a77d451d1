"""The cycle takes each step once, goes on where it ended; a failure stops what needs it."""

import os
import shutil
import signal
import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from invented_f1db import two_rounds

from f1lib.decisions.trigger import Trigger
from f1lib.errors import ConfigurationError, RegistryError, SourceError, UnderWayError
from f1lib.models.two_stage import TwoStage
from f1lib.pipelines import cycle, cycle_steps, ingest, respond
from f1lib.pipelines.cycle_steps import STEPS, Came, Outcome, Step
from f1lib.pipelines.situation import Situation
from f1lib.registry import aliases
from f1lib.runner import catalogue, lock
from f1lib.settings import Settings
from f1lib.store import connection, decision_log, finding_log, prediction_log, score_log
from f1lib.weekend import RaceWeekend, Stage

ONE_SEASON = ingest.World(seed=7, scenario="stable", seasons=1)
VERBS = tuple(
    step for step in STEPS if step.name in {"settle", "monitor", "decide", "retraining", "predict"}
)  # those that run no notebook, unless something is trained


class Hand:
    """Takes steps and remembers which it took; a name in `trouble` fails."""

    def __init__(self, *names: str, **needs: str) -> None:
        self.took: list[str] = []
        self.trouble: dict[str, Came | BaseException] = {}
        self.steps = tuple(
            Step(name, self._doing(name), tuple(needs.get(name, "").split())) for name in names
        )

    def _doing(self, name: str):
        def do(at: Situation) -> Came:
            self.took.append(name)
            came = self.trouble.get(name, Came(Outcome.DONE, f"{name} {at.weekend}"))
            if isinstance(came, BaseException):
                raise came
            return came

        return do


def turned(home, steps, weekend: str = "latest", **changed):
    settings = changed.pop("settings", home.settings)
    facts = {"now": home.now, "clock": home.now, "say": lambda _: None, **changed}
    return cycle.cycle(weekend, settings, steps=steps, **facts)


def outcomes(done: cycle.Cycle) -> dict[str, str]:
    return {each.step.step: each.step.outcome for each in done.steps}


def detail(done: cycle.Cycle, step: str) -> str:
    return next(each.step.detail for each in done.steps if each.step.step == step)


def test_a_step_that_is_done_is_not_done_again_and_its_record_is_shown(home) -> None:
    hand = Hand("one", "two")
    first = turned(home, hand.steps)
    again = turned(home, hand.steps, now=home.now + timedelta(days=1))
    assert hand.took == ["one", "two"]
    assert (first.is_news, again.is_news, again.exit_code) == (True, False, 0)
    assert [each.step for each in again.steps[1:]] == [each.step for each in first.steps[1:]]
    assert all(each.earlier for each in again.steps[1:])


def test_notebooks_that_wait_for_none_of_each_other_run_side_by_side(home, monkeypatch) -> None:
    monkeypatch.setattr(cycle.side_by_side, "capacity", lambda at_most: at_most)
    both = threading.Barrier(2)
    names = ("settle", "monitoring_analysis", "drift_inspection", "retraining")
    hand = Hand(*names)

    def met(at: Situation) -> Came:
        both.wait(30)  # raises unless the other one is there
        return Came(Outcome.DONE, "met")

    steps = [replace(each, do=met) if each.name in names[1:3] else each for each in hand.steps]
    assert [each.step.step for each in turned(home, steps).steps[1:]] == list(names)
    assert hand.took == ["settle", "retraining"]


def test_a_signal_that_no_run_obeyed_ends_the_cycle_after_them(home, monkeypatch) -> None:
    monkeypatch.setattr(cycle.side_by_side, "capacity", lambda at_most: at_most)
    hand = Hand("monitoring_analysis", "drift_inspection", "retraining")

    def stopped(at: Situation) -> Came:
        os.kill(os.getpid(), signal.SIGINT)  # when the other one is over, or nearly
        return Came(Outcome.DONE, "over")

    steps = [hand.steps[0], replace(hand.steps[1], do=stopped), hand.steps[2]]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            turned(home, steps)
    finally:
        signal.signal(signal.SIGINT, before)
    assert hand.took == ["monitoring_analysis"]


def test_the_catalogue_lets_no_notebook_wait_for_one_that_a_cycle_runs_later() -> None:
    entries = catalogue.read(Settings())
    order = [step.name for step in STEPS]
    notebooks = [name for name in order if name in entries]
    assert sorted(notebooks) == sorted(entries)
    for name in notebooks:
        assert set(entries[name].after) <= set(order[: order.index(name)])
    groups = cycle._groups(STEPS, entries)
    assert [each.name for group in groups for each in group] == order
    assert [[each.name for each in group] for group in groups if len(group) > 1] == [
        ["monitoring_analysis", "drift_inspection"],
        ["race_preview", "season_history"],
    ]


def test_steps_are_taken_anew_after_another_weekend_and_on_other_data(home) -> None:
    hand = Hand("one")
    turned(home, hand.steps)
    turned(home, hand.steps, str(home.weekends[0]))
    assert len(hand.took) == 2
    policies = home.settings.home / "policies"
    shutil.copytree(home.settings.policies, policies)
    text = (policies / "default.toml").read_text()
    (policies / "default.toml").write_text(text.replace("races = 48", "races = 47"))
    turned(home, hand.steps, settings=home.settings.model_copy(update={"policies": policies}))
    assert len(hand.took) == 3


def test_a_failure_stops_only_what_needs_it_and_is_tried_again(home) -> None:
    hand = Hand("one", "two", "three", two="one")
    hand.trouble["one"] = SourceError("The calendar changed.")
    done = turned(home, hand.steps)
    assert outcomes(done) == {
        "ingest": "nothing to do", "one": "failed", "two": "skipped", "three": "done"
    }  # fmt: skip
    assert detail(done, "two") == "It needs one, which was failed."
    assert done.exit_code == 11
    hand.trouble.clear()
    hand.took.clear()
    done = turned(home, hand.steps)
    assert hand.took == ["one", "two"]
    assert (done.exit_code, set(outcomes(done).values())) == (0, {"done", "nothing to do"})


def test_the_exit_code_is_that_of_the_worst_step(home) -> None:
    hand = Hand("one", "two", "three")
    hand.trouble["one"] = Came(Outcome.SKIPPED, "Somebody runs it.", 75)
    assert turned(home, hand.steps).exit_code == 75
    hand.trouble["two"] = RegistryError("Damaged.")
    hand.trouble["three"] = Came(Outcome.FAILED, "cell_error", 17)
    assert turned(home, hand.steps, str(home.weekends[0])).exit_code == 17


def test_after_a_cancelled_step_none_is_taken(home) -> None:
    hand = Hand("one", "two")
    hand.trouble["one"] = Came(Outcome.FAILED, "cancelled", 143)
    assert turned(home, hand.steps).exit_code == 143
    assert hand.took == ["one"]


def test_a_cycle_cut_off_anywhere_goes_on_where_it_ended(home) -> None:
    hand = Hand("one", "two", "three")
    for cut in ("one", "two", "three"):
        hand.trouble = {cut: KeyboardInterrupt()}
        with pytest.raises(KeyboardInterrupt):
            turned(home, hand.steps)
    hand.trouble = {}
    assert outcomes(turned(home, hand.steps))["three"] == "done"
    assert hand.took == ["one", "one", "two", "two", "three", "three"]


def test_what_a_champion_said_is_said_again_by_the_next_one(home) -> None:
    took: list[str] = []

    def do(at: Situation) -> Came:
        took.append("said")
        return Came(Outcome.DONE, "said")

    steps = (Step("said", do, by_champion=True),)
    turned(home, steps)
    turned(home, steps)
    assert len(took) == 1
    new = respond.respond(
        home.weekends[1], home.settings, now=home.now, asked=Trigger.MANUAL
    ).trained.manifest.version
    with connection.connect(home.settings.store_address) as store:
        aliases.promote(
            store, home.settings.models, new, opened=TwoStage.from_state, by="test", reason="",
            now=home.now, simulated=True,
        )  # fmt: skip
    done = turned(home, steps)
    assert len(took) == 2
    assert (done.champion_before, done.champion) == ("1.0.0", "1.0.1")


def test_the_second_of_two_is_told_who_holds_the_lock_and_since_when(home) -> None:
    with (
        lock.held(home.settings.home / ".cycle.lock", "process 7 since 2025-06-16 08:00:00 UTC"),
        pytest.raises(UnderWayError, match="by process 7 since 2025-06-16 08:00:00 UTC") as told,
    ):
        turned(home, ())
    assert told.value.exit_code == 75


def test_a_weekend_without_a_result_is_refused(home) -> None:
    then = home.settings.model_copy(update={"known_through": str(home.weekends[1])})
    with pytest.raises(ConfigurationError, match="no race result yet"):
        turned(home, (), str(home.weekends[2]), settings=then)


def test_without_any_data_it_ends_in_a_sentence(empty_home: Settings) -> None:
    settings = empty_home.model_copy(update={"f1db": str(empty_home.home / "none.zip")})
    now = datetime.fromisoformat("2026-01-05T08:00+00:00")
    with pytest.raises(SourceError, match="no F1DB archive at"):
        cycle.cycle("latest", settings, now=now, clock=now, say=lambda _: None)


def test_before_the_first_result_there_is_nothing_to_do(empty_home: Settings) -> None:
    now = datetime.fromisoformat("2025-01-20T08:00+00:00")
    ingest.simulate(empty_home, ONE_SEASON, published=now, now=now)
    hand = Hand("one")
    facts = {"now": now, "clock": now, "steps": hand.steps, "say": lambda _: None}
    assert cycle.cycle("latest", empty_home, **facts) is None
    assert not hand.took


def test_with_too_few_races_a_first_model_is_waited_for_and_all_ends_well(
    empty_home: Settings,
) -> None:
    now = datetime.fromisoformat("2025-04-20T08:00+00:00")
    ingest.simulate(empty_home, ONE_SEASON, published=now, now=now)
    facts = {"now": now, "clock": now, "say": lambda _: None}
    done = cycle.cycle("latest", empty_home, **facts)
    assert done.exit_code == 0
    n_races = len(ingest.known(empty_home).completed())
    assert f"{n_races} races are too few to train" in detail(done, "retraining")
    for step in ("predict", "race_preview"):
        assert f"no champion yet who could forecast {done.coming}" in detail(done, step)
    assert not empty_home.reports.exists()
    assert not cycle.cycle("latest", empty_home, **facts).is_news


def test_data_that_cannot_be_had_leave_the_last_good_snapshot_and_an_exit_code(
    empty_home: Settings,
) -> None:
    archive = empty_home.home / "f1db.zip"
    archive.parent.mkdir(parents=True)
    two_rounds().zip(archive)
    settings = empty_home.model_copy(update={"f1db": str(archive), "first_season": 1950})
    now, hand = datetime.fromisoformat("2026-01-05T08:00+00:00"), Hand("one")

    def turn() -> cycle.Cycle:
        return cycle.cycle(
            "latest", settings, now=now, clock=now, steps=hand.steps, say=lambda _: None
        )

    assert outcomes(turn()) == {"ingest": "done", "one": "done"}
    archive.unlink()
    done = turn()
    assert outcomes(done) == {"ingest": "degraded", "one": "done"}
    assert "no F1DB archive at" in detail(done, "ingest")
    assert f"Gone on with snapshot {done.snapshot.archive_sha256[:12]}" in detail(done, "ingest")
    assert (done.exit_code, done.is_news) == (SourceError.exit_code, False)
    two_rounds().zip(archive)
    assert turn().exit_code == 0


def test_the_simulated_world_is_left_as_it_was_taken_in(home) -> None:
    assert "by hand" in detail(turned(home, ()), "ingest")


# --- the steps that run no notebook --------------------------------------------------------------


def test_rounds_not_forecast_in_time_are_replayed_and_said_to_be(home) -> None:
    done = turned(home, VERBS[:1])
    assert "had not forecast 4 of the 4 rounds since its training in time" in detail(done, "settle")
    with connection.reading(home.settings.store_address) as store:
        scores = score_log.current(store, simulated=True, stage=Stage.RACE, model_version="1.0.0")
    late = scores[scores["weekend"] >= str(home.weekends[0])]
    assert set(late["weekend"]) == set(map(str, home.weekends))
    assert late["replay"].all()


def test_rounds_that_no_cycle_followed_are_monitored_in_order(home) -> None:
    done = turned(home, VERBS[:2])
    first, last = home.weekends[0], home.weekends[2]
    assert f"3 rounds that no cycle followed: {first} to {last}" in detail(done, "monitor")
    with connection.reading(home.settings.store_address) as store:
        found = finding_log.current(store, simulated=True)
    assert list(dict.fromkeys(found["weekend"])) == list(map(str, home.weekends[:3]))


def reported(home, weekend: RaceWeekend) -> bool:
    latest = home.settings.reports / "retraining" / str(weekend) / "latest"
    return all((latest / name).exists() for name in ("report.html", "report.md"))


@pytest.mark.slow
def test_a_training_that_was_decided_is_carried_out_once(home) -> None:
    later = home.now + timedelta(days=8)  # the schedule is due
    steps = tuple(step for step in VERBS if step.name != "predict")
    done = turned(home, steps, now=later)
    assert done.decision.outcome == "retrain"
    assert "Challenger 1.0.1 has learnt from" in detail(done, "retraining")
    with connection.reading(home.settings.store_address) as store:
        made = decision_log.made(store, simulated=True, kind="retraining")
    assert [(each.outcome, each.by) for each in made] == [("retrain", "scheduled")]
    assert reported(home, home.weekends[3])


@pytest.mark.slow
def test_a_training_cut_off_after_the_version_was_there_is_not_decided_again(home) -> None:
    later = home.now + timedelta(days=8)
    steps = tuple(step for step in VERBS if step.name != "predict")
    turned(home, steps[:3], now=later)  # settle, monitor, decide
    weekend = RaceWeekend.parse(str(home.weekends[3]))
    respond.respond(weekend, home.settings, now=later)  # and then killed
    done = turned(home, steps, now=later + timedelta(hours=1))
    assert "Challenger 1.0.1" in detail(done, "retraining")
    with connection.reading(home.settings.store_address) as store:
        assert len(decision_log.made(store, simulated=True, kind="retraining")) == 1
    assert not (home.settings.models / "1.0.2").exists()
    assert reported(home, weekend)


def test_the_last_race_of_a_calendar_has_no_next_and_ends_well(home) -> None:
    done = turned(home, VERBS)
    assert (done.coming, done.exit_code) == (None, 0)
    assert "No schedule names a weekend after" in detail(done, "predict")


def test_the_next_weekend_is_forecast(home) -> None:
    weekend, coming = home.weekends[1:3]
    done = turned(home, VERBS, str(weekend))
    assert done.coming == coming
    assert detail(done, "predict").startswith(f"{coming} by champion 1.0.0")
    with connection.reading(home.settings.store_address) as store:
        made = prediction_log.latest(store, weekend=[coming], simulated=True)
    assert {each.model_version for each in made} == {"", "1.0.0"}


@pytest.mark.slow
def test_without_a_champion_the_first_one_is_trained_and_forecasts(home) -> None:
    (home.settings.home / "store.sqlite").unlink()
    shutil.rmtree(home.settings.models)
    done = turned(home, VERBS, str(home.weekends[1]))
    assert (done.champion_before, done.champion) == ("", "1.0.0")
    assert "First model 1.0.0 has learnt" in detail(done, "retraining")
    assert outcomes(done)["decide"] == "nothing to do"
    assert outcomes(done)["predict"] == "done"
    assert reported(home, home.weekends[1])
    assert not turned(home, VERBS, str(home.weekends[1])).is_news


@pytest.mark.slow
def test_a_first_model_cut_off_before_its_report_is_reported_and_not_trained_again(home) -> None:
    (home.settings.home / "store.sqlite").unlink()
    shutil.rmtree(home.settings.models)
    weekend = home.weekends[1]
    respond.respond(weekend, home.settings, now=home.now)  # and then killed
    done = turned(home, VERBS, str(weekend))
    assert "First model 1.0.0 has learnt" in detail(done, "retraining")
    assert reported(home, weekend)
    assert [folder.name for folder in home.settings.models.iterdir()] == ["1.0.0"]


@pytest.mark.slow
def test_a_champion_that_has_learnt_from_the_weekend_is_not_judged_on_it(home) -> None:
    before = RaceWeekend.parse(
        str(ingest.known(home.settings).completed()[-5])  # it has learnt from this one
    )
    done = turned(home, VERBS, str(before))
    assert "cannot be judged on" in detail(done, "decide")
    assert done.exit_code == 0
    assert not (home.settings.models / "1.0.1").exists()


def test_every_step_that_is_needed_stands_before_the_one_that_needs_it() -> None:
    names = [step.name for step in cycle_steps.STEPS]
    assert len(set(names)) == len(names)
    for place, step in enumerate(cycle_steps.STEPS):
        assert set(step.needs) <= set(names[:place])
