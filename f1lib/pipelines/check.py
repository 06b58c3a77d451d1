"""Check: do store and registry hold together? Looks at everything, changes nothing."""

from dataclasses import dataclass

from f1lib.errors import RegistryError, StoreError
from f1lib.registry import aliases, artifacts, versions
from f1lib.settings import Settings
from f1lib.store import connection, integrity
from f1lib.versions import ModelVersion


@dataclass(frozen=True, slots=True)
class Checkup:
    """How much there is, and what is wrong with it, a sentence each."""

    rows: dict[str, int]
    models: int
    store_troubles: tuple[str, ...]
    registry_troubles: tuple[str, ...]

    @property
    def troubles(self) -> tuple[str, ...]:
        """All that is wrong."""
        return (*self.store_troubles, *self.registry_troubles)

    @property
    def exit_code(self) -> int:
        """0 when nothing is wrong; else that of a damaged store, or of a damaged model version."""
        if self.store_troubles:
            return StoreError.exit_code
        return RegistryError.exit_code if self.registry_troubles else 0


def check(settings: Settings) -> Checkup:
    """Every row of the store, every version of the registry, and whether each champion loads.

    Raises StoreError when the store cannot be read at all.
    """
    with connection.reading(settings.store_address) as store:
        troubles = integrity.troubles(store)
        champions = []
        for simulated in (False, True) if not troubles else ():
            try:
                aliases.loaded(store, settings.models, simulated=simulated)
            except RegistryError as exc:
                world = "simulated" if simulated else "real"
                champions.append(f"The champion of the {world} world is lost. {exc}")
    taken = versions.taken(settings.models)
    damaged = [said for version in taken if (said := _fault(settings, version))]
    return Checkup(
        rows=integrity.rows(settings.store_address),
        models=len(taken),
        store_troubles=tuple(troubles),
        registry_troubles=(*champions, *damaged),
    )


def _fault(settings: Settings, version: ModelVersion) -> str:
    """Why `version` cannot be used; empty when it can."""
    try:
        artifacts.read(settings.models, version)
    except RegistryError as exc:
        return str(exc)
    return ""
