"""Roll back: bring an earlier champion back, in one more row of the promotion log, and tell it."""

from dataclasses import dataclass
from datetime import datetime

from f1lib.errors import ConfigurationError
from f1lib.models.two_stage import TwoStage
from f1lib.notify import events
from f1lib.pipelines import ingest, notify, site
from f1lib.registry import aliases
from f1lib.settings import Settings
from f1lib.store import connection, promotion_log
from f1lib.store.promotion_log import Promotion
from f1lib.versions import ModelVersion


@dataclass(frozen=True, slots=True)
class RolledBack:
    """The row of the log that brought a champion back, and whether the list of reports could not
    be written."""

    row: Promotion
    trouble: str


def rollback(
    settings: Settings,
    *,
    reason: str,
    now: datetime,
    to: ModelVersion | None = None,
    by: str = "operator",
) -> RolledBack:
    """Bring back champion `to` (None: the one before).

    Raises ConfigurationError without a reason, RegistryError when there is nobody to bring back.
    """
    if not reason.strip():
        raise ConfigurationError("A roll-back has a reason. Say it with --reason '...'.")
    simulated = ingest.known(settings).snapshot.simulated
    with connection.connect(settings.store_address) as store:
        aliases.roll_back(
            store, settings.models,
            opened=TwoStage.from_state, to=to, by=by, reason=reason.strip(), now=now,
            simulated=simulated,
        )  # fmt: skip
        row = promotion_log.decided(store, simulated=simulated)[-1]
        scene = notify.scene(settings, simulated=simulated, replay=False)
        notify.queue(store, [events.champion_decided(scene, row)], settings, now=now)
    notify.deliver_now(settings, now=now)
    return RolledBack(row, site.refresh(settings))
