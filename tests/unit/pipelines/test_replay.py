"""A season replayed: decisions that repeat, nothing live touched, nothing of the future seen."""

import itertools
import json
from datetime import UTC, datetime

import pytest

from f1lib.errors import ConfigurationError
from f1lib.pipelines import ingest, replay
from f1lib.pipelines.replay import Policy, Replay
from f1lib.registry import versions
from f1lib.settings import Settings
from f1lib.store import connection, outbox

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
def both(settings: Settings) -> Replay:
    return walk(settings, Policy.WEEKLY, Policy.NEVER)


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
    kept = json.loads((home.parent / "replay.json").read_text())
    assert len(kept["decisions"]) == len(both.decisions)


def test_a_season_without_a_result_is_refused_with_those_there_are(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="No race of 1999 has a result"):
        replay.replay(1999, settings, say=lambda _: None)
