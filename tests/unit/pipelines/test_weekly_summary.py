"""The weekly summary: the last whole week, live rounds only."""

from datetime import UTC, datetime, timedelta

import pytest

from f1lib.monitoring.findings import Finding
from f1lib.notify.events import Scene
from f1lib.pipelines import ingest, notify, weekly_summary
from f1lib.pipelines.weekly_summary import Week
from f1lib.run_record import RunRecord, RunStatus
from f1lib.store import connection, run_log
from f1lib.weekend import Stage

MONDAY = datetime(2025, 5, 19, tzinfo=UTC)


@pytest.mark.parametrize("hours", [0, 1, 24 * 6 + 23])
def test_a_week_is_over_on_monday(hours: int) -> None:
    week = Week.before(MONDAY + timedelta(days=7, hours=hours))
    assert week == Week(MONDAY)
    assert MONDAY in week
    assert MONDAY + timedelta(days=7) not in week


def test_a_week_without_anything_says_so(home) -> None:
    event = weekly_summary.weekly_summary(home.settings, now=home.now + timedelta(days=70))
    assert event.sentences == (
        "No race was run.", "No alert stands.", "0 notebook runs ended; failed: none.",
        "There is no schedule of the next round yet.",
    )  # fmt: skip
    assert event.scene.simulated
    assert event.rules == ()


def test_a_week_tells_of_its_race_its_alerts_its_decisions_and_its_runs(home) -> None:
    settings, last = home.settings, home.weekends[-1]
    history = ingest.known(settings)
    raced_at = history.starts_at(last, Stage.RACE)
    after = raced_at + timedelta(days=7 - raced_at.weekday(), hours=6)
    run = RunRecord(
        "r1", "race_preview", last, RunStatus.CELL_ERROR, raced_at, raced_at, raced_at, {}, "c",
        {}, "", simulated=True,
    )  # fmt: skip
    alert = Finding("drift.sustained", "form", "", "fired", "It drifts.", alert=True)
    scene = Scene(simulated=True, replay=False)
    with connection.connect(settings.store_address) as store:
        run_log.record(store, run)
        told = notify.alert_events(store, [alert], last, scene)
        notify.queue(store, told, settings, now=raced_at)
    event = weekly_summary.weekly_summary(settings, now=after)
    said = " ".join(event.sentences)
    assert f"Raced was {last} ({history.race(last)['name']})" in said
    assert "no live forecast of it is settled" in said  # there are replays only
    assert f"1 alert stands: drift.sustained (form, since {last})." in said
    assert "1.0.0 is champion: Ahead of the baselines" in said  # trained on the day of that race
    assert "1 notebook run ended; failed: 1 of race_preview." in said
