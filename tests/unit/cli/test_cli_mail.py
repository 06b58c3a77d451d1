"""What `f1lib mail` prints, and how it ends."""

import json
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from f1lib import settings as configuration
from f1lib.cli import app
from f1lib.errors import ConfigurationError
from f1lib.notify import events
from f1lib.notify.events import Scene
from f1lib.pipelines import notify
from f1lib.store import connection
from f1lib.weekend import RaceWeekend

AT = datetime(2025, 5, 26, 6, tzinfo=UTC)
NOW = ("--now", "2025-05-26T06:00")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("F1LIB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def dead(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mail is set up, with a server that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for name, value in {
        "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(port), "MAIL_FROM": "f1@example.org",
        "MAIL_TO": "ada@example.org",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"F1LIB_{name}", value)


def queued() -> None:
    settings = configuration.read()
    scene = Scene(simulated=False, replay=False)
    event = events.retraining_failed(scene, RaceWeekend(2025, 8), "drift", "1.0.0", "No disk.")
    with connection.connect(settings.store_address) as store:
        notify.queue(store, [event], settings, now=AT)


def shown(*words: str) -> str:
    done = CliRunner().invoke(app.app, ["mail", *words])
    assert done.exit_code == 0, done.output
    return " ".join(done.stdout.split())


def as_json(*words: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(shown(*words, "--json"))
    return read


def test_without_settings_and_store_there_is_nothing_and_a_reason(home: Path) -> None:
    assert as_json("status") == {
        "problem": "Nothing is mailed: F1LIB_SMTP_HOST, F1LIB_MAIL_FROM, F1LIB_MAIL_TO not set.",
        "counts": {},
        "mails": [],
    }
    assert as_json("deliver", *NOW)["sent"] == 0
    assert "No mail yet." in shown("status")
    assert not home.exists()


@pytest.mark.usefixtures("home", "dead")
def test_a_server_that_is_not_there_is_said_and_no_error() -> None:
    queued()
    done = as_json("deliver", *NOW)
    assert (done["sent"], done["failed"]) == (0, 1)
    assert "refused" in done["problems"][0]
    (mail,) = as_json("status")["mails"]
    assert (mail["state"], mail["attempts"]) == ("waiting", 1)
    assert mail["next_at"] == "2025-05-26T06:10:00+00:00"
    assert "1 waiting" in shown("status")
    assert shown("deliver", *NOW).startswith("0 sent, 0 failed")


@pytest.mark.usefixtures("home", "dead")
def test_trying_mail_out_ends_with_the_servers_words() -> None:
    done = CliRunner().invoke(app.app, ["mail", "test"])
    assert isinstance(done.exception, ConfigurationError)
    assert "refused" in str(done.exception)


@pytest.mark.usefixtures("home")
def test_trying_mail_out_without_settings_names_them() -> None:
    done = CliRunner().invoke(app.app, ["mail", "test"])
    assert isinstance(done.exception, ConfigurationError)
    assert "F1LIB_SMTP_HOST" in str(done.exception)
