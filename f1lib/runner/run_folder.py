"""The run folder: built out of sight, moved into place whole.

In:   the reports folder, a notebook, a weekend, a run id.
Out:  `<reports>/<notebook>/<weekend>/<run_id>/`, and `latest`, which leads to the last good run.
Knows nothing of: what the files say.
"""

import glob
import json
import os
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from f1lib import files
from f1lib.errors import WorkbenchError
from f1lib.run_record import RunRecord
from f1lib.runner import lock

_HOLDER = re.compile(r"run (\S+) \(process (\d+)\)")
_GONE = ".gone-"  # the name of a folder that is being removed begins with it


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where one run is built (`work`) and where it will be found (`place`)."""

    place: Path

    @property
    def work(self) -> Path:
        """The hidden folder of a run in progress."""
        return self.place.with_name(f".{self.place.name}")

    @property
    def notebook(self) -> Path:
        """The executed notebook."""
        return self.work / "notebook.ipynb"

    @property
    def report(self) -> Path:
        """What a person reads."""
        return self.work / "report.html"

    @property
    def text(self) -> Path:
        """The same as plain text, of notebooks that the catalogue asks it of."""
        return self.work / "report.md"

    @property
    def log(self) -> Path:
        """Everything worker and kernel printed."""
        return self.work / "log.txt"

    @property
    def request(self) -> Path:
        """What the worker is asked to do; gone when the run is over."""
        return self.work / ".request.json"

    @property
    def outcome(self) -> Path:
        """How it ended, in the worker's words; gone when the run is over."""
        return self.work / ".outcome.json"

    def write_record(self, record: dict[str, Any]) -> None:
        """Write run.json."""
        text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
        files.write_text(self.work / "run.json", text + "\n")

    def publish(self, *, latest: bool) -> None:
        """Move the folder into place; with `latest`, let that link lead to it."""
        self.request.unlink(missing_ok=True)
        self.outcome.unlink(missing_ok=True)
        self.work.replace(self.place)
        if latest:
            link = self.place.with_name(f".latest-{self.place.name}")
            link.unlink(missing_ok=True)
            link.symlink_to(self.place.name)
            link.replace(self.place.with_name("latest"))


def place_of(work: Path) -> Path:
    """Where the run that is being built in the hidden folder `work` will be found.

    >>> place_of(Path("reports/retraining/2025-08/.20250526T060000")).name
    '20250526T060000'
    """
    return work.with_name(work.name.removeprefix("."))


def opened(place: Path) -> RunFolder:
    """The folder of a new run, with its hidden folder made."""
    folder = RunFolder(place)
    folder.work.mkdir(parents=True)
    return folder


def expired(reports: Path, *, before: datetime) -> list[Path]:
    """The folders of runs that started before that moment, also of such as never ended; none that
    is under way.

    Of each notebook the newest good run is not among them, nor is any that promoted a version, and
    nothing that cannot be read is.
    """
    runs = sorted(every(reports), key=lambda run: run[0].started_at)
    newest_good = {record.notebook: place for record, place in runs if record.status.succeeded}
    kept = {*newest_good.values(), *(place for record, place in runs if record.promoted)}
    return [
        place
        for record, place in runs
        if record.started_at < before and place not in kept and not _is_under_way(place)
    ]


def remove_expired(reports: Path, *, before: datetime) -> list[Path]:
    """Remove what `expired` names, and links `latest` that led there; which folders those were.

    A folder goes out of sight first: killed meanwhile, no half of it is taken for a run, and the
    next call removes the rest. One that somebody else removes meanwhile is theirs.
    """
    gone = []
    for place in expired(reports, before=before):
        with suppress(FileNotFoundError):
            place.replace(place.with_name(f"{_GONE}{place.name}"))
            gone.append(place)
        latest = place.with_name("latest")
        if latest.is_symlink() and not latest.exists():
            latest.unlink(missing_ok=True)
    for name in glob.glob("*/*/.[!.]*/", root_dir=reports):  # noqa: PTH207 - as in `_folders`
        hidden = reports / name
        died_at_once = not (hidden / "run.json").exists() and not _is_under_way(hidden)
        if hidden.name.startswith(_GONE) or died_at_once:
            with suppress(FileNotFoundError):
                shutil.rmtree(hidden)
    return gone


def _is_under_way(folder: Path) -> bool:
    """Whether the run in a hidden folder has a supervisor: it holds the lock."""
    if folder == place_of(folder):
        return False
    try:
        with lock.held(lock_of(folder), f"a look at {folder.name}"):
            return False
    except lock.Held:
        return True


def every(reports: Path) -> list[tuple[RunRecord, Path]]:
    """Every run whose record can be read, and where its files are: hidden while it is under way."""
    found = {}
    for folder in _folders(reports, "*/*/*"):
        for now_at in (folder, place_of(folder)):  # it may have moved into place meanwhile
            if record := record_in(now_at):
                found[now_at] = record
                break
    return [(record, folder) for folder, record in sorted(found.items())]


def begun(reports: Path, notebook: str, weekend: str) -> list[RunFolder]:
    """The runs that are not in place, of that notebook and weekend; ``*`` is any."""
    return [RunFolder(place_of(work)) for work in _folders(reports, f"{notebook}/{weekend}/.*")]


def record_in(folder: Path) -> RunRecord | None:
    """The record of a run in its folder; None where it cannot be read (the list of reports
    names such a folder)."""
    try:
        read = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        record = RunRecord.from_json(read)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, WorkbenchError):
        return None
    return record if record.started_at.tzinfo is not None else None


def lock_of(place: Path) -> Path:
    """What a supervisor holds while it is at a run in that place."""
    return place.with_name(".lock")


def holder(run_id: str) -> str:
    """What this process writes into that lock."""
    return f"run {run_id} (process {os.getpid()})"


def held_by(text: str) -> tuple[str, int] | None:
    """The run and the process that `holder` names; None where the text is somebody else's.

    >>> held_by("run 20250526T060000Z-1a2b3c (process 4711)")
    ('20250526T060000Z-1a2b3c', 4711)
    """
    found = _HOLDER.fullmatch(text)
    return (found[1], int(found[2])) if found else None


def mark(work: Path) -> str:
    """What the environment of each process of a run holds."""
    return f"F1LIB_RUN_FOLDER={work}"


def _folders(reports: Path, pattern: str) -> list[Path]:
    """The folders that hold a run.json; links and what is being removed are passed over."""
    names = glob.iglob(f"{pattern}/run.json", root_dir=reports, include_hidden=True)  # noqa: PTH207 - Path.glob fails where a folder vanishes meanwhile
    folders = sorted((reports / name).parent for name in names)
    return [
        folder
        for folder in folders
        if not folder.is_symlink() and not folder.name.startswith(_GONE)
    ]
