"""Take in data: import an archive or the simulated world, and say what is known now."""

from collections.abc import Callable
from dataclasses import dataclass

from f1lib.settings import Settings
from f1lib.sources import snapshots
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import RaceWeekend

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Ingested:
    """What an import brought: the snapshot in force, and whether it is a new one."""

    snapshot: Snapshot
    new: bool
    n_races: int
    latest: RaceWeekend | None
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SimulatedWorld:
    """Which invented world to take in, as it was published at `now`."""

    seed: int
    scenario: str = "stable"
    seasons: int = 8


def known(settings: Settings) -> History:
    """Everything known now: the current snapshot with submissions, from the first season on.

    Raises SourceError when there is no snapshot yet.
    """
    whole = snapshots.history(settings.snapshots, settings.submissions)
    return whole.since(settings.first_season)
