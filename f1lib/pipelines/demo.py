"""The whole lap in one go: data, champion, a season replayed round by round, scores, reports."""

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from f1lib.errors import RegistryError, SourceError
from f1lib.pipelines import ingest, monitor_range, predict, report, retrain, settle, site
from f1lib.pipelines.catch_up import Say
from f1lib.registry import aliases
from f1lib.run_record import RunRecord
from f1lib.runner import side_by_side
from f1lib.settings import Settings
from f1lib.store import connection
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import RaceWeekend, Stage

REPORTS = ("race_preview", "monitoring_analysis")  # of the last ROUNDS_REPORTED rounds
LAST_REPORTS = ("drift_inspection", "season_history")  # of the last round alone
ROUNDS_REPORTED = 2


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What the demonstration left behind."""

    snapshot: Snapshot
    now: datetime
    champion: str
    weekends: tuple[RaceWeekend, ...]
    runs: tuple[RunRecord, ...]
    site: Path


def demo(settings: Settings, *, now: datetime | None, clock: datetime, say: Say) -> Demonstration:
    """Run the main job on real data if it can be had, else on the simulated world.

    `now` is by default the day after the last race, so that every weekend is a replay; `clock` is
    the real time, for what is recorded about the import. Doing it twice changes nothing twice.
    """
    _take_in(settings, clock, say)
    history = ingest.known(settings)
    last = history.weekend("latest")
    present = now or _day_after(history, last)
    season = [each for each in history.completed() if each.season == last.season]
    say(f"Training as of {season[0]}, with a backtest of the rounds before it.")
    trained = retrain.retrain(season[0], settings, now=present)
    with connection.reading(settings.store_address) as store:
        champion = aliases.champion(store, simulated=history.snapshot.simulated)
    if champion is None:
        raise RegistryError(
            f"Model {trained.manifest.version} is no champion. {trained.decision or ''} "
            "Without a champion there is nothing to report."
        )
    say(f"Champion {champion}. Forecasting and settling {len(season)} rounds of {last.season}.")
    predict.predict(season, settings, now=present)
    for weekend in season:
        settle.settle(weekend, settings, now=present)
    monitor_range.monitor_range(season[0], last, settings, now=present, say=say)
    wanted = [(name, weekend) for weekend in season[-ROUNDS_REPORTED:] for name in REPORTS]
    wanted += [(name, last) for name in LAST_REPORTS]
    at_once = side_by_side.capacity(settings.workers)
    say(f"Running {len(wanted)} notebooks, {at_once} at a time.")
    made_from = {"snapshot_sha256": history.snapshot.sha256, "model_version": str(champion)}
    due = [
        partial(report.report, *job, {}, settings, now=present, made_from=made_from)
        for job in wanted
    ]
    with closing(side_by_side.done(due, at_once=at_once)) as coming:
        runs = tuple(coming)
    written = site.write(settings)
    return Demonstration(history.snapshot, present, str(champion), tuple(season), runs, written)


def _take_in(settings: Settings, clock: datetime, say: Say) -> None:
    if settings.f1db:
        say(f"Importing {settings.f1db}.")
        ingest.pull(settings, now=clock)
        return
    try:
        say("Looking for the latest F1DB release.")
        ingest.pull(settings, now=clock)
    except SourceError as exc:
        say(f"{exc} Going on with the simulated world: everything made from it says SIMULATED.")
        ingest.simulate(settings, ingest.World(settings.seed), published=None, now=clock)


def _day_after(history: History, weekend: RaceWeekend) -> datetime:
    start = history.starts_at(weekend, Stage.RACE)
    return datetime(start.year, start.month, start.day, 12, tzinfo=UTC) + timedelta(days=1)
