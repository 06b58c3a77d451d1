"""One simulated weekend, session by session, through the real commands on a moving clock.

The archive knows nothing of the weekend; everything is handed in with `f1lib submit` when it is
published. On Monday the winner is disqualified. Then the season is looked at, a rule asks for a
challenger, the challenger becomes champion and is rolled back. Every number that a command prints,
a report shows or a mail tells is compared with the store.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from f1lib.decisions.promotion.rule import told
from f1lib.reports import numbers
from f1lib.sources.simulated import world
from f1lib.store import (
    connection,
    decision_log,
    finding_log,
    outbox,
    outcome_log,
    prediction_log,
    promotion_log,
    score_log,
)
from f1lib.tables.sessions import CLASSIFIED
from f1lib.weekend import Cutoff, RaceWeekend, Session, Stage

pytestmark = pytest.mark.slow

SEED, SEASONS = 7, 4
WEEKEND = RaceWeekend(2025, 9)  # its winner is disqualified on Monday
SEASON = RaceWeekend(2025, 1)  # the champion was trained before it
COMING = RaceWeekend(2025, 10)
# Any winner who was not first is an alert, and any gain makes a champion: what does not happen in a
# healthy world, so that the whole way is gone.
EAGER = """
[watch]
stage2_accuracy_min = 1.0
alert_p = 1.0

[promotion]
guarded = false
skill_index_gain = 0
gap_mae_gain = 0
winner_hit_gain = 0
"""
COMMAND = Path(sys.executable).with_name("f1lib")


@dataclass
class Desk:
    """Where a person sits: a home, a clock, the commands."""

    home: Path
    now: datetime

    def run(self, *words: str, expect: int = 0) -> Any:
        done = subprocess.run(
            [str(COMMAND), *words, "--now", self.now.isoformat(), "--json"],
            env={
                **os.environ,
                "F1LIB_HOME": str(self.home),
                "F1LIB_POLICIES": str(self.home / "policies"),
                "F1LIB_POLICY": "eager",
                "OMP_NUM_THREADS": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == expect, f"{' '.join(words)}: {done.stdout}\n{done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else done.stderr

    @property
    def store(self) -> str:
        return f"sqlite:///{self.home / 'store.sqlite'}"

    def report(self, notebook: str) -> tuple[dict[str, Any], str]:
        folder = self.home / "reports" / notebook / str(WEEKEND) / "latest"
        results = json.loads((folder / "results.json").read_text())
        return results, (folder / "report.html").read_text()


def handwritten(tables: dict[str, pd.DataFrame], session: str) -> pd.DataFrame:
    """A session as a person would write it down."""
    name = "practice" if session.startswith("FP") else session
    frame = tables[name]
    frame = frame[frame["weekend"] == str(WEEKEND)]
    if name == "practice":
        frame = frame[frame["session"] == session].drop(columns="session")
    if name == "results":
        frame = frame.sort_values("finish_order")
        said = frame["position"].astype("Int64").astype("str")
        position = said.where(frame["status"] == CLASSIFIED, frame["status"])
        frame = frame.assign(position=position).drop(columns=["finish_order", "status"])
    if name == "grid":
        frame = frame.sort_values("start_order")
        position = frame["grid_position"].astype("Int64").astype("str")
        frame = frame.assign(position=position.where(~frame["pit_lane"], "PL"))
        frame = frame.drop(columns=["start_order", "grid_position", "pit_lane"])
    return frame.drop(columns="weekend")


@pytest.fixture(scope="module")
def invented() -> world.SimulatedWorld:
    return world.build(SEED, "stable", SEASONS)


@pytest.fixture(scope="module")
def walked(
    invented: world.SimulatedWorld, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """The walk: what each command said, by name."""
    desk = Desk(tmp_path_factory.mktemp("desk"), invented.publications(WEEKEND)[0].at)
    desk.now -= timedelta(hours=1)
    (desk.home / "policies").mkdir()
    (desk.home / "policies" / "eager.toml").write_text(EAGER)
    said: dict[str, Any] = {"desk": desk}
    said["pull"] = desk.run(
        "data", "pull", "--simulated", "--seed", str(SEED), "--seasons", str(SEASONS)
    )
    said["retrain"] = desk.run("retrain", "--before", str(SEASON))
    said["predict before"] = desk.run("predict", "--weekend", str(WEEKEND))
    said["early preview"] = desk.run("run", "race_preview", "--weekend", str(WEEKEND))
    said["future"] = desk.run(
        "submit", "results", str(desk.home / "none.csv"), "--weekend", str(WEEKEND), expect=11
    )
    said["too early"] = desk.run(
        "predict", "--weekend", str(WEEKEND), "--cutoff", "before_race", expect=10
    )
    for publication in invented.publications(WEEKEND):
        desk.now = publication.at + timedelta(minutes=5)
        session = "results" if publication.session == Session.RACE else str(publication.session)
        file = desk.home / f"{session}-{publication.revision}.csv"
        handwritten(invented.tables(desk.now), session).to_csv(file, index=False)
        key = f"{session}{'' if not publication.revision else ' revised'}"
        said[f"submit {key}"] = desk.run("submit", session, str(file), "--weekend", str(WEEKEND))
        if session != "results":
            said[f"predict {key}"] = desk.run("predict", "--weekend", str(WEEKEND))
        if session == "FP1":
            said["preview after FP1"] = desk.run("run", "race_preview", "--weekend", str(WEEKEND))
        if session == "grid":
            said["preview"] = desk.run("run", "race_preview", "--weekend", str(WEEKEND))
        if session == "results":
            said[f"settle {key}"] = desk.run("settle", "--weekend", str(WEEKEND))
    said["settle again"] = desk.run("settle", "--weekend", str(WEEKEND))
    said["monitoring"] = desk.run("run", "monitoring_analysis", "--weekend", str(WEEKEND))
    desk.now += timedelta(days=2)
    said["archive"] = desk.run(
        "data", "pull", "--simulated", "--seed", str(SEED), "--seasons", str(SEASONS)
    )
    said["settle archive"] = desk.run("settle", "--weekend", str(WEEKEND))
    said["summary"] = desk.run("mail", "summary")
    said.update(decided_on(desk))
    yield said


def decided_on(desk: Desk) -> dict[str, Any]:
    """What follows once the round is settled: from the rules to a roll-back."""
    weekend, said = ("--weekend", str(WEEKEND)), {}
    said["monitor"] = desk.run("monitor", "--from", str(SEASON), "--to", str(WEEKEND))
    said["predict coming"] = desk.run("predict", "--weekend", str(COMING))
    said["check"] = desk.run("check", *weekend, expect=20)
    said["no reason"] = desk.run("retrain", *weekend, "--trigger", "new_conditions")
    said["train"] = desk.run("retrain", *weekend, "--trigger", "performance")
    said["train again"] = desk.run("retrain", *weekend, "--trigger", "performance")
    said["retraining"] = desk.run("run", "retraining", *weekend, "-p", "trigger=performance")
    said["comparison"] = desk.run("run", "deployment_comparison", *weekend, "-p", "dry_run=true")
    desk.now += timedelta(hours=1)
    said["promote"] = desk.run("promote")
    said["predict by the new"] = desk.run("predict", "--weekend", str(COMING))
    desk.now += timedelta(hours=1)
    said["rollback"] = desk.run("rollback", "--reason", "It was too eager.", "--by", "Ada")
    said["predict again"] = desk.run("predict", "--weekend", str(COMING))
    return said


def predictions_at(answer: dict[str, Any]) -> set[tuple[str, str]]:
    return {(each["stage"], each["cutoff"]) for each in answer["predictions"]}


def test_everything_said_carries_the_word_simulated(walked: dict[str, Any]) -> None:
    for name, answer in walked.items():
        if isinstance(answer, dict):
            assert answer["simulated"] is True, name
    for notebook in ("race_preview", "monitoring_analysis"):
        results, page = walked["desk"].report(notebook)
        assert results["simulated"] is True
        assert "SIMULATED" in page


def test_the_first_champion_had_to_beat_the_baselines(walked: dict[str, Any]) -> None:
    assert walked["retrain"]["champion"] is True
    assert "Ahead of the baselines in the mean of" in walked["retrain"]["decision"]
    assert RaceWeekend.parse(walked["retrain"]["trained_through"]) < WEEKEND


def test_a_cutoff_that_is_not_reached_is_refused_in_a_sentence(walked: dict[str, Any]) -> None:
    assert "before_race of 2025-09 is not reached" in walked["too early"]


def test_a_preview_can_be_made_at_every_cutoff(walked: dict[str, Any]) -> None:
    cutoffs = {
        key: walked[key]["provenance"]["cutoff"]
        for key in ("early preview", "preview after FP1", "preview")
    }
    assert list(cutoffs.values()) == ["before_weekend", "before_qualifying", "before_race"]
    assert all(walked[key]["status"] == "ok" for key in cutoffs)


def test_each_session_opens_the_next_cutoff(walked: dict[str, Any]) -> None:
    assert predictions_at(walked["predict before"]) == {
        ("qualifying", "before_weekend"),
        ("race", "before_weekend"),
    }
    assert ("qualifying", "before_qualifying") in predictions_at(walked["predict FP1"])
    assert ("race", "before_race") not in predictions_at(walked["predict FP3"])
    assert ("race", "before_race") in predictions_at(walked["predict grid"])


def test_what_is_said_in_time_is_no_replay(walked: dict[str, Any]) -> None:
    for each in walked["predict FP3"]["predictions"]:
        assert each["replay"] is False
    race = [p for p in walked["predict grid"]["predictions"] if p["cutoff"] == "before_race"]
    assert race
    assert not any(p["replay"] for p in race)


def test_more_practice_makes_another_prediction_and_the_older_stays(walked: dict[str, Any]) -> None:
    with connection.reading(walked["desk"].store) as store:
        made = prediction_log.made(
            store, weekend=WEEKEND, stage=Stage.QUALIFYING, cutoff=Cutoff.BEFORE_QUALIFYING,
            model="two_stage", replay=False,
        )  # fmt: skip
    assert len(made) == 3  # after each practice session
    assert len({each.inputs_sha256 for each in made}) == 3


def test_the_disqualified_winner_reopens_the_round(walked: dict[str, Any]) -> None:
    assert walked["settle results"]["revisions"]["race"] == 0
    assert walked["settle results revised"]["revisions"]["race"] == 1
    with connection.reading(walked["desk"].store) as store:
        first, second = outcome_log.revisions(store, WEEKEND, Stage.RACE, simulated=True)
    winner = first.rows["driver"].iloc[0]
    assert second.rows["driver"].iloc[0] == first.rows["driver"].iloc[1]
    assert second.rows.set_index("driver").loc[winner, "status"] == "DSQ"

    def log_loss(answer: dict[str, Any]) -> float:
        return next(
            row["value"]
            for row in answer["scores"]
            if (row["model"], row["cutoff"], row["metric"])
            == ("two_stage", "before_race", "winner_log_loss")
        )

    race = next(
        each
        for each in walked["predict grid"]["predictions"]
        if (each["model"], each["cutoff"]) == ("two_stage", "before_race")
    )
    p = {row["driver"]: row["p_first"] for row in race["entries"]}
    assert log_loss(walked["settle results"]) == pytest.approx(-np.log(p[winner]))
    assert log_loss(walked["settle results revised"]) == pytest.approx(
        -np.log(p[second.rows["driver"].iloc[0]])
    )


def test_settling_again_changes_nothing(walked: dict[str, Any]) -> None:
    assert walked["settle again"] == walked["settle results revised"]


def test_an_archive_that_agrees_changes_no_score(walked: dict[str, Any]) -> None:
    assert walked["archive"]["findings"] == []
    before, after = walked["settle again"], walked["settle archive"]
    assert after["revisions"] == before["revisions"]
    assert after["scores"] == before["scores"]


def test_every_score_printed_is_the_stores(walked: dict[str, Any]) -> None:
    with connection.reading(walked["desk"].store) as store:
        standing = score_log.current(store, simulated=True, first=WEEKEND, last=WEEKEND)
    printed = pd.DataFrame(walked["settle again"]["scores"])
    assert len(printed) == len(standing) > 50
    key = ["stage", "cutoff", "model", "model_version", "replay", "metric"]
    both = printed.merge(standing, on=key, suffixes=("", "_stored"))
    assert len(both) == len(standing)
    assert (both["value"] == both["value_stored"]).all()


def test_every_number_of_the_preview_is_the_stores(walked: dict[str, Any]) -> None:
    results, page = walked["desk"].report("race_preview")
    with connection.reading(walked["desk"].store) as store:
        said = prediction_log.latest(
            store, weekend=WEEKEND, stage=Stage.RACE, cutoff=Cutoff.BEFORE_RACE,
            model="two_stage", replay=False,
        )[0]  # fmt: skip
    rows = said.forecast.rows.sort_values("p_first", ascending=False)
    metrics = {metric["name"]: metric["value"] for metric in results["metrics"]}
    assert metrics["p_win_favourite"] == pytest.approx(100 * rows["p_first"].iloc[0], abs=1e-12)
    assert metrics["p_podium_favourite"] == pytest.approx(100 * rows["p_top3"].iloc[0], abs=1e-12)
    assert results["provenance"]["model_version"] == said.model_version
    assert results["provenance"]["snapshot_sha256"] == said.snapshot
    for p in rows["p_first"]:
        if p >= 0.0005:
            assert f"{100 * p:.1f}\u00a0%" in page


def test_every_number_of_the_monitoring_is_the_stores(walked: dict[str, Any]) -> None:
    results, page = walked["desk"].report("monitoring_analysis")
    with connection.reading(walked["desk"].store) as store:
        standing = score_log.current(
            store, simulated=True, first=WEEKEND, last=WEEKEND, model="two_stage"
        )
    race = standing[(standing["cutoff"] == "before_race")].set_index("metric")["value"]
    for metric in results["metrics"]:
        if metric["name"] in race.index:
            assert metric["value"] == pytest.approx(race[metric["name"]], abs=1e-12)
            assert metric["n"] == 1
            assert metric["low"] is None  # one race has no interval
            assert f"{metric['value']:.{metric['digits']}f}" in page
    assert "ot enough rounds" in results["headline"]


def test_the_scores_of_the_round_in_the_report_are_those_that_settle_prints(
    walked: dict[str, Any],
) -> None:
    results, page = walked["desk"].report("monitoring_analysis")
    printed = {
        (row["metric"], row["cutoff"]): row["value"]
        for row in walked["settle again"]["scores"]
        if row["model"] == "two_stage" and not row["replay"]
    }
    shown = [metric for metric in results["metrics"] if metric["name"].startswith("round_")]
    assert len(shown) == 6
    for metric in shown:
        name = metric["name"].removeprefix("round_")
        stage = "before_race" if (name, "before_race") in printed else "before_qualifying"
        assert metric["value"] == pytest.approx(printed[name, stage], abs=1e-12)
        assert f"{metric['value']:.{metric['digits']}f}" in page


def test_every_number_of_the_weekly_mail_is_the_stores(walked: dict[str, Any]) -> None:
    with connection.reading(walked["desk"].store) as store:
        standing = score_log.current(store, simulated=True, replay=False, model="two_stage")
        (mail,) = outbox.written(store, occasion="simulated summary")
    scores = {each["score"]: each["value"] for each in walked["summary"]["scores"]}
    late = standing[
        (standing["cutoff"] == "before_race")
        | ((standing["cutoff"] == "before_qualifying") & (standing["stage"] == "qualifying"))
    ].set_index("metric")["value"]
    assert len(scores) == 6
    assert mail.subject.startswith("SIMULATED · Week ")
    for name, value in scores.items():
        assert value == pytest.approx(late[name.removeprefix(f"{WEEKEND} ")], abs=1e-12)
        assert f"{name}: {numbers.written(value)};" in mail.body
    assert f"Raced was {WEEKEND}" in mail.body


def fired(rules: list[dict[str, Any]]) -> list[tuple[str, float, float, int]]:
    return [(r["rule"], r["value"], r["threshold"], r["n"]) for r in rules if r["fired"]]


def test_the_rule_that_fires_has_one_value_in_store_command_report_and_mail(
    walked: dict[str, Any],
) -> None:
    with connection.reading(walked["desk"].store) as store:
        found = finding_log.current(
            store, simulated=True, replay=False, first=WEEKEND, last=WEEKEND, alert=True
        )
        (kept,) = decision_log.made(store, simulated=True, kind="retraining", model_version="")[-1:]
        (mail,) = outbox.written(store, occasion="simulated alert began")
    (alert,) = found.to_dict("records")
    assert alert["rule"] == "performance.winner_concordance"
    (rule,) = fired(walked["check"]["rules"])
    assert rule[1:] == (alert["value"], alert["threshold"], alert["n"])
    assert fired(walked["train"]["rules"]) == [rule]
    assert [(r.rule, r.value, r.threshold, r.n) for r in kept.rules if r.fired] == [rule]
    assert alert["reason"] == walked["check"]["reason"] == walked["train"]["reason"] == kept.reason
    assert f"{rule[0]}: {numbers.written(alert['value'])} (" in mail.body
    _, page = walked["desk"].report("retraining")
    assert f"{alert['value']:.3f}" in page
    assert walked["no reason"]["outcome"] == "nothing"


def test_asked_twice_a_challenger_is_trained_once_and_told_once(walked: dict[str, Any]) -> None:
    first, again = walked["train"], walked["train again"]
    assert (first["version"], first["new"], first["champion"]) == ("1.0.1", True, False)
    same = ("outcome", "trigger", "reason", "version", "trained_through", "n_races", "scores")
    assert {name: again[name] for name in same} == {name: first[name] for name in same}
    assert again["new"] is False
    with connection.reading(walked["desk"].store) as store:
        told = [m for m in outbox.written(store) if m.occasion.startswith("simulated retraining ")]
    started, finished = told
    assert "performance" in started.subject
    assert first["reason"] in started.body
    assert "Challenger 1.0.1 is trained" in finished.subject
    assert f"{first['n_races']} races, through {first['trained_through']}" in finished.body


def test_every_number_of_the_training_in_the_report_is_its_backtests(
    walked: dict[str, Any],
) -> None:
    results, page = walked["desk"].report("retraining")
    folder = walked["desk"].home / "reports" / "retraining" / str(WEEKEND) / "latest"
    text = (folder / "report.md").read_text()
    measured = {
        (cutoff, metric): value
        for name, value in walked["train"]["scores"].items()
        for cutoff, _, metric in [name.partition(".")]
    }
    late = {metric: value for (cutoff, metric), value in measured.items()
            if cutoff == "before_race"}  # fmt: skip
    shown = [each for each in results["metrics"] if each["name"] in late]
    assert shown
    for each in shown:
        assert each["value"] == pytest.approx(late[each["name"]], abs=1e-12)
        assert f"{each['value']:.{each['digits']}f}" in page
        assert f"{each['value']:.{each['digits']}f}" in text
    assert results["provenance"]["model_version"] == walked["train"]["version"]
    assert results["provenance"]["snapshot_sha256"] == walked["train"]["snapshot"]


def test_the_comparison_is_one_in_command_report_store_and_mail(walked: dict[str, Any]) -> None:
    said, (results, _) = walked["promote"], walked["desk"].report("deployment_comparison")
    assert (said["outcome"], said["champion"], said["challenger"]) == ("promoted", "1.0.0", "1.0.1")
    assert said["rounds"] == [f"2025-{number:02d}" for number in range(1, 10)]
    with connection.reading(walked["desk"].store) as store:
        (kept,) = decision_log.made(store, simulated=True, kind="promotion")[-1:]
        (mail,) = outbox.written(store, occasion="simulated promote 1.0.1")
    rules = [(r["rule"], r["value"], r["threshold"], r["n"], r["passed"]) for r in said["rules"]]
    assert [(r.rule, r.value, r.threshold, r.n, r.fired) for r in kept.rules] == rules
    assert kept.reason == said["reason"]
    gains = {each["name"]: each for each in results["metrics"]}
    by_rule = {name: value for name, value, *_ in rules}
    assert gains["gain_skill_index"]["value"] == by_rule["effect.skill_index"]
    assert gains["gain_gap_mae"]["value"] == pytest.approx(100 * by_rule["effect.gap_mae_pct"])
    # the report was a dry run, before it
    first = next(name for name, *_, passed in rules if passed and name.startswith("effect."))
    assert f"over {len(said['rounds'])} races: " in results["headline"]
    assert f" {told(first, by_rule[first])} (" in results["headline"]
    for name, value, _, n, _ in rules:
        assert f"{name}: {numbers.written(value)}" in mail.body
        assert f"n {n}" in mail.body


def test_a_roll_back_restores_every_forecast_bit_by_bit_and_is_told(walked: dict[str, Any]) -> None:
    key = ("stage", "cutoff", "model")
    before, new, after = (
        {tuple(each[part] for part in key): each for each in walked[name]["predictions"]}
        for name in ("predict coming", "predict by the new", "predict again")
    )
    assert after == before
    assert {each["model_version"] for each in new.values()} == {"1.0.1", ""}
    assert any(new[each]["entries"] != before[each]["entries"] for each in before)
    with connection.reading(walked["desk"].store) as store:
        log = promotion_log.decided(store, simulated=True)
        (mail,) = outbox.written(store, occasion="simulated roll_back 1.0.0")
    assert [(str(row.version), row.action.value) for row in log] == [
        ("1.0.0", "promote"), ("1.0.1", "promote"), ("1.0.0", "roll_back"),
    ]  # fmt: skip
    assert (log[-1].by, log[-1].reason) == ("Ada", walked["rollback"]["reason"])
    assert walked["rollback"]["champion"] == "1.0.0"
    assert "It was too eager." in mail.body and "Ada" in mail.body
