"""What a replay came to is told from decisions and scores, race by race."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import nan
from pathlib import Path

import pandas as pd
import pytest

from f1lib.cli import replay as command
from f1lib.monitoring.findings import Finding
from f1lib.pipelines import kept_replays, replayed
from f1lib.pipelines.replayed import Alert, Decision, Policy, Replay, Walked
from f1lib.runner import lock
from f1lib.weekend import RaceWeekend

ROUNDS = [f"2025-{number:02d}" for number in range(1, 9)]
LAST = RaceWeekend(2025, 8)


def walked(policy: Policy, losses: list[float], put_in_use: int = 0) -> Walked:
    """A season of eight rounds; after round `put_in_use` version 1.0.1 is trained and promoted."""
    decisions, scores = [], []
    for number, (weekend, loss) in enumerate(zip(ROUNDS, losses, strict=True), start=1):
        speaker = "1.0.1" if put_in_use and number > put_in_use else "1.0.0"
        new = ("1.0.1", "promoted", "Promoted, as better.") if number == put_in_use else ()
        why = ("drift", "It drifted.") if new else ("", "")
        decisions.append(Decision(weekend, policy, speaker, "", *why, *new))
        scores.append({"weekend": weekend, "model_version": speaker, "value": loss})
    frame = pd.DataFrame(scores).assign(
        stage="race", cutoff="before_race", model="two_stage", metric="winner_log_loss", replay=True
    )
    alert = Alert(policy, "performance.cusum", "cusum", "2025-02", "2025-03", "2025-03", 1)
    return Walked(policy, tuple(decisions), (alert,) if put_in_use else (), frame)


@pytest.fixture(scope="module")
def found() -> Replay:
    never = walked(Policy.NEVER, [1.0] * 8)
    triggered = walked(Policy.TRIGGERED, [1.0] * 3 + [0.9, 0.8, 0.9, 0.8, 0.6], put_in_use=3)
    return replayed.compared(2025, "abc", [triggered, never], simulated=False)


def test_a_version_is_measured_on_the_rounds_it_reigned_over(found: Replay) -> None:
    (effect,) = found.effects.to_dict("records")
    assert (effect["policy"], effect["version"], effect["after"]) == (
        "triggered",
        "1.0.1",
        "2025-03",
    )
    assert (effect["first"], effect["last"], effect["n_races"]) == ("2025-04", "2025-08", 5)
    assert (effect["value"], effect["never"]) == (pytest.approx(0.8), 1.0)
    assert effect["difference"] == pytest.approx(0.2)  # (0.1 + 0.2 + 0.1 + 0.2 + 0.4) / 5
    assert 0 < effect["low"] < 0.2 < effect["high"]


def test_what_a_policy_was_worth_counts_every_race(found: Replay) -> None:
    (worth,) = found.worth.to_dict("records")
    assert (worth["policy"], worth["n_races"]) == ("triggered", 8)
    assert worth["difference"] == pytest.approx(1.0 / 8)


@pytest.mark.parametrize(("after", "n"), [(8, 0), (5, 3)])
def test_a_short_reign_has_no_interval_and_is_null_in_json(after: int, n: int) -> None:
    short = walked(Policy.WEEKLY, [1.0] * 8, put_in_use=after)
    told = replayed.compared(2025, "", [short, walked(Policy.NEVER, [1.0] * 8)], simulated=False)
    plain = json.loads(json.dumps(replayed.plain(told), allow_nan=False))
    (effect,) = plain["effects"]
    assert (effect["n_races"], effect["low"]) == (n, None)
    assert (effect["difference"] is None) == (n == 0)


def test_without_never_nothing_is_compared(found: Replay) -> None:
    alone = replayed.compared(2025, "abc", found.walked[:1], simulated=False)
    assert alone.effects.empty
    assert alone.worth.empty


def test_of_too_few_races_the_command_prints_no_interval(
    found: Replay, capsys: pytest.CaptureFixture[str]
) -> None:
    few = replace(found, worth=found.worth.assign(low=nan, high=nan, n_races=4))
    command._for_a_person(few, None)
    said = capsys.readouterr().out
    assert "4 races are too few to tell it from nothing." in said
    assert "nan" not in said
    command._for_a_person(found, None)
    said = capsys.readouterr().out
    assert "nats a race in the replay of 2025 on never retraining (95 % interval" in said


def test_the_command_tells_why_a_version_was_trained_and_what_was_decided_about_it(
    found: Replay, capsys: pytest.CaptureFixture[str]
) -> None:
    command._for_a_person(found, None)
    assert capsys.readouterr().out.startswith(
        "triggered 2025-03: 1.0.1 promoted.\n"
        "    Why it was trained: It drifted.\n"
        "    What was decided about it: Promoted, as better.\n"
    )


def test_what_is_kept_reads_back(found: Replay, tmp_path: Path) -> None:
    kept_replays.folder(tmp_path, 2025).mkdir(parents=True)
    kept_replays.keep(found, tmp_path)
    kept = kept_replays.kept(tmp_path, LAST, simulated=False)
    assert (kept.season, kept.snapshot) == (2025, "abc")
    for name in ("rounds", "worth", "effects"):
        pd.testing.assert_frame_equal(getattr(kept, name), getattr(found, name), check_dtype=False)
    assert kept.policies["policy"].tolist() == ["triggered", "never"]
    assert kept.alerts["rounds_later"].tolist() == [1]
    assert len(kept.decisions) == 16


def test_a_replay_of_another_world_or_season_or_a_broken_file_is_none(
    found: Replay, tmp_path: Path
) -> None:
    place = kept_replays.folder(tmp_path, 2025)
    place.mkdir(parents=True)
    kept_replays.keep(replace(found, simulated=True), tmp_path)
    assert len(kept_replays.kept(tmp_path, LAST, simulated=True).rounds) == 16
    assert kept_replays.kept(tmp_path, LAST, simulated=False).rounds.empty
    assert kept_replays.kept(tmp_path, RaceWeekend(2024, 8), simulated=True).rounds.empty
    earlier = (place / "replay.json").read_text().replace("next_promotion", "answered")
    for text in ("{", "[]", '{"rounds": []}', earlier):
        (place / "replay.json").write_text(text)
        assert kept_replays.kept(tmp_path, LAST, simulated=True).snapshot == ""


def test_a_replay_that_ends_later_is_not_shown_but_from_when_it_is(
    found: Replay, tmp_path: Path
) -> None:
    kept_replays.folder(tmp_path, 2025).mkdir(parents=True)
    kept_replays.keep(found, tmp_path)
    early = kept_replays.kept(tmp_path, RaceWeekend(2025, 7), simulated=False)
    assert (early.shown_from, early.snapshot) == ("2025-08", "")
    assert all(getattr(early, name).empty for name in kept_replays.COLUMNS)
    assert kept_replays.kept(tmp_path, RaceWeekend(2025, 9), simulated=False).shown_from == ""


def test_the_next_promotion_is_the_first_since_an_alert_began() -> None:
    raced = [RaceWeekend.parse(each) for each in ROUNDS]
    finding = Finding(
        "performance.cusum", "cusum", "last 8 rounds", "fired", "Too high.", alert=True, n=8
    )
    alerted = {each: (finding,) if each.round in {3, 4, 7} else () for each in raced}
    decisions = walked(Policy.WEEKLY, [1.0] * 8, put_in_use=5).decisions
    told = replayed.alerts(Policy.WEEKLY, raced, alerted, decisions)
    assert [(each.first, each.next_promotion, each.rounds_later) for each in told] == [
        ("2025-03", "2025-05", 2),
        ("2025-07", "", None),
    ]


def test_the_home_of_a_policy_sees_the_replay_it_is_part_of(found: Replay, tmp_path: Path) -> None:
    home = kept_replays.folder(tmp_path, 2025) / "triggered"
    home.mkdir(parents=True)
    kept_replays.show_to(home, 2025)
    kept_replays.keep(found, tmp_path)
    assert kept_replays.kept(home, LAST, simulated=False).snapshot == "abc"


def test_old_replays_go_with_all_their_homes_and_one_under_way_stays(tmp_path: Path) -> None:
    places = [kept_replays.folder(tmp_path, season) for season in (2023, 2024)]
    for place in places:
        (place / "never").mkdir(parents=True)
        with lock.held(place / ".lock", "a replay"):
            ended = datetime.fromtimestamp((place / ".lock").stat().st_mtime, UTC)
    assert kept_replays.remove_old(tmp_path, before=ended - timedelta(days=1)) == []
    with lock.held(places[1] / ".lock", "a replay"):
        gone = kept_replays.remove_old(tmp_path, before=ended + timedelta(days=1))
    assert gone == places[:1]
    assert [place.exists() for place in places] == [False, True]
