"""The house stands: import contracts hold, every room introduces itself, doors are few."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ROOT / "f1lib"
MODULES = sorted(HOUSE.rglob("*.py"))
ROOMS = sorted(path.parent for path in HOUSE.glob("*/__init__.py"))

THINKING_ROOMS = (
    "tables", "features", "predictions", "outcomes", "scoring", "models", "evaluation",
    "monitoring", "decisions",
)  # fmt: skip
KINDS_OF_CODE = {
    "utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc", "tools",
    "core", "shared",
}  # fmt: skip
READERS_OF_THE_ENVIRONMENT = {
    "settings.py": "the one door of configuration",
    "runner/supervisor.py": "hands the worker process its environment",
    "runner/worker.py": "takes the secrets of its environment out of what it writes",
}
CLOCKS = {"now", "utcnow", "today"}
TIME_CLOCKS = {"time", "time_ns", "localtime", "gmtime"}


def name_of(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def thinking_modules() -> Iterator[Path]:
    for path in MODULES:
        if path.relative_to(HOUSE).parts[0].removesuffix(".py") in THINKING_ROOMS:
            yield path


def test_the_import_contracts_hold() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    checked = subprocess.run(
        [str(lint_imports), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_begins_with_a_docstring(path: Path) -> None:
    assert ast.get_docstring(tree_of(path)), f"{name_of(path)} does not say what it is for"


def test_every_room_with_modules_has_an_init_file() -> None:
    folders = {path.parent for path in HOUSE.glob("*/*.py")}
    assert folders == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_a_room_says_what_goes_in_what_comes_out_and_what_it_does_not_know(room: Path) -> None:
    said = ast.get_docstring(tree_of(room / "__init__.py")) or ""
    missing = [part for part in ("In:", "Out:", "Knows nothing of:") if part not in said]
    assert not missing, f"the docstring of f1lib/{room.name}/__init__.py lacks {missing}"


@pytest.mark.parametrize("path", sorted(HOUSE.rglob("__init__.py")), ids=name_of)
def test_an_init_file_holds_a_docstring_and_nothing_else(path: Path) -> None:
    rest = tree_of(path).body[1:]
    assert not rest, f"{name_of(path)} has code in line {rest[0].lineno}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_room_is_named_after_what_is_in_it(path: Path) -> None:
    parts = {part.removesuffix(".py") for part in path.relative_to(HOUSE).parts}
    assert not parts & KINDS_OF_CODE


def reads_of_the_environment(path: Path) -> list[int]:
    """Line numbers."""
    names = {"environ", "environb", "getenv", "getenvb"}
    return [
        node.lineno
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Attribute) and node.attr in names)
        or (isinstance(node, ast.alias) and node.name in names)
    ]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_settings_read_the_environment(path: Path) -> None:
    lines = reads_of_the_environment(path)
    if name_of(path) in READERS_OF_THE_ENVIRONMENT:
        assert lines, f"{name_of(path)} needs no exception any more"
    else:
        assert not lines, f"{name_of(path)}:{lines[0]} reads the environment; use Settings"


@pytest.mark.parametrize("path", list(thinking_modules()), ids=name_of)
def test_a_thinking_room_has_no_clock(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        of_time = isinstance(node.func.value, ast.Name) and node.func.value.id == "time"
        clock = node.func.attr in CLOCKS or (of_time and node.func.attr in TIME_CLOCKS)
        assert not clock, f"{name_of(path)}:{node.lineno} asks the clock; take `now` as argument"


def test_runs_go_side_by_side_where_signals_are_heard_alone() -> None:
    threaded = {name_of(path) for path in MODULES if "ThreadPoolExecutor" in path.read_text()}
    assert threaded == {"runner/side_by_side.py"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_prints(path: Path) -> None:
    prints = [
        node.lineno
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert not prints, f"{name_of(path)} prints in line {prints[0]}"
