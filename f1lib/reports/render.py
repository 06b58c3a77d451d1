"""Render: an executed notebook and the record of its run as one self-contained HTML page.

In:   the notebook (as the run left it, also a failed one), the run record, results.json.
Out:  HTML that fetches nothing and runs no script; the answer first, code behind one switch.
Knows nothing of: how the notebook was run.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from f1lib.reports import cells, metrics, number_changes, pages, prose
from f1lib.run_record import RunRecord, RunStatus

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Status:
    """How a run ended, for a pill: words, and a tone that never stands alone."""

    text: str
    tone: str


STATUSES: dict[RunStatus, Status] = {
    RunStatus.RUNNING: Status("Running", "plain"),
    RunStatus.OK: Status("Completed", "good"),
    RunStatus.DEGRADED: Status("Completed with gaps", "warn"),
    RunStatus.CELL_ERROR: Status("Failed: a cell raised an error", "bad"),
    RunStatus.KERNEL_DIED: Status("Failed: the kernel died", "bad"),
    RunStatus.CELL_TIMEOUT: Status("Failed: a cell took too long", "bad"),
    RunStatus.TIMEOUT: Status("Failed: the deadline passed", "bad"),
    RunStatus.CANCELLED: Status("Cancelled", "warn"),
    RunStatus.BAD_PARAMETERS: Status("Refused: bad parameters", "bad"),
    RunStatus.IO_ERROR: Status("Failed: reading or writing", "bad"),
    RunStatus.SKIPPED: Status("Skipped", "plain"),
    RunStatus.LOST: Status("Lost", "bad"),
}

_CHANGE = re.compile(r"<!-- change of (\S+) -->\n?")  # where a tile has room for it


def render(
    notebook: Path | Mapping[str, Any],
    record: RunRecord,
    results: Mapping[str, Any],
    before: tuple[RunRecord, Mapping[str, Any]] | None = None,
) -> str:
    """The report of one run as the text of an HTML file.

    `before` is the run, with its results.json, that the tiles tell the change against.
    """
    read = json.loads(notebook.read_text("utf-8")) if isinstance(notebook, Path) else notebook
    title, lede, below = _opened(read["cells"])
    shown = cells.shown(below)
    code = [cell for cell in shown if cell.source]
    facts = results.get("provenance") or record.provenance
    changes = changed(results, before[1]) if before else {}
    moved = any(change != number_changes.UNCHANGED for change in changes.values())
    page = pages.filled(
        "report.html",
        compared=bool(changes),
        moved=moved,
        before=before[0] if before else None,
        record=record,
        title=title or pages.title_of(record.notebook),
        lede=lede,
        status=STATUSES[record.status],
        tiles=pages.trusted(cells.first_tiles(below)),
        cells=shown,
        headings=[heading for cell in shown if not cell.quiet for heading in cell.headings],
        failed_cell=next((n for n, cell in enumerate(code, start=1) if cell.failed), None),
        n_cells=len(code),
        n_unrun=sum(cell.unrun for cell in code),
        provenance={metrics.label_of(name): value for name, value in facts.items()},
        run_facts=run_facts(record),
        credit=facts.get("credit", ""),
        snapshot=facts.get("snapshot_sha256", ""),
    )
    since = f"since {before[0].weekend}" if before else ""
    if before and before[0].weekend == record.weekend:
        since = "since the run before"
    told = changes if moved else {}
    return _CHANGE.sub(lambda found: _told(told.get(found[1]), since), str(page))


def changed(results: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, str]:
    """How much each metric that can be compared changed since the run that found `before`."""
    found = number_changes.between(metrics.metrics_of(before), metrics.metrics_of(results))
    return {each.name: each.by for each in found if each.by}


def _told(change: str | None, since: str) -> str:
    """A change as a line of its tile."""
    return f'<p class="detail">{change} {since}</p>\n' if change else ""


def body(notebook: Mapping[str, Any]) -> str:
    """What of a report is the notebook's: code, texts, tiles, tables, figures, as on the page.

    The same inputs give the same bytes. Not part of it is all that is about the run: its header
    and footer with id, times, duration, memory and versions, the parameters as they were passed,
    what changed since the run before, asides. Headline and provenance stand in the header, and in
    results.json.
    """
    title, lede, below = _opened(cells.of_any_run(notebook["cells"]))
    parts = [part for cell in cells.shown(below) for part in (cell.source, *cell.pieces)]
    return _CHANGE.sub("", "\n".join([title, lede, cells.first_tiles(below), *parts]))


def _opened(
    every: Sequence[Mapping[str, Any]],
) -> "tuple[str, Markup, Sequence[Mapping[str, Any]]]":
    """The title, what stands below it, and the cells after both."""
    if not every or every[0]["cell_type"] != "markdown":
        return "", pages.trusted(""), every
    title, lede = prose.title_and_lede(cells.joined(every[0]["source"]))
    return title, prose.Writer().written(lede) if lede else pages.trusted(""), every[1:]


def run_facts(record: RunRecord) -> dict[str, str]:
    """When, by which code and with which packages it ran."""
    versions = ", ".join(f"{name} {version}" for name, version in record.package_versions.items())
    memory, seed = record.peak_memory_mib, record.seed
    recent = {  # what older runs did not write down is left out
        "requirements.lock (sha256)": record.lock_sha256,
        "Seed": "" if seed is None else str(seed),
        "Peak memory": "" if memory is None else f"{memory:.0f} MiB",
        "Decision": record.decision,
    }
    return {
        "Run": record.run_id,
        "Notebook": record.notebook,
        "As of": record.now.isoformat(),
        "Started": record.started_at.isoformat(),
        "Ended": record.ended_at.isoformat() if record.ended_at else "–",
        "Code": record.code_version,
        "Packages": versions,
        **{name: said for name, said in recent.items() if said},
    }
