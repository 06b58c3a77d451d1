from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from f1lib.errors import ConfigurationError, SourceError
from f1lib.pipelines import check, ingest, monitor, settle
from f1lib.sources import shelf
from f1lib.sources.simulated import world
from f1lib.store import connection, finding_log, outcome_log, prediction_log, score_log
from f1lib.weekend import RaceWeekend, Stage


@pytest.fixture
def republish(home):
    """Take the simulated world in once more, with one of its tables changed."""

    def taken_in(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        frames = dict(world.build(home.world.seed, "stable", home.world.seasons).tables(None))
        frames[name] = change(frames[name].copy())
        shelf.keep_frames(home.settings.snapshots, frames, description="SIMULATED", now=home.now)

    return taken_in


def test_settling_twice_changes_nothing(home, rows) -> None:
    before = rows(home.settings)
    first = settle.settle(home.weekends[0], home.settings, now=home.now)
    assert rows(home.settings) == before
    assert first.revisions == {"qualifying": 0, "race": 0}
    assert len(first.scores) > 50


def test_a_prediction_made_after_its_session_is_refused_unless_a_replay(home) -> None:
    weekend = home.weekends[0]
    start = ingest.known(home.settings).starts_at(weekend, Stage.RACE)
    with connection.connect(home.settings.store_address) as store:
        honest = prediction_log.made(store, weekend=weekend, stage=Stage.RACE)[0]
        late = replace(honest, replay=False, made_at=start, inputs_sha256="f" * 64)
        prediction_log.record(store, late)
    settled = settle.settle(weekend, home.settings, now=home.now)
    assert len(settled.refused) == 1
    assert "after the session began" in settled.refused[0]
    assert settled.scores["replay"].all()  # nothing live was scored


def test_a_prediction_for_a_renumbered_round_follows_its_grand_prix(home) -> None:
    weekend = home.weekends[0]
    with connection.connect(home.settings.store_address) as store:
        made = prediction_log.made(store, weekend=weekend, stage=Stage.RACE)[0]
        planned = replace(
            made, weekend=RaceWeekend(weekend.season, weekend.round + 1), replay=False,
            made_at=home.now - timedelta(days=400), inputs_sha256="e" * 64,
        )  # fmt: skip
        prediction_log.record(store, planned)
    settled = settle.settle(weekend, home.settings, now=home.now)
    assert (~settled.scores["replay"]).any()
    # and the round that has the number now does not take what was said of another race
    other = settle.settle(planned.weekend, home.settings, now=home.now)
    assert other.scores["replay"].all()


def test_a_weekend_without_results_settles_to_nothing(home) -> None:
    ingest.simulate(
        home.settings,
        ingest.World(7, "stable", 3),
        published=ingest.known(home.settings).starts_at(home.weekends[3], Stage.QUALIFYING)
        - timedelta(hours=1),
        now=home.now,
    )
    settled = settle.settle(home.weekends[3], home.settings, now=home.now)
    assert settled.outcomes == ()
    assert settled.scores.empty


def test_a_weekend_that_is_in_no_calendar_is_refused(home) -> None:
    with pytest.raises(ConfigurationError, match="no weekend 2099-01"):
        settle.settle(RaceWeekend(2099, 1), home.settings, now=home.now)


def test_every_prediction_of_the_weekend_is_scored_by_every_metric_it_can_be(home) -> None:
    weekend = home.weekends[0]
    with connection.reading(home.settings.store_address) as store:
        made = prediction_log.made(store, weekend=weekend)
        standing = score_log.current(store, simulated=True, first=weekend, last=weekend)
    keys = {(p.stage.value, p.cutoff.value, p.model) for p in made}
    scored = set(zip(standing["stage"], standing["cutoff"], standing["model"], strict=True))
    assert scored == keys
    champion = standing[(standing["model"] == "two_stage") & (standing["stage"] == "race")]
    assert champion.groupby("cutoff").size().to_dict() == {
        "before_qualifying": 10, "before_race": 10, "before_weekend": 10,
    }  # fmt: skip


def test_a_revised_result_reopens_the_round_and_what_was_found_of_it(home, rows, republish) -> None:
    weekend = home.weekends[1]
    before = settle.settle(weekend, home.settings, now=home.now)
    monitor.monitor(weekend, home.settings, now=home.now)

    def disqualified(results: pd.DataFrame) -> pd.DataFrame:
        mine = results["weekend"] == str(weekend)
        first = mine & (results["finish_order"] == 1)
        results.loc[first, "status"] = "DSQ"
        results.loc[first, "position"] = pd.NA
        results.loc[first, "finish_order"] = mine.sum() + 1
        results.loc[mine, "finish_order"] -= 1
        results.loc[mine & results["position"].notna(), "position"] -= 1
        return results

    republish("results", disqualified)
    after = settle.settle(weekend, home.settings, now=home.now)
    assert (before.revisions["race"], after.revisions["race"]) == (0, 1)
    assert after.revisions["qualifying"] == 0
    race = after.scores["stage"] == "race"
    assert set(after.scores.loc[race, "revision"]) == {1}
    changed = (after.scores["value"] != before.scores["value"]) & after.scores["value"].notna()
    assert changed[race].any() and not changed[~race].any()

    again = monitor.monitor(weekend, home.settings, now=home.now)
    with connection.reading(home.settings.store_address) as store:
        assert len(outcome_log.revisions(store, weekend, Stage.RACE, simulated=True)) == 2
        found = finding_log.current(store, simulated=True, first=weekend, last=weekend)
    assert set(found["snapshot"]) == {again.snapshot.sha256} != {before.snapshot.sha256}
    assert rows(home.settings)["findings"] == 2 * len(found)  # those of before are kept
    assert check.check(home.settings).troubles == ()


def test_a_round_that_was_settled_keeps_its_number(home, rows, republish) -> None:
    one, other = (str(weekend) for weekend in home.weekends[:2])

    def swapped(races: pd.DataFrame) -> pd.DataFrame:
        names = races.set_index("weekend")["grand_prix"]
        new = {one: names[other], other: names[one]}
        return races.assign(grand_prix=races["weekend"].map(new).fillna(races["grand_prix"]))

    republish("races", swapped)
    before = rows(home.settings)
    for weekend in home.weekends[:2]:
        with pytest.raises(SourceError, match=rf"The calendar calls {weekend} .*was settled as"):
            settle.settle(weekend, home.settings, now=home.now)
    assert rows(home.settings) == before
    settle.settle(home.weekends[2], home.settings, now=home.now)  # others are not concerned
