"""Respond to what was found: decide after a weekend, and train a challenger if that is decided."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from f1lib.decisions.retraining import RetrainingDecision
from f1lib.decisions.trigger import Trigger
from f1lib.errors import StoreError, UnderWayError, WorkbenchError
from f1lib.notify import events
from f1lib.notify.events import Event, Scene
from f1lib.pipelines import backup, decide, horizon, ingest, notify, promote, retrain
from f1lib.pipelines import plan as plans
from f1lib.pipelines.plan import Plan
from f1lib.pipelines.retrain import Retraining
from f1lib.registry import aliases, artifacts, versions
from f1lib.registry.manifest import Manifest
from f1lib.reports.retraining.account import FIRST
from f1lib.settings import Settings
from f1lib.store import connection
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import RaceWeekend

NO_CHAMPION = "There is no champion that could be judged, so no rule is asked."


@dataclass(frozen=True, slots=True)
class Response:
    """What was decided after `weekend`, and what was trained.

    `champion` reigned before (None: nobody; then there is a `decision` only where something speaks
    against a first training). A decision that stood already says when it was `taken_at`. `plan` is
    None where nothing is to be trained; `archive` is the backup made before, None where there was
    nothing to keep or nothing was done.
    """

    weekend: RaceWeekend
    snapshot: Snapshot
    replay: bool
    dry_run: bool
    champion: Manifest | None
    decision: RetrainingDecision | None = None
    taken_at: datetime | None = None
    plan: Plan | None = None
    archive: Path | None = None
    trained: Retraining | None = None


def respond(
    weekend: RaceWeekend,
    settings: Settings,
    *,
    now: datetime,
    asked: Trigger | None = None,
    force: bool = False,
    dry_run: bool = False,
) -> Response:
    """Train after `weekend` if a rule (of trigger `asked` alone, if given) says so.

    Store and registry are backed up first. Without a champion the first one is trained, if the data
    are fit for it, and no rule is asked. Start, end and failure of a training are mailed. Done
    twice it is done once, also when what was trained reigns meanwhile: whoever asks again is shown
    what was done. `dry_run` decides and changes nothing.
    """
    history = ingest.known(settings)
    reigning = _reigning(history, settings)
    response = Response(
        weekend, history.snapshot, horizon.is_replay(history, settings, now=now), dry_run, reigning
    )
    if reigning is None:
        against = decide.against_first(
            weekend, history, settings, now=now, asked=asked, force=force
        )
        if against is not None:
            return replace(response, decision=against)
    else:
        shown = _trained_before(response, reigning, asked, settings)
        if shown is not None:
            return shown
        decided = decide.decide(
            weekend, settings, now=now, asked=asked, force=force, dry_run=dry_run
        )
        if dry_run:  # what was decided before is what would be carried out
            decided = decide.standing_decision(decided, asked, settings)
        response = replace(response, decision=decided.decision, taken_at=decided.taken_at)
        if not decided.decision.trains:
            return response
    plan = plans.plan(weekend, settings, after=True)
    response = replace(response, plan=plan)
    if not dry_run:
        return _trained(response, plan, settings, now)
    there = plan.found
    return (
        response
        if there is None
        else replace(response, trained=retrain.found_again(plan, there, settings))
    )


def _reigning(history: History, settings: Settings) -> Manifest | None:
    """The manifest of the champion. Raises RegistryError when it cannot be read."""
    simulated = history.snapshot.simulated
    with connection.reading(settings.store_address) as store:
        version = aliases.opponent(store, simulated=simulated)
    return None if version is None else artifacts.read_manifest(settings.models, version)


def _trained_before(
    response: Response, reigning: Manifest, asked: Trigger | None, settings: Settings
) -> Response | None:
    """What led to `reigning`, if it was trained after the weekend on these data; else None.

    It has learnt from the weekend and cannot be judged by it. A person may still want another
    recipe.
    """
    weekend, snapshot = response.weekend, response.snapshot
    if (reigning.trained_through, reigning.snapshot) != (weekend, snapshot.sha256):
        return None
    plan = plans.plan(weekend, settings, after=True)
    as_now = plan.found is not None and plan.found.version == reigning.version
    if asked is Trigger.MANUAL and not as_now:
        return None
    taken = decide.taken(weekend, settings, snapshot=snapshot, champion=str(reigning.parent or ""))
    decision, taken_at = taken or (None, None)
    parents = (each for each in versions.listed(settings.models) if each.version == reigning.parent)
    return replace(
        response,
        champion=next(parents, None),
        decision=decision,
        taken_at=taken_at,
        plan=replace(plan, version=reigning.version, found=reigning),
        trained=retrain.found_again(plan, reigning, settings)
        if as_now
        else Retraining(reigning, None, champion=True, new=False, backtest=None),
    )


def _trained(response: Response, plan: Plan, settings: Settings, now: datetime) -> Response:
    """Back up and train what is planned, and tell of it by mail."""
    decision = response.decision
    champion = "" if response.champion is None else str(response.champion.version)
    trigger = str((decision and decision.trigger) or FIRST)
    scene = notify.scene(settings, simulated=response.snapshot.simulated, replay=response.replay)
    archive = backup.place(settings, now=now)

    def begin() -> None:
        something = champion or versions.taken(settings.models)
        if something and not archive.exists():  # else it was kept, and then cut off
            backup.backup(settings, now=now)
        reason = NO_CHAMPION if decision is None else decision.reason
        told = events.retraining_started(scene, response.weekend, trigger, champion, reason)
        _tell(told, settings, now)

    try:
        trained = retrain.carried_out(plan, settings, now=now, begin=begin)
    except UnderWayError:
        raise
    except Exception as exc:
        problem = str(exc) if isinstance(exc, WorkbenchError) else f"{type(exc).__name__}: {exc}."
        with suppress(StoreError):  # it may be what failed
            told = events.retraining_failed(scene, response.weekend, trigger, champion, problem)
            _tell(told, settings, now)
        raise
    _tell(_finished(scene, trained, champion), settings, now)
    return replace(response, archive=archive if archive.exists() else None, trained=trained)


def _finished(scene: Scene, trained: Retraining, champion: str) -> Event:
    manifest = trained.manifest
    return events.retraining_finished(
        scene, str(manifest.version), champion, manifest.trained_through, manifest.n_races,
        () if trained.decision is None else promote.kept_rules(trained.decision),
    )  # fmt: skip


def _tell(event: Event, settings: Settings, now: datetime) -> None:
    """Queue one mail to everybody, and deliver it where that may be."""
    with connection.connect(settings.store_address) as store:
        notify.queue(store, [event], settings, now=now)
    notify.deliver_now(settings, now=now)
