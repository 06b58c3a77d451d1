"""What many tests share: the real F1DB archive, where this machine has it."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest

from f1lib.settings import Settings
from f1lib.sources.f1db import archive, tables
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import RaceWeekend, Stage

hypothesis.settings.register_profile("untimed", deadline=None)  # no test asserts how long it takes
hypothesis.settings.load_profile("untimed")


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


@dataclass(frozen=True)
class Season:
    """A home in which the last season of a simulated world was forecast and settled."""

    settings: Settings
    weekend: RaceWeekend  # the last one
    now: datetime  # the day after it


@pytest.fixture(scope="session")
def season(tmp_path_factory: pytest.TempPathFactory) -> Season:
    """Shared by all tests: run notebooks in it, change nothing else."""
    from f1lib.pipelines import ingest, predict, retrain, settle

    settings = Settings(home=tmp_path_factory.mktemp("season"), f1db="", seed=7)
    clock = datetime(2026, 1, 5, tzinfo=UTC)
    ingest.simulate(settings, ingest.World(seed=7, seasons=4), published=None, now=clock)
    history = ingest.known(settings)
    last = history.completed()[-1]
    weekends = [weekend for weekend in history.completed() if weekend.season == last.season]
    now = history.starts_at(last, Stage.RACE) + timedelta(days=1)
    retrain.retrain(weekends[0], settings, now=now)
    predict.predict(weekends, settings, now=now)
    for weekend in weekends:
        settle.settle(weekend, settings, now=now)
    retrain.retrain(last, settings, now=now)  # a challenger
    return Season(settings, last, now)
