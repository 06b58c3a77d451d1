"""Roster: every model version there is, its role, what was decided about it, how two differ."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from f1lib.models.two_stage import TwoStage
from f1lib.pipelines.differences import Difference, between, flat
from f1lib.registry import aliases, artifacts, versions
from f1lib.registry.manifest import Manifest
from f1lib.settings import Settings
from f1lib.store import connection, decision_log, promotion_log
from f1lib.store.decision_log import Decision
from f1lib.store.promotion_log import Promotion
from f1lib.versions import ModelVersion

ROLES = ("champion", "previous", "challenger")
_OWN = {"version", "artifact_sha256", "reference_sha256"}  # differ between any two versions


@dataclass(frozen=True, slots=True)
class Roster:
    """The usable versions, oldest first; the damaged, and why; who is what.

    `roles` names who is champion, challenger and previous champion, in each world.
    """

    manifests: tuple[Manifest, ...]
    roles: dict[ModelVersion, str]
    damaged: tuple[tuple[ModelVersion, str], ...]

    def is_champion(self, version: ModelVersion) -> bool:
        """Whether it forecasts now, in one of the worlds; no two worlds share a number."""
        return self.role(version) == "champion"

    def role(self, version: ModelVersion) -> str:
        """One of ROLES, or empty."""
        return self.roles.get(version, "")


@dataclass(frozen=True, slots=True)
class Shown:
    """One version: what it is, and all that was decided about it, in order."""

    manifest: Manifest
    role: str
    promotions: tuple[Promotion, ...]
    decisions: tuple[Decision, ...]


def roster(settings: Settings) -> Roster:
    """Who there is. Looks, changes nothing."""
    roles: dict[ModelVersion, str] = {}
    with connection.reading(settings.store_address) as store:
        for simulated in (False, True):
            of_world = (
                aliases.champion(store, simulated=simulated),
                aliases.previous(store, simulated=simulated),
                aliases.challenger(store, settings.models, simulated=simulated),
            )
            for role, version in zip(ROLES, of_world, strict=True):
                if version is not None:
                    roles.setdefault(version, role)
    return Roster(
        tuple(versions.listed(settings.models)), roles, tuple(versions.damaged(settings.models))
    )


def shown(version: ModelVersion, settings: Settings) -> Shown:
    """Everything about one version. Raises RegistryError when it cannot be used."""
    state, manifest = artifacts.read(settings.models, version)
    TwoStage.from_state(state)
    with connection.reading(settings.store_address) as store:
        moves = promotion_log.decided(store, simulated=manifest.simulated)
        decisions = decision_log.made(
            store, simulated=manifest.simulated, kind="promotion", model_version=str(version)
        )
    return Shown(
        manifest,
        roster(settings).role(version),
        tuple(row for row in moves if row.version == version),
        tuple(decisions),
    )


def differences(
    first: ModelVersion, second: ModelVersion, settings: Settings
) -> tuple[Difference, ...]:
    """Every fact of the manifests in which two versions differ: recipe, features, data, scores."""
    one, other = (
        dict(_facts(artifacts.read_manifest(settings.models, version)))
        for version in (first, second)
    )
    return between(one, other)


def scored_over(manifest: Manifest) -> str:
    """Which races the scores of a version are means over."""
    if not manifest.n_races_tested:
        return f"races up to {manifest.trained_through}, how many is not written down"
    return f"the last {manifest.n_races_tested} races up to {manifest.trained_through}"


def scored_apart(first: ModelVersion, second: ModelVersion, settings: Settings) -> str:
    """Over which races the scores of two versions are, and what that allows to compare."""
    one, other = (
        scored_over(artifacts.read_manifest(settings.models, version))
        for version in (first, second)
    )
    if one == other:
        return (
            f"Scores are means over {one}, for both. Whether they differ by more than chance is "
            "what `f1lib compare` says."
        )
    return (
        f"Scores of {first} are means over {one}, those of {second} over {other}. These are other "
        "races, so the difference is no comparison; `f1lib compare` is."
    )


def _facts(manifest: Manifest) -> Iterator[tuple[str, object]]:
    """Facts with a path of names; lists of features as a flag for each of them."""
    for name, value in asdict(manifest).items():
        if name == "features":
            for stage, columns in value.items():
                yield from ((f"features.{stage}.{column}", True) for column in columns)
        elif name not in _OWN:
            yield from flat(name, getattr(manifest, name))
