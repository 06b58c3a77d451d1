"""The ending of a run: what its folder holds becomes a record, a report, a folder in place.

In:   the record of a run, how it ended, and its hidden folder.
Out:  report.html (report.md too where the catalogue asks for it) and run.json, moved into place;
      both written anew where what came afterwards went wrong.
Knows nothing of: processes, or why it ended.
"""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from f1lib import files
from f1lib.reports import markdown, metrics, render
from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import last_good
from f1lib.runner.catalogue import NotebookEntry
from f1lib.runner.run_folder import RunFolder


def published(
    record: RunRecord,
    folder: RunFolder,
    entry: NotebookEntry | None,
    *,
    status: RunStatus,
    problem: str,
    ended_at: datetime,
) -> RunRecord:
    """Complete the record by what the notebook said, render, and move the folder into place.

    Of data and model the record keeps what it has where the notebook did not come to say it.
    Without an `entry`, of a notebook that the catalogue no longer has, there is no report.md.
    """
    results = _said(folder)
    provenance = results.get("provenance")
    record = replace(
        record,
        status=status,
        problem=problem,
        ended_at=ended_at,
        simulated=bool(results.get("simulated")) or (not provenance and record.simulated),
        replay=bool(results.get("replay")) or (not provenance and record.replay),
        headline=str(results.get("headline", "")),
        provenance=dict(provenance or record.provenance),
        decision=str(results.get("decision", "")),
        peak_memory_mib=_peak_memory_mib(folder),
    )
    _write(record, folder, entry, results)
    folder.publish(latest=status.succeeded)
    return record


def degraded(
    record: RunRecord, place: Path, entry: NotebookEntry | None, problem: str
) -> RunRecord:
    """Say in the files of a run that is in place what could not be done after it.

    A good run is then degraded; another keeps its status.
    """
    status = RunStatus.DEGRADED if record.status is RunStatus.OK else record.status
    record = replace(record, status=status, problem=f"{record.problem} {problem}".strip())
    folder = _InPlace(place)
    _write(record, folder, entry, _said(folder))
    return record


class _InPlace(RunFolder):
    """The folder of a run that is over."""

    __slots__ = ()

    @property
    def work(self) -> Path:
        return self.place


def _write(
    record: RunRecord, folder: RunFolder, entry: NotebookEntry | None, results: dict[str, Any]
) -> None:
    before = last_good.said_before(record, folder.place)
    files.write_text(folder.report, render.render(_executed(folder), record, results, before))
    if entry is not None and entry.markdown:
        text = markdown.rendered(record, results, title=entry.title, question=entry.question)
        files.write_text(folder.text, text)
    folder.write_record(record.as_json())


def _said(folder: RunFolder) -> dict[str, Any]:
    """What the notebook said; nothing where that cannot be read."""
    try:
        return metrics.read(folder.work)
    except (OSError, ValueError):
        return {}


def _peak_memory_mib(folder: RunFolder) -> float | None:
    """As the worker said at its end; None where it was killed before."""
    try:
        return float(json.loads(folder.outcome.read_text(encoding="utf-8"))["peak_memory_mib"])
    except (OSError, ValueError, LookupError):
        return None


def _executed(folder: RunFolder) -> dict[str, Any]:
    """The executed notebook; one without cells where a dying machine left none that can be read."""
    try:
        return dict(json.loads(folder.notebook.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {"cells": []}
