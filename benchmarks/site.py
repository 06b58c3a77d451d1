"""What the pages over all runs cost: 1,000 runs beside 100, whole and after one more run.

    OMP_NUM_THREADS=1 python benchmarks/site.py

The least of three, of invented runs whose results.json are as long as real ones. The rows:

- whole: every page, as after an upgrade of f1lib.
- one more run: what each run waits for at its end; only pages that show it are written.
- nothing new: what `f1lib reports open` waits for.
- list, all: size of index.html and of all pages, in KB.
- first paint, loaded: of index.html in Chromium, in milliseconds; a dash where that is missing.
"""

import json
import math
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from f1lib.reports.metrics import Metric
from f1lib.reports.site import writing
from f1lib.reports.site.known import Known
from f1lib.run_record import RunRecord, RunStatus
from f1lib.weekend import RaceWeekend

SIZES = (100, 1_000)
NOTEBOOKS = (
    "race_preview", "monitoring_analysis", "drift_inspection", "retraining",
    "deployment_comparison", "season_history",
)  # fmt: skip
ROUNDS = 24
FIRST_SEASON = 2019
LINES = 110  # of other results, about 17 KB in all
BEGUN = datetime(2024, 3, 1, 6, tzinfo=UTC)
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"


def add_run(home: Path, number: int) -> None:
    """The run of that number: every weekend each notebook once, every ninth run fails."""
    round_, notebook = divmod(number, len(NOTEBOOKS))
    weekend = RaceWeekend(FIRST_SEASON + round_ // ROUNDS, 1 + round_ % ROUNDS)
    begun = BEGUN + timedelta(hours=number)
    failed = number % 9 == 8
    record = RunRecord(
        run_id=f"{begun:%Y%m%dT%H%M%SZ}-{number:06x}", notebook=NOTEBOOKS[notebook],
        weekend=weekend, status=RunStatus.CELL_ERROR if failed else RunStatus.OK,
        started_at=begun, ended_at=begun + timedelta(seconds=9 + number % 50), now=begun,
        parameters={"weekend": str(weekend), "dry_run": False}, code_version="1a2b3c4d5e6f",
        package_versions={"numpy": "2.4.6", "pandas": "3.1.1"}, folder="",
        headline="" if failed else f"Driver {number} is the favourite with a chance of 43 %.",
        problem="KeyError: 'grid'" if failed else "",
        provenance={
            "snapshot_sha256": f"{number:064x}", "model_version": f"1.0.{round_ // 8}",
            "credit": "Invented runs",
        },
    )  # fmt: skip
    folder = home / "reports" / record.notebook / str(weekend) / record.run_id
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(record.as_json()))
    numbers = [
        Metric(f"number_{n}", f"Number {n}", math.sin(number / 7 + n), low=-1.0, high=1.0,
               n=8, baseline=0.1, better="higher").as_json()
        for n in range(6)
    ]  # fmt: skip
    rows = [[f"driver {n}", f"{math.cos(n):.3f}"] * 4 for n in range(LINES)]
    sentences = [f"Sentence {n} of run {number} says how it is." for n in range(12)]
    table = {"caption": "All drivers.", "columns": ["Driver", "Score"] * 4, "rows": rows}
    results = {"metrics": numbers, "sentences": sentences, "tables": [table]}
    (folder / "results.json").write_text(json.dumps(results, indent=1))


def took(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds of that."""
    began = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began[0], time.process_time() - began[1]


def measured(n_runs: int) -> dict[str, float]:
    """The figures of one size."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for number in range(n_runs):
            add_run(home, number)

        def write() -> Path:
            return writing.write(home / "reports", home, Known())

        times: dict[str, list[tuple[float, float]]] = {}
        for again in range(3):
            shutil.rmtree(home / "site", ignore_errors=True)
            (home / "index.html").unlink(missing_ok=True)
            times.setdefault("whole", []).append(took(write))
            add_run(home, n_runs + again)
            times.setdefault("one more run", []).append(took(write))
            times.setdefault("nothing new", []).append(took(write))
        pages = [home / "index.html", *(home / "site").rglob("*.html")]
        paint, loaded = painted(home / "index.html")
        least = {name: tuple(map(min, zip(*each, strict=True))) for name, each in times.items()}
        return {
            **{f"{name}, wall s": each[0] for name, each in least.items()},
            **{f"{name}, CPU s": each[1] for name, each in least.items()},
            "list, KB": pages[0].stat().st_size / 1024,
            "all, KB": sum(page.stat().st_size for page in pages) / 1024,
            "first paint, ms": paint,
            "loaded, ms": loaded,
        }


def painted(page: Path) -> tuple[float, float]:
    """When something is to be seen of a page, and when it is there; NaN without Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return math.nan, math.nan
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        times = []
        for _ in range(3):
            opened = browser.new_page(viewport={"width": 1280, "height": 900})
            opened.goto(page.as_uri())
            opened.screenshot()  # not before it is painted
            times.append((float(opened.evaluate(PAINT)), float(opened.evaluate(LOADED))))
            opened.close()
        browser.close()
    return min(times)


def main() -> None:
    """A line per figure: each size, and the ratio."""
    few, many = (measured(size) for size in SIZES)
    say = sys.stdout.write
    say(f"{'':22}" + "".join(f"{size:>10,}" for size in SIZES) + f"{'ratio':>8}\n")
    for name, value in few.items():
        say(f"{name:22}{value:10.3f}{many[name]:10.3f}{many[name] / value:8.1f}\n")


if __name__ == "__main__":
    main()
