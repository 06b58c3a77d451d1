"""Plan: what a training learns from, and which version comes of it. Nothing is trained here."""

from dataclasses import dataclass, replace

from f1lib.errors import ConfigurationError
from f1lib.models.contract import Training
from f1lib.models.two_stage import Recipe
from f1lib.pipelines import horizon, ingest
from f1lib.pipelines import recipe as recipes
from f1lib.registry import aliases, versions
from f1lib.registry.manifest import Manifest
from f1lib.runner import versions_used
from f1lib.settings import Settings
from f1lib.store import connection, promotion_log
from f1lib.tables.history import History
from f1lib.versions import ModelVersion
from f1lib.weekend import Cutoff, RaceWeekend


@dataclass(frozen=True, slots=True)
class Plan:
    """A training: on `material`, made of what was `known`, by `recipe`.

    `history` is all that is known now, `reigning` the champion of now, if this code can read it.
    `version` would come of it, or came of it before: then `found` is its manifest.
    """

    history: History
    known: History
    recipe: Recipe
    material: Training
    reigning: ModelVersion | None
    version: ModelVersion
    found: Manifest | None

    @property
    def trained_through(self) -> RaceWeekend:
        """The last weekend of which anything is learnt."""
        return last_seen(self.material)

    @property
    def columns(self) -> dict[str, list[str]]:
        """The columns that the model is fitted on, by cutoff."""
        return {
            cutoff.value: list(frame.columns) for cutoff, frame in self.material.features.items()
        }


def plan(weekend: RaceWeekend, settings: Settings, *, after: bool) -> Plan:
    """What is to be trained on all races before `weekend`, as it could have been done then; or
    just `after` it. Raises ConfigurationError if there it has no result.
    """
    history = ingest.known(settings)
    simulated = history.snapshot.simulated
    recipe = recipes.recipe(settings)
    known = _raced(history, weekend) if after else history.as_of(weekend, Cutoff.BEFORE_WEEKEND)
    material = Training.from_history(known, recipe.features)
    with connection.reading(settings.store_address) as store:
        reigning = aliases.opponent(store, simulated=simulated)
    drawn = Plan(
        history=history,
        known=known,
        recipe=recipe,
        material=material if after else material.before(weekend),
        reigning=reigning,
        version=ModelVersion(0, 0, 0),
        found=None,
    )
    found = registered(drawn, settings)
    version = next_version(drawn, settings) if found is None else found.version
    return replace(drawn, version=version, found=found)


def next_version(drawn: Plan, settings: Settings) -> ModelVersion:
    """What a version is called that is trained now."""
    return versions.next_version(
        settings.models,
        drawn.reigning,
        same_recipe=any(
            each.version == drawn.reigning and _same_recipe(each, drawn)
            for each in versions.listed(settings.models)
        ),
        used=_ever_decided(settings),
    )


def last_seen(material: Training) -> RaceWeekend:
    """The last weekend of which anything can be learnt, be it qualifying alone."""
    frames = (material.qualifying, material.race)
    return RaceWeekend.parse(max(frame["weekend"].max() for frame in frames))


def first_seen(material: Training) -> RaceWeekend:
    """The first weekend of which anything can be learnt."""
    frames = (material.qualifying, material.race)
    return RaceWeekend.parse(min(frame["weekend"].min() for frame in frames))


def _raced(history: History, weekend: RaceWeekend) -> History:
    """All that was known after `weekend`. Raises ConfigurationError if it has no result."""
    if weekend not in history.completed():
        raise ConfigurationError(
            f"{weekend} has no race result yet, so nothing can be trained after it. Name an "
            f"earlier weekend, or train before it: `f1lib retrain --before {weekend}`.",
            weekend=str(weekend),
        )
    return horizon.through(history, weekend)


def registered(drawn: Plan, settings: Settings) -> Manifest | None:
    """The version of this very recipe, snapshot and code on the same races, if there is one."""
    snapshot = drawn.history.snapshot
    if not drawn.material.n_races:
        return None
    for manifest in versions.listed(settings.models, simulated=snapshot.simulated):
        if (
            manifest.trained_through == drawn.trained_through
            and manifest.n_races == drawn.material.n_races
            and manifest.snapshot == snapshot.sha256
            and manifest.code_version == versions_used.code_version()
            and _same_recipe(manifest, drawn)
        ):
            return manifest
    return None


def _same_recipe(manifest: Manifest, drawn: Plan) -> bool:
    """Whether a version has these hyper-parameters and was fitted on these columns."""
    return manifest.features == drawn.columns and (
        _plain(manifest.hyper_parameters) == _plain(drawn.recipe.plain())
    )


def _plain(value: object) -> object:
    """Tuples and lists alike, as JSON has it."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _ever_decided(settings: Settings) -> set[ModelVersion]:
    """Numbers that stand in the promotion log; they are not given to another model."""
    with connection.reading(settings.store_address) as store:
        return {
            row.version
            for simulated in (False, True)
            for row in promotion_log.decided(store, simulated=simulated)
        }
