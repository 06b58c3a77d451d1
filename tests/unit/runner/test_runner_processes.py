"""Whatever a process started is found and ended, wherever it went."""

import os
import subprocess
import sys
import time

import pytest

from f1lib.runner import processes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

FAMILY = """
import subprocess, sys, time
child = [sys.executable, "-c", "import time; time.sleep(60)"]
subprocess.Popen(child, start_new_session=True)
subprocess.Popen(child)
print("ready", flush=True)
time.sleep(60)
"""


def started(mark: str) -> "subprocess.Popen[str]":
    name, _, value = mark.partition("=")
    parent = subprocess.Popen(
        [sys.executable, "-c", FAMILY],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, name: value},
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    return parent


def test_descendants_end_also_those_in_sessions_of_their_own() -> None:
    with started("F1LIB_TEST_MARK=one") as parent:
        assert len(processes.family(parent.pid, "F1LIB_TEST_MARK=none")) == 3
        processes.kill(parent.pid, "F1LIB_TEST_MARK=none")
    assert processes.family(parent.pid, "F1LIB_TEST_MARK=one") == set()


def test_orphans_are_found_by_the_mark_in_their_environment() -> None:
    with started("F1LIB_TEST_MARK=two") as parent:
        parent.kill()
    time.sleep(0.05)
    assert len(processes.family(parent.pid, "F1LIB_TEST_MARK=two")) == 2
    processes.kill(parent.pid, "F1LIB_TEST_MARK=two")
    assert processes.family(parent.pid, "F1LIB_TEST_MARK=two") == set()


def test_this_very_process_is_never_in_the_family() -> None:
    assert os.getpid() not in processes.family(os.getpid(), "F1LIB_TEST_MARK=three")
