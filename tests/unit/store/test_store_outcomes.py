"""What happened, revision after revision."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from f1lib.errors import StoreError
from f1lib.outcomes import OUTCOME_COLUMNS, Outcome
from f1lib.store import connection, outcome_log, snapshot_log
from f1lib.tables.history import Snapshot
from f1lib.weekend import RaceWeekend, Stage

MONACO = RaceWeekend(2025, 8)
Result = Callable[..., pd.DataFrame]


@pytest.fixture
def settle(address: str, snapshot: Snapshot, now: datetime) -> Callable[..., Outcome]:
    """Records rows in a transaction of their own."""

    def record(
        rows: pd.DataFrame,
        *,
        weekend: RaceWeekend = MONACO,
        stage: Stage = Stage.RACE,
        simulated: bool = True,
        days: int = 0,
    ) -> Outcome:
        with connection.connect(address) as store:
            return outcome_log.record(
                store, weekend, stage, rows,
                snapshot=snapshot.sha256, simulated=simulated, now=now + timedelta(days=days),
            )  # fmt: skip

    return record


def test_an_outcome_comes_back_as_it_was(
    address: str, settle: Callable[..., Outcome], a_result: Result
) -> None:
    recorded = settle(a_result())
    with connection.reading(address) as store:
        found = outcome_log.latest(store, MONACO, Stage.RACE, simulated=True)
    assert found is not None
    assert replace(found, rows=recorded.rows) == recorded
    pd.testing.assert_frame_equal(found.rows, recorded.rows, check_exact=True)
    pd.testing.assert_frame_equal(found.rows, a_result())
    assert found.sha256 == recorded.sha256
    assert tuple(found.rows) == OUTCOME_COLUMNS


def test_the_same_outcome_is_no_news_however_it_is_written(
    settle: Callable[..., Outcome], a_result: Result
) -> None:
    first = settle(a_result())
    shuffled = a_result().iloc[::-1].astype({"position": "float64"})
    shuffled["gap_s"] = np.array([np.nan] * 4)
    again = settle(shuffled, days=3)
    assert again.revision == 0
    assert again.recorded_at == first.recorded_at


def test_minus_zero_is_no_news(settle: Callable[..., Outcome], a_result: Result) -> None:
    settle(a_result().assign(gap_s=0.0))
    assert settle(a_result().assign(gap_s=-0.0)).revision == 0


def test_a_disqualified_winner_is_a_new_revision_and_his_return_one_more(
    address: str, settle: Callable[..., Outcome], a_result: Result
) -> None:
    assert settle(a_result("abcd")).revision == 0
    assert settle(a_result("bcda"), days=1).revision == 1
    assert settle(a_result("abcd"), days=9).revision == 2
    with connection.reading(address) as store:
        every = outcome_log.revisions(store, MONACO, Stage.RACE, simulated=True)
    assert [each.rows["driver"].iloc[0] for each in every] == ["a", "b", "a"]
    assert [each.revision for each in every] == [0, 1, 2]


def test_known_is_the_newest_of_every_weekend_and_stage(
    address: str, settle: Callable[..., Outcome], a_result: Result
) -> None:
    settle(a_result("abcd"))
    settle(a_result("bcda"), days=1)
    settle(a_result("dcba"), weekend=RaceWeekend(2025, 7))
    settle(a_result("cabd"), stage=Stage.QUALIFYING)
    with connection.reading(address) as store:
        every = outcome_log.known(store, simulated=True)
        races = outcome_log.known(store, stage=Stage.RACE, simulated=True)
        assert outcome_log.known(store, simulated=False) == []
    assert [(str(each.weekend), each.stage, each.revision) for each in every] == [
        ("2025-07", Stage.RACE, 0),
        ("2025-08", Stage.QUALIFYING, 0),
        ("2025-08", Stage.RACE, 1),
    ]
    assert ["".join(each.rows["driver"]) for each in races] == ["dcba", "bcda"]


def test_the_two_worlds_do_not_mix(
    address: str, settle: Callable[..., Outcome], a_result: Result
) -> None:
    settle(a_result("abcd"), simulated=True)
    assert settle(a_result("bcda"), simulated=False).revision == 0
    with connection.reading(address) as store:
        real = outcome_log.latest(store, MONACO, Stage.RACE)
        unknown = outcome_log.latest(store, RaceWeekend(2025, 9), Stage.RACE)
    assert real is not None
    assert real.rows["driver"].iloc[0] == "b"
    assert unknown is None


def test_a_stage_that_has_not_been_run_cannot_be_recorded(
    settle: Callable[..., Outcome], a_result: Result
) -> None:
    with pytest.raises(StoreError, match="2025-08 has no rows to record"):
        settle(a_result().head(0))


def test_snapshots_are_remembered_once_in_the_order_they_came(
    address: str, snapshot: Snapshot, now: datetime
) -> None:
    other = replace(snapshot, sha256="0" * 64, source="f1db", simulated=False, submissions=2)
    with connection.connect(address) as store:
        assert not snapshot_log.record(store, snapshot, now=now)
        assert snapshot_log.record(store, other, now=now + timedelta(days=7))
        assert snapshot_log.recorded(store) == [snapshot, other]
        assert snapshot_log.find(store, other.sha256) == other
        assert snapshot_log.find(store, "unheard of") is None
