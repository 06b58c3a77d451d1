"""A browser, for the tests that look at pages as a reader does."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium")

CONTRASTS = """([ground, texts]) => {
    const luminance = colour => {
        const [r, g, b] = colour.match(/[0-9.]+/g).slice(0, 3).map(n => n / 255).map(
            c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const paper = luminance(getComputedStyle(document.querySelector(ground)).backgroundColor);
    return [...document.querySelectorAll(texts)].map(e => {
        const style = getComputedStyle(e);
        const ink = luminance(e.closest("svg") ? style.fill : style.color);
        const [low, high] = [ink, paper].sort((a, b) => a - b);
        return [e.textContent, (high + 0.05) / (low + 0.05)];
    });
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def contrasts() -> Callable[..., dict[str, float]]:
    """WCAG's contrast of each text that a selector names, by its words, with an element below."""

    def measured(page: Any, ground: str, texts: str) -> dict[str, float]:
        found: dict[str, float] = {}
        for words, contrast in page.evaluate(CONTRASTS, [ground, texts]):
            found[words] = min(contrast, found.get(words, contrast))
        return found

    return measured
