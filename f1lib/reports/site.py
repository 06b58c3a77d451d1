"""Site: one static page that lists every run, newest first, grouped by weekend.

In:   the run folders: run.json and results.json of each.
Out:  index.html beside them, with relative links; what cannot be read is named there.
Knows nothing of: the store; what is not in a run folder is not listed.
"""

import glob
import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from f1lib import files
from f1lib.errors import ConfigurationError
from f1lib.reports import metrics, numbers, pages
from f1lib.reports.render import STATUSES, Status
from f1lib.run_record import RunRecord

KEY_NUMBERS = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One run in the list."""

    record: RunRecord
    title: str
    status: Status
    link: str
    key_numbers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The runs of one weekend: the newest of each notebook, and those it replaces."""

    weekend: str
    newest: list[Entry]
    earlier: list[Entry]


def write(reports_folder: Path, home: Path) -> Path:
    """Write the list of all runs under `reports_folder` to index.html in `home`."""
    entries, unreadable = listed(_folders(reports_folder), home)
    credits_said = {str(entry.record.provenance.get("credit") or "") for entry in entries}
    page = pages.filled(
        "site.html",
        groups=_groups(entries),
        unreadable=unreadable,
        n_runs=len(entries),
        credits=sorted(credits_said - {""}),
        simulated=any(entry.record.simulated for entry in entries),
    )
    path = home / "index.html"
    files.write_text(path, str(page))
    return path


def listed(folders: Iterable[Path], home: Path) -> tuple[list[Entry], list[str]]:
    """The runs in `folders`, newest first; and the folders that cannot be read.

    One removed meanwhile, half copied, or written by another f1lib hides no other.
    """
    entries, unreadable = [], []
    for folder in folders:
        try:
            entries.append(_entry(folder, home))
        except (OSError, ValueError, LookupError, TypeError, AttributeError, ConfigurationError):
            unreadable.append(folder.relative_to(home).as_posix())
    entries.sort(key=lambda entry: entry.record.started_at, reverse=True)
    return entries, sorted(unreadable)


def _folders(reports_folder: Path) -> list[Path]:
    """The folder of each finished run; `latest` links and work folders (hidden) are passed over."""
    found = glob.iglob("*/*/*/run.json", root_dir=reports_folder)  # noqa: PTH207 - Path.glob fails where a folder vanishes meanwhile
    folders = [(reports_folder / name).parent for name in found]
    return [folder for folder in folders if not folder.is_symlink()]


def _entry(folder: Path, home: Path) -> Entry:
    record = _sound(RunRecord.from_json(json.loads((folder / "run.json").read_text("utf-8"))))
    said = metrics.read(folder).get("metrics", []) if record.status.succeeded else []
    return Entry(
        record=record,
        title=pages.title_of(record.notebook),
        status=STATUSES[record.status],
        link=(folder.relative_to(home) / "report.html").as_posix(),
        key_numbers=tuple((metric["label"], _shown(metric)) for metric in said[:KEY_NUMBERS]),
    )


def _sound(record: RunRecord) -> RunRecord:
    """The record, if the page can show it. Raises TypeError or ValueError when it cannot."""
    if record.started_at.utcoffset() is None:
        raise ValueError("started_at has no time zone")
    _ = record.duration_s, record.provenance.get("credit")
    if not all(isinstance(text, str) for text in (record.problem, record.headline)):
        raise TypeError("problem and headline are text")
    return record


def _shown(metric: dict[str, Any]) -> str:
    return numbers.written(metric["value"], metric["digits"], metric["unit"])


def _groups(entries: list[Entry]) -> list[Group]:
    """Groups in the order of their newest run."""
    order: dict[str, int] = {}
    for entry in entries:
        order.setdefault(str(entry.record.weekend), len(order))
    by_weekend = sorted(entries, key=lambda entry: order[str(entry.record.weekend)])
    return [
        _group(weekend, list(members))
        for weekend, members in groupby(by_weekend, key=lambda entry: str(entry.record.weekend))
    ]


def _group(weekend: str, entries: list[Entry]) -> Group:
    newest: dict[str, Entry] = {}
    for entry in entries:
        newest.setdefault(entry.record.notebook, entry)
    shown = list(newest.values())
    return Group(weekend, shown, [entry for entry in entries if entry not in shown])
