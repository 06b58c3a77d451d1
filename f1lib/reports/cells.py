"""Cells: what a reader sees of each cell of an executed notebook.

In:   the JSON of the cells, as a run left them.
Out:  cells in the order of the page, each with its code, its outputs as HTML and its fate.
Knows nothing of: the page around them. Only fragments that this room made are taken as HTML;
      any other output is shown as text or picture, so data cannot inject markup.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from f1lib.reports import fragments, pages, prose

if TYPE_CHECKING:
    from markupsafe import Markup

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PICTURES = ("image/svg+xml", "image/png", "image/jpeg")
_SAID_ON_TOP = ("headline", "provenance")
_AS_PASSED = "injected-parameters"  # papermill's tag of the cell that it adds


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell on the page; a `quiet` one appears only together with the code."""

    source: str = ""
    pieces: "tuple[Markup, ...]" = ()
    headings: tuple[prose.Heading, ...] = ()
    failed: bool = False
    unrun: bool = False
    lone_heading: int | None = None
    quiet: bool = False


def shown(cells: Sequence[Mapping[str, Any]]) -> list[Cell]:
    """The cells as the page shows them; sections that show nothing are quiet.

    What charts and sentences of a section all say, such as that there is no data, is said once.
    """
    writer = prose.Writer()
    on_top = first_tiles(cells)
    seen: list[Cell] = []
    said = ""
    for cell in cells:
        if cell["cell_type"] == "markdown":
            seen.append(_text_cell(joined(cell["source"]), writer))
            said = ""
        elif cell["cell_type"] == "code":
            repeated = {on_top, said} - {""}
            below = [each for each in cell["outputs"] if _html_of(each) not in repeated]
            said = _html_of(below[-1]) if below else said
            pieces = [_piece(output) for output in below]
            seen.append(
                Cell(
                    source=joined(cell["source"]).strip(),
                    pieces=tuple(piece for piece in pieces if piece.strip()),
                    failed=fate(cell) in {"failed", "running"},
                    unrun=fate(cell) == "pending",
                )
            )
    return _with_quiet_sections(seen)


def of_any_run(cells: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The cells without what is about one run only: parameters as they were passed, and asides."""
    return [
        {
            **cell,
            "outputs": [
                each for each in cell.get("outputs", []) if _kind_of(each) != fragments.ASIDE
            ],
        }
        for cell in cells
        if _AS_PASSED not in cell["metadata"].get("tags", [])
    ]


def fate(cell: Mapping[str, Any]) -> str:
    """What became of a code cell: ``completed``, ``failed``, ``running`` or ``pending``."""
    return str(cell["metadata"].get("papermill", {}).get("status", "pending"))


def first_tiles(cells: Sequence[Mapping[str, Any]]) -> str:
    """The first row of tiles in the notebook, which the page shows on top; else nothing."""
    outputs = (output for cell in cells for output in cell.get("outputs", []))
    return next((_html_of(output) for output in outputs if _kind_of(output) == "tiles"), "")


def joined(text: str | Sequence[str]) -> str:
    """Text as notebooks store it: a string, or a list of lines."""
    return text if isinstance(text, str) else "".join(text)


def _text_cell(markdown: str, writer: prose.Writer) -> Cell:
    before = len(writer.headings)
    html = writer.written(markdown)
    found = tuple(writer.headings[before:])
    lone = found[0].level if len(found) == 1 and prose.is_lone_heading(markdown) else None
    return Cell(pieces=(html,), headings=found, lone_heading=lone)


def _with_quiet_sections(cells: list[Cell]) -> list[Cell]:
    """Headings above nothing visible, such as that of the setup, appear only with the code."""
    result: list[Cell] = []
    for index, cell in enumerate(cells):
        quiet = not cell.pieces and not cell.failed
        if cell.lone_heading is not None:
            section = _section(cells[index + 1 :], cell.lone_heading)
            quiet = not any(other.failed or _says_something(other) for other in section)
        result.append(replace(cell, quiet=quiet))
    return result


def _section(cells: list[Cell], level: int) -> list[Cell]:
    """The cells up to the next heading of this level or above."""
    for index, cell in enumerate(cells):
        if any(heading.level <= level for heading in cell.headings):
            return cells[:index]
    return cells


def _says_something(cell: Cell) -> bool:
    return bool(cell.pieces) and cell.lone_heading is None


def _kind_of(output: Mapping[str, Any]) -> str:
    return str(output.get("metadata", {}).get(fragments.MIME, {}).get("kind", ""))


def _html_of(output: Mapping[str, Any]) -> str:
    return joined(output.get("data", {}).get(fragments.MIME, ""))


def _piece(output: Mapping[str, Any]) -> "Markup":
    """One output as HTML; empty when the page says it elsewhere."""
    data = output.get("data", {})
    if fragments.MIME in data:
        return pages.trusted("" if _kind_of(output) in _SAID_ON_TOP else _html_of(output))
    if output["output_type"] == "stream":
        kind = "stream" if output["name"] == "stdout" else "messages"
        return _drawn(kind, _ANSI.sub("", joined(output["text"])))
    if output["output_type"] == "error":
        traceback = _ANSI.sub("", "\n".join(output["traceback"]))
        return _drawn("error", f"{output['ename']}: {output['evalue']}", traceback=traceback)
    for mime in _PICTURES:
        if mime in data:
            return _picture(mime, joined(data[mime]))
    return _drawn("stream", _ANSI.sub("", joined(data.get("text/plain", ""))))


def _picture(mime: str, data: str) -> "Markup":
    if mime == "image/svg+xml":
        data = base64.b64encode(data.encode()).decode()
    return _drawn("image", "Figure without a description", mime=mime, data=data.replace("\n", ""))


def _drawn(kind: str, text: str, **more: str) -> "Markup":
    values = {"traceback": "", "mime": "", "data": "", **more}
    return pages.filled("output.html", kind=kind, text=text, **values)
