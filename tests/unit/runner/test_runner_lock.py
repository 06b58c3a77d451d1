"""One at a time, and whoever comes second learns who was first."""

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
