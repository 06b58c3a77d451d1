"""In use: which data and champion a run starts with, for one that ends before it says so."""

from f1lib.errors import WorkbenchError
from f1lib.pipelines import ingest
from f1lib.registry import aliases
from f1lib.settings import Settings
from f1lib.sources import snapshots
from f1lib.store import connection


def facts(settings: Settings) -> dict[str, object]:
    """As the provenance of a report has them; without what is not there or cannot be read."""
    try:
        snapshot = snapshots.identity(settings.snapshots, settings.submissions)
    except (WorkbenchError, OSError):
        return {}
    if snapshot is None:
        return {}
    return {
        **ingest.facts_of(snapshot),
        "replay": settings.is_replay,
        **_champion(settings, simulated=snapshot.simulated),
    }


def _champion(settings: Settings, *, simulated: bool) -> dict[str, str]:
    try:
        with connection.reading(settings.store_address) as store:
            version = aliases.champion(store, simulated=simulated)
    except (WorkbenchError, OSError):
        return {}
    return {} if version is None else {"champion": str(version), "model_version": str(version)}
