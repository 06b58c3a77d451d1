"""Stopping: SIGTERM, Ctrl-C and a lost terminal become an event, which everybody at work hears.

In:   a block of work, in the main thread or in one that it waits for.
Out:  the event, set once somebody asks this process to stop.
Knows nothing of: what is stopped. The system tells the main thread alone of a signal; the threads
      that it started hear of it through the same event.
"""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_LOOKS_EVERY_S = 0.1


class Stop:
    """Set by a signal to stop; whoever ends something for it notes that it has `obeyed`.

    No threading.Event: that has a lock, and a handler of signals, which runs in the main thread,
    would wait for ever for one that this thread holds (`signal` in Python's library, "Signals and
    threads").
    """

    def __init__(self) -> None:
        self.came: list[int] = []  # the signals so far
        self.obeyed = False

    def is_set(self) -> bool:
        """Whether somebody asked to stop."""
        return bool(self.came)

    def wait(self, seconds: float) -> bool:
        """Wait until somebody asks to stop, so long at most; whether somebody did."""
        until = time.monotonic() + seconds
        while not self.came and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _LOOKS_EVERY_S))
        return self.is_set()


_heard: Stop | None = None  # of the main thread, while it listens


@contextmanager
def heard() -> Iterator[Stop]:
    """The event that SIGTERM, Ctrl-C and SIGHUP set within the block; in a thread, while the main
    one listens. A signal that nobody obeyed, since it came when all was over, is raised again."""
    global _heard  # noqa: PLW0603 signal handlers belong to the process
    if threading.current_thread() is not threading.main_thread() or _heard is not None:
        yield _heard or Stop()
        return
    stopped = Stop()

    def hear(number: int, _: object) -> None:
        stopped.came.append(number)

    numbers = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
    before = {number: signal.signal(number, hear) for number in numbers if not is_ignored(number)}
    _heard = stopped
    try:
        yield stopped
    finally:
        _heard = None
        for number, handler in before.items():
            signal.signal(number, handler)
        if stopped.is_set() and not stopped.obeyed:
            signal.raise_signal(stopped.came[0])


def is_ignored(number: int) -> bool:
    """Whether whoever started this process has it ignore that signal, as `nohup` does SIGHUP and a
    shell Ctrl-C behind `&`. Then it goes on being ignored."""
    return signal.getsignal(number) is signal.SIG_IGN
