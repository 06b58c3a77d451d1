"""The form of the notebooks: a lens asks, calls, shows, and has no opinions of its own."""

import ast
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from f1lib.runner import catalogue, parameters
from f1lib.runner.parameters import Parameter
from f1lib.settings import PROJECT_ROOT, Settings

ENTRIES = catalogue.read(Settings(notebooks=PROJECT_ROOT / "notebooks"))
FILES = sorted((PROJECT_ROOT / "notebooks").glob("*.ipynb"))
MAX_STATEMENTS = 8
OPINIONS = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.AsyncFor, ast.While,
    ast.If, ast.Try, ast.TryStar, ast.Match,
)  # fmt: skip

every_notebook = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def cells_of(path: Path, kind: str) -> list[dict[str, Any]]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == kind]


def source_of(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def trees_of(path: Path) -> Iterator[tuple[int, ast.Module]]:
    """The code cells, counted from one, as Python."""
    for number, cell in enumerate(cells_of(path, "code"), start=1):
        yield number, ast.parse(source_of(cell))


def test_the_catalogue_and_the_folder_hold_the_same_notebooks() -> None:
    assert sorted(entry.path for entry in ENTRIES.values()) == FILES


@every_notebook
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    for number, cell in enumerate(cells_of(path, "code"), start=1):
        assert cell["outputs"] == [], f"code cell {number} holds outputs: run nbstripout"
        assert cell["execution_count"] is None, f"code cell {number} was run: run nbstripout"


@every_notebook
def test_a_notebook_begins_with_its_title_and_question(path: Path) -> None:
    first = json.loads(path.read_text(encoding="utf-8"))["cells"][0]
    assert first["cell_type"] == "markdown"
    title, _, question = source_of(first).partition("\n\n")
    entry = next(entry for entry in ENTRIES.values() if entry.path == path)
    assert title == f"# {entry.title}"
    assert question == entry.question
    assert question.endswith("?")


@every_notebook
def test_parameters_are_typed_and_commented(path: Path) -> None:
    declared = {parameter.name: parameter for parameter in parameters.declared(path)}
    for name, parameter in declared.items():
        assert parameter.comment, f"{name} lacks a comment"
    weekend, dry_run = declared["weekend"], declared["dry_run"]
    assert (weekend.kind, dry_run.kind) == ("str", "bool")
    assert dry_run.default is True, "a notebook opened by hand must change nothing"


@every_notebook
def test_what_the_catalogue_passes_is_declared(path: Path) -> None:
    entry = next(entry for entry in ENTRIES.values() if entry.path == path)
    declared: tuple[Parameter, ...] = parameters.declared(path)
    assert parameters.checked(declared, entry.parameters)["dry_run"] is False


@every_notebook
def test_a_cell_says_a_few_things_only(path: Path) -> None:
    for number, tree in trees_of(path):
        assert len(tree.body) <= MAX_STATEMENTS, f"code cell {number} has {len(tree.body)}"


@every_notebook
def test_a_notebook_has_no_opinions_of_its_own(path: Path) -> None:
    for number, tree in trees_of(path):
        for node in ast.walk(tree):
            assert not isinstance(node, OPINIONS), (
                f"code cell {number} has a {type(node).__name__}: move it into f1lib"
            )


@every_notebook
def test_imports_stand_in_the_setup_cell_alone(path: Path) -> None:
    importing = [
        number
        for number, tree in trees_of(path)
        if any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(tree))
    ]
    assert importing == [2], "the setup cell is the second code cell, after the parameters"


@every_notebook
def test_headings_do_not_skip_a_level(path: Path) -> None:
    text = "\n\n".join(source_of(cell) for cell in cells_of(path, "markdown"))
    levels = [len(marks) for marks in re.findall(r"^(#{1,6}) ", text, re.MULTILINE)]
    assert levels.count(1) == 1
    for before, after in pairwise(levels):
        assert after <= before + 1, f"a heading of level {after} follows one of level {before}"


@every_notebook
def test_no_text_holds_a_formula(path: Path) -> None:
    """The report would show its source: formulas stand in words, and in docstrings (0019)."""
    texts = [source_of(cell) for cell in cells_of(path, "markdown")]
    assert not [text for text in texts if re.search(r"\$|\\\(|\\\[", text)]


@every_notebook
def test_the_last_cell_concludes(path: Path) -> None:
    last = json.loads(path.read_text(encoding="utf-8"))["cells"][-1]
    assert "results.conclusion(" in source_of(last)


@every_notebook
def test_provenance_stands_before_the_headline_and_it_before_the_rest(path: Path) -> None:
    said = re.findall(
        r"results\.(\w+)\(", "\n".join(source_of(cell) for cell in cells_of(path, "code"))
    )
    assert said[:3] == ["provenance", "headline", "metrics"]
