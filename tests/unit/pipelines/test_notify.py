"""What was queued just now is delivered by whoever may; a notebook leaves it to whoever runs it."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from f1lib.notify import events
from f1lib.pipelines import notify
from f1lib.settings import Settings
from f1lib.store import connection, outbox
from f1lib.weekend import RaceWeekend

NOW = datetime(2025, 5, 26, 6, tzinfo=UTC)
REPORT = "reports/retraining/2025-08/20250526T060000"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Mail is set up, with a server that is not there, and one mail waits."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = Settings(
        home=tmp_path, f1db="", smtp_host="127.0.0.1", smtp_port=port,
        mail_from="f1@example.org", mail_to="ada@example.org",
    )  # fmt: skip
    scene = notify.scene(settings, simulated=True, replay=False)
    event = events.retraining_failed(scene, RaceWeekend(2025, 8), "drift", "1.0.0", "No disk.")
    with connection.connect(settings.store_address) as store:
        assert notify.queue(store, [event], settings, now=NOW) == 1
    return settings


def attempts(settings: Settings) -> list[outbox.Attempt]:
    with connection.reading(settings.store_address) as store:
        (mail,) = outbox.written(store)
        return outbox.attempts(store, mail)


def test_a_dead_server_is_tried_and_nothing_is_raised(settings: Settings) -> None:
    notify.deliver_now(settings, now=NOW)
    (attempt,) = attempts(settings)
    assert "refused" in attempt.problem


@pytest.mark.parametrize("changed", [{"mail_digest": True}, {"run_folder": Path("/x/.run")}])
def test_a_digest_and_a_notebook_leave_it_to_others(
    settings: Settings, changed: dict[str, object]
) -> None:
    notify.deliver_now(settings.model_copy(update=changed), now=NOW)
    assert attempts(settings) == []


def test_a_store_that_is_none_keeps_nobody_from_going_on(settings: Settings) -> None:
    nowhere = Settings(**{**settings.model_dump(), "store_url": "oracle://u:pw@h/d"})
    notify.deliver_now(nowhere, now=NOW)


def test_what_happens_in_a_notebook_is_told_with_the_place_of_its_report(
    settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / REPORT
    running = settings.model_copy(update={"run_folder": folder.with_name(f".{folder.name}")})
    assert notify.scene(running, simulated=True, replay=True) == events.Scene(
        simulated=True, replay=True, report=f"{REPORT}/report.html"
    )
    elsewhere = settings.model_copy(update={"run_folder": Path("/elsewhere/.run")})
    for other in (settings, elsewhere):
        assert notify.scene(other, simulated=False, replay=False).report == ""
