"""The weekend cycle, whole, with its notebooks; and killed within and between any two steps.

After each kill -9 the store is sound, and the next `f1lib cycle` goes on. In the end every log has
the rows that it has undisturbed, but for what a run of a notebook is called and when it was, and
for the runs that died with their cycle: those stay in the log as lost.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from f1lib.pipelines import check, ingest, retrain
from f1lib.pipelines.cycle_steps import STEPS
from f1lib.runner import processes, run_folder, side_by_side
from f1lib.settings import Settings
from f1lib.sources.simulated import world
from f1lib.store.schema import METADATA
from f1lib.weekend import RaceWeekend, Stage

pytestmark = pytest.mark.slow

COMMAND = Path(sys.executable).with_name("f1lib")
MISSED = 7  # rounds since the champion was trained, the last one included
# what two runs of the same notebook differ in, and two artifacts of the same model
OF_A_RUN = {
    "runs": {"run_id", "started_at", "ended_at", "folder"},
    "cycle_steps": {"run_id"},
    "mails": {"id", "body", "html"},  # with the place of the report
    "mail_attempts": {"mail_id"},
    "promotions": {"manifest_sha256"},  # the bytes of an artifact hold the time
}
# what stays of a run that died with its cycle: its record, and the mail that says so
OF_THE_LOST = {
    "runs": "status = 'lost'",
    "mails": "occasion LIKE '%run failed %'",
    "mail_attempts": "mail_id IN (SELECT id FROM mails WHERE occasion LIKE '%run failed %')",
}
NOTEBOOKS = ("monitoring_analysis", "drift_inspection", "retraining", "deployment_comparison",
             "race_preview", "season_history")  # fmt: skip


@dataclass
class Home:
    """A home on the Monday after a race: a champion of some rounds ago, and no cycle since."""

    folder: Path
    weekend: RaceWeekend
    coming: RaceWeekend
    now: datetime

    def copied(self, folder: Path) -> "Home":
        shutil.copytree(self.folder, folder)
        return Home(folder, self.weekend, self.coming, self.now)

    def started(self, said: Path, *words: str) -> "subprocess.Popen[bytes]":
        own = {"F1LIB_HOME": str(self.folder)}
        with said.open("wb") as progress, said.with_suffix(".json").open("wb") as result:
            return subprocess.Popen(
                [str(COMMAND), "cycle", "--now", self.now.isoformat(), "--json", *words],
                env={**os.environ, **own, "OMP_NUM_THREADS": "1"},
                stdout=result,
                stderr=progress,
            )

    def turned(self, *words: str, expect: int = 0) -> dict[str, Any]:
        said = self.folder / "said.log"
        assert self.started(said, *words).wait() == expect, said.read_text()
        found: dict[str, Any] = json.loads(said.with_suffix(".json").read_text())
        return found

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every log but of lost runs, without what a run is called."""
        found = {}
        with closing(sqlite3.connect(self.folder / "store.sqlite")) as raw:
            for name, table in METADATA.tables.items():
                left_out = OF_A_RUN.get(name, set())
                names = [f'"{c.name}"' for c in table.columns if c.name not in left_out]
                lost = OF_THE_LOST.get(name, "FALSE")
                chosen = f"SELECT {', '.join(names)} FROM {name} WHERE NOT ({lost})"  # noqa: S608
                found[name] = sorted(raw.execute(chosen).fetchall(), key=repr)
        return found

    def n_lost(self, log: str) -> int:
        with closing(sqlite3.connect(self.folder / "store.sqlite")) as raw:
            counted = f"SELECT COUNT(*) FROM {log} WHERE {OF_THE_LOST[log]}"  # noqa: S608
            return int(raw.execute(counted).fetchone()[0])

    def n_steps(self) -> int:
        try:
            with closing(sqlite3.connect(self.folder / "store.sqlite")) as raw:
                return int(raw.execute("SELECT COUNT(*) FROM cycle_steps").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


@pytest.fixture(scope="module")
def monday(tmp_path_factory: pytest.TempPathFactory) -> Home:
    invented = world.build(7, "stable", 3)
    raced = sorted(RaceWeekend.parse(text) for text in invented.tables()["races"]["weekend"])
    weekend, coming, first = raced[-3], raced[-2], raced[-2 - MISSED]
    now = max(each.at for each in invented.publications(weekend)) + timedelta(days=1)
    settings = Settings(home=tmp_path_factory.mktemp("monday") / "home", f1db="")
    ingest.simulate(settings, ingest.World(7, "stable", 3), published=now, now=now)
    begun = ingest.known(settings).starts_at(first, Stage.QUALIFYING)
    retrain.retrain(first, settings, now=begun)
    return Home(settings.home, weekend, coming, now)


@pytest.fixture(scope="module")
def undisturbed(monday: Home, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = monday.copied(tmp_path_factory.mktemp("undisturbed") / "home")
    begun = time.monotonic()
    done = home.turned()
    return {"home": home, "done": done, "took_s": time.monotonic() - begun, "rows": home.rows()}


def test_a_cycle_does_all_that_follows_a_race(undisturbed: dict[str, Any]) -> None:
    home, done = undisturbed["home"], undisturbed["done"]
    assert [each["step"] for each in done["steps"]] == ["ingest", *(each.name for each in STEPS)]
    outcomes = {each["step"]: each["outcome"] for each in done["steps"]}
    assert outcomes.pop("ingest") == "nothing to do"
    assert set(outcomes.values()) == {"done"}
    assert (done["weekend"], done["next"]) == (str(home.weekend), str(home.coming))
    assert done["decision"]["outcome"] == "retrain"
    assert (done["champion_before"], done["simulated"], done["replay"]) == ("1.0.0", True, False)
    for notebook in NOTEBOOKS:
        under = home.coming if notebook == "race_preview" else home.weekend
        assert (home.folder / "reports" / notebook / str(under) / "latest" / "report.html").exists()


def test_asked_again_it_does_nothing_and_shows_what_was_done(undisturbed: dict[str, Any]) -> None:
    home, before = undisturbed["home"], undisturbed["done"]
    again = home.turned()
    assert home.rows() == undisturbed["rows"]
    assert again["news"] is False
    assert [{**each, "earlier": False} for each in again["steps"]] == before["steps"]
    assert again["champion"] == before["champion"]


def test_the_second_of_two_waits_or_says_who_is_at_it(monday: Home, tmp_path: Path) -> None:
    home = monday.copied(tmp_path / "home")
    first = home.started(tmp_path / "first.log")
    try:
        until(lambda: "after" in (tmp_path / "first.log").read_text(), first)
        second = home.started(tmp_path / "second.log")
        assert second.wait() == 75
        assert f"process {first.pid} since " in (tmp_path / "second.log").read_text()
        third = home.started(tmp_path / "third.log", "--wait", "600")
        until(lambda: "Waiting" in (tmp_path / "third.log").read_text(), third)
    finally:
        first.kill()
        first.wait()
    third.kill()
    third.wait()


@pytest.mark.parametrize("where", ["within", "between"])
def test_killed_at_every_step_it_ends_as_if_it_had_not_been(
    monday: Home, undisturbed: dict[str, Any], tmp_path: Path, where: str
) -> None:
    home, said = monday.copied(tmp_path / "home"), tmp_path / "said.log"
    settings = Settings(home=home.folder, f1db="")
    moments = np.random.default_rng(20250616)
    kills = 0
    for place, step in enumerate(STEPS, start=1):
        cycle = home.started(said)
        if where == "within":
            until(lambda name=step.name: f"{name} after" in said.read_text(), cycle)
            time.sleep(moments.exponential(undisturbed["took_s"] / len(STEPS) / 3))
        else:
            until(lambda n=place: home.n_steps() > n, cycle)
        cycle.kill()
        kills += cycle.wait() == -9
        assert check.check(settings).troubles == ()
    assert kills >= len(STEPS) - 2
    done = home.turned()
    assert (done["exit_code"], done["champion"]) == (0, undisturbed["done"]["champion"])
    now, then = home.rows(), undisturbed["rows"]
    assert set(now.pop("runs")) == set(then["runs"])  # a report may have been made twice
    assert now == {name: rows for name, rows in then.items() if name != "runs"}
    assert home.n_lost("runs") == home.n_lost("mails") == home.n_lost("mail_attempts")


@pytest.mark.skipif(side_by_side.capacity(2) < 2, reason="one core: nothing runs side by side")
def test_a_signal_to_stop_cancels_both_notebooks_that_run_side_by_side(
    monday: Home, tmp_path: Path
) -> None:
    home, said = monday.copied(tmp_path / "home"), tmp_path / "said.log"
    cycle = home.started(said)
    both = [
        home.folder / "reports" / name / str(home.weekend)
        for name in ("monitoring_analysis", "drift_inspection")
    ]
    until(lambda: all(list(each.glob(".2*/log.txt")) for each in both), cycle)
    cycle.terminate()
    assert cycle.wait() == 143
    steps = json.loads(said.with_suffix(".json").read_text())["steps"]
    assert [each["step"] for each in steps][-1] in {each.parent.name for each in both}
    assert steps[-1]["exit_code"] == 143
    for each in both:
        record = only_run(each)
        assert record["status"] == "cancelled"
        assert processes.family(0, run_folder.mark(each / f".{record['run_id']}")) == set()
    assert home.turned()["exit_code"] == 0


def only_run(weekend: Path) -> dict[str, Any]:
    """The record of the one run there is, in its place; none may be left out of sight."""
    assert list(weekend.glob(".2*")) == []
    (run,) = weekend.glob("2*/run.json")
    found: dict[str, Any] = json.loads(run.read_text())
    return found


def until(come: Any, process: "subprocess.Popen[bytes]") -> None:
    """Wait until that has come about, or the process has ended."""
    while not come() and process.poll() is None:
        time.sleep(0.002)
