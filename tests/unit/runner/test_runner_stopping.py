"""A signal to stop is heard where it was not ignored before, whatever the main thread is at."""

import os
import signal
import subprocess
import sys

import pytest

from f1lib.runner import stopping

LOOKS_WITHOUT_A_PAUSE = """\
import os, signal, threading
from f1lib.runner import stopping
for _ in range(20):
    with stopping.heard() as stopped:
        threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGTERM)).start()
        while not stopped.wait(0):
            pass
        stopped.obeyed = True"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_what_was_ignored_before_is_ignored(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with stopping.heard() as stopped:
            os.kill(os.getpid(), number)
            assert not stopped.wait(0.1)
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)


def test_a_signal_never_comes_at_a_moment_at_which_it_stops_everything() -> None:
    """As it would where the handler waited for a lock that the main thread holds."""
    subprocess.run([sys.executable, "-c", LOOKS_WITHOUT_A_PAUSE], check=True, timeout=30)
