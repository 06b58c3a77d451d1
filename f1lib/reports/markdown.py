"""Markdown: the results of a run as text that needs no browser, for a ticket or a terminal.

In:   the run record and results.json, which report.html is made with too.
Out:  report.md in GitHub's markdown, with everything that was computed escaped.
Knows nothing of: the notebook, charts.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from f1lib.reports import metrics, numbers, render
from f1lib.reports.metrics import Metric
from f1lib.run_record import RunRecord

_MARKS = re.compile(r"([\\`*\[\]<>|~$])|(?<![^\W_])(_)|(_)(?![^\W_])")  # snake_case stays as it is
_AT_THE_START = re.compile(r"^(\d*)([-+.)]|#+|-+|=+)(?=\s|$)")  # a list, a heading


def rendered(record: RunRecord, results: Mapping[str, Any], *, title: str, question: str) -> str:
    """The report of one run as the text of report.md, in the order of report.html."""
    concluded = str(results.get("conclusion", ""))
    said = [text for text in results.get("sentences", []) if text != concluded]
    said += results.get("asides", [])
    facts = results.get("provenance") or record.provenance
    labelled = {metrics.label_of(name): value for name, value in facts.items()}
    parts = [
        f"# {escaped(title)} {record.weekend}",
        escaped(question),
        *_labels(record),
        f"**{escaped(record.headline)}**" if record.headline else "",
        _figures(metrics.metrics_of(results)),
        "## What was found" if said else "",
        *(escaped(text) for text in said),
        *(_listing(each) for each in results.get("tables", [])),
        f"## Conclusion\n\n{escaped(concluded)}" if concluded else "",
        "## Parameters and provenance",
        table(("fact", "value"), [*record.parameters.items(), *labelled.items(),
                                  *render.run_facts(record).items()]),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped(text: object) -> str:
    """Text in which nothing means anything to markdown or HTML, on one line.

    >>> escaped("a_b *c* _d_ <e> & f | g"), escaped("1. one"), escaped("# two")
    ('a_b \\\\*c\\\\* \\\\_d\\\\_ \\\\<e\\\\> &amp; f \\\\| g', '1\\\\. one', '\\\\# two')
    """
    line = " ".join(str(text).split()).replace("&", "&amp;")
    marked = _MARKS.sub(lambda found: f"\\{found[0]}", line)
    return _AT_THE_START.sub(lambda found: f"{found[1] or ''}\\{found[2]}", marked)


def table(heads: Iterable[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; what is None or empty is a dash."""
    lines = [[escaped(head) for head in heads]]
    lines.append(["---"] * len(lines[0]))
    lines += [[numbers.MISSING if cell in {None, ""} else escaped(cell) for cell in row]
              for row in rows]  # fmt: skip
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _labels(record: RunRecord) -> list[str]:
    """How the run ended, and of which world and time it is."""
    world = "**SIMULATED**: an invented world, not Formula 1." if record.simulated else ""
    replay = "**REPLAY**: made after the weekend was run." if record.replay else ""
    status = f"{render.STATUSES[record.status].text}."
    if record.status.succeeded:
        return [world, replay, f"{status} {escaped(record.problem)}".strip()]
    said = f"**{status}** {escaped(record.problem)} The numbers below, if any, are not complete."
    return [world, replay, said]


def _figures(said: Sequence[Metric]) -> str:
    """The tiles as a table."""
    rows = [
        (each.label, each.shown, each.interval, each.n, each.comparison, each.note) for each in said
    ]
    heads = ("figure", "value", "95 % interval", "n", "beside", "note")
    return table(heads, rows) if rows else ""


def _listing(said: Mapping[str, Any]) -> str:
    """A table of the report under its caption."""
    caption = escaped(said["caption"])
    return f"{caption}\n\n{table(said['columns'], said['rows'])}" if said["rows"] else ""
