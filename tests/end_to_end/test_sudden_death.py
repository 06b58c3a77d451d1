"""Killed at any moment, the store opens, is sound, and the next run completes the work.

The moments are drawn with a seed: half of them over the whole time that the work takes, half
around the writing. Whatever the moment, the store ends as it does undisturbed, row for row: nothing
lost, nothing doubled.
"""

import multiprocessing
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from f1lib.pipelines import (
    backup,
    check,
    drift,
    ingest,
    monitor,
    predict,
    restore,
    retrain,
    settle,
    upgrade,
)
from f1lib.settings import Settings
from f1lib.sources.simulated import world
from f1lib.store import copies, revision, schema
from f1lib.store.schema import METADATA
from f1lib.weekend import RaceWeekend

KILLS = 12  # of each work: 60 in all
AFTER_0001 = (
    "drift_measurements", "findings", "decision_rules", "decisions", "mail_attempts", "mails",
    "api_requests", "cycle_steps",
)  # fmt: skip

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def process() -> Any:
    """Starts a process that has imported what it needs, so that a kill meets work, not imports."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        [
            "f1lib.pipelines.settle",
            "f1lib.pipelines.monitor",
            "f1lib.pipelines.drift",
            "f1lib.pipelines.upgrade",
            "f1lib.pipelines.restore",
            "alembic.command",
            "sklearn",
        ]
    )
    return context.Process


class Home:
    """A home with forecasts of one weekend, and what its store is before and after settling."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(home=folder / "home", f1db="")
        self.store = self.settings.home / "store.sqlite"
        self.before, self.after = folder / "before.sqlite", folder / "after.sqlite"
        invented = world.build(7, "stable", 3)
        self.now: datetime = invented.last_race_at.replace(hour=23)
        ingest.simulate(self.settings, ingest.World(7, "stable", 3), published=None, now=self.now)
        self.weekend: RaceWeekend = ingest.known(self.settings).completed()[-1]
        retrain.retrain(self.weekend, self.settings, now=self.now)
        predict.predict([self.weekend], self.settings, now=self.now)
        copies.copy(self.settings.store_address, self.before)
        self.settle()
        copies.copy(self.settings.store_address, self.after)

    def settle(self) -> None:
        settle.settle(self.weekend, self.settings, now=self.now)

    def put(self, file: Path) -> None:
        """Let the store be `file`, as it was, without a journal of what came after."""
        for journal in ("", "-wal", "-shm"):
            self.store.with_name(f"{self.store.name}{journal}").unlink(missing_ok=True)
        shutil.copyfile(file, self.store)
        with closing(sqlite3.connect(self.store)) as raw:
            raw.execute("PRAGMA journal_mode = WAL")
        shutil.rmtree(self.settings.backups, ignore_errors=True)

    def differs(self, file: Path) -> dict[str, int]:
        """Rows that the store has and `file` has not, or the other way round, by log."""
        copy = file.with_name("now.sqlite")
        copy.unlink(missing_ok=True)
        copies.copy(self.settings.store_address, copy)
        return copies.lacking(copy, file) | copies.lacking(file, copy)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("sudden"))


class Killer:
    """Kills what `start` starts: half the time at a moment drawn over `takes_s`, half the time
    while the store is being written, or a moment drawn after that begins."""

    def __init__(self, home: Home, seed: int, takes_s: float) -> None:
        self.journal = home.store.with_name(f"{home.store.name}-wal")
        self.moments = np.random.default_rng(seed)
        self.takes_s = takes_s
        self.tries = self.kills = self.kills_while_writing = 0

    def kills_one(self, start: Callable[[], Any]) -> bool:
        """Whether one more was killed; False when it was quicker."""
        self.tries += 1
        assert self.tries <= 4 * KILLS, "hardly any could be killed"
        started = start()
        started.start()
        if self.tries % 2:
            started.join(self.moments.uniform(0.0, self.takes_s))
        else:
            while started.is_alive() and not self._being_written():
                time.sleep(0.0002)
            time.sleep(self.moments.choice([0.0, 0.001, 0.002, 0.004]))
        writing = self._being_written()
        started.kill()
        started.join()
        dead = bool(started.exitcode == -9)
        self.kills += dead
        self.kills_while_writing += dead and writing
        return dead

    def _being_written(self) -> bool:
        try:
            return self.journal.stat().st_size > 0
        except FileNotFoundError:
            return False


def undisturbed(start: Callable[[], Any]) -> float:
    """The seconds the work takes, without anybody killing it."""
    started = start()
    begun = time.monotonic()
    started.start()
    started.join()
    assert started.exitcode == 0
    return time.monotonic() - begun


WORKS = [(settle.settle, "predictions"), (monitor.monitor, "scores"), (drift.drift, "scores")]


@pytest.mark.parametrize(("work", "needs"), WORKS, ids=["settle", "monitor", "drift"])
def test_work_killed_at_any_moment_is_completed_by_the_next_one(
    home: Home, process: Any, work: Callable[..., Any], needs: str
) -> None:
    before = home.before if needs == "predictions" else home.after
    assert tables(before)[needs] > 0
    done = home.after.with_name("done.sqlite")

    def start() -> Any:
        return process(target=work, args=(home.weekend, home.settings), kwargs={"now": home.now})

    home.put(before)
    undisturbed(start)  # the first one also waits for the imports
    home.put(before)
    takes_s = undisturbed(start)
    done.unlink(missing_ok=True)
    copies.copy(home.settings.store_address, done)
    assert copies.lacking(done, before)
    killer = Killer(home, 20250101, takes_s)
    while killer.kills < KILLS:
        home.put(before)
        killer.kills_one(start)
        assert check.check(home.settings).troubles == ()
        assert home.differs(before) == {} or home.differs(done) == {}
        work(home.weekend, home.settings, now=home.now)
        assert home.differs(done) == {}
    assert check.check(home.settings).troubles == ()
    assert killer.kills_while_writing > 0


def test_an_upgrade_killed_at_any_moment_is_completed_by_the_next_one(
    home: Home, process: Any
) -> None:
    older, upgraded = (home.after.with_name(f"{name}.sqlite") for name in ("older", "upgraded"))
    shutil.copyfile(home.after, older)
    shutil.copyfile(home.after, upgraded)
    with closing(sqlite3.connect(older)) as raw, raw:
        for table in AFTER_0001:
            raw.execute(f"DROP TABLE {table}")
        raw.execute("UPDATE alembic_version SET version_num = '0001'")
    with closing(sqlite3.connect(upgraded)) as raw, raw:
        for table in AFTER_0001:  # an upgrade brings the table, not what an older store never had
            raw.execute(f"DELETE FROM {table}")  # noqa: S608

    def start() -> Any:
        return process(target=upgrade.upgrade, args=(home.settings,))

    home.put(older)
    undisturbed(start)
    home.put(older)
    takes_s = undisturbed(start)
    killer = Killer(home, 20250102, takes_s)
    while killer.kills < KILLS:
        home.put(older)
        killer.kills_one(start)
        found = revision.at(home.settings.store_address)
        assert found in {"0001", schema.REVISION}
        assert tables(home.store) == tables(older if found == "0001" else upgraded)
        assert upgrade.upgrade(home.settings).before == found
        assert check.check(home.settings).troubles == ()
        assert home.differs(upgraded) == {}
        assert tables(home.settings.backups / "store-revision-0001.sqlite") == tables(older)
    assert killer.kills_while_writing > 0


def test_a_restore_killed_at_any_moment_is_completed_by_the_next_one(
    home: Home, process: Any
) -> None:
    home.put(home.after)
    archive = backup.backup(home.settings, now=home.now, to=home.after.parent).archive

    def restored() -> None:
        restore.restore(archive, home.settings, force=False, now=home.now)

    def start() -> Any:
        return process(
            target=restore.restore,
            args=(archive, home.settings),
            kwargs={"force": False, "now": home.now},
        )

    home.put(home.before)
    undisturbed(start)
    home.put(home.before)
    takes_s = undisturbed(start)
    killer = Killer(home, 20250103, takes_s)
    while killer.kills < KILLS:
        home.put(home.before)
        killer.kills_one(start)
        assert check.check(home.settings).troubles == ()
        assert home.differs(home.before) == {} or home.differs(home.after) == {}
        restored()
        assert home.differs(home.after) == {}
        assert check.check(home.settings).troubles == ()
    assert killer.kills_while_writing > 0


def tables(file: Path) -> dict[str, int]:
    """How many rows each table of a sound SQLite file has."""
    with closing(sqlite3.connect(file)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        named = raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: raw.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0]  # noqa: S608
            for (name,) in named
            if name in METADATA.tables
        }
