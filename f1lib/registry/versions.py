"""Which versions there are, and what the next one is called."""

from pathlib import Path

from f1lib.errors import ConfigurationError
from f1lib.registry import artifacts
from f1lib.registry.manifest import CONTRACT, Manifest
from f1lib.versions import ModelVersion


def listed(models: Path, *, simulated: bool | None = None) -> list[Manifest]:
    """The manifest of every version of one world (None: of both), the oldest version first.

    Raises RegistryError when one of them is not usable.
    """
    manifests = [artifacts.read_manifest(models, version) for version in taken(models)]
    return [each for each in manifests if simulated in {None, each.simulated}]


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
    models: Path, parent: ModelVersion | None = None, *, same_recipe: bool = True
) -> ModelVersion:
    """The next free version: after `parent` a patch for the same recipe, else a minor version.

    Without a parent a recipe is new. The two worlds share one row of numbers.
    """
    of_contract = [version for version in taken(models) if version.major == CONTRACT]
    if parent is None or not same_recipe or parent.major != CONTRACT:
        first = ModelVersion(CONTRACT, 0, 0)
        return max(of_contract).next_minor() if of_contract else first
    line = [version for version in of_contract if version.minor == parent.minor]
    return max([*line, parent]).next_patch()


def _version(name: str) -> ModelVersion | None:
    try:
        return ModelVersion.parse(name)
    except ConfigurationError:
        return None
