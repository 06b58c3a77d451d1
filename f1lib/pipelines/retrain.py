"""Train a model as of a weekend, prove it by backtest, register it, promote the first champion."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from f1lib.decisions.promotion import first
from f1lib.decisions.promotion.decision import PromotionDecision
from f1lib.errors import InsufficientHistoryError, LeakageError
from f1lib.evaluation.backtest import Backtest
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.models import candidates
from f1lib.models.candidates import Candidate
from f1lib.models.contract import MINIMUM_RACES, Training
from f1lib.models.two_stage import TwoStage
from f1lib.monitoring.drift import forecasts, watched
from f1lib.monitoring.drift.reference import RACES, Reference
from f1lib.notify import events
from f1lib.pipelines import backtest as backtesting
from f1lib.pipelines import horizon, notify, policies, promote
from f1lib.pipelines import plan as plans
from f1lib.pipelines.plan import Plan
from f1lib.registry import aliases, artifacts
from f1lib.registry.manifest import Manifest
from f1lib.runner import lock, versions_used
from f1lib.settings import Settings
from f1lib.store import connection, promotion_log, snapshot_log
from f1lib.tables.history import History
from f1lib.weekend import RaceWeekend, Stage

BACKTEST_ROUNDS = 48
CUTOFFS = tuple(HEADLINE_CUTOFF.values())


@dataclass(frozen=True, slots=True)
class Retraining:
    """What a training led to; `new` is False when this very version was there already.

    `backtest` holds recipe and frozen baselines over the last rounds, refit before each, and
    `decision` what that says beside the baselines: both None where the version was there and its
    backtest is not kept any more.
    """

    manifest: Manifest
    decision: PromotionDecision | None
    champion: bool
    new: bool
    backtest: Backtest | None


def retrain(
    weekend: RaceWeekend, settings: Settings, *, now: datetime, after: bool = False
) -> Retraining:
    """Train on all races before `weekend`, as it could have been done then; or just `after` it.

    Registered as the next version. Without a champion it is promoted if its rolling-origin
    backtest is ahead of the frozen baselines in the mean; with one it stays a challenger. The same
    recipe on the same races of the same snapshot is not trained twice. Raises
    InsufficientHistoryError when there are too few races.
    """
    return carried_out(plans.plan(weekend, settings, after=after), settings, now=now)


def carried_out(
    plan: Plan, settings: Settings, *, now: datetime, begin: Callable[[], object] = lambda: None
) -> Retraining:
    """Train as planned, unless it was done before; `begin` is called before anything is done.

    Raises UnderWayError when somebody else trains in this home, LeakageError when it would learn
    from what is raced after `now`.
    """
    last = plan.trained_through if plan.material.n_races else None  # else there is too little
    if last and plan.history.starts_at(last, Stage.QUALIFYING) > now:
        raise LeakageError(
            f"{last} is held after {now:%Y-%m-%d %H:%M} UTC, so a model of that time cannot have "
            "learnt from it. Name an earlier weekend, or leave --now away.",
            weekend=str(last),
        )
    with connection.connect(settings.store_address) as store:
        snapshot_log.record(store, plan.history.snapshot, now=now)
    # two at once would give the same model two numbers
    with lock.alone(settings.home / ".retraining.lock", "A model is being trained"):
        there = plan.found or plans.registered(plan, settings)  # others may have been at it
        if there is not None and (plan.reigning is not None or _judged(there, settings)):
            return found_again(plan, there, settings)
        begin()
        done = _backtested(plan, settings)
        decision = _beside_baselines(done, plan)
        manifest = there or _kept(plan, done.scores, settings, now)
        promoted = plan.reigning is None and _promote_first(manifest, decision, plan, settings, now)
        return Retraining(manifest, decision, promoted, new=there is None, backtest=done)


def found_again(plan: Plan, manifest: Manifest, settings: Settings) -> Retraining:
    """What the plan had led to: `manifest`, which is registered."""
    asked, rounds = _tested(plan)
    kept = backtesting.kept(asked, rounds, plan.known, settings, cutoffs=CUTOFFS)
    decision = None if kept is None else _beside_baselines(kept, plan)
    reigns = manifest.version == plan.reigning
    return Retraining(manifest, decision, reigns, new=False, backtest=kept)


def _kept(plan: Plan, scores: pd.DataFrame, settings: Settings, now: datetime) -> Manifest:
    """Fit the recipe on all of the material and put it into the registry."""
    model = TwoStage(plan.recipe).fit(plan.material)
    history, last = plan.history, plan.trained_through
    return artifacts.write(
        settings.models,
        Manifest(
            version=plans.next_version(plan, settings),
            name=model.name,
            trained_at=now,
            trained_from=plans.first_seen(plan.material),
            trained_through=last,
            last_date=str(history.race(last)["date"]),
            snapshot=history.snapshot.sha256,
            n_races=plan.material.n_races,
            code_version=versions_used.code_version(),
            features=plan.columns,
            hyper_parameters=plan.recipe.plain(),
            simulated=history.snapshot.simulated,
            scores=_means(scores, model.name),
            n_races_tested=scores["weekend"].nunique(),
            package_versions=versions_used.package_versions(),
            parent=plan.reigning,
            policy_sha256=policies.sha256(settings),
        ),
        model.state(),
        _reference(history, last, model, plan.material),
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


def _judged(manifest: Manifest, settings: Settings) -> bool:
    """Whether the promotion log has a verdict on this version: a kill may have come before it."""
    with connection.reading(settings.store_address) as store:
        rows = promotion_log.decided(store, simulated=manifest.simulated)
    return any(row.version == manifest.version for row in rows)


def _means(scores: pd.DataFrame, model: str) -> dict[str, float]:
    mine = scores[scores["model"] == model]
    named = mine["cutoff"] + "." + mine["metric"]
    return {str(name): float(value) for name, value in mine["value"].groupby(named).mean().items()}


def _tested(plan: Plan) -> tuple[list[Candidate], tuple[RaceWeekend, ...]]:
    """Recipe and baselines, and the rounds that they are tested on."""
    raced = plan.known.completed()
    asked = [
        candidates.two_stage(plan.recipe), *candidates.named(candidates.BASELINES, plan.recipe)
    ]  # fmt: skip
    return asked, tuple(raced[MINIMUM_RACES:][-BACKTEST_ROUNDS:])


def _backtested(plan: Plan, settings: Settings) -> Backtest:
    """Recipe and baselines over the last rounds of what was known, refit before each."""
    asked, rounds = _tested(plan)
    if not rounds:
        n_races = len(plan.known.completed())
        raise InsufficientHistoryError(
            f"{_too_few(n_races)} Import an archive with more seasons, or train for a later "
            "weekend.",
            n_races=n_races,
        )
    return backtesting.of_candidates(
        asked, rounds, plan.known, settings, cutoffs=CUTOFFS, workers=1
    )


def too_few(history: History, weekend: RaceWeekend) -> str:
    """Why nothing can be trained after `weekend` yet; empty if there are races enough."""
    n_races = sum(each <= weekend for each in history.completed())
    return _too_few(n_races) if n_races <= MINIMUM_RACES else ""


def _too_few(n_races: int) -> str:
    return (
        f"{n_races} races are too few to train and to test a model; more than {MINIMUM_RACES} are "
        "needed."
    )


def _beside_baselines(done: Backtest, plan: Plan) -> PromotionDecision:
    return first.champion(done.scores, TwoStage.name, simulated=plan.history.snapshot.simulated)


def _promote_first(
    manifest: Manifest,
    decision: PromotionDecision,
    plan: Plan,
    settings: Settings,
    now: datetime,
) -> bool:
    """Promote the first champion, or write down why it is refused; whether it was promoted.

    Either is mailed.
    """
    simulated = manifest.simulated
    facts: dict[str, Any] = {
        "by": "retrain", "reason": str(decision), "now": now, "simulated": simulated,
    }  # fmt: skip
    replay = horizon.is_replay(plan.history, settings, now=now)
    promoted = False
    with connection.connect(settings.store_address) as store:
        if decision.promoted:
            promoted = aliases.promote(
                store, settings.models, manifest.version, opened=TwoStage.from_state, **facts
            )
        else:
            aliases.refuse(store, settings.models, manifest.version, **facts)
        row = promotion_log.decided(store, simulated=simulated)[-1]
        scene = notify.scene(settings, simulated=simulated, replay=replay)
        told = events.champion_decided(scene, row, promote.kept_rules(decision))
        notify.queue(store, [told], settings, now=now)
    notify.deliver_now(settings, now=now)
    return promoted
