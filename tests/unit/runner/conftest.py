"""A home of its own for each test, and small notebooks written on the spot."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from f1lib.runner.catalogue import NotebookEntry
from f1lib.settings import Settings

PARAMETERS = """\
weekend: str = "latest"  # race weekend
dry_run: bool = True  # record nothing
n_races: int = 8  # races in the window"""

WriteNotebook = Callable[..., NotebookEntry]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "runs", notebooks=tmp_path / "notebooks", f1db="", seed=7)


@pytest.fixture
def write_notebook(settings: Settings) -> WriteNotebook:
    """Write a notebook of these code cells, and return its entry in a catalogue."""

    def write(*cells: str, deadline_s: int = 600, cell_timeout_s: int = 300) -> NotebookEntry:
        settings.notebooks.mkdir(exist_ok=True)
        path = settings.notebooks / "small.ipynb"
        path.write_text(json.dumps(notebook(*cells)), encoding="utf-8")
        return NotebookEntry(
            "small", "Small", "Does it run?", path, deadline_s, cell_timeout_s, {"dry_run": False}
        )

    return write


def notebook(*cells: str) -> dict[str, object]:
    code = [
        {
            "cell_type": "code",
            "id": f"cell{number}",
            "metadata": {"tags": ["parameters"]} if number == 0 else {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate([PARAMETERS, *cells])
    ]
    title = {"cell_type": "markdown", "id": "t", "metadata": {}, "source": "# Small\n\nRuns?"}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "cells": [title, *code],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
