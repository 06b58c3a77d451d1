"""What a report costs beside the same code as a plain script, and four of them two at a time.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/reports.py --repeat 3

In a simulated home, in one run and taking turns: `plain` executes the code cells of the notebook in
one process and writes the same HTML, without kernel, papermill, run folder, store or deadline;
`f1lib run` does all of that. CPU is that of a command and of all that it started. Within a cycle,
which has imported and read everything already, a run takes less: that is the last column. The two
notebooks that decide only look (`dry_run`), at a challenger that nobody has decided about: what one
run of them recorded, the next would find.
"""

import argparse
import ast
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("f1lib")
WORLD = {"seed": 7, "seasons": 4}
AT_ONCE = 2
DECIDE = ("retraining", "deployment_comparison")
TOGETHER = 4  # race previews of different weekends: a notebook runs once at a time for one

Cost = tuple[float, float]  # wall and CPU, seconds


def plain(notebook: Path, weekend: str, now: str, folder: Path) -> None:
    """The notebook as a script: its code cells one after the other, and their HTML."""
    from f1lib.reports import metrics, render
    from f1lib.run_record import RunRecord, RunStatus
    from f1lib.weekend import RaceWeekend

    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    space: dict[str, Any] = {}
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        cell["metadata"]["papermill"] = {"status": "completed"}
        shown = executed("".join(cell["source"]), space)
        if "parameters" in cell["metadata"].get("tags", []):
            space.update(weekend=weekend, now=now, dry_run=notebook.stem in DECIDE)
        if shown is None:
            continue
        data, about = shown._repr_mimebundle_()
        cell["outputs"] = [{"output_type": "execute_result", "data": data, "metadata": about}]
    started = datetime.now(UTC)
    record = RunRecord(
        "plain", notebook.stem, RaceWeekend.parse(weekend), RunStatus.OK, started, started, started,
        {}, "", {}, "",
    )  # fmt: skip
    page = render.render({"cells": cells}, record, metrics.read(folder))
    (folder / "report.html").write_text(page, encoding="utf-8")


def executed(source: str, space: dict[str, Any]) -> Any:
    """Execute a cell; what its last line shows."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), space)  # noqa: S102 what a plain script does
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), "cell", "eval"), space)  # noqa: S307


def cost(command: Sequence[str], home: Path, **more: str) -> Cost:
    """What a command takes, with all that it starts. Raises CalledProcessError when it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL,
        env={
            **os.environ, "F1LIB_HOME": str(home), "F1LIB_F1DB": "", "OMP_NUM_THREADS": "1", **more,
        },
    )  # fmt: skip
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def as_script(notebook: str, weekend: str, now: str, home: Path) -> Cost:
    """The cost of the plain script."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["--plain", notebook, "--weekend", weekend, "--now", now]
        return cost([sys.executable, __file__, *words], home, F1LIB_RUN_FOLDER=folder)


def as_run(notebook: str, weekend: str, now: str, home: Path) -> Cost:
    """The cost of `f1lib run`."""
    asked = ["-p", f"dry_run={notebook in DECIDE}"]
    return cost([str(COMMAND), "run", notebook, "--weekend", weekend, "--now", now, *asked], home)


def in_cycle(notebook: str, weekend: str, now: str, home: Path) -> float:
    """Wall seconds of the same run from a process that goes on, as a cycle does."""
    from f1lib.pipelines import run
    from f1lib.settings import Settings
    from f1lib.weekend import RaceWeekend

    settings, at = Settings(home=home, f1db=""), datetime.fromisoformat(now)
    begun = time.perf_counter()
    asked = {"dry_run": notebook in DECIDE}
    record = run.run(notebook, RaceWeekend.parse(weekend), asked, settings, now=at)
    assert record.status.succeeded, record.problem
    return time.perf_counter() - begun


def prepared(home: Path) -> tuple[list[str], str]:
    """A home with a settled season and a challenger; the last weekends, and the day after them."""
    from f1lib.pipelines import ingest, predict, retrain, settle
    from f1lib.settings import Settings
    from f1lib.weekend import Stage

    settings = Settings(home=home, f1db="")
    clock = datetime(2026, 1, 5, tzinfo=UTC)
    ingest.simulate(settings, ingest.World(**WORLD), published=None, now=clock)
    history = ingest.known(settings)
    last = history.completed()[-1]
    weekends = [weekend for weekend in history.completed() if weekend.season == last.season]
    now = history.starts_at(last, Stage.RACE) + timedelta(days=1)
    retrain.retrain(weekends[0], settings, now=now)
    predict.predict(weekends, settings, now=now)
    for weekend in weekends:
        settle.settle(weekend, settings, now=now)
    retrain.retrain(last, settings, now=now)
    return [str(weekend) for weekend in weekends[-TOGETHER:]], now.isoformat()


def together(weekends: Sequence[str], now: str, home: Path) -> float:
    """Wall seconds of a race preview of each weekend, two at a time, as a cycle runs them."""
    from f1lib.pipelines import run
    from f1lib.runner import side_by_side
    from f1lib.settings import Settings
    from f1lib.weekend import RaceWeekend

    settings, at = Settings(home=home, f1db=""), datetime.fromisoformat(now)
    calls = [
        partial(run.run, "race_preview", RaceWeekend.parse(weekend), {}, settings, now=at)
        for weekend in weekends
    ]
    begun = time.perf_counter()
    ended = list(side_by_side.done(calls, at_once=AT_ONCE))
    assert all(record.status.succeeded for record in ended)
    return time.perf_counter() - begun


def main() -> None:
    """Measure, or with --plain be what is measured."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--notebook", action="append", help="the default is every one")
    parser.add_argument("--plain", help=argparse.SUPPRESS)
    parser.add_argument("--weekend", help=argparse.SUPPRESS)
    parser.add_argument("--now", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.plain:
        from f1lib import settings as configuration
        from f1lib.runner import catalogue

        settings = configuration.read()
        path = catalogue.entry(wanted.plain, settings).path
        assert settings.run_folder is not None
        plain(path, wanted.weekend, wanted.now, settings.run_folder)
        return
    notebooks = wanted.notebook or ["race_preview", "monitoring_analysis", "drift_inspection",
                                    "season_history", *DECIDE]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        weekends, now = prepared(home)
        print(
            f"{'notebook':22}{'plain':>15}{'f1lib run':>15}{'CPU':>8}{'more wall':>11}"
            f"{'in a cycle':>12}"
        )
        for notebook in notebooks:
            asked = (notebook, weekends[-1], now, home)
            taken = [
                (*as_script(*asked), *as_run(*asked), in_cycle(*asked))
                for _ in range(wanted.repeat)
            ]
            wall, cpu, of_run, cpu_of_run, of_cycle = map(
                statistics.median, zip(*taken, strict=True)
            )
            print(
                f"{notebook:22}{wall:7.2f}{cpu:6.2f} s{of_run:7.2f}{cpu_of_run:6.2f} s"
                f"{cpu_of_run / cpu:7.2f}x{of_run - wall:9.2f} s{of_cycle - wall:10.2f} s"
            )
        fours = [together(weekends, now, home) for _ in range(wanted.repeat)]
        one = [sum(as_script("race_preview", each, now, home)[0] for each in weekends)]
        print(
            f"{TOGETHER} race previews, {AT_ONCE} at a time: {statistics.median(fours):.2f} s; "
            f"as plain scripts, one after the other: {one[0]:.2f} s"
        )


if __name__ == "__main__":
    main()
