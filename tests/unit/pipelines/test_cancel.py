"""A run is cancelled from another terminal, and nothing but a run."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from invented_notebook import NOW, WEEKEND, settings_with

from f1lib.errors import ConfigurationError, NotebookRunError
from f1lib.pipelines import cancel, runs
from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import lock, run_folder
from f1lib.settings import Settings

BEGINS = """\
from datetime import datetime
from f1lib import settings as configuration
from f1lib.pipelines import run
from f1lib.weekend import RaceWeekend
given = configuration.read()
record = run.run("small", RaceWeekend(2025, 8), {}, given, now=datetime.fromisoformat(NOW))
raise SystemExit(record.status.exit_code)"""
LOG = "*/*/.*/log.txt"  # of a run under way
SLEEPS = "import time\nprint('so far', flush=True)\ntime.sleep(300)"


@contextmanager
def begun(settings: Settings, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """Another process at a run, whose last cell sleeps by now."""
    names = ("home", "notebooks", "catalogue", "f1db")
    own = {f"F1LIB_{name.upper()}": str(getattr(settings, name)) for name in names}
    command = words or ("-c", BEGINS.replace("NOW", repr(NOW.isoformat())))
    with subprocess.Popen(
        [sys.executable, *command], env={**os.environ, **own}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            until = time.monotonic() + 90
            while not any("so far" in log.read_text() for log in settings.reports.glob(LOG)):
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.1)
            yield process
        finally:
            process.kill()


def under_way(settings: Settings, run_id: str = "r1") -> Path:
    """The place of a run that its record says is running."""
    place = settings.reports / "small" / "2025-08" / run_id
    record = RunRecord(
        run_id=run_id, notebook="small", weekend=WEEKEND, status=RunStatus.RUNNING, started_at=NOW,
        ended_at=None, now=NOW, parameters={}, code_version="", package_versions={}, folder="",
    )  # fmt: skip
    run_folder.opened(place).write_record(replace(record, folder=f"small/{run_id}").as_json())
    return place


def test_a_run_under_way_ends_as_by_sigterm_and_is_in_its_place(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, last=SLEEPS)
    with begun(settings) as process:
        ended = cancel.cancel("small@2025-08", settings, now=NOW)
        assert ended.is_over
        assert ended.record.status is RunStatus.CANCELLED
        assert process.wait(30) == 143
    assert "so far" in (ended.folder / "report.html").read_text()
    with pytest.raises(ConfigurationError, match="is over: it ended as cancelled"):
        cancel.cancel("small@2025-08", settings, now=NOW)


@pytest.mark.slow
def test_a_cycle_says_that_the_run_it_began_was_cancelled_and_ends(home, tmp_path: Path) -> None:
    books = settings_with(tmp_path / "books", last=SLEEPS, home=home.settings.home)
    named = books.catalogue.read_text().replace("[small]", "[monitoring_analysis]")
    books.catalogue.write_text(named)
    command = ("-c", "from f1lib.cli.app import main; main()", "cycle", "--json")
    asked = ("--weekend", str(home.weekends[1]), "--now", home.now.isoformat())
    with begun(books, *command, *asked) as process:
        ended = cancel.cancel(f"monitoring_analysis@{home.weekends[1]}", books, now=home.now)
        said, _ = process.communicate(timeout=60)
    assert ended.record.status is RunStatus.CANCELLED
    assert process.returncode == RunStatus.CANCELLED.exit_code
    last = json.loads(said)["steps"][-1]
    assert (last["step"], last["outcome"], last["exit_code"]) == (
        "monitoring_analysis", "failed", 143,
    )  # fmt: skip
    assert last["run_id"] == ended.record.run_id


def test_one_whose_process_died_is_over_too(tmp_path: Path) -> None:
    settings = settings_with(tmp_path)
    under_way(settings)
    with pytest.raises(ConfigurationError, match="r1 is over: it ended as lost"):
        cancel.cancel("r1", settings, now=NOW)


def test_a_process_that_does_not_hold_the_lock_is_left_alone(tmp_path: Path) -> None:
    """As after its number was given to another."""
    settings = settings_with(tmp_path)
    place = under_way(settings)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        holder = f"run r1 (process {stranger.pid})"
        with (
            lock.held(run_folder.lock_of(place), holder),
            pytest.raises(NotebookRunError, match=r"r1 was not found at work and is not over"),
        ):
            cancel.cancel("r1", settings, now=NOW, patience_s=0.3)
        assert stranger.poll() is None
        stranger.kill()


def test_one_that_does_not_end_is_told_of(tmp_path: Path) -> None:
    settings = settings_with(tmp_path)
    place = under_way(settings)
    asked = []
    before = signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
    try:
        with (
            lock.held(run_folder.lock_of(place), run_folder.holder("r1")),
            pytest.raises(NotebookRunError, match=r"r1 was asked to end and is not over after 0.5"),
        ):
            cancel.cancel("r1", settings, now=NOW, patience_s=0.5)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert asked == [1]
    assert not runs.found("r1", settings, now=NOW).record.status.succeeded
