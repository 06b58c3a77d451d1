"""One at a time, and whoever comes second learns who was first."""

import threading
import time
from pathlib import Path

import pytest

from f1lib.runner import lock


def test_the_second_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "deep" / ".lock"
    with (
        lock.held(path, "run A (process 1)"),
        pytest.raises(lock.Held, match=r"run A \(process 1\)"),
        lock.held(path, "run B (process 2)"),
    ):
        raise AssertionError("two held it")


def test_the_lock_is_free_again_also_after_a_failure(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with pytest.raises(RuntimeError), lock.held(path, "run A"):
        raise RuntimeError
    with lock.held(path, "run B"):
        assert path.read_text() == "run B"


def test_whoever_has_patience_gets_the_lock_when_it_is_free(tmp_path: Path) -> None:
    path, told = tmp_path / ".lock", []
    here = threading.Event()

    def first() -> None:
        with lock.held(path, "run A"):
            here.set()
            time.sleep(0.3)

    other = threading.Thread(target=first)
    other.start()
    here.wait()
    with lock.held(path, "run B", patience_s=60, told=told.append):
        assert path.read_text() == "run B"
    other.join()
    assert told == ["run A"]


def test_patience_has_an_end(tmp_path: Path) -> None:
    path, told = tmp_path / ".lock", []
    with (
        lock.held(path, "run A"),
        pytest.raises(lock.Held, match="run A"),
        lock.held(path, "run B", patience_s=0.3, told=told.append),
    ):
        raise AssertionError("two held it")
    assert told == ["run A"]
