"""Which versions there are, which are damaged, and what the next one is called."""

from collections.abc import Collection, Iterator
from pathlib import Path

from f1lib.errors import ConfigurationError, RegistryError
from f1lib.registry import artifacts
from f1lib.registry.manifest import CONTRACT, Manifest
from f1lib.versions import ModelVersion


def listed(models: Path, *, simulated: bool | None = None) -> list[Manifest]:
    """The manifest of every usable version of one world (None: of both), the oldest first."""
    manifests = [found for _, found in _read(models) if isinstance(found, Manifest)]
    return [each for each in manifests if simulated in {None, each.simulated}]


def damaged(models: Path) -> list[tuple[ModelVersion, str]]:
    """Every version whose manifest is not usable, and why."""
    return [(version, found) for version, found in _read(models) if isinstance(found, str)]


def taken(models: Path) -> list[ModelVersion]:
    """Every version that has a folder, in order, usable or not."""
    if not models.is_dir():
        return []
    return sorted(
        version
        for folder in models.iterdir()
        if folder.is_dir() and (version := _version(folder.name)) is not None
    )


def next_version(
    models: Path,
    parent: ModelVersion | None = None,
    *,
    same_recipe: bool = True,
    used: Collection[ModelVersion] = (),
) -> ModelVersion:
    """The next free version: after `parent` a patch for the same recipe, else a minor version.

    Without a parent a recipe is new. The two worlds share one row of numbers; a number in `used`
    is not given again, though its folder may be gone.
    """
    of_contract = [v for v in {*taken(models), *used} if v.major == CONTRACT]
    if parent is None or not same_recipe or parent.major != CONTRACT:
        first = ModelVersion(CONTRACT, 0, 0)
        return max(of_contract).next_minor() if of_contract else first
    line = [version for version in of_contract if version.minor == parent.minor]
    return max([*line, parent]).next_patch()


def _read(models: Path) -> Iterator[tuple[ModelVersion, Manifest | str]]:
    """Each version with its manifest, or with what is wrong with that."""
    for version in taken(models):
        try:
            yield version, artifacts.read_manifest(models, version)
        except RegistryError as exc:
            yield version, str(exc)


def _version(name: str) -> ModelVersion | None:
    try:
        return ModelVersion.parse(name)
    except ConfigurationError:
        return None
