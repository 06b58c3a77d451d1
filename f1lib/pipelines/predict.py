"""Forecast weekends: champion and frozen baselines, at every cutoff reached, into the store."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from f1lib import outcomes
from f1lib.errors import ConfigurationError, LeakageError, RegistryError
from f1lib.models import baselines
from f1lib.models.contract import Field, Model, Training
from f1lib.models.two_stage import TwoStage
from f1lib.pipelines import ingest
from f1lib.predictions import Forecast, Prediction
from f1lib.registry import aliases
from f1lib.registry.manifest import Manifest
from f1lib.settings import Settings
from f1lib.store import connection, prediction_log, snapshot_log
from f1lib.tables.fingerprint import digest
from f1lib.tables.history import History
from f1lib.weekend import Cutoff, RaceWeekend, Stage


@dataclass(frozen=True, slots=True)
class Champion:
    """The reigning model, loaded and checked."""

    model: TwoStage
    manifest: Manifest

    @property
    def version(self) -> str:
        """Its version as text."""
        return str(self.manifest.version)


def champion(settings: Settings, *, simulated: bool) -> Champion:
    """The reigning champion of one world. Raises RegistryError when there is none."""
    with connection.reading(settings.store_address) as store:
        found = aliases.loaded(store, settings.models, simulated=simulated)
    if found is None:
        raise RegistryError(
            f"There is no champion for the {'simulated' if simulated else 'real'} world yet. "
            "Train one with `f1lib retrain`."
        )
    state, manifest = found
    return Champion(TwoStage.from_state(state), manifest)


def predict(
    weekends: Sequence[RaceWeekend],
    settings: Settings,
    *,
    now: datetime,
    cutoffs: Iterable[Cutoff] | None = None,
    dry_run: bool = False,
) -> list[Prediction]:
    """What champion and baselines say about `weekends`, each at the cutoffs given or reached.

    Recorded unless `dry_run`; what was said before from the same inputs is not recorded again.
    A forecast for a session that has begun at `now`, or whose result is known, is a replay and
    labelled so. Raises LeakageError when the champion has learnt from one of the weekends.
    """
    history = ingest.known(settings)
    holder = champion(settings, simulated=history.snapshot.simulated)
    wanted = {weekend: _cutoffs(history, weekend, cutoffs) for weekend in sorted(weekends)}
    for weekend in wanted:
        if holder.manifest.has_learnt_from(weekend, history):
            raise LeakageError(
                f"Champion {holder.version} has learnt from races through "
                f"{holder.manifest.trained_through} and must not forecast {weekend}. "
                "To replay it, train one as it would have been in a home of its own (F1LIB_HOME): "
                f"`f1lib retrain --before {weekend}` makes the first champion there.",
                weekend=str(weekend),
            )
    said = [] if dry_run else _said_before(wanted, history, holder, settings)
    if said:
        return said
    material = _material(wanted, history, holder)
    predictions = [
        prediction
        for weekend, reached in wanted.items()
        for cutoff in reached
        for prediction in _of_weekend(history, weekend, material[cutoff], cutoff, holder, now)
    ]
    return predictions if dry_run else _recorded(predictions, history, settings, now)


def _cutoffs(
    history: History, weekend: RaceWeekend, asked: Iterable[Cutoff] | None
) -> list[Cutoff]:
    """The cutoffs to forecast at. Raises ConfigurationError for one that is not reached yet."""
    reached = history.reached(weekend)
    if asked is None:
        return reached
    early = [cutoff for cutoff in asked if cutoff not in reached]
    if early:
        raise ConfigurationError(
            f"Cutoff {early[0]} of {weekend} is not reached: known so far is what there was at "
            f"{reached[-1]}. Wait for the sessions, or hand them in with `f1lib submit`."
        )
    return list(asked)


def _said_before(
    wanted: dict[RaceWeekend, list[Cutoff]], history: History, holder: Champion, settings: Settings
) -> list[Prediction]:
    """What is in the store, if all that is wanted was said from this very snapshot; else nothing.

    The same snapshot and champion can only say the same thing again.
    """
    with connection.reading(settings.store_address) as store:
        made = prediction_log.latest(
            store, weekend=list(wanted), simulated=history.snapshot.simulated
        )
    mine = [
        prediction
        for prediction in made
        if prediction.snapshot == history.snapshot.sha256
        and prediction.model_version in {"", holder.version}
        and prediction.cutoff in wanted[prediction.weekend]
    ]
    by_champion = {(p.weekend, p.cutoff) for p in mine if p.model_version == holder.version}
    complete = by_champion == {(w, c) for w, reached in wanted.items() for c in reached}
    return mine if complete else []


def _material(
    wanted: dict[RaceWeekend, list[Cutoff]], history: History, holder: Champion
) -> dict[Cutoff, Training]:
    """For each cutoff what was known at it of the last weekend asked for.

    Of every earlier weekend it shows, to the bit, what that weekend's own `as_of` would: a
    contract test holds that for all features.
    """
    last = {cutoff: weekend for weekend, reached in wanted.items() for cutoff in reached}
    return {
        cutoff: Training.from_history(
            history.as_of(weekend, cutoff),
            holder.model.recipe.features,
            {Cutoff.BEFORE_WEEKEND, cutoff},
        )
        for cutoff, weekend in last.items()
    }


def field_of(history: History, weekend: RaceWeekend, cutoff: Cutoff, holder: Champion) -> Field:
    """The field of `weekend` as `holder` sees it at `cutoff`: what its forecast is made from."""
    known = history.as_of(weekend, cutoff)
    return Training.from_history(known, holder.model.recipe.features, {cutoff}).field(
        weekend, cutoff
    )


def made_from(field: Field, model: Model) -> str:
    """The `inputs_sha256` of what `model` says of `field`."""
    return digest(field.rows, state=model.state())


def _of_weekend(
    history: History,
    weekend: RaceWeekend,
    material: Training,
    cutoff: Cutoff,
    holder: Champion,
    now: datetime,
) -> list[Prediction]:
    field = material.field(weekend, cutoff)
    past = material.before(weekend)
    speakers: list[tuple[Model, str]] = [(holder.model, holder.version)]
    speakers += [
        (baseline.fit(past), "")
        for baseline in baselines.frozen()
        if any(baseline.covers(stage, cutoff) for stage in Stage)
    ]
    return [
        _prediction(history, weekend, field, model, version, stage, forecast.vouched(), now)
        for model, version in speakers
        for stage, forecast in model.forecast(field).items()
    ]


def _prediction(
    history: History,
    weekend: RaceWeekend,
    field: Field,
    model: Model,
    version: str,
    stage: Stage,
    forecast: Forecast,
    now: datetime,
) -> Prediction:
    race = history.race(weekend)
    return Prediction(
        weekend=weekend,
        stage=stage,
        cutoff=field.cutoff,
        model=model.name,
        model_version=version,
        made_at=now,
        replay=(
            now >= history.starts_at(weekend, stage)
            or not outcomes.rows_of(history, weekend, stage).empty
        ),
        simulated=history.snapshot.simulated,
        snapshot=history.snapshot.sha256,
        inputs_sha256=made_from(field, model),
        grand_prix=str(race["grand_prix"]),
        race_date=str(race["date"]),
        forecast=forecast,
    )


def _recorded(
    predictions: list[Prediction], history: History, settings: Settings, now: datetime
) -> list[Prediction]:
    """The predictions as they stand in the store: what was said in time from the same inputs
    stands for its replay, which is not recorded beside it."""
    weekends = {prediction.weekend for prediction in predictions}
    with connection.connect(settings.store_address) as store:
        snapshot_log.record(store, history.snapshot, now=now)
        in_time = {
            prediction.key: prediction
            for prediction in prediction_log.made(store, weekend=weekends, replay=False)
        }
        standing = [
            in_time.get(prediction.key, prediction) if prediction.replay else prediction
            for prediction in predictions
        ]
        for prediction in standing:
            prediction_log.record(store, prediction)
    return standing
