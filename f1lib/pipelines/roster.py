"""Roster: every model version there is, which of them is champion, and which are damaged."""

from dataclasses import dataclass

from f1lib.registry import aliases, versions
from f1lib.registry.manifest import Manifest
from f1lib.settings import Settings
from f1lib.store import connection
from f1lib.versions import ModelVersion


@dataclass(frozen=True, slots=True)
class Roster:
    """The usable versions, oldest first; the champion of each world; the damaged, and why."""

    manifests: tuple[Manifest, ...]
    champions: tuple[ModelVersion | None, ModelVersion | None]  # of the real, the simulated world
    damaged: tuple[tuple[ModelVersion, str], ...]

    def is_champion(self, version: ModelVersion) -> bool:
        """Whether it forecasts now, in one of the worlds; no two worlds share a number."""
        return version in self.champions


def roster(settings: Settings) -> Roster:
    """Who there is. Looks, changes nothing."""
    with connection.reading(settings.store_address) as store:
        real, simulated = (aliases.champion(store, simulated=world) for world in (False, True))
    return Roster(
        tuple(versions.listed(settings.models)),
        (real, simulated),
        tuple(versions.damaged(settings.models)),
    )
