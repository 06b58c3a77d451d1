"""Take in data: an archive, or the simulated world; and say what is known now."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from f1lib.errors import ConfigurationError, SourceError, UnderWayError
from f1lib.pipelines import horizon
from f1lib.settings import Settings
from f1lib.sources import shelf, snapshots
from f1lib.sources.f1db import download
from f1lib.store import connection, snapshot_log
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import RaceWeekend

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Ingested:
    """What an import came to: the snapshot in use, in a sentence, and what does not agree."""

    snapshot: Snapshot
    new: bool
    sentence: str
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class World:
    """Which invented world to take in."""

    seed: int
    scenario: str = "stable"
    seasons: int = 8


def known(settings: Settings) -> History:
    """Everything known now: the current snapshot with submissions, from the first season on.

    Where the settings name a weekend `known_through`, what was known after it. Raises SourceError
    when there is no snapshot yet.
    """
    whole = snapshots.history(settings.snapshots, settings.submissions)
    history = whole.since(settings.first_season)
    if not settings.known_through:
        return history
    return horizon.through(history, RaceWeekend.parse(settings.known_through))


def known_or_imported(settings: Settings, *, now: datetime) -> History:
    """What is known. If nothing is imported yet and the settings name an archive: that, first."""
    if settings.f1db and shelf.current(settings.snapshots) is None:
        pull(settings, now=now)
    return known(settings)


def pull(
    settings: Settings,
    *,
    now: datetime,
    address: str = "",
    force: bool = False,
    progress: Progress | None = None,
) -> Ingested:
    """Import the archive at `address`: else the one in the settings, else F1DB's latest release.

    Raises SourceError when it cannot be had or is not usable, UnderWayError when another import
    is; the last good snapshot stays.
    """
    with _alone():
        kept = shelf.keep_archive(
            settings.snapshots,
            address or settings.f1db or download.LATEST_RELEASE,
            now=now,
            force=force,
            progress=progress,
        )
    return _taken_in(kept, settings, now)


def simulate(
    settings: Settings, world: World, *, published: datetime | None, now: datetime
) -> Ingested:
    """Take in the simulated world, as it had been published at `published` (None: all of it)."""
    from f1lib.sources.simulated import world as simulated

    _refuse_another_world(settings, world)
    built = simulated.build(world.seed, world.scenario, world.seasons)
    with _alone():
        kept = shelf.keep_frames(
            settings.snapshots,
            built.tables(published),
            description=(
                f"SIMULATED world, seed {world.seed}, scenario {world.scenario}, "
                f"{world.seasons} seasons"
            ),
            now=now,
            facts={
                "seed": world.seed,
                "scenario": world.scenario,
                "seasons": world.seasons,
                "published": None if published is None else published.isoformat(),
            },
        )
    return _taken_in(kept, settings, now)


def _refuse_another_world(settings: Settings, world: World) -> None:
    """A home holds one simulated world: another would look like its results were revised."""
    wanted = {"seed": world.seed, "scenario": world.scenario, "seasons": world.seasons}
    for kept in shelf.listed(settings.snapshots):
        there = {name: kept.facts.get(name) for name in wanted}
        if kept.simulated and there != wanted:
            raise ConfigurationError(
                f"{settings.home} holds the simulated world {there} already and cannot hold "
                f"{wanted} beside it. Let F1LIB_HOME name another folder."
            )


@contextmanager
def _alone() -> Iterator[None]:
    """That another import holds the shelf is no fault of the data."""
    try:
        yield
    except SourceError as exc:
        if isinstance(exc.__cause__, BlockingIOError):
            raise UnderWayError(str(exc)) from exc
        raise


def _taken_in(kept: shelf.Kept, settings: Settings, now: datetime) -> Ingested:
    opened = snapshots.opened(settings.snapshots, settings.submissions)
    with connection.connect(settings.store_address) as store:
        snapshot_log.record(store, opened.history.snapshot, now=now)
    findings = tuple(each.sentence for each in opened.disagreements)
    return Ingested(opened.history.snapshot, kept.new, kept.sentence, findings)


def facts_of(snapshot: Snapshot) -> dict[str, object]:
    """Which data it was, for the provenance of a report."""
    return {
        "source": snapshot.description,
        "snapshot_sha256": snapshot.sha256,
        "archive_sha256": snapshot.archive_sha256,
        "submissions": snapshot.submissions,
        "credit": snapshot.credit,
        "simulated": snapshot.simulated,
    }
