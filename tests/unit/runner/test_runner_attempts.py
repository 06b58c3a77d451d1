"""A run is made again only after what can be over a little later."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from subprocess import PIPE

import pytest

from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import attempts, lock, run_folder
from f1lib.runner.catalogue import NotebookEntry
from f1lib.settings import Settings
from f1lib.weekend import RaceWeekend

MONACO = RaceWeekend(2025, 8)
NOW = datetime(2025, 5, 25, 12, tzinfo=UTC)
OUT_OF_REACH_AT_FIRST = """\
from pathlib import Path
from f1lib.errors import SourceError
seen = Path("seen")
if not seen.exists():
    seen.touch()
    raise SourceError("The archive does not answer: try again later.")"""

COMMAND = """\
import signal, sys
from datetime import UTC, datetime
from pathlib import Path
from f1lib.cli import app
from f1lib.runner import attempts, side_by_side
from f1lib.runner.catalogue import NotebookEntry
from f1lib.settings import Settings
from f1lib.weekend import RaceWeekend
def tried():
    entry = NotebookEntry("small", "Small", "Does it run?", Path(sys.argv[2]), 600, 300,
                          retries=2, retry_pause_s=600)
    settings, now = Settings(home=sys.argv[1]), datetime(2025, 5, 25, tzinfo=UTC)
    for record, is_last in attempts.made(entry, RaceWeekend(2025, 8), {}, settings, now=now):
        if not is_last:
            print(record.status, flush=True)
signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background ignore it
app.main(lambda: list(side_by_side.done([tried, str], at_once=int(sys.argv[3]))))"""

WriteNotebook = Callable[..., NotebookEntry]


def ended(status: RunStatus, problem: str) -> RunRecord:
    return RunRecord(
        run_id="r1", notebook="small", weekend=MONACO, status=status, started_at=NOW, ended_at=NOW,
        now=NOW, parameters={}, code_version="", package_versions={}, folder="", problem=problem,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "problem", "may_pass"),
    [
        (RunStatus.SKIPPED, "small for 2025-08 is being run already, by run A.", True),
        (RunStatus.CELL_ERROR, "SourceError: The archive does not answer.", True),
        (RunStatus.CELL_ERROR, "UnderWayError: A training is under way already.", True),
        (RunStatus.CELL_ERROR, "ValueError: SourceError: no.", False),
        (RunStatus.CELL_TIMEOUT, "A cell ran longer than it may.", False),
        (RunStatus.TIMEOUT, "The run took longer than its 3 seconds.", False),
        (RunStatus.KERNEL_DIED, "The kernel died while a cell ran.", False),
        (RunStatus.BAD_PARAMETERS, "SourceError: a parameter.", False),
        (RunStatus.CANCELLED, "The run was cancelled.", False),
        (RunStatus.OK, "", False),
    ],
)
def test_what_can_be_over_a_little_later(status: RunStatus, problem: str, may_pass: bool) -> None:
    assert ended(status, problem).may_pass is may_pass


def test_while_the_same_is_under_way_it_is_tried_as_often_as_the_catalogue_says(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    entry = replace(write_notebook("1"), retries=2, retry_pause_s=5)
    pauses: list[float] = []
    with lock.held(settings.reports / "small" / str(MONACO) / ".lock", "run A"):
        made = list(attempts.made(entry, MONACO, {}, settings, now=NOW, pause=pauses.append))
    assert [(record.status, record.attempt, is_last) for record, is_last in made] == [
        (RunStatus.SKIPPED, 1, False),
        (RunStatus.SKIPPED, 2, False),
        (RunStatus.SKIPPED, 3, True),
    ]
    assert pauses == [5, 5]


@pytest.mark.parametrize(
    ("number", "at_once"), [(signal.SIGINT, 1), (signal.SIGTERM, 1), (signal.SIGINT, 2)]
)
def test_told_to_stop_in_the_pause_a_command_ends_and_tries_no_more(
    number: signal.Signals, at_once: int, settings: Settings, write_notebook: WriteNotebook
) -> None:
    notebook = str(write_notebook("1").path)
    words = [sys.executable, "-c", COMMAND, str(settings.home), notebook, str(at_once)]
    with (
        lock.held(settings.reports / "small" / str(MONACO) / ".lock", "run A"),
        subprocess.Popen(words, stdout=PIPE, stderr=PIPE, text=True) as command,
    ):
        assert command.stdout is not None
        assert command.stdout.readline() == "skipped\n"
        time.sleep(0.3)  # the pause has begun
        command.send_signal(number)
        try:
            said = command.communicate(timeout=60)
        finally:
            command.kill()
    assert (command.returncode, *said) == (143, "", "f1lib: cancelled.\n")


def test_told_to_stop_in_the_pause_the_attempt_before_it_was_the_last(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    entry = replace(write_notebook("1"), retries=2)
    with lock.held(settings.reports / "small" / str(MONACO) / ".lock", "run A"):
        made = list(attempts.made(entry, MONACO, {}, settings, now=NOW, pause=lambda _: True))
    assert [(record.attempt, is_last) for record, is_last in made] == [(1, False), (1, True)]


def test_nothing_is_tried_again_unless_the_catalogue_says_so(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    with lock.held(settings.reports / "small" / str(MONACO) / ".lock", "run A"):
        ((record, is_last),) = attempts.made(write_notebook("1"), MONACO, {}, settings, now=NOW)
    assert (record.status, record.attempt, is_last) == (RunStatus.SKIPPED, 1, True)


def test_bad_parameters_are_not_tried_again(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    entry = replace(write_notebook("1"), retries=2)
    ((record, is_last),) = attempts.made(entry, MONACO, {"n_race": 1}, settings, now=NOW)
    assert (record.status, is_last) == (RunStatus.BAD_PARAMETERS, True)


@pytest.mark.slow
def test_each_attempt_has_a_folder_and_a_record_of_its_own(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    entry = replace(write_notebook(OUT_OF_REACH_AT_FIRST), retries=5)
    (first, more), (second, over) = attempts.made(entry, MONACO, {}, settings, now=NOW)
    assert (first.status, first.attempt, more) == (RunStatus.CELL_ERROR, 1, False)
    assert first.problem == "SourceError: The archive does not answer: try again later."
    assert (second.status, second.attempt, over) == (RunStatus.OK, 2, True)
    assert run_folder.record_in(settings.home / first.folder) == first
    assert run_folder.record_in(settings.home / second.folder) == second


@pytest.mark.slow
def test_the_next_attempt_finds_the_other_run_over(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    entry = replace(write_notebook("1"), retries=1)
    with ExitStack() as other:
        other.enter_context(lock.held(settings.reports / "small" / str(MONACO) / ".lock", "run A"))
        made = attempts.made(entry, MONACO, {}, settings, now=NOW, pause=lambda _: other.close())
        assert [record.status for record, _ in made] == [RunStatus.SKIPPED, RunStatus.OK]
