"""Runs and promotions are remembered as they were."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from f1lib.errors import StoreError
from f1lib.run_record import RunRecord, RunStatus
from f1lib.store import connection, promotion_log, run_log
from f1lib.store.promotion_log import Action, Promotion
from f1lib.versions import ModelVersion
from f1lib.weekend import RaceWeekend


@pytest.fixture
def run(now: datetime) -> RunRecord:
    return RunRecord(
        run_id="20250525T123000-monitoring_analysis-1",
        notebook="monitoring_analysis",
        weekend=RaceWeekend(2025, 8),
        status=RunStatus.CELL_ERROR,
        started_at=now,
        ended_at=now + timedelta(seconds=4.25),
        now=now,
        parameters={"weekend": "2025-08", "rounds": 8, "share": 0.1, "dry_run": True, "x": None},
        code_version="0.1.0+abc",
        package_versions={"numpy": "2.4.6"},
        folder="reports/monitoring_analysis/2025-08/1",
        simulated=True,
        headline="The champion is healthy: 0.955 \N{RIGHTWARDS ARROW} 0.957.",
        problem="ValueError: no",
        provenance={"snapshot": "a" * 64},
    )


def test_a_run_comes_back_as_it_was_and_is_there_once(address: str, run: RunRecord) -> None:
    with connection.connect(address) as store:
        assert run_log.record(store, run)
        assert not run_log.record(store, replace(run, headline="Another one."))
        assert run_log.find(store, run.run_id) == run
        assert run_log.find(store, "another") is None


def test_a_run_that_has_not_ended_is_not_recorded(address: str, run: RunRecord) -> None:
    with (
        connection.connect(address) as store,
        pytest.raises(StoreError, match="has not ended"),
    ):
        run_log.record(store, replace(run, status=RunStatus.RUNNING, ended_at=None))


def test_runs_are_listed_newest_first(address: str, run: RunRecord) -> None:
    with connection.connect(address) as store:
        for number in range(3):
            begun = run.started_at + timedelta(hours=number)
            run_log.record(store, replace(run, run_id=f"r{number}", started_at=begun))
        run_log.record(store, replace(run, run_id="other", notebook="race_preview"))

        def ids(**chosen: object) -> list[str]:
            return [each.run_id for each in run_log.ended(store, **chosen)]  # type: ignore[arg-type]

        assert ids(notebook=run.notebook) == ["r2", "r1", "r0"]
        assert ids(notebook=run.notebook, limit=1) == ["r2"]
        assert ids(weekend=RaceWeekend(2025, 9)) == []
        assert len(ids()) == 4
        assert ids(simulated=False) == []


def test_promotions_come_back_in_their_order_and_world_once_each(
    address: str, now: datetime
) -> None:
    first = Promotion(
        now,
        Action.PROMOTE,
        ModelVersion(1, 0, 0),
        "a" * 64,
        None,
        "cycle",
        "first champion",
        simulated=True,
    )
    second = replace(
        first, action=Action.REFUSE, version=ModelVersion(1, 0, 1), previous=first.version
    )
    real = replace(first, simulated=False, by="ada")
    with connection.connect(address) as store:
        new = [promotion_log.record(store, each) for each in (first, second, real, first)]
        assert new == [True, True, True, False]
        assert promotion_log.decided(store, simulated=True) == [first, second]
        assert promotion_log.decided(store, simulated=False) == [real]
