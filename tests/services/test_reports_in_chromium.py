"""The reports and the pages over them, opened in a real browser: nothing fetched, nothing cut off,
nothing out of reach of a keyboard, a screen reader or a printer. Also reports of failed runs."""

import io
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from f1lib.pipelines import run
from f1lib.runner import catalogue
from f1lib.settings import PROJECT_ROOT, Settings
from f1lib.weekend import RaceWeekend

pytestmark = pytest.mark.service

REPORTS = sorted(catalogue.read(Settings(notebooks=PROJECT_ROOT / "notebooks")))
FAILED = {  # what the last cell but one does, and how the page calls what follows
    "cell_error": ("1 / 0", "Failed: a cell raised an error"),
    "timeout": ("import time; time.sleep(60)", "Failed: the deadline passed"),
    "cancelled": (
        "import os, signal, time; os.kill(int(os.environ['RUN_BY']), signal.SIGTERM)\n"
        "time.sleep(60)",
        "Cancelled",
    ),
}
LISTS = ("index", "weekend", "model", "changes")
PAGES = (*LISTS, *REPORTS, *FAILED)
WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")
NOT_PRINTED = ".code, .quiet, .side, .skip, caption, form, script"  # reading aids, and code
A4 = 673  # CSS pixels between the margins of page.css

SHOWN = """\
from f1lib import settings as house
from f1lib.reports import charts
from f1lib.reports.metrics import Metric, Results
results = Results.opened(house.read().run_folder, notebook="small", weekend=weekend)
results.provenance(simulated=True, credit="Data: nobody", snapshot_sha256="9f2c")"""
DRAWN = """\
fig, ax = charts.figure()
ax.plot([1, 2, 3])
results.figure(fig, "A line from 1 to 3.", "A line going up.")"""
RUNNER = """\
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from f1lib.runner import supervisor
from f1lib.runner.catalogue import NotebookEntry
from f1lib.settings import Settings
from f1lib.weekend import RaceWeekend
os.environ["RUN_BY"] = str(os.getpid())
entry = NotebookEntry(sys.argv[2], "Small", "Does it run?", Path(sys.argv[3]), int(sys.argv[4]), 90)
settings = Settings(home=Path(sys.argv[1]), f1db="")
now = datetime(2025, 5, 25, tzinfo=UTC)
record = supervisor.run(entry, RaceWeekend(2025, 8), {}, settings, now=now)
print(record.status.value, record.folder)"""


@pytest.fixture(scope="module")
def files(season, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every page, by its name; reports are made as many at a time as a cycle makes them."""

    here = season.settings.home

    def made(name: str, weekend: RaceWeekend = season.weekend) -> Path:
        record = run.run(name, weekend, {}, season.settings, now=season.now)
        assert record.status.succeeded, record.problem
        return here / record.folder / "report.html"

    made("race_preview", RaceWeekend(season.weekend.season, season.weekend.round - 1))
    home = tmp_path_factory.mktemp("failed")
    with ThreadPoolExecutor(season.settings.workers) as pool:
        reports = pool.map(made, REPORTS)
        failed = pool.map(lambda name: failing(home, name), FAILED)
        of_reports = dict(zip(REPORTS, reports, strict=True))
        preview = of_reports["race_preview"].parent.relative_to(season.settings.reports)
        return {
            **of_reports,
            **dict(zip(FAILED, failed, strict=True)),
            "index": here / "index.html",
            "weekend": here / f"site/weekends/{season.weekend}.html",
            "model": here / "site/models/1.0.0.html",
            "changes": here / f"site/changes/{preview}.html",
        }


def failing(home: Path, name: str) -> Path:
    """The report of a run that ends as `name` says, with something on it and something not."""
    parameters = 'weekend: str = "latest"  # race weekend\ndry_run: bool = True  # look'
    code = [parameters, SHOWN, DRAWN, FAILED[name][0], "print('never')"]
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "id": f"c{n}", "source": source, "outputs": [],
         "execution_count": None, "metadata": {} if n else {"tags": ["parameters"]}}
        for n, source in enumerate(code)
    ]  # fmt: skip
    for at, words in ((0, "# Small\n\nDoes it run?"), (3, "## One"), (6, "## Two")):
        text = {"cell_type": "markdown", "id": f"t{at}", "source": words, "metadata": {}}
        cells.insert(at, text)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    whole = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path = home / f"{name}.ipynb"
    path.write_text(json.dumps(whole))
    deadline_s = "20" if name == "timeout" else "90"  # long enough for what comes before
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, str(home), name, str(path), deadline_s],
        capture_output=True, text=True, check=True, env={**os.environ, "F1LIB_HOME": str(home)},
    )  # fmt: skip
    status, folder = done.stdout.split()
    assert status == name
    return home / folder / "report.html"


@pytest.fixture(scope="module", params=[(name, width) for name in PAGES for width in WIDTHS],
                ids=lambda pair: f"{pair[0]}-{pair[1]}")  # fmt: skip
def page(request: pytest.FixtureRequest, browser: Any, files: dict[str, Path]) -> Iterator[Any]:
    name, width = request.param
    opened = browser.new_page(viewport={"width": width, "height": 844})
    opened.told, opened.asked, opened.name = [], [], name
    opened.on("console", lambda message: opened.told.append(message.text))
    opened.on("pageerror", lambda error: opened.told.append(str(error)))
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.goto(files[name].as_uri())
    yield opened
    opened.close()


def test_nothing_is_fetched_and_nothing_complains(page: Any) -> None:
    assert page.asked == [page.url]
    assert page.told == []


def test_the_file_is_small_and_forbids_itself_to_fetch(page: Any, files: dict[str, Path]) -> None:
    assert files[page.name].stat().st_size <= 150_000
    policy = page.get_attribute("meta[http-equiv=Content-Security-Policy]", "content")
    assert policy.startswith("default-src 'none'; ")


def test_the_page_does_not_scroll_sideways(page: Any) -> None:
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]


def test_every_figure_has_a_name_and_every_table_a_caption(page: Any) -> None:
    names = page.eval_on_selector_all(
        "svg.chart, img.chart", "all => all.map(e => e.getAttribute('aria-label') || e.alt)"
    )
    assert all(names)
    assert page.locator("figure").count() == page.locator("figure figcaption").count()
    assert page.locator("table").count() == page.locator("table caption").count()


def test_headings_do_not_skip_a_level(page: Any) -> None:
    levels = page.eval_on_selector_all(
        "h1, h2, h3, h4, h5, h6", "all => all.map(e => Number(e.tagName[1]))"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_that_shuts_a_reader_out(page: Any, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=scheme)
    # shadows at the edges of wide tables hide from axe what colour text in them stands on
    page.add_style_tag(content=".f1 .scroll { background: none !important }")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_words_in_charts_stand_out(
    page: Any, scheme: str, contrasts: Callable[..., dict[str, float]]
) -> None:
    """Axe cannot tell what a text in an SVG stands on; these stand on the page."""
    page.emulate_media(color_scheme=scheme)
    found = contrasts(page, "body", "svg.chart text")
    assert {words: value for words, value in found.items() if value < 4.5} == {}


def test_a_keyboard_alone_reaches_everything(page: Any) -> None:
    page.evaluate("document.activeElement.blur(), scrollTo(0, 0)")
    waiting = page.evaluate(
        """() => {
            const all = [...document.querySelectorAll(
                "a[href], input, select, button, summary, [tabindex='0']")].filter(
                    e => e.matches(".skip") || e.checkVisibility());
            all.forEach((e, number) => { e.dataset.stop = number; });
            return all.length;
        }"""
    )
    reached: list[str] = []
    for _ in range(waiting):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.stop"))
    assert reached == [str(number) for number in range(waiting)]  # in the order of the page

    names = page.eval_on_selector_all(
        "[tabindex='0']", "all => all.map(e => e.getAttribute('aria-label'))"
    )
    assert all(names)
    wide = page.evaluate(
        """() => [...document.querySelectorAll("body *")].filter(
            e => e.scrollWidth > e.clientWidth + 1 && e.tabIndex < 0
                && /auto|scroll/.test(getComputedStyle(e).overflowX)).length"""
    )
    assert wide == 0


def test_code_is_hidden_until_a_key_asks_for_it(page: Any) -> None:
    code = page.locator(".cell:not(.failed) pre.code")
    if not code.count():
        pytest.skip("a list has no code")
    assert not any(code.nth(n).is_visible() for n in range(code.count()))
    page.focus("#show-code")
    page.keyboard.press("Space")
    assert all(code.nth(n).is_visible() for n in range(code.count()))
    page.keyboard.press("Space")
    assert not code.first.is_visible()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_print_loses_nothing(page: Any, scheme: str) -> None:
    """Everything but code, search and reading aids is on paper, also what is folded on screen."""
    screen = page.viewport_size
    page.set_viewport_size({"width": A4, "height": 1000})
    page.emulate_media(media="print", color_scheme=scheme)
    lost = page.evaluate(
        """([width, aids]) => [...document.querySelectorAll("body *")].filter(e =>
            [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())
            && !e.closest(aids)
            && (!e.checkVisibility({visibilityProperty: true, opacityProperty: true})
                || e.getBoundingClientRect().right > width + 1)
        ).map(e => e.textContent.slice(0, 60))""",
        [A4, NOT_PRINTED],
    )
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    code = page.locator(".cell:not(.failed) pre.code").all()
    printed_code = [each for each in code if each.is_visible()]
    page.emulate_media(media="screen")
    page.set_viewport_size(screen)
    assert lost == []
    assert paper == "rgb(255, 255, 255)"
    assert printed_code == []


def test_the_printed_file_has_every_word(page: Any) -> None:
    """As text in the PDF, so that it is found and copied; what is folded on screen too."""
    page.emulate_media(media="print")
    printed = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
    paper = written_together("".join(sheet.extract_text() for sheet in printed.pages))
    said = page.evaluate(
        """aids => {
            const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), said = [];
            while (texts.nextNode()) {
                const text = texts.currentNode;
                if (!text.parentElement.closest(aids)) said.push(text.data);
            }
            return said;
        }""",
        NOT_PRINTED,
    )
    page.emulate_media(media="screen")
    assert [text for text in said if written_together(text) not in paper] == []
    assert len(paper) > 500


def written_together(text: str) -> str:
    """Without spaces, and ligatures taken apart: what a PDF need not keep."""
    return re.sub(r"[\s\u00ad]", "", unicodedata.normalize("NFKC", text))


def test_it_says_simulated_where_everyone_sees_it(page: Any) -> None:
    assert "SIMULATED" in page.inner_text("body")


def test_the_first_screen_holds_the_answer(page: Any) -> None:
    if page.name in LISTS:
        pytest.skip("a page over runs asks no question")
    answers = [".headline"]
    if page.name == "race_preview":
        answers.append(".tiles")
    if page.name in FAILED:
        answers = [".problem", ".pill"]
        assert page.inner_text(".pill") == FAILED[page.name][1]
        assert "1 cell did not run" in page.inner_text(".problem")
    for answer in answers:
        box = page.locator(answer).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= page.viewport_size["height"], answer


def test_the_words_in_a_chart_can_be_read(page: Any) -> None:
    sizes = page.eval_on_selector_all(
        "svg.chart text",
        """all => all.map(e => {
            const drawn = e.ownerSVGElement;
            const scale = drawn.getBoundingClientRect().width / drawn.viewBox.baseVal.width;
            return scale * parseFloat(getComputedStyle(e).fontSize);
        })""",
    )
    assert all(size >= 9 for size in sizes), min(sizes)
