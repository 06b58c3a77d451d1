"""The run folder: built out of sight, moved into place whole.

In:   the reports folder, a notebook, a weekend, a run id.
Out:  `<reports>/<notebook>/<weekend>/<run_id>/`, and `latest`, which leads to the last good run.
Knows nothing of: what the files say.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from f1lib import files


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


def opened(place: Path) -> RunFolder:
    """The folder of a new run, with its hidden folder made."""
    folder = RunFolder(place)
    folder.work.mkdir(parents=True)
    return folder
