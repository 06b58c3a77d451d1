"""What many tests share: the real F1DB archive, where this machine has it."""

import os
from pathlib import Path

import pytest

from f1lib.sources.f1db import archive, tables
from f1lib.tables.history import History, Snapshot


@pytest.fixture(scope="session")
def f1db_archive() -> Path:
    """The archive that F1LIB_F1DB names (mark such tests real_data)."""
    named = os.environ.get("F1LIB_F1DB", "")
    if not named:
        pytest.skip("F1LIB_F1DB names no F1DB archive")
    path = Path(named).resolve()
    if not path.exists():
        pytest.skip(f"F1LIB_F1DB names {path}, which is not there")
    return path


@pytest.fixture(scope="session")
def real_history(f1db_archive: Path) -> History:
    """Everything the real archive holds. Shared by all tests: do not change its frames."""
    named = "0" * 64
    snapshot = Snapshot(named, "f1db", archive.DESCRIPTION, archive.CREDIT, named)
    return History.of(snapshot, tables.canonical(archive.read(f1db_archive, called="real archive")))


@pytest.fixture(scope="session")
def simulated_history() -> History:
    """Five seasons with every weekend format. Shared by all tests: do not change its frames."""
    from f1lib.sources.simulated import world

    named = "1" * 64
    snapshot = Snapshot(named, "simulated", "SIMULATED", "", named, simulated=True)
    return History.of(snapshot, world.build(7, "stable", 5).tables())
