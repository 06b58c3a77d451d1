"""Prose: the markdown of a notebook as HTML with headings that never skip a level.

In:   markdown cells, in order.
Out:  HTML (raw HTML in markdown is escaped) and the headings for a table of contents.
Knows nothing of: code, outputs, runs.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

_TITLE = re.compile(r"\A\s*#\s+(.+?)\s*$", re.MULTILINE)
_ONLY_HEADING = re.compile(r"\s*#{1,6} [^\n]+\s*")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading in the body of a report: level 2 to 6."""

    level: int
    text: str
    anchor: str


@dataclass(slots=True)
class Writer:
    """Turns markdown into HTML, cell after cell, and remembers the headings."""

    headings: list[Heading] = field(default_factory=list)

    def written(self, markdown: str) -> "Markup":
        """The HTML of one cell."""
        import mistune
        from markupsafe import Markup, escape

        class Renderer(mistune.HTMLRenderer):
            def heading(_, text: str, level: int, **attributes: object) -> str:  # noqa: N805
                found = self._heading(Markup(text).striptags(), level)  # noqa: S704 mistune escaped
                return f'<h{found.level} id="{escape(found.anchor)}">{text}</h{found.level}>\n'

        render = mistune.create_markdown(
            renderer=Renderer(escape=True), plugins=["table", "strikethrough"]
        )
        return Markup(f'<div class="prose">{render(markdown)}</div>')  # noqa: S704 mistune escaped

    def _heading(self, text: str, level: int) -> Heading:
        """The page's only h1 is its title, so the body begins at 2; then down one at a time."""
        above = self.headings[-1].level if self.headings else 1
        slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "section"
        taken = {heading.anchor for heading in self.headings} | {"report", "failed", "show-code"}
        number = 2
        anchor = slug
        while anchor in taken:
            anchor, number = f"{slug}-{number}", number + 1
        heading = Heading(min(max(level, 2), above + 1), text, anchor)
        self.headings.append(heading)
        return heading


def title_and_lede(markdown: str) -> tuple[str, str]:
    """The title of a notebook's first cell, and what follows it (the question).

    >>> title_and_lede("# Race preview\\n\\nWho wins?")
    ('Race preview', 'Who wins?')
    """
    found = _TITLE.match(markdown)
    return (found[1], markdown[found.end() :].strip()) if found else ("", markdown.strip())


def is_lone_heading(markdown: str) -> bool:
    """Whether a cell is a heading and nothing else.

    >>> is_lone_heading("## Setup"), is_lone_heading("## Setup\\n\\nRead this.")
    (True, False)
    """
    return _ONLY_HEADING.fullmatch(markdown) is not None
