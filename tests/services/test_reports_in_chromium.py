"""The reports and their list, opened in a real browser: nothing fetched, nothing cut off, every
figure named."""

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from f1lib.pipelines import run
from f1lib.runner import catalogue
from f1lib.settings import PROJECT_ROOT, Settings

pytestmark = pytest.mark.service

CHROMIUM = shutil.which("chromium")
REPORTS = sorted(catalogue.read(Settings(notebooks=PROJECT_ROOT / "notebooks")))
PAGES = ("index", *REPORTS)
WIDTHS = (1280, 390)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def files(season) -> dict[str, Path]:
    found = {"index": season.settings.home / "index.html"}
    for notebook in REPORTS:
        record = run.run(notebook, season.weekend, {}, season.settings, now=season.now)
        assert record.status.succeeded, record.problem
        found[notebook] = season.settings.home / record.folder / "report.html"
    return found


@pytest.fixture(scope="module", params=[(name, width) for name in PAGES for width in WIDTHS],
                ids=lambda pair: f"{pair[0]}-{pair[1]}")  # fmt: skip
def page(request: pytest.FixtureRequest, browser: Any, files: dict[str, Path]) -> Iterator[Any]:
    name, width = request.param
    opened = browser.new_page(viewport={"width": width, "height": 844})
    opened.told, opened.asked = [], []
    opened.on("console", lambda message: opened.told.append(message.text))
    opened.on("pageerror", lambda error: opened.told.append(str(error)))
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.goto(files[name].as_uri())
    yield opened
    opened.close()


def test_nothing_is_fetched_and_nothing_complains(page: Any) -> None:
    assert page.asked == [page.url]
    assert page.told == []


def test_the_page_does_not_scroll_sideways(page: Any) -> None:
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]


def test_every_figure_has_a_name_and_every_table_a_caption(page: Any) -> None:
    names = page.eval_on_selector_all(
        "svg.chart, img.chart", "all => all.map(e => e.getAttribute('aria-label') || e.alt)"
    )
    assert all(names)
    assert page.locator("table").count() == page.locator("table caption").count()


def test_headings_do_not_skip_a_level(page: Any) -> None:
    levels = page.eval_on_selector_all(
        "h1, h2, h3, h4", "all => all.map(e => Number(e.tagName[1]))"
    )
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_it_says_simulated_where_everyone_sees_it(page: Any) -> None:
    assert "SIMULATED" in page.inner_text("body")


def test_code_is_hidden_until_it_is_asked_for(page: Any) -> None:
    code = page.locator("pre code")
    assert all(not code.nth(n).is_visible() for n in range(code.count()))


def test_the_first_screen_holds_the_answer(page: Any) -> None:
    if page.url.endswith("index.html"):
        pytest.skip("the list of runs asks no question")
    of_preview = (".headline", ".tiles")
    for answer in of_preview if "race_preview" in page.url else of_preview[:1]:
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
