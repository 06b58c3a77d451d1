"""Runs: which there are, under way and ended; one of them, its log, and how two differ.

All of it comes from run folders, so that it can be had without the store.
"""

import codecs
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from f1lib.errors import ConfigurationError, NotebookRunError
from f1lib.pipelines import differences, ingest
from f1lib.pipelines import run as running
from f1lib.pipelines.differences import Difference
from f1lib.reports import metrics, number_changes
from f1lib.reports.metrics import Metric
from f1lib.reports.number_changes import NumberChange
from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import last_good, run_folder
from f1lib.settings import Settings
from f1lib.weekend import RaceWeekend


@dataclass(frozen=True, slots=True)
class Run:
    """A run, and the folder its files are in: a hidden one while it is under way."""

    record: RunRecord
    folder: Path

    @property
    def is_over(self) -> bool:
        """Whether it has ended, however, and is in its place: its files stay where they are."""
        return self.folder == run_folder.place_of(self.folder)

    @property
    def results(self) -> dict[str, Any]:
        """What the notebook has said so far. Raises NotebookRunError when it cannot be read."""
        try:
            return metrics.read(self.folder)
        except (OSError, ValueError) as exc:
            raise NotebookRunError(
                f"results.json of run {self.record.run_id} cannot be read: {exc}. Run "
                f"{self.record.notebook} for {self.record.weekend} again."
            ) from exc

    @property
    def metrics(self) -> list[Metric]:
        """The numbers it has said so far."""
        return metrics.metrics_of(self.results)


@dataclass(frozen=True, slots=True)
class Changes:
    """What two runs of a notebook do not have in common. Sentences are in the order said."""

    first: Run
    second: Run
    facts: tuple[Difference, ...]
    metrics: tuple[NumberChange, ...]
    n_equal: int  # metrics that say the same
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]


def listed(
    settings: Settings,
    *,
    now: datetime,
    notebook: str = "",
    weekend: str = "",
    status: RunStatus | None = None,
) -> list[Run]:
    """The runs there are, the newest first, once those that died are marked lost. Empty: any."""
    running.mark_lost(settings, now=now)
    of_weekend = _weekend(weekend, settings) if weekend else None
    chosen = [
        Run(record, folder)
        for record, folder in run_folder.every(settings.reports)
        if notebook in {"", record.notebook}
        and of_weekend in {None, record.weekend}
        and status in {None, record.status}
    ]
    return sorted(chosen, key=lambda run: (run.record.started_at, run.record.run_id), reverse=True)


def found(text: str, settings: Settings, *, now: datetime) -> Run:
    """The run whose id begins with `text`, or the newest of ``NOTEBOOK@WEEKEND``.

    Raises ConfigurationError when there is none, or more than one id begins so.
    """
    notebook, at, weekend = text.partition("@")
    if at:
        there = listed(settings, now=now, notebook=notebook, weekend=weekend)[:1]
    else:
        every = listed(settings, now=now)
        there = [run for run in every if run.record.run_id == text] or [
            run for run in every if run.record.run_id.startswith(text)
        ]
    if len(there) > 1:
        ids = ", ".join(run.record.run_id for run in there[:3])
        raise ConfigurationError(
            f"'{text}' begins the ids of {len(there)} runs, such as {ids}. Write more of it.",
            value=text,
        )
    if not there:
        raise _unknown(text)
    return there[0]


def tail(
    text: str,
    settings: Settings,
    *,
    now: datetime,
    told: Callable[[str], object],
    follow: bool = False,
    pause_s: float = 0.5,
) -> Run:
    """Tell what is in the log of a run, and with `follow` what comes, until it is over."""
    run = found(text, settings, now=now)
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    place = 0
    while True:
        new = _log(run, place)
        place += len(new)
        if new:
            told(decoder.decode(new))
        if run.is_over or not follow:
            return run
        time.sleep(pause_s)
        run = again(run, settings, now=now)


def diff(first: str, second: str, settings: Settings, *, now: datetime) -> Changes:
    """What changed from one run of a notebook to another one.

    Without a second: from the last good run before `first` to that. Raises ConfigurationError for
    runs of two notebooks, and where there is no good run before.
    """
    one = found(first, settings, now=now)
    one, other = (one, found(second, settings, now=now)) if second else (_last_good(one), one)
    if one.record.notebook != other.record.notebook:
        raise ConfigurationError(
            f"{one.record.run_id} is a run of {one.record.notebook}, {other.record.run_id} one of "
            f"{other.record.notebook}. Name two runs of the same notebook."
        )
    changes = number_changes.between(
        one.metrics, other.metrics, asked_alike=_asked_alike(one.record, other.record)
    )
    changed = tuple(each for each in changes if each.differs)
    said, says = (run.results.get("sentences", []) for run in (one, other))
    return Changes(
        one,
        other,
        differences.between(_facts(one.record), _facts(other.record)),
        changed,
        len(changes) - len(changed),
        tuple(sentence for sentence in said if sentence not in says),
        tuple(sentence for sentence in says if sentence not in said),
    )


def _last_good(run: Run) -> Run:
    """The last good run that this one may be set beside, as in its report."""
    before = next(last_good.before(run.record, run_folder.place_of(run.folder)), None)
    if before is None:
        raise ConfigurationError(
            f"There is no good run of {run.record.notebook} before {run.record.run_id} to compare "
            "it with. Name two runs."
        )
    return Run(*before)


def _weekend(text: str, settings: Settings) -> RaceWeekend:
    """A weekend; only what the calendar has to tell needs data."""
    if text in {"latest", "next"}:
        return ingest.known(settings).weekend(text)
    return RaceWeekend.parse(text)


def _unknown(text: str) -> ConfigurationError:
    return ConfigurationError(
        f"There is no run '{text}'. `f1lib runs list` names those there are.", value=text
    )


def _log(run: Run, place: int) -> bytes:
    """What stands in the log from that byte on; nothing where there is no log (yet)."""
    try:
        with (run.folder / "log.txt").open("rb") as log:
            log.seek(place)
            return log.read()
    except FileNotFoundError:
        return b""


def again(run: Run, settings: Settings, *, now: datetime) -> Run:
    """The same run as it is now. Raises ConfigurationError when it is there no more."""
    record = run.record
    running.mark_lost(settings, now=now, notebook=record.notebook, weekend=str(record.weekend))
    for folder in (run.folder, run_folder.place_of(run.folder)):
        if seen := run_folder.record_in(folder):
            return Run(seen, folder)
    raise _unknown(record.run_id)


def _asked_alike(one: RunRecord, other: RunRecord) -> bool:
    """Whether both were asked the same, of the same world."""
    return one.asks_as(other) and one.simulated == other.simulated


def _facts(record: RunRecord) -> dict[str, object]:
    """What a run was asked, what it used, and how it ended."""
    names = (
        "status", "headline", "decision", "now", "simulated", "replay", "parameters",
        "provenance", "seed", "code_version", "lock_sha256", "package_versions",
    )  # fmt: skip
    return dict(
        chain.from_iterable(differences.flat(name, getattr(record, name)) for name in names)
    )
