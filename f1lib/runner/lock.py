"""The lock: one of those who want the same, at a time.

In:   a file, and words about who wants it.
Out:  the lock while the `with` block lasts, or `Held` saying who has it.
Knows nothing of: runs. The system lets go of the lock when its process ends, however it ends.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from f1lib.errors import UnderWayError

_PAUSE_S = 0.2  # between two looks


class IfHeld(StrEnum):
    """What somebody does who finds the lock held."""

    WAIT = "wait"
    SKIP = "skip"
    FAIL = "fail"


class Held(Exception):  # noqa: N818 not an error: an answer
    """Somebody else has the lock; the text is what they wrote into it."""


@contextmanager
def held(
    path: Path,
    by: str,
    *,
    patience_s: float = 0.0,
    told: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Hold the lock at `path`. Raises Held when somebody else does for longer than `patience_s`.

    Who has to wait is `told` once who has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + patience_s
    with path.open("a+", encoding="utf-8") as file:
        while holder := _taken(file):
            if time.monotonic() >= until:
                raise Held(holder)
            if told is not None:
                told(holder)
                told = None
            time.sleep(_PAUSE_S)
        file.truncate(0)
        file.write(by)
        file.flush()
        yield
        file.truncate(0)


@contextmanager
def alone(
    path: Path,
    what: str,
    *,
    by: str = "",
    or_else: str = "",
    patience_s: float = 0.0,
    told: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """As `held`, `by` this process, for what is not done twice at once.

    Raises UnderWayError saying `what` is under way, and what else than to wait could be done.
    """
    try:
        with held(path, by or f"process {os.getpid()}", patience_s=patience_s, told=told):
            yield
    except Held as exc:
        raise UnderWayError(
            f"{what} already, by {exc}. Nothing was done; let it finish{or_else}."
        ) from exc


def _taken(file: TextIO) -> str:
    """Take the lock, or say who has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        return file.read().strip() or "a run that has just begun"
    return ""
