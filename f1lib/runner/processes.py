"""Processes: a run's own, found and ended wherever they went.

In:   the id of the worker, and the run folder that marks the environment of all it starts.
Out:  nothing left running.
Knows nothing of: notebooks. Kernels and their children may start sessions of their own, so a
      process group does not hold them; where /proc or prctl is missing, the group has to do.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

_SET_PARENT_DEATH_SIGNAL = 1
_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc")


def end_with_parent(signal_number: int) -> None:
    """Have the system send this process a signal when its parent ends, however it ends."""
    _prctl(_SET_PARENT_DEATH_SIGNAL, signal_number)


def peak_memory_mib() -> float:
    """The peak of this process and that of the largest one that it has waited for, added, in MiB.

    Both by getrusage (RUSAGE_SELF, RUSAGE_CHILDREN); they may have been at different times.
    """
    unit = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, KiB elsewhere
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return round(sum(resource.getrusage(each).ru_maxrss for each in who) / unit, 1)


def adopt_orphans() -> None:
    """Become the parent of descendants whose parent ends, so that they can be found."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def terminate(pid: int, *, holding: Path) -> bool:
    """Send SIGTERM to the process `pid` if it has the file `holding` open; whether it was sent.

    By that file it is known for the one meant, however often its number was used before. Raises
    PermissionError when it is somebody else's. Where there is no /proc the number has to do.
    """
    try:
        handle = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
    except ProcessLookupError:
        return False
    try:
        if _PROC.is_dir() and not _has_open(pid, holding):
            return False
        if handle is None:
            os.kill(pid, signal.SIGTERM)
        else:
            signal.pidfd_send_signal(handle, signal.SIGTERM)
    except ProcessLookupError:
        return False
    finally:
        if handle is not None:
            os.close(handle)
    return True


def _has_open(pid: int, path: Path) -> bool:
    try:
        descriptors = list((_PROC / str(pid) / "fd").iterdir())
    except FileNotFoundError:
        return False
    for descriptor in descriptors:
        with contextlib.suppress(OSError):  # closed meanwhile
            if descriptor.samefile(path):
                return True
    return False


def kill(worker: int, mark: str) -> None:
    """Kill the worker, its descendants, and whoever carries `mark` in the environment."""
    _kill_all(lambda: family(worker, mark))
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(worker, signal.SIGKILL)


def kill_marked(mark: str) -> None:
    """Kill whoever carries `mark` in the environment, of a run whose worker is not known."""
    _kill_all(lambda: family(0, mark))  # no process is 0


def kill_descendants() -> None:
    """Kill all that this process has started or adopted, also what nothing marks: once this
    process has ended, nobody finds that any more."""
    _kill_all(lambda: family(os.getpid(), ""))


def _kill_all(living: Callable[[], set[int]]) -> None:
    for _ in range(20):  # until none is found: a process may start another while we look
        found = living()
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            break
        time.sleep(0.01)


def family(worker: int, mark: str) -> set[int]:
    """The living processes that descend from `worker` or carry `mark`; this one aside."""
    parents = _parents()
    found = {worker} & parents.keys()
    grew = True
    while grew:
        more = {pid for pid, parent in parents.items() if parent in found and pid not in found}
        found |= more
        grew = bool(more)
    marked = {pid for pid in parents if pid not in found and _carries(pid, mark)}
    return (found | marked) - {os.getpid()}


def _parents() -> dict[int, int]:
    """The parent of each living process."""
    parents = {}
    for entry in _PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = entry.read_text(encoding="utf-8").rpartition(")")[2].split()[:2]
            if state not in {"Z", "X"}:
                parents[int(entry.parent.name)] = int(parent)
    return parents


def _carries(pid: int, mark: str) -> bool:
    try:
        environment = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return bool(mark) and mark.encode() in environment


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
