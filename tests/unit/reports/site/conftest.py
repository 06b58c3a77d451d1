"""A home with runs in it, each in a few words."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from f1lib.reports.metrics import Metric
from f1lib.reports.site import writing
from f1lib.reports.site.known import Known
from f1lib.run_record import RunRecord, RunStatus
from f1lib.weekend import RaceWeekend

STARTED = datetime(2025, 12, 8, 10, 15, tzinfo=UTC)


@dataclass
class Site:
    """Runs are told apart by the minute at which they began."""

    home: Path
    known: Known = field(default_factory=Known)

    def run(
        self, round_: int, minutes: int, notebook: str = "race_preview", hit: float = 0.5833,
        label: str = "Winner hit", sentences: Iterable[str] = (), **more: Any,
    ) -> str:  # fmt: skip
        """Add a run of 2 seconds; its place in home."""
        started = STARTED + timedelta(minutes=minutes)
        facts: dict[str, Any] = {
            "run_id": f"r{minutes}", "notebook": notebook, "weekend": RaceWeekend(2025, round_),
            "status": RunStatus.OK, "started_at": started,
            "ended_at": started + timedelta(seconds=2), "now": started, "parameters": {},
            "code_version": "1a2b", "package_versions": {}, "folder": "",
            "headline": f"Said at {minutes}.",
        }  # fmt: skip
        record = RunRecord(**{**facts, **more})
        folder = self.home / "reports" / notebook / str(record.weekend) / record.run_id
        folder.mkdir(parents=True)
        (folder / "run.json").write_text(json.dumps(record.as_json()))
        gain = {} if hit is None else {"gain_low": hit - 0.58, "gain_high": hit - 0.52}
        metric = Metric("hit", label, hit, baseline=0.55, better="higher", **gain).as_json()
        results = {"metrics": [metric], "sentences": list(sentences)}
        (folder / "results.json").write_text(json.dumps(results))
        return folder.relative_to(self.home).as_posix()

    def write(self) -> str:
        """Write the site; the list."""
        return writing.write(self.home / "reports", self.home, self.known).read_text()

    def page(self, place: str) -> str:
        """Write the site; the page in that place."""
        self.write()
        return (self.home / place).read_text()

    def pages(self) -> dict[str, int]:
        """Each page, and what tells whether it was written anew."""
        there = [self.home / "index.html", *(self.home / "site").rglob("*.html")]
        return {path.relative_to(self.home).as_posix(): path.stat().st_ino for path in there}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)
