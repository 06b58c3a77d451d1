"""Scores: recorded once, and the ones that stand are told from the ones that stood."""

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Connection

from f1lib.errors import StoreError
from f1lib.outcomes import Outcome
from f1lib.predictions import Prediction
from f1lib.store import connection, outcome_log, prediction_log, score_log
from f1lib.tables.history import Snapshot
from f1lib.weekend import RaceWeekend, Stage


def scores(log_loss: float, gap: float = np.nan) -> pd.DataFrame:
    return pd.DataFrame(
        {"metric": ["winner_log_loss", "gap_mae_s"], "value": [log_loss, gap], "n": [1, 0]}
    )


@pytest.fixture
def scored(
    address: str,
    snapshot: Snapshot,
    now: datetime,
    a_prediction: Callable[..., Prediction],
    a_result: Callable[..., pd.DataFrame],
) -> Callable[..., tuple[Prediction, Outcome]]:
    """Records a prediction, an outcome and the score of one on the other."""

    def record(
        store: Connection, log_loss: float, order: str = "abcd", **changed: object
    ) -> tuple[Prediction, Outcome]:
        said = a_prediction(**changed)
        prediction_log.record(store, said)
        happened = outcome_log.record(
            store, said.weekend, Stage.RACE, a_result(order),
            snapshot=snapshot.sha256, simulated=said.simulated, now=now,
        )  # fmt: skip
        assert score_log.record(store, said, happened, scores(log_loss))
        return said, happened

    return record


Scored = Callable[..., tuple[Prediction, Outcome]]


def test_scores_come_back_as_a_long_frame(address: str, scored: Scored) -> None:
    with connection.connect(address) as store:
        scored(store, 0.1 + 0.2)
        frame = score_log.current(store, simulated=True)
    assert tuple(frame) == score_log.SCORE_COLUMNS
    assert frame["metric"].tolist() == ["gap_mae_s", "winner_log_loss"]
    assert frame["value"].isna().tolist() == [True, False]
    assert frame["value"].iloc[1] == 0.1 + 0.2
    assert frame["weekend"].tolist() == ["2025-08"] * 2


def test_the_same_scores_twice_are_one_and_the_first_stands(address: str, scored: Scored) -> None:
    with connection.connect(address) as store:
        said, happened = scored(store, 1.5)
        assert not score_log.record(store, said, happened, scores(9.9))
        frame = score_log.current(store, simulated=True)
    assert frame["value"].dropna().tolist() == [1.5]


def test_only_the_newest_revision_and_the_newest_prediction_stand(
    address: str, scored: Scored, now: datetime
) -> None:
    with connection.connect(address) as store:
        scored(store, 1.0)
        said, happened = scored(store, 2.0, order="bacd")  # the winner was disqualified
        frame = score_log.current(store, simulated=True)
        assert frame["value"].dropna().tolist() == [2.0]
        assert set(frame["revision"]) == {1}
        later = {"made_at": now + timedelta(hours=1), "inputs_sha256": "later"}
        scored(store, 3.0, order="bacd", **later)
        frame = score_log.current(store, simulated=True)
    assert frame["value"].dropna().tolist() == [3.0]
    assert said.weekend == happened.weekend


def test_live_and_replay_and_models_stand_apart_and_can_be_chosen(
    address: str, scored: Scored
) -> None:
    with connection.connect(address) as store:
        scored(store, 1.0)
        scored(store, 2.0, replay=True)
        scored(store, 3.0, model="grid", model_version="")
        scored(store, 4.0, weekend=RaceWeekend(2025, 9))

        def values(**chosen: object) -> list[float]:
            frame = score_log.current(store, **{"simulated": True, **chosen})  # type: ignore[arg-type]
            return sorted(frame["value"].dropna())

        assert values() == [1.0, 2.0, 3.0, 4.0]
        assert values(replay=True) == [2.0]
        assert values(model="grid", model_version="") == [3.0]
        assert values(last=RaceWeekend(2025, 8), replay=False) == [1.0, 3.0]
        assert values(first=RaceWeekend(2025, 9)) == [4.0]
        assert values(stage=Stage.QUALIFYING) == []


def test_simulated_scores_are_never_read_as_real_ones(address: str, scored: Scored) -> None:
    with connection.connect(address) as store:
        scored(store, 1.0)
        frame = score_log.current(store, simulated=False)
    assert frame.empty
    assert tuple(frame) == score_log.SCORE_COLUMNS
    assert frame["value"].dtype == float


def test_what_was_never_recorded_cannot_be_scored(
    address: str, scored: Scored, a_prediction: Callable[..., Prediction]
) -> None:
    with connection.connect(address) as store:
        said, happened = scored(store, 1.0)
        with pytest.raises(StoreError, match="never recorded"):
            score_log.record(store, a_prediction(model="unheard"), happened, scores(1.0))
        unheard = Outcome(said.weekend, Stage.RACE, 7, said.made_at, said.snapshot, happened.rows)
        with pytest.raises(StoreError, match="Revision 7"):
            score_log.record(store, said, unheard, scores(1.0))
