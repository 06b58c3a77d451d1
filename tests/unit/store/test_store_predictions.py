"""Predictions come back to the last bit, once each, and the newest can be told."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1lib.predictions import FORECAST_COLUMNS, Forecast, Prediction
from f1lib.store import connection, prediction_log, snapshot_log
from f1lib.tables.history import Snapshot
from f1lib.weekend import Cutoff, RaceWeekend, Stage


def same(one: Prediction, other: Prediction) -> None:
    """Raises AssertionError unless both say the same, to the last bit."""
    for name in Prediction.__slots__:
        if name != "forecast":
            assert getattr(one, name) == getattr(other, name), name
    assert one.forecast.stage is other.forecast.stage
    pd.testing.assert_frame_equal(one.forecast.rows, other.forecast.rows, check_exact=True)
    assert (one.forecast.positions is None) == (other.forecast.positions is None)
    if one.forecast.positions is not None and other.forecast.positions is not None:
        assert one.forecast.positions.tobytes() == other.forecast.positions.tobytes()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> str:
    address = f"sqlite:///{tmp_path_factory.mktemp('shared') / 'store.sqlite'}"
    snapshot = Snapshot("a" * 64, "simulated", "d", "c", "e", simulated=True)
    with connection.connect(address) as store:
        snapshot_log.record(store, snapshot, now=datetime(2025, 1, 1, tzinfo=UTC))
    return address


# minus zero is stored as zero; any other double must survive
doubles = st.one_of(st.floats(allow_infinity=True), st.just(math.nan)).map(lambda x: x + 0.0)
moments = st.datetimes(
    datetime(1950, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.timezones(),
)
words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@st.composite
def predictions(draw: st.DrawFn) -> Prediction:
    n = draw(st.integers(1, 5))
    rows = {
        "driver": draw(st.lists(words, min_size=n, max_size=n, unique=True)),
        "constructor": draw(st.lists(words, min_size=n, max_size=n)),
        **{
            name: np.array(draw(st.lists(doubles, min_size=n, max_size=n)), dtype=float)
            for name in prediction_log.NUMBERS
        },
    }
    cells = st.lists(st.floats(0, 1), min_size=n * n, max_size=n * n)
    places = draw(st.none() | cells.map(lambda cells: np.array(cells).reshape(n, n)))
    stage = draw(st.sampled_from(Stage))
    return Prediction(
        weekend=RaceWeekend(draw(st.integers(1950, 2050)), draw(st.integers(1, 30))),
        stage=stage,
        cutoff=draw(st.sampled_from(Cutoff)),
        model=draw(words),
        model_version=draw(words),
        made_at=draw(moments),
        replay=draw(st.booleans()),
        simulated=draw(st.booleans()),
        snapshot="a" * 64,
        inputs_sha256=draw(st.uuids()).hex,
        grand_prix=draw(words),
        race_date=draw(words),
        forecast=Forecast(stage, pd.DataFrame(rows)[list(FORECAST_COLUMNS)], places),
    )


@given(said=predictions())
@settings(max_examples=50)
def test_a_prediction_comes_back_to_the_last_bit(shared: str, said: Prediction) -> None:
    with connection.connect(shared) as store:
        assert prediction_log.record(store, said)
        assert not prediction_log.record(store, said)
        (back,) = prediction_log.made(
            store, weekend=said.weekend, model=said.model, simulated=said.simulated
        )
        # in UTC, as Python holds a local time that a clock change repeats to equal none elsewhere
        same(replace(said, made_at=said.made_at.astimezone(UTC)), back)
        assert back.made_at.utcoffset() == timedelta(0)
        store.rollback()


@pytest.fixture
def filled(address: str, a_prediction: Callable[..., Prediction]) -> Iterator[str]:
    """Two weekends, two models, of which one spoke twice; and a replay."""
    noon = a_prediction().made_at
    with connection.connect(address) as store:
        for weekend in (RaceWeekend(2025, 7), RaceWeekend(2025, 8)):
            for model in ("two_stage", "grid"):
                prediction_log.record(store, a_prediction(weekend=weekend, model=model))
        later = {"made_at": noon + timedelta(hours=1), "inputs_sha256": "later"}
        prediction_log.record(store, a_prediction(**later))
        replayed = {"made_at": noon + timedelta(days=9), "replay": True}
        prediction_log.record(store, a_prediction(**replayed))
    return address


def test_the_same_prediction_twice_is_one(
    address: str, a_prediction: Callable[..., Prediction]
) -> None:
    with connection.connect(address) as store:
        assert prediction_log.record(store, a_prediction())
        assert not prediction_log.record(store, a_prediction())
        assert prediction_log.record(store, a_prediction(replay=True))
        assert prediction_log.record(store, a_prediction(inputs_sha256="other"))
        assert len(prediction_log.made(store)) == 3


def test_predictions_are_found_by_what_they_are(filled: str) -> None:
    with connection.reading(filled) as store:
        assert len(prediction_log.made(store)) == 6
        assert len(prediction_log.made(store, weekend=RaceWeekend(2025, 7))) == 2
        both = [RaceWeekend(2025, 7), RaceWeekend(2025, 8)]
        assert len(prediction_log.made(store, weekend=both, model="grid")) == 2
        assert len(prediction_log.made(store, replay=False, model="two_stage")) == 3
        assert prediction_log.made(store, simulated=False) == []
        assert prediction_log.made(store, stage=Stage.QUALIFYING) == []
        assert prediction_log.made(store, weekend=[]) == []


def test_predictions_come_in_calendar_order(filled: str) -> None:
    with connection.reading(filled) as store:
        made = prediction_log.made(store)
    order = [(each.weekend, each.made_at) for each in made]
    assert order == sorted(order)


def test_the_latest_is_the_newest_of_each_series(filled: str) -> None:
    with connection.reading(filled) as store:
        live = prediction_log.latest(store, replay=False)
        (newest,) = prediction_log.latest(store, weekend=RaceWeekend(2025, 8), model="two_stage")
    assert [(str(each.weekend), each.model) for each in live] == [
        ("2025-07", "two_stage"),
        ("2025-07", "grid"),
        ("2025-08", "grid"),
        ("2025-08", "two_stage"),
    ]
    assert live[-1].inputs_sha256 == "later"
    assert newest.replay


def test_a_season_of_ten_models_is_read_at_once(
    tmp_path: Path, address: str, a_prediction: Callable[..., Prediction]
) -> None:
    with connection.connect(address) as store:
        for number in range(1, 25):
            for model in "abcdefghij":
                said = a_prediction(weekend=RaceWeekend(2025, number), model=model)
                assert prediction_log.record(store, said)
    started = time.process_time()
    with connection.reading(address) as store:
        assert len(prediction_log.made(store)) == 240
    assert time.process_time() - started < 1
