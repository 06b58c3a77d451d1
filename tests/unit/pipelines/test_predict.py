import json
from datetime import datetime, timedelta

import numpy as np
import pytest

from f1lib.errors import ConfigurationError, LeakageError, RegistryError, SourceError
from f1lib.pipelines import ingest, predict
from f1lib.registry import artifacts
from f1lib.store import connection, prediction_log
from f1lib.weekend import Cutoff, Stage


def published(home, moment: datetime | None) -> None:
    """Turn the simulated world's clock: what had been published by then is all that is known."""
    ingest.simulate(home.settings, ingest.World(7, "stable", 3), published=moment, now=home.now)


def test_asking_twice_records_nothing_new(home, rows) -> None:
    before = rows(home.settings)
    again = predict.predict(home.weekends[:2], home.settings, now=home.now + timedelta(hours=5))
    assert rows(home.settings) == before
    assert again


def test_the_same_weekend_forecast_alone_or_with_others_is_the_same(home) -> None:
    both = predict.predict(home.weekends[2:], home.settings, now=home.now, dry_run=True)
    for weekend in home.weekends[2:]:
        alone = predict.predict([weekend], home.settings, now=home.now, dry_run=True)
        together = [each for each in both if each.weekend == weekend]
        assert [each.key for each in together] == [each.key for each in alone]
        for one, other in zip(together, alone, strict=True):
            assert one.forecast.rows.equals(other.forecast.rows)


def test_a_dry_run_says_the_same_and_records_nothing(home, rows) -> None:
    before = rows(home.settings)
    dry = predict.predict(home.weekends[2:3], home.settings, now=home.now, dry_run=True)
    assert rows(home.settings) == before
    wet = predict.predict(home.weekends[2:3], home.settings, now=home.now)
    assert [each.key for each in dry] == [each.key for each in wet]
    assert rows(home.settings)["predictions"] > before["predictions"]


def test_champion_and_baselines_speak_at_every_cutoff(home) -> None:
    made = predict.predict(home.weekends[2:3], home.settings, now=home.now, dry_run=True)
    by_champion = {(p.stage, p.cutoff) for p in made if p.model_version}
    assert by_champion == {
        (Stage.QUALIFYING, Cutoff.BEFORE_WEEKEND), (Stage.RACE, Cutoff.BEFORE_WEEKEND),
        (Stage.QUALIFYING, Cutoff.BEFORE_QUALIFYING), (Stage.RACE, Cutoff.BEFORE_QUALIFYING),
        (Stage.RACE, Cutoff.BEFORE_RACE),
    }  # fmt: skip
    assert len({p.model for p in made if not p.model_version}) == 6


def test_a_forecast_is_a_replay_from_the_start_of_its_session_on(home) -> None:
    weekend = home.weekends[3]
    start = ingest.known(home.settings).starts_at(weekend, Stage.RACE)
    published(home, start)
    for moment, replay in ((start - timedelta(minutes=1), False), (start, True)):
        made = predict.predict([weekend], home.settings, now=moment, dry_run=True)
        assert {each.replay for each in made if each.stage is Stage.RACE} == {replay}
        assert {each.replay for each in made if each.stage is Stage.QUALIFYING} == {True}


def test_an_early_clock_does_not_make_a_known_result_unknown(home) -> None:
    start = ingest.known(home.settings).starts_at(home.weekends[2], Stage.QUALIFYING)
    made = predict.predict(
        home.weekends[2:3], home.settings, now=start - timedelta(days=3), dry_run=True
    )
    assert all(each.replay for each in made)


def test_a_replay_of_what_was_said_in_time_is_not_recorded_beside_it(home, rows) -> None:
    weekend = home.weekends[3]
    start = ingest.known(home.settings).starts_at(weekend, Stage.QUALIFYING)
    published(home, start - timedelta(days=3))
    said = predict.predict([weekend], home.settings, now=start - timedelta(days=3))
    assert not any(each.replay for each in said)
    before = rows(home.settings)["predictions"]
    published(home, None)
    again = predict.predict([weekend], home.settings, now=home.now, cutoffs=[Cutoff.BEFORE_WEEKEND])
    assert rows(home.settings)["predictions"] == before
    assert not any(each.replay for each in again)  # what stands is what was said in time


def test_another_future_changes_no_prediction(home) -> None:
    """The same weekend, forecast from what was published then and from all there is now."""
    weekend = home.weekends[2]
    replayed = predict.predict([weekend], home.settings, now=home.now, dry_run=True)
    start = ingest.known(home.settings).starts_at(weekend, Stage.RACE)
    published(home, start - timedelta(minutes=1))
    live = predict.predict([weekend], home.settings, now=start, dry_run=True)
    assert [each.key for each in live] == [each.key for each in replayed]
    for one, other in zip(live, replayed, strict=True):
        assert one.forecast.rows.equals(other.forecast.rows)


def test_a_champion_does_not_forecast_what_it_has_learnt_from(home) -> None:
    known = ingest.known(home.settings).completed()
    learnt = known[known.index(home.weekends[0]) - 1]
    with pytest.raises(LeakageError, match=rf"learnt from races through {learnt}"):
        predict.predict([learnt], home.settings, now=home.now)


def test_a_cutoff_before_its_sessions_is_refused(home) -> None:
    start = ingest.known(home.settings).starts_at(home.weekends[3], Stage.QUALIFYING)
    published(home, start - timedelta(hours=1))
    with pytest.raises(ConfigurationError, match=r"before_race of .* is not reached"):
        predict.predict(
            [home.weekends[3]], home.settings, now=home.now, cutoffs=[Cutoff.BEFORE_RACE]
        )


def test_without_data_or_without_a_champion_a_sentence_says_what_to_do(empty_home, home) -> None:
    with pytest.raises(SourceError, match="f1lib data pull"):
        predict.predict(home.weekends, empty_home, now=home.now)
    ingest.simulate(empty_home, ingest.World(7, "stable", 3), published=None, now=home.now)
    with pytest.raises(RegistryError, match="f1lib retrain"):
        predict.predict(home.weekends, empty_home, now=home.now)


def test_a_tampered_champion_is_refused(home) -> None:
    holder = predict.champion(home.settings, simulated=True)
    path = home.settings.models / holder.version / "model.skops"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(RegistryError, match="the file was changed"):
        predict.predict(home.weekends[2:], home.settings, now=home.now)
    assert artifacts.read_manifest(home.settings.models, holder.manifest.version)


def test_what_the_store_gives_back_is_what_was_said_to_the_last_bit(home) -> None:
    said = predict.predict(home.weekends[2:3], home.settings, now=home.now)
    with connection.reading(home.settings.store_address) as store:
        kept = {p.key: p for p in prediction_log.made(store, weekend=home.weekends[2])}
    for one in said:
        other = kept[one.key]
        numbers = ["p_first", "p_top3", "p_top10", "expected_position", "gap_pct"]
        assert np.array_equal(
            one.forecast.rows[numbers].to_numpy(float),
            other.forecast.rows[numbers].to_numpy(float),
            equal_nan=True,
        )
        if one.forecast.positions is not None:
            assert json.dumps(one.forecast.positions.tolist()) == json.dumps(
                other.forecast.positions.tolist()
            )
