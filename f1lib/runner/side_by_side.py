"""Side by side: several runs at once, as many as there are cores and memory for.

In:   what is to be done, each a call that waits for a run.
Out:  what each returned, in the order given. A signal to stop reaches all of them.
Knows nothing of: notebooks.
"""

import contextlib
import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TypeVar

from f1lib.runner import stopping

NEEDED_BYTES = 768 * 2**20  # of the hungriest run of a notebook, worker and kernel, with a reserve

_LISTENS_EVERY_S = 0.2
_MEMORY = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")  # what a container may have

T = TypeVar("T")


def done(calls: Sequence[Callable[[], T]], *, at_once: int) -> Generator[T]:
    """What each of `calls` returns, as soon as those before it have; `at_once` run together.

    A single one is made in this thread, as if it were called. The error of one is raised in its
    place, once the others have ended, with a note of theirs. Closed, it waits for those that run;
    a signal to stop that nobody obeyed is raised then.
    """
    if len(calls) < 2 or at_once < 2:
        yield from (call() for call in calls)
        return
    with stopping.heard(), ThreadPoolExecutor(at_once) as pool:
        coming = [pool.submit(call) for call in calls]
        try:
            for each in coming:
                _awaited([each])
                yield each.result()
        except BaseException as exc:
            _awaited(ran := [each for each in coming if not each.cancel()])
            for other in (each.exception() for each in ran):
                if other is not None and other is not exc:
                    exc.add_note(f"Beside it failed: {type(other).__name__}: {other}")
            raise


def _awaited(coming: Sequence[Future[T]]) -> None:
    """Wait with open ears: where the system tells another thread of a signal, Python has this one
    hear of it when it next does something, and a thread that waits without end does nothing."""
    while wait(coming, timeout=_LISTENS_EVERY_S).not_done:
        pass


def capacity(at_most: int) -> int:
    """How many runs the machine bears at once: one for each core and each NEEDED_BYTES that are
    free, `at_most` that many, and always one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    said = (_free_of_machine(), _free_of_group())
    fit = (value // NEEDED_BYTES for value in said if value is not None)
    return max(1, min(at_most, cores or 1, *fit))


def _free_of_machine() -> int | None:
    """Bytes that can be had without swapping; None where the system does not say."""
    kib = _said(_MEMORY, "MemAvailable:")
    return None if kib is None else kib * 1024


def _free_of_group() -> int | None:
    """Bytes that the container of this process may still take; None without a limit.

    What it has taken is Kubernetes' working set: without files in memory that nobody read lately,
    which the system lets go of first (kubernetes.io, "Node-pressure Eviction").
    """
    with contextlib.suppress(OSError, ValueError):
        limit = int((_GROUP / "memory.max").read_text(encoding="ascii"))
        taken = int((_GROUP / "memory.current").read_text(encoding="ascii"))
        return limit - max(0, taken - (_said(_GROUP / "memory.stat", "inactive_file") or 0))
    return None


def _said(file: Path, name: str) -> int | None:
    """The number behind that name in a file of the system's; None where it is not there."""
    with contextlib.suppress(OSError, ValueError):
        for line in file.read_text(encoding="ascii").splitlines():
            first, _, rest = line.partition(" ")
            if first == name:
                return int(rest.split()[0])
    return None
