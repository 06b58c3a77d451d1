"""The pages over all runs in a real browser: search and filters, keyboard alone, nothing fetched,
nothing cut off, light and dark."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from f1lib.reports.metrics import Metric
from f1lib.reports.site import writing
from f1lib.reports.site.known import Approval, Known, Version
from f1lib.run_record import RunRecord, RunStatus
from f1lib.weekend import RaceWeekend

pytestmark = pytest.mark.service

BEGUN = datetime(2025, 12, 8, 10, 15, tzinfo=UTC)
CHANGES = "site/changes/race_preview/2025-03/r4.html"
PAGES = ("index.html", "site/weekends/2025-03.html", "site/models/1.0.1.html", CHANGES)
SHOWN = "all => all.filter(e => e.checkVisibility()).map(e => e.querySelector('code').textContent)"
CONTRAST = """all => all.filter(e => e.checkVisibility() && [...e.childNodes].some(
  n => n.nodeType === 3 && n.textContent.trim())).map(e => {
    const light = (rgb) => rgb.slice(0, 3).map((v) => v / 255).map(
      (v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4
    ).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
    const read = (text) => text.match(/[\\d.]+/g).map(Number);
    let behind = e;
    while (behind && read(getComputedStyle(behind).backgroundColor)[3] === 0)
      behind = behind.parentElement;
    const two = [light(read(getComputedStyle(e).color)),
                 light(read(getComputedStyle(behind || document.body).backgroundColor))];
    return [(Math.max(...two) + .05) / (Math.min(...two) + .05), e.textContent.trim()];
})"""


def stored(home: Path, record: RunRecord) -> None:
    folder = home / "reports" / record.notebook / str(record.weekend) / record.run_id
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(record.as_json()))
    (folder / "report.html").write_text("<title>A report</title>")
    metric = Metric("hit", "Winner hit", record.started_at.minute / 60, n=8, low=0.1, high=0.9)
    said = {"metrics": [metric.as_json()], "sentences": [f"A sentence of {record.run_id}."]}
    (folder / "results.json").write_text(json.dumps(said))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two weekends with six runs, the oldest first; a challenger that waits."""
    home = tmp_path_factory.mktemp("site")
    first = RunRecord(
        run_id="r1", notebook="race_preview", weekend=RaceWeekend(2024, 2), status=RunStatus.OK,
        started_at=BEGUN, ended_at=BEGUN + timedelta(seconds=9), now=BEGUN,
        parameters={"window": 8}, code_version="1a2b3c", package_versions={}, folder="",
        headline="Ada is the favourite " + "in a sentence as long as they are " * 3,
        provenance={"model_version": "1.0.1", "snapshot_sha256": "ab" * 32},
    )  # fmt: skip
    preview = replace(first, weekend=RaceWeekend(2025, 3))
    runs = [
        first,
        replace(first, run_id="r2", notebook="retraining", status=RunStatus.CELL_ERROR,
                problem="KeyError: <script>alert(1)</script>" + "x" * 200),
        replace(preview, run_id="r3", headline="Ben is the favourite"),
        replace(preview, run_id="r4", headline="Cleo is the favourite", parameters={"window": 6}),
        replace(preview, run_id="r5", notebook="drift_inspection", replay=True),
        replace(preview, run_id="r6", notebook="season_history", simulated=True),
    ]  # fmt: skip
    for minutes, record in enumerate(runs):
        started = BEGUN + timedelta(minutes=minutes)
        stored(home, replace(record, started_at=started, ended_at=started + timedelta(seconds=9)))
    version = Version(
        "1.0.1", simulated=False, status="challenger", trained_at=BEGUN,
        facts={"Learnt from": "48 races"}, scores={"rps": 0.1}, scored_over="48 races",
    )  # fmt: skip
    waits = Approval(
        "1.0.1", "1.0.0", simulated=False, since=BEGUN, reason="Every rule passed.",
        command="f1lib promote 1.0.1 --approve --by NAME",
    )  # fmt: skip
    writing.write(home / "reports", home, Known((version,), (waits,)))
    return home


def opened(browser: Any, path: Path, **context: Any) -> Any:
    page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **context})
    page.told, page.asked = [], []
    page.on("console", lambda message: page.told.append(message.text))
    page.on("pageerror", lambda error: page.told.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(path.as_uri())
    return page


@pytest.fixture
def index(browser: Any, home: Path) -> Iterator[Any]:
    page = opened(browser, home / "index.html")
    yield page
    page.close()


def shown(page: Any) -> list[str]:
    """The runs to be seen, from top to bottom."""
    found: list[str] = page.eval_on_selector_all(".weekend .entry", SHOWN)
    return found


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", PAGES)
def test_a_page_is_whole_at_every_width_and_in_both_themes(
    place: str, scheme: str, width: int, browser: Any, home: Path
) -> None:
    page = opened(
        browser, home / place, viewport={"width": width, "height": 844}, color_scheme=scheme
    )
    assert (page.asked, page.told) == ([page.url], [])
    page.eval_on_selector_all("details", "all => all.forEach(e => { e.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    levels = page.eval_on_selector_all("h1, h2, h3", "all => all.map(e => Number(e.tagName[1]))")
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(page.eval_on_selector_all("svg", "all => all.map(e => e.ariaLabel)"))
    poor = [pair for pair in page.eval_on_selector_all("body *", CONTRAST) if pair[0] < 4.5]
    assert poor == []
    page.close()


def test_search_finds_words_wherever_they_stand_also_in_folded_runs(index: Any) -> None:
    assert shown(index) == ["r6", "r5", "r4", "r2", "r1"]  # r3 is folded
    index.fill("#words", "ben FAVOURITE")
    assert shown(index) == ["r3"]
    assert index.inner_text("#count") == "1 of 6 runs shown."
    index.fill("#words", "keyerror 2024-02")
    assert shown(index) == ["r2"]
    index.fill("#words", "nobody")
    assert shown(index) == []
    index.get_by_role("button", name="Show all").click()
    assert index.inner_text("#count") == "6 of 6 runs shown."
    assert shown(index) == ["r6", "r5", "r4", "r2", "r1"]


@pytest.mark.parametrize(
    ("filters", "runs"),
    [
        ({"Notebook": "race_preview"}, ["r4", "r3", "r1"]),
        ({"Status": "Failed"}, ["r2"]),
        ({"Weekend": "2024"}, ["r2", "r1"]),
        ({"Weekend": "2025-03"}, ["r6", "r5", "r4", "r3"]),
        ({"World": "simulated"}, ["r6"]),
        ({"World": "replay"}, ["r5"]),
        ({"Weekend": "2025-03", "World": "live", "Notebook": "race_preview"}, ["r4", "r3"]),
        ({"Weekend": "2025-03", "Status": "Failed"}, []),
    ],
)
def test_filters_narrow_the_list_together(filters, runs, index: Any) -> None:
    for label, value in filters.items():
        index.get_by_role("combobox", name=label).select_option(value)
    assert shown(index) == runs
    assert index.inner_text("#count") == f"{len(runs)} of 6 runs shown."
    headings = index.locator(".weekend h2")
    assert sum(headings.nth(n).is_visible() for n in range(2)) == len(
        {"2024" if run in {"r1", "r2"} else "2025" for run in runs}
    )


def test_how_many_are_shown_is_announced(index: Any) -> None:
    count = index.locator("#count")
    assert count.get_attribute("aria-live") == "polite"
    assert count.get_attribute("role") == "status"


def test_the_keyboard_alone_is_enough(index: Any) -> None:
    reached = []
    index.keyboard.press("Tab")
    while len(reached) < 60:
        reached.append(
            index.evaluate(
                "(e => e.id || e.textContent.trim().slice(0, 30))(document.activeElement)"
            )
        )
        if reached[-1] == "words":
            break
        index.keyboard.press("Tab")
    assert reached[0] == "Skip to the content"
    assert "Challenger 1.0.1" in reached
    index.keyboard.type("sentence as")
    index.keyboard.press("Tab")  # notebook
    index.keyboard.type("Ret")
    assert shown(index) == []
    index.keyboard.press("Shift+Tab")
    index.keyboard.press("Control+A")
    index.keyboard.press("Delete")
    assert shown(index) == ["r2"]
    for _ in range(5):
        index.keyboard.press("Tab")
    index.keyboard.press("Enter")  # Show all
    index.get_by_text("6 of 6 runs shown.").wait_for()
    index.keyboard.press("Tab")
    index.keyboard.press("Enter")  # the first weekend
    index.wait_for_url("**/site/weekends/2025-03.html")


def test_a_script_in_a_headline_does_not_run_and_none_but_ours_would(index: Any) -> None:
    assert index.locator("script").count() == 1
    index.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        " document.body.append(s); }"
    )
    assert index.evaluate("window.ran === undefined")


def test_without_javascript_every_run_can_be_read_and_reached(browser: Any, home: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((home / "index.html").as_uri())
    assert not page.locator("#filters").is_visible()
    page.get_by_text("1 earlier run").click()
    for run in range(1, 7):
        assert page.locator(".entry code", has_text=f"r{run}").is_visible()
    page.get_by_role("link", name="what changed").first.click()
    assert "What changed" in page.inner_text("h1")
    context.close()
