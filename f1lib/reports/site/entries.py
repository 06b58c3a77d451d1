"""Entries: each run as the pages show it, read from its folder."""

import glob
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from f1lib.errors import ConfigurationError
from f1lib.reports import metrics, pages
from f1lib.reports.metrics import Metric
from f1lib.reports.render import STATUSES, Status
from f1lib.run_record import RunRecord
from f1lib.versions import ModelVersion

KEY_NUMBERS = 3
_NAME_VERSIONS = ("model_version", "champion")  # facts of the provenance


@dataclass(frozen=True, slots=True)
class Entry:
    """One run. `folder` is its place in home; a run that failed has no numbers."""

    record: RunRecord
    folder: str
    metrics: tuple[Metric, ...] = ()
    sentences: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What a person calls the notebook."""
        return pages.title_of(self.record.notebook)

    @property
    def status(self) -> Status:
        """How it ended, in words and with a tone."""
        return STATUSES[self.record.status]

    @property
    def kind(self) -> str:
        """How it ended, in short: all that failed alike.

        A filter offers these.
        """
        return self.status.text.partition(":")[0]

    @property
    def key_numbers(self) -> tuple[Metric, ...]:
        """The first few, which a list has room for."""
        return self.metrics[:KEY_NUMBERS]

    @property
    def changes(self) -> str:
        """The place in home of the page that says what changed since the last good run."""
        return f"site/changes/{self.folder.removeprefix('reports/')}.html"

    @property
    def versions(self) -> frozenset[str]:
        """The model versions that it says it is about."""
        said = (self.record.provenance.get(name) for name in _NAME_VERSIONS)
        return frozenset(text for text in said if isinstance(text, str) and is_version(text))

    @property
    def about(self) -> tuple[str, bool]:
        """What it shares with the runs that it stands beside: notebook and world."""
        return self.record.notebook, self.record.simulated


def is_version(text: str) -> bool:
    """Whether it reads as a model version."""
    try:
        return str(ModelVersion.parse(text)) == text
    except ConfigurationError:
        return False


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
    entries.sort(key=lambda entry: (entry.record.started_at, entry.folder), reverse=True)
    return entries, sorted(unreadable)


def folders(reports_folder: Path) -> list[Path]:
    """The folder of each finished run; `latest` links and work folders (hidden) are passed over."""
    found = glob.iglob("*/*/*/run.json", root_dir=reports_folder)  # noqa: PTH207 - Path.glob fails where a folder vanishes meanwhile
    places = [(reports_folder / name).parent for name in found]
    return [place for place in places if not place.is_symlink()]


def predecessors(entries: Iterable[Entry]) -> dict[str, Entry]:
    """By the folder of a run: the last good run that it may be set beside, as in its report."""
    good: dict[str, list[Entry]] = defaultdict(list)
    before = {}
    for entry in sorted(entries, key=lambda each: (each.record.weekend, each.record.started_at)):
        alike = good[entry.record.notebook]
        beside = (each for each in reversed(alike) if entry.record.stands_beside(each.record))
        if last := next(beside, None):
            before[entry.folder] = last
        if entry.record.status.succeeded:
            alike.append(entry)
    return before


def _entry(folder: Path, home: Path) -> Entry:
    record = _sound(RunRecord.from_json(json.loads((folder / "run.json").read_text("utf-8"))))
    place = folder.relative_to(home).as_posix()
    if not record.status.succeeded:
        return Entry(record, place)
    said = metrics.read(folder)
    return Entry(record, place, tuple(metrics.metrics_of(said)), tuple(said.get("sentences", [])))


def _sound(record: RunRecord) -> RunRecord:
    """The record, if a page can show it. Raises TypeError or ValueError when it cannot."""
    if record.started_at.utcoffset() is None:
        raise ValueError("started_at has no time zone")
    _ = record.duration_s, record.provenance.get("credit"), record.parameters.keys()
    if not all(isinstance(text, str) for text in (record.problem, record.headline)):
        raise TypeError("problem and headline are text")
    return record
