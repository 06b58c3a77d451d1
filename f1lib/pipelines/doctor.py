"""Doctor: is everything there that the workbench needs? Looks, changes nothing."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata

from f1lib.errors import WorkbenchError
from f1lib.pipelines import ingest
from f1lib.pipelines.predict import champion
from f1lib.runner import catalogue, parameters
from f1lib.settings import Settings
from f1lib.store import connection, engine, snapshot_log

NEEDED_MB = 500


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: whether it is well, and what was found or what to do."""

    name: str
    well: bool
    found: str


def doctor(settings: Settings) -> list[Check]:
    """Every check, in the order in which a first run would meet them."""
    looks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("python", _python),
        ("packages", _packages),
        ("home", _home),
        ("notebooks", _notebooks),
        ("store", _store),
        ("data", _data),
        ("champion", _champion),
    )
    checks = []
    for name, look in looks:
        try:
            checks.append(Check(name, True, look(settings)))
        except (WorkbenchError, OSError) as exc:
            checks.append(Check(name, False, str(exc)))
    return checks


def _python(settings: Settings) -> str:
    del settings
    return f"Python {sys.version.split()[0]} in {sys.prefix}"


def _packages(settings: Settings) -> str:
    del settings
    names = ("numpy", "pandas", "scikit-learn", "papermill", "jupyterlab", "sqlalchemy")
    return ", ".join(f"{name} {metadata.version(name)}" for name in names)


def _home(settings: Settings) -> str:
    place = settings.home
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free // 2**20
    if free < NEEDED_MB:
        raise OSError(f"{place} has {free} MB free; {NEEDED_MB} are needed. Make room.")
    return f"{settings.home}, {free // 1024} GB free"


def _notebooks(settings: Settings) -> str:
    entries = catalogue.read(settings)
    for entry in entries.values():
        parameters.declared(entry.path)
    return ", ".join(entries)


def _store(settings: Settings) -> str:
    file = engine.sqlite_file(settings.store_address)
    if file is not None and not file.exists():
        return f"{file} is not there yet; the first command that writes makes it"
    with connection.reading(settings.store_address) as store:
        n = len(snapshot_log.recorded(store))
    return f"{engine.place(settings.store_address)}, {n} snapshots recorded"


def _data(settings: Settings) -> str:
    history = ingest.known(settings)
    completed = history.completed()
    world = "SIMULATED, " if history.snapshot.simulated else ""
    return (
        f"{world}snapshot {history.snapshot.sha256[:12]}, {len(completed)} races, "
        f"latest {completed[-1] if completed else 'none'}"
    )


def _champion(settings: Settings) -> str:
    holder = champion(settings, simulated=ingest.known(settings).snapshot.simulated)
    return f"{holder.version}, trained through {holder.manifest.trained_through}"
