"""Several runs at once: in order, as many as the machine bears, and all of them hear of a stop."""

import os
import signal
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from f1lib.runner import side_by_side, stopping

PATIENCE_S = 30


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C is heard, also where the tests are a background job, which does not hear it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_what_runs_side_by_side_runs_at_the_same_time_and_comes_back_in_order() -> None:
    both = threading.Barrier(2)

    def met(name: str) -> str:
        both.wait(PATIENCE_S)  # raises unless the other one is there
        return name

    calls = [partial(met, name) for name in ("first", "second")]
    assert list(side_by_side.done(calls, at_once=2)) == ["first", "second"]


@pytest.mark.parametrize(("n_calls", "at_once"), [(1, 2), (3, 1)])
def test_a_single_one_or_one_at_a_time_stays_in_this_thread(n_calls: int, at_once: int) -> None:
    calls = [threading.current_thread] * n_calls
    assert set(side_by_side.done(calls, at_once=at_once)) == {threading.current_thread()}


def test_the_error_of_one_is_raised_once_the_others_have_ended() -> None:
    both, ended = threading.Barrier(2), []

    def fails() -> None:
        both.wait(PATIENCE_S)
        raise ValueError("the first one")

    def ends() -> None:
        both.wait(PATIENCE_S)
        ended.append("second")

    with pytest.raises(ValueError, match="the first one"):
        list(side_by_side.done([fails, ends], at_once=2))
    assert ended == ["second"]


def test_the_error_that_is_raised_tells_of_those_beside_it() -> None:
    both = threading.Barrier(2)

    def fails(number: int) -> None:
        both.wait(PATIENCE_S)
        raise ValueError(f"number {number}")

    with pytest.raises(ValueError, match="number 1") as raised:
        list(side_by_side.done([partial(fails, 1), partial(fails, 2)], at_once=2))
    assert raised.value.__notes__ == ["Beside it failed: ValueError: number 2"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_stop_reaches_all_of_them(number: signal.Signals, ctrl_c: None) -> None:
    both = threading.Barrier(3)

    def waits() -> bool:
        with stopping.heard() as stopped:
            both.wait(PATIENCE_S)
            stopped.obeyed = stopped.wait(PATIENCE_S)
            return stopped.obeyed

    def signals() -> bool:
        both.wait(PATIENCE_S)  # the others listen
        os.kill(os.getpid(), number)
        return True

    before = signal.getsignal(number)
    assert list(side_by_side.done([waits, waits, signals], at_once=3)) == [True, True, True]
    assert signal.getsignal(number) is before


def test_a_signal_reaches_all_of_them_whichever_thread_the_system_tells_of_it() -> None:
    def signals() -> bool:
        with stopping.heard() as stopped:
            signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
            stopped.obeyed = stopped.wait(PATIENCE_S)
            return stopped.obeyed

    def waits() -> bool:
        with stopping.heard() as stopped:
            return stopped.wait(PATIENCE_S)

    assert list(side_by_side.done([signals, waits], at_once=2)) == [True, True]


def test_told_of_a_signal_while_it_is_closed_it_hears_of_it() -> None:
    both = threading.Barrier(2)

    def ends() -> str:
        both.wait(PATIENCE_S)
        return "first"

    def signals() -> None:
        both.wait(PATIENCE_S)
        with stopping.heard() as stopped:
            closing.wait(PATIENCE_S)
            signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
            stopped.obeyed = stopped.wait(PATIENCE_S)
            heard.append(stopped.obeyed)

    heard: list[bool] = []
    closing = threading.Event()
    coming = side_by_side.done([ends, signals], at_once=2)
    assert next(coming) == "first"
    closing.set()
    coming.close()
    assert heard == [True]


def test_closed_it_begins_none_that_waits() -> None:
    begun: list[str] = []
    first, last = threading.Event(), threading.Event()

    def goes_on() -> None:
        first.set()
        last.wait(PATIENCE_S)

    coming = side_by_side.done([str, goes_on, goes_on, lambda: begun.append("late")], at_once=2)
    next(coming)
    assert first.wait(PATIENCE_S)
    threading.Timer(0.3, last.set).start()
    coming.close()
    assert begun == []


def test_a_signal_that_nobody_obeyed_is_raised_again_when_all_is_over(ctrl_c: None) -> None:
    with pytest.raises(KeyboardInterrupt), stopping.heard() as stopped:
        os.kill(os.getpid(), signal.SIGINT)
        assert stopped.wait(PATIENCE_S)


def memory(free_of_machine_kb: int, limit: str, taken: int, folder: Path) -> None:
    (folder / "meminfo").write_text(f"MemTotal: 1 kB\nMemAvailable: {free_of_machine_kb} kB\n")
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{taken}\n")


@pytest.mark.parametrize(
    ("free_of_machine", "limit", "taken", "at_most", "expected"),
    [
        (8.5, "max", 0, 64, 8),  # a container without a limit
        (8.5, "max", 0, 2, 2),
        (8.5, "4", 1, 64, 3),
        (2.5, "64", 1, 64, 2),
        (0.5, "max", 0, 64, 1),  # one is always tried
        (8.5, "1", 2, 64, 1),
    ],
)
def test_no_more_run_at_once_than_memory_is_free_for(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    free_of_machine: float,
    limit: str,
    taken: int,
    at_most: int,
    expected: int,
) -> None:
    needed = side_by_side.NEEDED_BYTES
    said = limit if limit == "max" else str(int(limit) * needed)
    memory(int(free_of_machine * needed) // 1024, said, taken * needed, tmp_path)
    monkeypatch.setattr(side_by_side, "_MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(side_by_side, "_GROUP", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    assert side_by_side.capacity(at_most) == expected


@pytest.mark.parametrize(
    ("stat", "expected"), [("", 1), ("anon 9\ninactive_file {}", 3), ("anon 9", 1)]
)
def test_files_in_memory_that_nobody_read_lately_count_as_free(
    stat: str, expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = side_by_side.NEEDED_BYTES
    memory(64 * needed // 1024, str(4 * needed), 3 * needed, tmp_path)
    if stat:
        (tmp_path / "memory.stat").write_text(f"{stat.format(2 * needed)}\n")
    monkeypatch.setattr(side_by_side, "_MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(side_by_side, "_GROUP", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    assert side_by_side.capacity(64) == expected


def test_no_more_run_at_once_than_there_are_cores(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(side_by_side, "_MEMORY", tmp_path / "not there")
    monkeypatch.setattr(side_by_side, "_GROUP", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})
    assert side_by_side.capacity(64) == 3
