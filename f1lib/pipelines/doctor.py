"""Doctor: is everything there that the workbench needs? Looks, changes nothing."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata

from f1lib.errors import ConfigurationError, WorkbenchError
from f1lib.pipelines import ingest
from f1lib.pipelines.predict import champion
from f1lib.runner import catalogue, parameters
from f1lib.settings import Settings
from f1lib.store import connection, engine, snapshot_log

NEEDED_MB = 500
PACKAGES = ("numpy", "pandas", "scikit-learn", "papermill", "jupyterlab", "sqlalchemy")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: whether it is well, and what was found or what to do."""

    name: str
    well: bool
    found: str
    exit_code: int = 0  # of the kind of trouble it is


def doctor(settings: Settings, *, packages: Sequence[str] = PACKAGES) -> list[Check]:
    """Every check, in the order in which a first run would meet them."""
    looks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("python", _python),
        ("packages", lambda _: _packages(packages)),
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
            code = exc.exit_code if isinstance(exc, WorkbenchError) else 1
            checks.append(Check(name, False, str(exc), code))
    return checks


def _python(settings: Settings) -> str:
    del settings
    return f"Python {sys.version.split()[0]} in {sys.prefix}"


def _packages(names: Sequence[str]) -> str:
    found, missing = [], []
    for name in names:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        raise ConfigurationError(f"Not installed: {', '.join(missing)}. Run `make setup`.")
    return ", ".join(found)


def _home(settings: Settings) -> str:
    place = settings.home
    while not place.exists():
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK):
        kind = "not to be written" if place.is_dir() else "no folder"
        raise ConfigurationError(
            f"{settings.home} cannot be written: {place} is {kind}. Let F1LIB_HOME name another."
        )
    free = shutil.disk_usage(place).free // 2**20
    if free < NEEDED_MB:
        raise ConfigurationError(f"{place} has {free} MB free; {NEEDED_MB} are needed. Make room.")
    return f"{settings.home}, {free // 1024} GB free"


def _notebooks(settings: Settings) -> str:
    entries = catalogue.read(settings)
    for entry in entries.values():
        parameters.declared(entry.path)
    return ", ".join(entries)


def _store(settings: Settings) -> str:
    if not engine.is_there(settings.store_address):
        place = engine.place(settings.store_address)
        return f"{place} is not there yet; the first command that writes makes it"
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
