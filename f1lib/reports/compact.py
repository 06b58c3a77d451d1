"""Compact SVG: the same drawing in fewer bytes, so that a report stays a page.

In:   the inside of an SVG as matplotlib writes it.
Out:  the same marks without idle groups, with short numbers, without the font that the root
      names, and what looks alike styled once.
Knows nothing of: what is drawn.
"""

import re
from itertools import groupby

FONT = "font-size: 9px; font-family: system-ui, sans-serif"  # what the root element names

ALIKE = 3  # marks in a row that are worth a group

_MARK = re.compile(r"<(?:path|use|text) ")
_LOOK = re.compile(r' (?:clip-path|style)="[^"]*"')
_OWN = ("opacity", "stroke-line")  # is not inherited, or overruled by the page's style
_TAG = re.compile(r"<(/?)g(?: [^>]*)?(/?)>")


def shorter(body: str) -> str:
    r"""The same drawing in fewer bytes.

    >>> shorter('<g><g><path d="M 1.50 27.00\nL 3 4"/></g><g/></g>')
    '<path d="M1.5 27L3 4"/>'
    """
    body = re.sub(r' (?:d|x|y|points|transform)="[^"]*"', lambda found: _numbers(found[0]), body)
    body = re.sub(r' d="([^"]*)"', lambda found: f' d="{_path(found[1])}"', body)
    for part in FONT.split("; "):
        body = re.sub(rf'{part}; |(?:; )?{part}(?=")', "", body)
    body = _without_idle_groups(body.replace(' style=""', ""))
    return _styled_together([line.strip() for line in body.split("\n") if line.strip()])


def _numbers(attribute: str) -> str:
    """At most two decimals, and none that say nothing."""
    short = re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", attribute)
    return re.sub(r"(\.\d*?)0+(?=[^\d]|$)", lambda end: end[1].rstrip("."), short)


def _path(steps: str) -> str:
    """Letters say where a step begins; no space or line must."""
    return re.sub(r"([A-Za-z]) ", r"\1", re.sub(r"\s*\n\s*", "", steps))


def _without_idle_groups(body: str) -> str:
    """Groups that carry no attribute group nothing."""
    kept: list[str] = []
    idle: list[bool] = []
    last = 0
    for tag in _TAG.finditer(body):
        kept.append(body[last : tag.start()])
        last = tag.end()
        closing, alone = bool(tag[1]), bool(tag[2])
        if closing:
            drop = idle.pop()
        else:
            drop = tag[0] in {"<g>", "<g/>"}
            if not alone:
                idle.append(drop)
        if not drop:
            kept.append(tag[0])
    return "".join([*kept, body[last:]])


def _styled_together(lines: list[str]) -> str:
    """Neighbours that look alike become a group that says once how."""
    found: list[str] = []
    for look, group in groupby(lines, key=_look):
        marks = list(group)
        if look and len(marks) >= ALIKE:
            marks = [f"<g{look}>", *(_LOOK.sub("", mark) for mark in marks), "</g>"]
        found += marks
    return "\n".join(found)


def _look(line: str) -> str:
    """Style and clipping of a mark; nothing where it must keep its own."""
    if not _MARK.match(line) or "id=" in line or any(own in line for own in _OWN):
        return ""
    head = line[: line.index(">")]
    return "".join(_LOOK.findall(head))
