"""Photograph runs/index.html, one page of each kind that it leads to and the latest report of each
notebook, as a desktop and a phone show them, in light and dark, into screenshots/."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from f1lib import settings
from f1lib.runner import catalogue

SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


def main() -> None:
    """One PNG per page, size and colour scheme."""
    house = settings.read()
    home = house.home
    latest = {page.parents[2].name: page for page in sorted(home.glob("reports/*/*/*/report.html"))}
    kinds = {page.relative_to(home / "site").parts[0]: page for page in sorted(
        home.glob("site/**/*.html"))}  # fmt: skip
    pages = {"index": home / "index.html", **kinds, **latest}
    if not pages["index"].exists():
        sys.exit(f"There is no {pages['index']}. Run `make demo` first.")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("Chromium is not installed; on Debian: apt-get install chromium.")
    folder = Path("screenshots")
    folder.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for size, viewport in SIZES.items():
            for scheme in ("light", "dark"):
                context = browser.new_context(viewport=viewport, color_scheme=scheme)
                for name, path in pages.items():
                    page = context.new_page()
                    page.goto(path.resolve().as_uri())
                    page.screenshot(path=folder / f"{name}-{size}-{scheme}.png", full_page=True)
                context.close()
        browser.close()
    sys.stdout.write(f"{len(SIZES) * 2 * len(pages)} pictures in {folder}/.\n")
    for name in sorted(set(catalogue.read(house)) - set(latest)):
        sys.stdout.write(
            f"There is no report of {name} to photograph; "
            f"`f1lib run {name} --weekend latest -p dry_run=true` makes one.\n"
        )


if __name__ == "__main__":
    main()
