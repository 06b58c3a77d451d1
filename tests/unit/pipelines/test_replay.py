"""A season replayed: decisions that repeat, nothing live touched, nothing of the future seen."""

import itertools
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from f1lib.cli import app
from f1lib.cli.replay import Asked, Shown
from f1lib.errors import ConfigurationError, UnderWayError
from f1lib.pipelines import ingest, replay
from f1lib.pipelines.replay_reports import Reports
from f1lib.pipelines.replayed import Policy, Replay
from f1lib.registry import versions
from f1lib.runner import lock
from f1lib.settings import Settings
from f1lib.store import connection, decision_log, outbox

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SEASON = 2025  # four rounds of it are known


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("replayed")
    found = Settings(home=home, f1db="", mail_to="ada@example.org", known_through="2025-04")
    ingest.simulate(found, ingest.World(7, "stable", 4), published=None, now=NOW)
    return found


def walk(settings: Settings, *policies: Policy) -> Replay:
    return replay.replay(SEASON, settings, policies=policies, say=lambda _: None)


@pytest.fixture(scope="module")
def said() -> list[str]:
    """What was said of `both`."""
    return []


@pytest.fixture(scope="module")
def both(settings: Settings, said: list[str]) -> Replay:
    return replay.replay(
        SEASON, settings, policies=[Policy.WEEKLY, Policy.NEVER], workers=2, say=said.append
    )


def about(policy: Policy, said: list[str]) -> list[str]:
    return [line for line in said if line.startswith(f"{policy}: ")]


@pytest.mark.slow
def test_each_round_is_told_of_before_its_policy_is_done(both: Replay, said: list[str]) -> None:
    for each in both.walked:
        assert about(each.policy, said) == [
            *(
                f"{each.policy}: 2025-{n:02d}, {n} of 4 rounds; "
                f"{n if each.policy is Policy.WEEKLY else 0} trained."
                for n in range(1, 5)
            ),
            f"{each.policy}: 4 rounds, {len(each.alerts)} alerts.",
        ]


@pytest.mark.slow
def test_the_same_replay_gives_the_same_decisions(settings: Settings, both: Replay) -> None:
    again = walk(settings, Policy.WEEKLY, Policy.NEVER)
    assert again.decisions == both.decisions
    assert (again.rounds == both.rounds).all(axis=None)


@pytest.mark.slow
def test_on_schedule_a_version_is_trained_and_judged_after_each_round(both: Replay) -> None:
    weekly = [each for each in both.decisions if each.policy == Policy.WEEKLY]
    rounds = both.rounds[both.rounds["policy"] == Policy.WEEKLY]
    assert len(weekly) == len(rounds) == 4
    assert {each.outcome for each in weekly} == {"retrain"}
    assert len({each.version for each in weekly}) == len(weekly)
    for before, after in itertools.pairwise(weekly):
        expected = before.version if before.promotion == "promoted" else before.champion
        assert after.champion == expected
    for each in weekly:
        assert each.reason.startswith("The last training was")
        assert each.verdict.startswith(each.promotion.capitalize())


@pytest.mark.slow
def test_never_keeps_the_first_champion_and_is_what_the_others_are_measured_against(
    both: Replay,
) -> None:
    frozen = [each for each in both.decisions if each.policy == Policy.NEVER]
    assert {(each.champion, each.outcome, each.version) for each in frozen} == {
        ("1.0.0", "nothing", "")
    }
    (worth,) = both.worth.to_dict("records")
    means = both.rounds.groupby("policy")["value"].mean()
    gain = means[Policy.NEVER] - means[Policy.WEEKLY]
    assert worth["policy"] == Policy.WEEKLY
    assert worth["difference"] == pytest.approx(gain, abs=1e-12)


@pytest.mark.slow
def test_nothing_live_is_touched_and_nobody_is_told(settings: Settings, both: Replay) -> None:
    assert both.walked
    assert versions.listed(settings.models) == []
    home = settings.home / "replays" / str(SEASON) / "weekly"
    with connection.reading(f"sqlite:///{home / 'store.sqlite'}") as store:
        assert outbox.written(store) == []
        made = decision_log.made(store, simulated=True)
    assert {each.kind for each in made} == {"retraining", "promotion"}
    assert all(each.origin.replay for each in made)
    kept = json.loads((home.parent / "replay.json").read_text())
    assert len(kept["decisions"]) == len(both.decisions)


def test_a_season_without_a_result_is_refused_with_those_there_are(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="No race of 1999 has a result"):
        replay.replay(1999, settings, say=lambda _: None)


def test_a_season_that_somebody_else_replays_is_left_alone(settings: Settings) -> None:
    place = settings.home / "replays" / str(SEASON) / ".lock"
    with lock.held(place, "process 1"), pytest.raises(UnderWayError, match="by process 1"):
        walk(settings, Policy.NEVER)


def test_a_policy_that_is_not_there_is_refused_before_anything_is_emptied(
    settings: Settings,
) -> None:
    unknown = settings.model_copy(update={"policy": "nobodys"})
    with pytest.raises(ConfigurationError, match="nobodys"):
        walk(unknown, Policy.NEVER)


def test_every_policy_and_every_kind_of_report_can_be_asked_for() -> None:
    assert list(Asked) == ["all", *Policy]
    assert list(Shown) == list(Reports)


@pytest.mark.slow
def test_the_command_says_what_the_verb_came_to(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("F1LIB_HOME", str(settings.home))
    monkeypatch.setenv("F1LIB_KNOWN_THROUGH", settings.known_through)
    done = CliRunner().invoke(app.app, [
        "replay", "--policy", "never", "--policy", "weekly", "--json",
    ])  # fmt: skip
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    page = Path(said.pop("report")).read_text()
    assert "REPLAY" in page
    assert "What would other ways of retraining have given?" in page
    assert versions.listed(settings.models) == []
    assert not settings.reports.exists()
    kept = (settings.home / "replays" / str(SEASON) / "replay.json").read_text()
    assert said == json.loads(kept)
    assert [each["policy"] for each in said["worth"]] == ["weekly"]
    told, other = said["policies"]
    assert (told["policy"], other["policy"]) == ("never", "weekly")
    values = [row["value"] for row in said["rounds"] if row["policy"] == "never"]
    assert told["rounds"] == len(values) == 4
    assert told["winner_log_loss"] == pytest.approx(sum(values) / 4)


@pytest.mark.slow
def test_reports_of_every_round_change_nothing_that_is_decided(settings: Settings) -> None:
    short = settings.model_copy(update={"known_through": "2025-02"})
    silent = walk(short, Policy.WEEKLY)
    assert silent.report is None
    said: list[str] = []
    told = replay.replay(
        SEASON, short, policies=[Policy.WEEKLY], reports=Reports.ALL, say=said.append
    )
    assert not [line for line in said if ": no " in line]
    assert told.decisions == silent.decisions
    assert told.rounds.equals(silent.rounds)
    home = settings.home / "replays" / str(SEASON) / "weekly"
    made = [json.loads(each.read_text()) for each in home.glob("reports/*/*/2*/run.json")]
    assert {(each["notebook"], each["weekend"]) for each in made} == {
        *itertools.product(
            ("monitoring_analysis", "drift_inspection", "deployment_comparison"),
            ("2025-01", "2025-02"),
        ),
        ("season_history", "2025-02"),
    }
    assert all(each["status"] == "ok" and each["replay"] for each in made)


@pytest.mark.slow
def test_always_uses_every_version_and_one_worker_tells_of_each_round_too(
    settings: Settings,
) -> None:
    said: list[str] = []
    found = replay.replay(
        SEASON, settings.model_copy(update={"known_through": "2025-02"}),
        policies=[Policy.ALWAYS, Policy.NEVER], workers=1, say=said.append,
    )  # fmt: skip
    first, second = found.walked[0].decisions
    assert (first.champion, second.champion) == ("1.0.0", first.version)
    assert second.version > first.version
    assert {each.promotion for each in (first, second)} == {"promoted"}
    assert about(Policy.ALWAYS, said) == [
        "always: 2025-01, 1 of 2 rounds; 1 trained.",
        "always: 2025-02, 2 of 2 rounds; 2 trained.",
        f"always: 2 rounds, {len(found.walked[0].alerts)} alerts.",
    ]
    assert [line[:22] for line in about(Policy.NEVER, said)][:2] == [
        "never: 2025-01, 1 of 2", "never: 2025-02, 2 of 2",
    ]  # fmt: skip
