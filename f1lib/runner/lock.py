"""The lock: one run of a notebook for a weekend at a time.

In:   a file, and words about who wants it.
Out:  the lock while the `with` block lasts, or `Held` saying who has it.
Knows nothing of: runs. The system lets go of the lock when its process ends, however it ends.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Held(Exception):  # noqa: N818 not an error: an answer
    """Somebody else has the lock; the text is what they wrote into it."""


@contextmanager
def held(path: Path, by: str) -> Iterator[None]:
    """Hold the lock at `path`, without waiting. Raises Held when somebody else does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Held(file.read().strip() or "a run that has just begun") from None
        file.truncate(0)
        file.write(by)
        file.flush()
        yield
        file.truncate(0)
