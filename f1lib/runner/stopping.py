"""Stopping: SIGTERM, Ctrl-C and a lost terminal become an event, which everybody at work hears.

In:   a block of work, in the main thread or in one that it waits for.
Out:  the event, set once somebody asks this process to stop.
Knows nothing of: what is stopped. The system tells the main thread alone of a signal; the threads
      that it started hear of it through the same event.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Stop(threading.Event):
    """Set by a signal to stop; whoever ends something for it notes that it has `obeyed`."""

    obeyed = False


_heard: Stop | None = None  # of the main thread, while it listens


@contextmanager
def heard() -> Iterator[Stop]:
    """The event that SIGTERM, Ctrl-C and SIGHUP set within the block; in a thread, while the main
    one listens. A signal that nobody obeyed, since it came when all was over, is raised again."""
    global _heard  # noqa: PLW0603 signal handlers belong to the process
    if threading.current_thread() is not threading.main_thread() or _heard is not None:
        yield _heard or Stop()
        return
    stopped, came = Stop(), []

    def hear(number: int, _: object) -> None:
        came.append(number)
        stopped.set()

    numbers = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # started by nohup
        numbers.remove(signal.SIGHUP)
    before = {number: signal.signal(number, hear) for number in numbers}
    _heard = stopped
    try:
        yield stopped
    finally:
        _heard = None
        for number, handler in before.items():
            signal.signal(number, handler)
        if came and not stopped.obeyed:
            signal.raise_signal(came[0])
