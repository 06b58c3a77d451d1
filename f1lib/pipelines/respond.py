"""Respond to what was found: decide after a weekend, and train a challenger if that is decided."""

from dataclasses import dataclass
from datetime import datetime

from f1lib.decisions.trigger import Trigger
from f1lib.pipelines import backup, decide, ingest, retrain
from f1lib.pipelines.backup import Backup
from f1lib.pipelines.decide import Decided
from f1lib.pipelines.retrain import Retraining
from f1lib.registry import aliases
from f1lib.settings import Settings
from f1lib.store import connection
from f1lib.weekend import RaceWeekend


@dataclass(frozen=True, slots=True)
class Response:
    """What was decided (None: there was no champion to judge), and what was trained."""

    weekend: RaceWeekend
    decided: Decided | None
    backup: Backup | None
    trained: Retraining | None


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

    Store and registry are backed up first. Without a champion the first one is trained and no rule
    is asked. `dry_run` decides and changes nothing.
    """
    simulated = ingest.known(settings).snapshot.simulated
    with connection.reading(settings.store_address) as store:
        reigning = aliases.champion(store, simulated=simulated)
    decided = None
    if reigning is not None:
        decided = decide.decide(
            weekend, settings, now=now, asked=asked, force=force, dry_run=dry_run
        )
    if dry_run or (decided is not None and not decided.decision.trains):
        return Response(weekend, decided, None, None)
    kept = None  # nothing to keep yet, or kept by a call that was cut off
    if reigning is not None and not backup.place(settings, now=now).exists():
        kept = backup.backup(settings, now=now)
    trained = retrain.retrain(weekend, settings, now=now, after=True)
    return Response(weekend, decided, kept, trained)
