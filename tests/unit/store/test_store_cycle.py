"""The log of the cycle: what each step came to, once, apart by data, policy, weekend and world."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from f1lib.store import connection, cycle_log
from f1lib.store.cycle_log import Step
from f1lib.store.origin import Origin
from f1lib.tables.history import Snapshot
from f1lib.weekend import RaceWeekend


@pytest.fixture
def step(now: datetime, snapshot: Snapshot) -> Step:
    origin = Origin(
        RaceWeekend(2025, 8), snapshot.sha256, "p" * 64, replay=False, simulated=True, made_at=now
    )
    return Step(origin, "settle", "done", "2025-08 is settled.", 0, "", "1.0.0", "abc")


def test_a_step_that_comes_to_the_same_again_is_no_news(address: str, step: Step) -> None:
    later = replace(step, origin=replace(step.origin, made_at=step.origin.made_at + timedelta(1)))
    with connection.connect(address) as store:
        assert cycle_log.record(store, step)
        assert not cycle_log.record(store, replace(later, model_version="1.0.1"))
        assert cycle_log.taken(store, later.origin) == [step]


def test_a_step_that_comes_to_something_else_is_one_more_row(address: str, step: Step) -> None:
    failed = replace(step, outcome="failed", detail="The calendar changed.", exit_code=11)
    with connection.connect(address) as store:
        for each in (failed, step, failed):
            assert cycle_log.record(store, each)
        assert cycle_log.taken(store, step.origin) == [failed, step, failed]


@pytest.mark.parametrize(
    "other", [{"weekend": RaceWeekend(2025, 9)}, {"policy_sha256": "q" * 64}, {"simulated": False}]
)
def test_steps_on_other_grounds_are_others(
    address: str, step: Step, other: dict[str, object]
) -> None:
    elsewhere = replace(step, origin=replace(step.origin, **other))
    with connection.connect(address) as store:
        assert cycle_log.record(store, step)
        assert cycle_log.record(store, elsewhere)
        assert cycle_log.taken(store, step.origin) == [step]


def test_the_weekends_a_step_was_done_after_come_in_calendar_order(
    address: str, step: Step
) -> None:
    def after(season: int, number: int, outcome: str = "done") -> Step:
        origin = replace(step.origin, weekend=RaceWeekend(season, number))
        return replace(step, origin=origin, outcome=outcome)

    with connection.connect(address) as store:
        for each in (after(2025, 10), after(2024, 24), after(2025, 2), after(2025, 3, "failed")):
            cycle_log.record(store, each)
        found = cycle_log.weekends(store, "settle", "done", policy_sha256="p" * 64, simulated=True)
    assert list(map(str, found)) == ["2024-24", "2025-02", "2025-10"]
