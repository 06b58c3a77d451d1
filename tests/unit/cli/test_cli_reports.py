"""What `f1lib reports` prints, opens and serves, and how it ends."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from f1lib.cli import app
from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import run_folder
from f1lib.weekend import RaceWeekend

BEGUN = datetime(2025, 5, 26, 6, tzinfo=UTC)
RUN = "20250526T060000Z-aaaaaa"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With one run."""
    home = tmp_path / "home"
    monkeypatch.setenv("F1LIB_HOME", str(home))
    monkeypatch.setenv("F1LIB_F1DB", "")
    record = RunRecord(
        run_id=RUN, notebook="race_preview", weekend=RaceWeekend(2025, 8), status=RunStatus.OK,
        started_at=BEGUN, ended_at=BEGUN + timedelta(seconds=9), now=BEGUN, parameters={},
        code_version="1a2b3c", package_versions={}, folder="",
    )  # fmt: skip
    folder = run_folder.opened(home / "reports" / "race_preview" / "2025-08" / RUN)
    folder.report.write_text("<p>A report.</p>")
    folder.write_record(record.as_json())
    folder.publish(latest=True)
    return home


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What a browser was told to show."""
    addresses: list[str] = []

    class Browser(webbrowser.BaseBrowser):
        def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
            addresses.append(url)
            return True

    monkeypatch.setattr(webbrowser, "_browsers", {})
    monkeypatch.setattr(webbrowser, "_tryorder", [])
    webbrowser.register("ours", None, Browser())
    monkeypatch.setattr(webbrowser, "_tryorder", ["ours"])
    yield addresses


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "_tryorder", [])


def said(*words: str, code: int = 0) -> Any:
    done = CliRunner().invoke(app.app, ["reports", *words])
    assert done.exit_code == code, done.output
    return done


def test_without_a_run_the_list_is_made_and_opened(home: Path, opened) -> None:
    assert said("open").stdout == f"{home / 'index.html'}\n"
    assert RUN in (home / "index.html").read_text()
    assert opened == [(home / "index.html").as_uri()]


@pytest.mark.parametrize("name", [RUN, "20250526", "race_preview@2025-08"])
def test_the_report_of_a_run_is_opened(name: str, home: Path, opened) -> None:
    page = home / "reports" / "race_preview" / "2025-08" / RUN / "report.html"
    assert json.loads(said("open", name, "--json").stdout) == {"page": str(page), "opened": True}
    assert opened == [page.as_uri()]


def test_without_a_browser_the_path_is_there_to_copy(home: Path, no_browser) -> None:
    done = said("open")
    assert done.stdout == f"{home / 'index.html'}\n"
    assert done.stderr == "There is no browser here to open it with; copy the path into one.\n"


def ended(*words: str, capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    """Exit code and words of a command as a shell sees it."""
    with pytest.raises(SystemExit) as end:
        app.main(lambda: app.app(["reports", *words]))
    return end.value.code, capsys.readouterr().err


def test_a_run_that_is_not_there_is_said(home: Path, opened, capsys) -> None:
    code, err = ended("open", "retraining@2025-08", capsys=capsys)
    assert (code, opened) == (10, [])
    assert "There is no run 'retraining@2025-08'." in err


def test_a_run_without_a_report_is_said(home: Path, opened, capsys) -> None:
    (home / "reports" / "race_preview" / "2025-08" / RUN / "report.html").unlink()
    code, err = ended("open", RUN, capsys=capsys)
    assert (code, opened) == (10, [])
    assert f"Run {RUN} (ok) has no report." in err


# a background job does not hear Ctrl-C, and the tests may be one
IN_A_TERMINAL = """\
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from f1lib.cli.app import main
main()"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end_and_that_is_no_failure(
    number: signal.Signals, home: Path
) -> None:
    words = [sys.executable, "-c", IN_A_TERMINAL]
    with subprocess.Popen(
        [*words, "reports", "serve", "--port", "0"], env=os.environ,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as server, ExitStack() as afterwards:  # fmt: skip
        afterwards.callback(server.kill)  # also where it does not hear
        assert server.stdout is not None
        line = server.stdout.readline()
        found = re.search(r"at http://127\.0\.0\.1:(\d+)/", line)
        assert found, line
        connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=10)
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert (answer.status, RUN in answer.read().decode()) == (200, True)
        connection.close()
        server.send_signal(number)
        _, err = server.communicate(timeout=20)
    assert (server.returncode, err) == (0, "Ended.\n")
