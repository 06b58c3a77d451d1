"""Options that many commands share, and how they print."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]
Now = Annotated[
    str, typer.Option("--now", help="The time that counts as the present (ISO 8601, UTC).")
]
Weekend = Annotated[
    str, typer.Option("--weekend", "-w", help="Race weekend: 2025-08, latest or next.")
]


def plain(value: Any) -> Any:
    """`value` as JSON has it: numbers that are none become null, frames lists of rows."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float | str):
        return None if isinstance(value, float) and not math.isfinite(value) else value
    if isinstance(value, dict):
        return {str(plain(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if hasattr(value, "to_dict"):  # a frame
        return plain(value.to_dict("records"))
    return [plain(each) for each in value] if isinstance(value, list | tuple) else str(value)


def show(result: dict[str, Any], as_json: bool, otherwise: Callable[[], None]) -> None:
    """Print `result` as JSON, or call `otherwise` to print it for a person."""
    if as_json:
        typer.echo(json.dumps(plain(result), indent=2, ensure_ascii=False))
    else:
        otherwise()


def say(text: str) -> None:
    """A line for a person."""
    typer.echo(text)


def note(text: str) -> None:
    """A line of progress, kept apart from the result."""
    typer.echo(text, err=True)


def written(fact: object) -> str:
    """A fact as a person reads it."""
    return "none" if fact is None else f"{fact:.4f}" if isinstance(fact, float) else str(fact)


@contextmanager
def progress() -> Iterator[Callable[[int, int], None] | None]:
    """A bar on standard error, where somebody watches it."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = TextColumn("forecasts"), BarColumn(), MofNCompleteColumn(), Remaining()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("forecasts", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table for a person; numbers to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    drawn = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        numeric = bool(rows) and all(_numeric(row[number]) for row in rows)
        drawn.add_column(column, justify="right" if numeric else "left", no_wrap=numeric)
    for row in rows:
        drawn.add_row(*row)
    Console(soft_wrap=False).print(drawn)


def _numeric(text: str) -> bool:
    return not text or text.lstrip("+-").replace(".", "").replace(" %", "").isdigit()
