"""A notebook that needs neither data nor store, in a catalogue and a home of its own."""

import json
from datetime import UTC, datetime
from pathlib import Path

from f1lib.settings import Settings
from f1lib.weekend import RaceWeekend

NOW = datetime(2025, 5, 26, 6, tzinfo=UTC)
WEEKEND = RaceWeekend(2025, 8)
PARAMETERS = """\
weekend: str = "latest"  # race weekend
dry_run: bool = True  # record nothing"""
CATALOGUE = """\
[small]
title = "Small"
question = "Does it run?"
path = "small.ipynb"
deadline_s = 60
cell_timeout_s = 30
"""


def code(name: str, source: str, *tags: str) -> dict[str, object]:
    return {
        "cell_type": "code", "id": name, "metadata": {"tags": list(tags)}, "source": source,
        "outputs": [], "execution_count": None,
    }  # fmt: skip


def settings_with(folder: Path, *, last: str = "", **more: object) -> Settings:
    """A home with one notebook, which needs neither data nor store; `last` is its last cell."""
    cells = [code("one", PARAMETERS, "parameters"), *([code("two", last)] if last else [])]
    title = {"cell_type": "markdown", "id": "t", "metadata": {}, "source": "# Small\n\nRuns?"}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {
        "cells": [title, *cells],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    folder.mkdir(exist_ok=True)
    (folder / "small.ipynb").write_text(json.dumps(notebook))
    (folder / "notebooks.toml").write_text(CATALOGUE)
    facts = {"home": folder / "home", "notebooks": folder, "f1db": "", **more}
    return Settings(catalogue=folder / "notebooks.toml", **facts)  # type: ignore[arg-type]
