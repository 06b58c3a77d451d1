"""Train a model as of a weekend, prove it by backtest, register it, promote the first champion."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from f1lib.decisions.promotion import first
from f1lib.decisions.promotion.decision import PromotionDecision
from f1lib.errors import ConfigurationError, InsufficientHistoryError
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.models import candidates
from f1lib.models.contract import MINIMUM_RACES, Training
from f1lib.models.two_stage import Recipe, TwoStage
from f1lib.monitoring.drift import forecasts, watched
from f1lib.monitoring.drift.reference import RACES, Reference
from f1lib.pipelines import backtest as backtesting
from f1lib.pipelines import horizon, ingest
from f1lib.pipelines import recipe as recipes
from f1lib.registry import aliases, artifacts, versions
from f1lib.registry.manifest import Manifest
from f1lib.runner import versions_used
from f1lib.settings import Settings
from f1lib.store import connection, promotion_log, snapshot_log
from f1lib.tables.history import History
from f1lib.versions import ModelVersion
from f1lib.weekend import Cutoff, RaceWeekend, Stage

BACKTEST_ROUNDS = 48


@dataclass(frozen=True, slots=True)
class Retraining:
    """What a training led to; `new` is False when this very version was there already."""

    manifest: Manifest
    decision: PromotionDecision | None
    champion: bool
    new: bool


def retrain(
    weekend: RaceWeekend, settings: Settings, *, now: datetime, after: bool = False
) -> Retraining:
    """Train on all races before `weekend`, as it could have been done then; or just `after` it.

    Registered as the next version. Without a champion it is promoted if its rolling-origin
    backtest beats the frozen baselines; with one it stays a challenger. The same recipe on the
    same races of the same snapshot is not trained twice. Raises InsufficientHistoryError when
    there are too few races.
    """
    history = ingest.known(settings)
    simulated = history.snapshot.simulated
    with connection.connect(settings.store_address) as store:
        snapshot_log.record(store, history.snapshot, now=now)
        reigning = aliases.champion(store, simulated=simulated)
    recipe = recipes.recipe(settings)
    known = _raced(history, weekend) if after else history.as_of(weekend, Cutoff.BEFORE_WEEKEND)
    material = Training.from_history(known, recipe.features)
    material = material if after else material.before(weekend)
    found = _registered(material, history, recipe, settings)
    if found is not None and (reigning is not None or _judged(found, settings)):
        return Retraining(found, None, found.version == reigning, new=False)
    scores = _backtested(known, recipe, settings)
    decision = first.champion(scores, TwoStage.name, simulated=simulated)
    manifest = found or _kept(material, scores, history, recipe, settings, reigning, now)
    promoted = reigning is None and _promote_first(manifest, decision, settings, now)
    return Retraining(manifest, decision, promoted, new=found is None)


def _raced(history: History, weekend: RaceWeekend) -> History:
    """All that was known after `weekend`. Raises ConfigurationError if it has no result."""
    if weekend not in history.completed():
        raise ConfigurationError(
            f"{weekend} has no race result yet, so nothing can be trained after it. Name an "
            f"earlier weekend, or train before it: `f1lib retrain --before {weekend}`.",
            weekend=str(weekend),
        )
    return horizon.through(history, weekend)


def _kept(
    material: Training,
    scores: pd.DataFrame,
    history: History,
    recipe: Recipe,
    settings: Settings,
    reigning: ModelVersion | None,
    now: datetime,
) -> Manifest:
    """Fit the recipe on all of `material` and put it into the registry."""
    model = TwoStage(recipe).fit(material)
    last = _last_seen(material)
    return artifacts.write(
        settings.models,
        Manifest(
            version=versions.next_version(
                settings.models,
                reigning,
                same_recipe=any(
                    each.version == reigning and _same_recipe(each, recipe, material)
                    for each in versions.listed(settings.models)
                ),
                used=_ever_decided(settings),
            ),
            name=model.name,
            trained_at=now,
            trained_through=last,
            last_date=str(history.race(last)["date"]),
            snapshot=history.snapshot.sha256,
            n_races=material.n_races,
            code_version=versions_used.code_version(),
            features=_columns(material),
            hyper_parameters=recipe.plain(),
            simulated=history.snapshot.simulated,
            scores=_means(scores, model.name),
            package_versions=versions_used.package_versions(),
            parent=reigning,
        ),
        model.state(),
        _reference(history, last, model, material),
    )


def _reference(
    history: History, last: RaceWeekend, model: TwoStage, material: Training
) -> artifacts.State:
    """The races up to `last` and what `model` says of them, as drift will be measured."""
    recipe = model.recipe
    rows = watched.after_each_round(history, recipe.features)
    races = history["races"]
    strata = dict(zip(races["weekend"], races["circuit_type"], strict=True))
    known = rows[rows["weekend"] <= str(last)]
    cutoff = HEADLINE_CUTOFF[Stage.RACE]
    said = forecasts.rows(
        {
            name: model.forecast(material.field(RaceWeekend.parse(name), cutoff))[Stage.RACE].rows
            for name in sorted(set(known["weekend"]))[-RACES:]
        }
    )
    return Reference.of(known, strata, said).state()


def _ever_decided(settings: Settings) -> set[ModelVersion]:
    """Numbers that stand in the promotion log; they are not given to another model."""
    with connection.reading(settings.store_address) as store:
        return {
            row.version
            for simulated in (False, True)
            for row in promotion_log.decided(store, simulated=simulated)
        }


def _last_seen(material: Training) -> RaceWeekend:
    """The last weekend of which anything was learnt, be it qualifying alone."""
    return RaceWeekend.parse(max(frame["weekend"].max() for frame in
                                 (material.qualifying, material.race)))  # fmt: skip


def _judged(manifest: Manifest, settings: Settings) -> bool:
    """Whether the promotion log has a verdict on this version: a kill may have come before it."""
    with connection.reading(settings.store_address) as store:
        rows = promotion_log.decided(store, simulated=manifest.simulated)
    return any(row.version == manifest.version for row in rows)


def _backtested(known: History, recipe: Recipe, settings: Settings) -> pd.DataFrame:
    """Scores of recipe and baselines over the last rounds of `known`, refit before each."""
    raced = known.completed()
    rounds = raced[MINIMUM_RACES:][-BACKTEST_ROUNDS:]
    if not rounds:
        raise InsufficientHistoryError(
            f"{len(raced)} races before this weekend are too few to train and to test a model; "
            f"more than {MINIMUM_RACES} are needed. Import an archive with more seasons, or train "
            "for a later weekend.",
            n_races=len(raced),
        )
    return backtesting.of_candidates(
        [candidates.two_stage(recipe), *candidates.named(candidates.BASELINES, recipe)],
        tuple(rounds), known, settings, cutoffs=tuple(HEADLINE_CUTOFF.values()), workers=1,
    ).scores  # fmt: skip


def _registered(
    material: Training, history: History, recipe: Recipe, settings: Settings
) -> Manifest | None:
    """The version of this very recipe, snapshot, code and last weekend, if there is one."""
    if not material.n_races:
        return None
    for manifest in versions.listed(settings.models, simulated=history.snapshot.simulated):
        if (
            manifest.trained_through == _last_seen(material)
            and manifest.snapshot == history.snapshot.sha256
            and manifest.code_version == versions_used.code_version()
            and _same_recipe(manifest, recipe, material)
        ):
            return manifest
    return None


def _plain(value: object) -> object:
    """Tuples and lists alike, as JSON has it."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _same_recipe(manifest: Manifest, recipe: Recipe, material: Training) -> bool:
    """Whether a version has these hyper-parameters and was fitted on these columns."""
    return manifest.features == _columns(material) and (
        _plain(manifest.hyper_parameters) == _plain(recipe.plain())
    )


def _columns(material: Training) -> dict[str, list[str]]:
    return {cutoff.value: list(frame.columns) for cutoff, frame in material.features.items()}


def _means(scores: pd.DataFrame, model: str) -> dict[str, float]:
    mine = scores[scores["model"] == model]
    named = mine["cutoff"] + "." + mine["metric"]
    return {str(name): float(value) for name, value in mine["value"].groupby(named).mean().items()}


def _promote_first(
    manifest: Manifest, decision: PromotionDecision, settings: Settings, now: datetime
) -> bool:
    """Promote the first champion, or write down why it is refused; whether it was promoted."""
    facts: dict[str, Any] = {
        "by": "retrain",
        "reason": str(decision),
        "now": now,
        "simulated": manifest.simulated,
    }
    with connection.connect(settings.store_address) as store:
        if decision.promoted:
            return aliases.promote(
                store, settings.models, manifest.version, opened=TwoStage.from_state, **facts
            )
        aliases.refuse(store, settings.models, manifest.version, **facts)
    return False
