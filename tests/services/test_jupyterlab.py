"""The notebooks as an analyst opens them: in JupyterLab, for another weekend, all cells run, and
nothing is changed by it."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from f1lib.runner import catalogue
from f1lib.settings import PROJECT_ROOT, Settings
from f1lib.weekend import RaceWeekend

pytestmark = pytest.mark.service

NOTEBOOKS = sorted(catalogue.read(Settings(notebooks=PROJECT_ROOT / "notebooks")))
PATIENCE_S = 240  # for all cells of a notebook, on a busy machine
OURS = {  # no news, and every cell in the page, also what is scrolled out of sight
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}
DONE = """() => {
    const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")]
        .map(e => e.textContent.trim());
    const failed = document.querySelector("[data-mime-type='application/vnd.jupyter.error']");
    return failed || (prompts.length && prompts.every(text => /^\\[\\d+\\]:$/.test(text)));
}"""


@dataclass(frozen=True)
class Lab:
    """A JupyterLab at work on a copy of the notebooks."""

    url: str
    folder: Path


@pytest.fixture(scope="module")
def lab(season, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    place = tmp_path_factory.mktemp("lab")
    folder = place / "notebooks"
    folder.mkdir()
    for path in (PROJECT_ROOT / "notebooks").glob("*.ipynb"):
        shutil.copy(path, folder)
    for name, values in OURS.items():
        path = place / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {
        "HOME": place, "F1LIB_HOME": season.settings.home, "F1LIB_F1DB": "", "F1LIB_SEED": 7,
        "JUPYTERLAB_SETTINGS_DIR": place / "settings", "JUPYTER_CONFIG_DIR": place / "config",
        "JUPYTERLAB_WORKSPACES_DIR": place / "workspaces", "JUPYTER_RUNTIME_DIR": place / "runtime",
        "JUPYTER_DATA_DIR": place / "data", "IPYTHONDIR": place / "ipython",
    }  # fmt: skip
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
        "--ServerApp.port_retries=0", "--IdentityProvider.token=",
        "--LabApp.expose_app_in_browser=True", str(folder),
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    with (place / "log.txt").open("w") as log:
        server = subprocess.Popen(
            command, stdout=log, stderr=log,
            env={**os.environ, **{name: str(value) for name, value in own.items()}},
        )  # fmt: skip
        try:
            _wait_for(url, server, place / "log.txt")
            yield Lab(url, folder)
        finally:
            server.terminate()
            server.wait(30)


def _wait_for(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(300):
        try:
            if httpx.get(f"{url}/api").is_success:
                return
        except httpx.TransportError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.2)
    pytest.fail(f"JupyterLab does not answer.\n{log.read_text()}")


def fingerprints(*folders: Path) -> dict[str, str]:
    """Every file, by what it holds."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    }


def ran(page: Any, lab: Lab, name: str, weekend: RaceWeekend) -> None:
    """Open a notebook, change the weekend by keyboard, run all cells, wait, save."""
    page.goto(f"{lab.url}/lab/tree/{name}.ipynb?reset")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=60_000)
    _wait_for_kernel(page, lab)
    page.locator(".jp-CodeCell .cm-line", has_text="weekend: str").first.click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.insert_text(f'weekend: str = "{weekend}"')
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(DONE, timeout=PATIENCE_S * 1000)
    page.keyboard.press("Control+s")
    page.wait_for_function("!document.querySelector('.jp-mod-dirty')", timeout=30_000)


def _wait_for_kernel(page: Any, lab: Lab) -> None:
    """The one kernel is up, and the page talks with it."""
    for _ in range(300):
        kernels = page.request.get(f"{lab.url}/api/kernels").json()
        if [(each["execution_state"], each["connections"]) for each in kernels] == [("idle", 1)]:
            break
        page.wait_for_timeout(200)
    page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for()


def closed(page: Any, lab: Lab) -> None:
    """End the kernel, so that one notebook is at work at a time."""
    page.evaluate("jupyterapp.serviceManager.sessions.shutdownAll()")
    assert page.request.get(f"{lab.url}/api/kernels").json() == []
    page.close()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_runs_for_another_weekend_and_changes_nothing(
    lab: Lab, browser: Any, season, name: str, contrasts: Callable[..., dict[str, float]]
) -> None:
    weekend = RaceWeekend(season.weekend.season, season.weekend.round - 1)
    stored = PROJECT_ROOT / "notebooks"
    before = fingerprints(season.settings.home, stored)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    ran(page, lab, name, weekend)

    saved = json.loads((lab.folder / f"{name}.ipynb").read_text())
    code = [cell for cell in saved["cells"] if cell["cell_type"] == "code"]
    assert f'weekend: str = "{weekend}"' in "".join(code[0]["source"])
    problems = [output["traceback"][-1] for cell in code for output in cell["outputs"]
                if output["output_type"] == "error"]  # fmt: skip
    assert problems == []
    assert all(cell["execution_count"] for cell in code)

    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        change = "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})"
        page.evaluate(change, theme)
        page.locator(f"body[data-jp-theme-name='{theme}']").wait_for(state="attached")
        found = contrasts(page, ".jp-Notebook", ".jp-OutputArea svg.chart text, .jp-OutputArea p")
        assert len(found) > 10
        assert {words: value for words, value in found.items() if value < 4.5} == {}, theme
    aligned = page.eval_on_selector_all(
        ".f1-lab tbody th", "all => all.map(e => getComputedStyle(e).textAlign)"
    )
    assert set(aligned) == {"left"}  # and not as JupyterLab aligns tables
    closed(page, lab)

    after = fingerprints(season.settings.home, stored)
    assert {path for path, _ in before.items() ^ after.items()} == set()
    assert {path.name for path in lab.folder.iterdir()} - {".ipynb_checkpoints"} == {
        f"{each}.ipynb" for each in NOTEBOOKS
    }
