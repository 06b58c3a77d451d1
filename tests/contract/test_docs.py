"""What the documents list is what there is: rooms, exit codes, settings, commands, decisions."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import SecretStr

from f1lib import errors, run_record, settings
from f1lib.pipelines import decide, rerun
from f1lib.scoring.scores import METRICS
from f1lib.weekend import Cutoff, Session, Stage

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), ROOT / "runs" / "README.md"])
CHANGE_KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
# the words that two fields use for different things, or that are often taken for each other
COLLISIONS = {
    "entry", "session", "cutoff", "stage", "grid", "qualifying position", "DNF", "unclassified",
    "champion", "challenger", "settle", "replay", "snapshot", "lineage", "skill",
    "order_concordance", "winner_concordance", "gap_mae_pct", "skill_index",
}  # fmt: skip


def page_name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def table_rows(text: str) -> list[tuple[str, ...]]:
    """The cells of every table row in a page, without markup for code, links left as they are."""
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("|")]
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    return [row for row in rows if not set("".join(row)) <= set("-: ")]


# --- house ---------------------------------------------------------------------------------------


def test_the_house_page_lists_every_room() -> None:
    house = ROOT / "f1lib"
    rooms = {path.stem for path in house.glob("*.py")} - {"__init__"}
    rooms |= {path.parent.name for path in house.glob("*/__init__.py")}
    first_cells = [row[0] for row in table_rows((DOCS / "house.md").read_text())]
    listed = {found[1] for cell in first_cells if (found := re.fullmatch(r"`(\w+)`", cell))}
    assert listed == rooms


# --- exit codes ----------------------------------------------------------------------------------


def all_errors() -> list[type[errors.WorkbenchError]]:
    """The tree in errors.py; a finer class elsewhere keeps the exit code of its branch."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    return [kind for kind in kinds if issubclass(kind, errors.WorkbenchError)]


def test_the_exit_codes_page_equals_the_error_tree_and_the_run_statuses() -> None:
    expected = {kind.__name__: kind.exit_code for kind in all_errors()}
    expected |= {status.value: code for status, code in run_record.EXIT_CODES.items()}
    rows = table_rows((DOCS / "exit-codes.md").read_text())
    documented = {
        row[1].strip("`"): int(row[0]) for row in rows if row[0].isdigit() and row[1][:1] == "`"
    }
    assert documented == expected


def test_every_exit_code_has_its_line_in_the_overview() -> None:
    codes = {kind.exit_code for kind in all_errors()}
    codes |= set(run_record.EXIT_CODES.values()) | {0, 2, decide.TRIGGERED, rerun.DIFFERS}
    overview = (DOCS / "exit-codes.md").read_text().split("\n## ")[0]
    assert {int(row[0]) for row in table_rows(overview) if row[0].isdigit()} == codes


# --- settings ------------------------------------------------------------------------------------


def shown_default(value: Any) -> str:
    """A default as the settings page prints it."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Path):
        value = value.relative_to(settings.PROJECT_ROOT)
    return f"`{value}`" if value not in (None, "") else ""


def test_the_settings_page_lists_every_setting() -> None:
    prefix = settings.Settings.model_config["env_prefix"]
    expected = {
        (f"`{prefix}{name.upper()}`", f"`{name}`", shown_default(field.default), field.description)
        for name, field in settings.Settings.model_fields.items()
    }
    rows = table_rows((DOCS / "settings.md").read_text())
    documented = {row for row in rows if row[0].startswith(f"`{prefix}") and len(row) == 4}
    wanted = "\n".join(f"| {' | '.join(map(str, row))} |" for row in sorted(expected, key=str))
    assert documented == expected, f"the table of docs/settings.md should be:\n{wanted}"


# --- commands ------------------------------------------------------------------------------------


def leaf_commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its full name."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
        return
    for word, one in inner.items():
        if not one.hidden:
            yield from leaf_commands(one, f"{name} {word}")


def documented_commands() -> dict[str, str]:
    """Full name -> what docs/commands.md says below its heading."""
    parts = re.split(r"^## (f1lib [a-z -]+)\n", (DOCS / "commands.md").read_text(), flags=re.M)
    return {name.strip(): text for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def existing_commands() -> dict[str, Any]:
    from f1lib.cli import app

    return dict(leaf_commands(typer.main.get_command(app.app), "f1lib"))


def test_the_commands_page_lists_every_command() -> None:
    assert set(documented_commands()) == set(existing_commands())


def test_the_commands_page_names_every_option_and_no_other() -> None:
    existing = existing_commands()
    for name, text in documented_commands().items():
        options = [
            {*one.opts, *one.secondary_opts}
            for one in existing[name].params
            if one.opts[0].startswith("-") and "--help" not in one.opts
        ]
        shown = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", " ".join(code_spans(text))))
        assert not shown - set().union(*options), f"{name} has no {shown - set().union(*options)}"
        unsaid = [spellings for spellings in options if not spellings & shown]
        assert not unsaid, f"docs/commands.md says nothing of {unsaid} of {name}"


def code_spans(text: str) -> list[str]:
    """What a page shows as code: fenced and indented blocks, and spans between backticks."""
    fenced = re.findall(r"```.*?\n(.*?)```", text, flags=re.S)
    rest = re.sub(r"```.*?```", "", text, flags=re.S)
    indented = re.findall(r"^    (.+)$", rest, flags=re.M)
    return [*"\n".join(fenced).splitlines(), *indented, *re.findall(r"`([^`\n]+)`", rest)]


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_a_page_names_only_commands_that_exist(page: Path) -> None:
    existing = existing_commands()
    for code in code_spans(page.read_text()):
        for words in re.findall(r"(?:^|[\s$])f1lib((?: [a-z]+)+)", code):
            known = [name for name in existing if f"f1lib{words} ".startswith(f"{name} ")]
            groups = any(name.startswith(f"f1lib{words} ") for name in existing)
            assert known or groups, f"{page_name(page)}: there is no `f1lib{words}`"


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_a_page_names_only_make_targets_that_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for code in code_spans(page.read_text()):
        for target in re.findall(r"^\s*make ([a-z-]+)", code):
            assert target in targets, f"{page_name(page)}: there is no `make {target}`"


# --- the rest ------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["make setup", "make demo", "make test", "make lab"])
def test_the_readme_names_the_targets_a_newcomer_needs(target: str) -> None:
    assert target in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_inside_the_project_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
        if "://" not in link:
            assert (page.parent / link).exists(), f"{page_name(page)} links to {link}"


def test_the_glossary_defines_the_words_that_collide() -> None:
    rows = table_rows((DOCS / "glossary.md").read_text())
    words = {word for row in rows for word in re.findall(r"[\w-]+(?: [\w-]+)*", row[0])}
    spoken = {*COLLISIONS, *Stage, *Cutoff, *Session, *run_record.RunStatus, *METRICS}
    assert not spoken - words


def test_decision_records_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("path", DECISIONS, ids=page_name)
def test_a_decision_record_has_its_parts(path: Path) -> None:
    text = path.read_text()
    assert re.match(rf"# {path.name[:4]}: \S", text), "the title begins with the number"
    status = re.search(r"^Status: (accepted|proposed|superseded by \[?\d{4})", text, re.MULTILINE)
    assert status, "no line 'Status: accepted | proposed | superseded by NNNN'"
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert [h for h in headings if h in {"Context", "Decision", "Consequences"}] == [
        "Context",
        "Decision",
        "Consequences",
    ]


def test_the_changelog_keeps_its_form() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert text.startswith("# Changelog\n")
    versions = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert versions
    assert versions[0] == "[Unreleased]"
    for version in versions[1:]:
        assert re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}", version)
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= CHANGE_KINDS
