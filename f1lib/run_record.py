"""What is written down about one notebook run: the record, and how it can end.

In:   facts known when a run starts, and its outcome.
Out:  `RunRecord`, the content of run.json and of the run log.
Knows nothing of: papermill, files, the store.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from f1lib.errors import SourceError, UnderWayError
from f1lib.weekend import RaceWeekend


class RunStatus(StrEnum):
    """How a run ended (or that it has not)."""

    RUNNING = "running"
    OK = "ok"
    DEGRADED = "degraded"
    CELL_ERROR = "cell_error"
    KERNEL_DIED = "kernel_died"
    CELL_TIMEOUT = "cell_timeout"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    BAD_PARAMETERS = "bad_parameters"
    IO_ERROR = "io_error"
    SKIPPED = "skipped"
    LOST = "lost"

    @property
    def exit_code(self) -> int:
        """The process exit code that tells cron and Airflow of this ending."""
        return EXIT_CODES[self]

    @property
    def succeeded(self) -> bool:
        """Whether the run produced what was asked of it."""
        return self in {RunStatus.OK, RunStatus.DEGRADED}


DIRTY = "-dirty"  # ends the version of code with changes that no commit holds

PROMOTED = "promoted"  # the decision of a run that made a version champion

EXIT_CODES: dict[RunStatus, int] = {
    RunStatus.RUNNING: 1,
    RunStatus.OK: 0,
    RunStatus.DEGRADED: 0,
    RunStatus.CELL_ERROR: 17,
    RunStatus.KERNEL_DIED: 17,
    RunStatus.CELL_TIMEOUT: 17,
    RunStatus.TIMEOUT: 124,
    RunStatus.CANCELLED: 143,
    RunStatus.BAD_PARAMETERS: 10,
    RunStatus.IO_ERROR: 17,
    RunStatus.SKIPPED: 75,
    RunStatus.LOST: 17,
}


PASSING = {SourceError.__name__, UnderWayError.__name__}


_WHEN = ("weekend", "now", "dry_run")  # parameters that change no definition of a number


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One notebook run, as run.json holds it.

    Times are aware UTC datetimes. `provenance` is what the notebook said it used: snapshot
    sha256, model version, cutoff, credit; of one that ended before it said so, what was in use when
    it began, with the champion as model version. `headline` is the sentence it computed, `decision`
    what it decided, where one decides. `attempt` counts from 1, and further where the catalogue
    lets a run be tried again. `lock_sha256` is that of requirements.lock. `peak_memory_mib` (MiB)
    is the peak of the worker and that of the largest process it started, the kernel, added. What is
    not known, or was not written down yet, is empty or None.
    """

    run_id: str
    notebook: str
    weekend: RaceWeekend
    status: RunStatus
    started_at: datetime
    ended_at: datetime | None
    now: datetime
    parameters: dict[str, Any]
    code_version: str
    package_versions: dict[str, str]
    folder: str
    attempt: int = 1
    simulated: bool = False
    replay: bool = False
    headline: str = ""
    problem: str = ""
    provenance: dict[str, Any] = field(default_factory=dict)
    decision: str = ""
    lock_sha256: str = ""
    seed: int | None = None
    peak_memory_mib: float | None = None

    @property
    def code_dirty(self) -> bool:
        """Whether the code had changes that no commit holds."""
        return self.code_version.endswith(DIRTY)

    def stands_beside(self, earlier: "RunRecord") -> bool:
        """Whether the numbers of this run may be set beside those of `earlier`: a good run of the
        same notebook, begun before, for the same or an earlier weekend, of the same world. Of a
        run of which nobody could say of which world it is, of either."""
        return (
            earlier.notebook == self.notebook
            and earlier.status.succeeded
            and earlier.started_at < self.started_at
            and earlier.weekend <= self.weekend
            and (
                earlier.simulated == self.simulated
                or not (self.provenance or self.status.succeeded)
            )
        )

    def asks_as(self, other: "RunRecord") -> bool:
        """Whether both were asked the same, so that no definition of a number differs."""
        mine, its = (
            {name: value for name, value in each.parameters.items() if name not in _WHEN}
            for each in (self, other)
        )
        return mine == its

    @property
    def may_pass(self) -> bool:
        """Whether the trouble is of a kind that can be over a little later: somebody else at it,
        a source out of reach. An error of a cell is told by the name of its class."""
        error = self.problem.partition(":")[0]
        return self.status is RunStatus.SKIPPED or (
            self.status is RunStatus.CELL_ERROR and error in PASSING
        )

    @property
    def duration_s(self) -> float | None:
        """Wall seconds from start to end; None while the run is not over."""
        return None if self.ended_at is None else (self.ended_at - self.started_at).total_seconds()

    @property
    def promoted(self) -> bool:
        """Whether it made a version champion."""
        looked_only = self.parameters.get("dry_run") is True
        return self.status.succeeded and self.decision == PROMOTED and not looked_only

    def as_json(self) -> dict[str, Any]:
        """The record as plain JSON values."""
        plain = asdict(self)
        plain["weekend"] = str(self.weekend)
        plain["status"] = self.status.value
        for name in ("started_at", "ended_at", "now"):
            moment = plain[name]
            plain[name] = moment.isoformat() if moment else None
        plain["duration_s"] = self.duration_s
        plain["code_dirty"] = self.code_dirty
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> "RunRecord":
        """Read a record back from `as_json`."""
        known = {key: value for key, value in plain.items() if key in cls.__slots__}
        for name in ("started_at", "ended_at", "now"):
            known[name] = datetime.fromisoformat(known[name]) if known[name] else None
        known["weekend"] = RaceWeekend.parse(known["weekend"])
        known["status"] = RunStatus(known["status"])
        return cls(**known)
