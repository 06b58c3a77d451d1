from dataclasses import replace
from datetime import timedelta

import pytest

from f1lib.errors import ConfigurationError
from f1lib.pipelines import ingest, settle
from f1lib.store import connection, prediction_log, score_log
from f1lib.weekend import RaceWeekend, Stage


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
