"""Pages and parts of pages, filled from the files in template/.

In:   the name of a template and its values.
Out:  HTML in which every value is escaped, unless it is Markup made here.
Knows nothing of: what the values mean.
"""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from f1lib.reports import numbers

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

TEMPLATES = Path(__file__).with_name("template")
_WHOLE = re.compile(r"\b(?:\d{4}-\d{2}|p (?:=|&lt;) [\d.]+\d)\b")  # 2025-08, p = 0.04


def filled(template: str, **values: object) -> "Markup":
    """The template with its values; a value it needs and does not get is an error."""
    from markupsafe import Markup

    return Markup(_environment().get_template(template).render(**values))  # noqa: S704 autoescaped


def trusted(html: str) -> "Markup":
    """HTML that this room made earlier, to be put into a page as it is."""
    from markupsafe import Markup

    return Markup(html)  # noqa: S704 made by `filled` or by charts, which escape


def title_of(notebook: str) -> str:
    """What a person calls a notebook that does not name itself.

    >>> title_of("race_preview")
    'Race preview'
    """
    return notebook.replace("_", " ").capitalize()


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = lambda moment: f"{moment:%-d %b %Y %H:%M} UTC"
    environment.filters["running"] = _running
    environment.filters["duration"] = _duration
    return environment


def _running(text: str) -> "Markup":
    """A sentence: a number keeps its %, minus is no hyphen, what is in backticks is code, and no
    line ends within a weekend or before what p is."""
    from markupsafe import Markup, escape

    said = numbers.signed(str(escape(text)))
    said = _WHOLE.sub(r'<span class="whole">\g<0></span>', said)
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", said))  # noqa: S704 escaped


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
