"""Fragments: the pieces of a report that code produces - tiles, tables, figures, sentences.

In:   a kind and its values.
Out:  `Fragment`, which JupyterLab shows with a style of its own and the report takes as it is.
Knows nothing of: notebooks, files, what is measured.
"""

from dataclasses import dataclass
from typing import Any

from f1lib.reports import pages

MIME = "application/vnd.f1lib.fragment+html"
ASIDE = "aside"  # the kind of those about the run itself


@dataclass(frozen=True, slots=True)
class Fragment:
    """One piece of a report. `text` is what a reader without HTML sees."""

    kind: str
    html: str
    text: str

    def _repr_html_(self) -> str:
        return str(pages.filled("fragment_in_jupyter.html", html=pages.trusted(self.html)))

    def _repr_markdown_(self) -> str:
        return self.text

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """The report takes its own type and trusts nothing else; JupyterLab takes HTML."""
        data = {MIME: self.html, "text/html": self._repr_html_(), "text/plain": self.text}
        return data, {MIME: {"kind": self.kind}}


def drawn(kind: str, text: str, **values: object) -> Fragment:
    """The fragment that template/<kind>.html draws from the values."""
    return Fragment(kind, str(pages.filled(f"{kind}.html", **values)), text)
