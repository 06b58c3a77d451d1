"""Catch up: forecast and settle past rounds that the champion has not forecast, as replays."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from f1lib.errors import RegistryError
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.pipelines import ingest, predict, retrain, settle
from f1lib.registry import aliases
from f1lib.registry.manifest import Manifest
from f1lib.settings import Settings
from f1lib.store import connection, prediction_log, score_log
from f1lib.weekend import RaceWeekend, Stage

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What had to be done; `learnt` are rounds that the champion learnt from and cannot forecast.

    `trained` is the version that was trained as of the first round because there was no champion.
    """

    trained: str
    replayed: tuple[RaceWeekend, ...]
    settled: tuple[RaceWeekend, ...]
    learnt: tuple[RaceWeekend, ...]


def catch_up(
    first: RaceWeekend, last: RaceWeekend, settings: Settings, *, now: datetime, say: Say
) -> CaughtUp:
    """See to it that every round run from `first` to `last` has a settled forecast of the champion.

    Without a champion one is trained as of `first`. The champion stays as it is: a round is
    replayed only if it came after what the champion learnt from. Raises RegistryError when the
    model trained is no better than the baselines.
    """
    history = ingest.known(settings)
    simulated = history.snapshot.simulated
    rounds = [weekend for weekend in history.completed() if first <= weekend <= last]
    trained = _trained(first, settings, simulated, now, say)
    manifest = predict.champion(settings, simulated=simulated).manifest
    unsettled = _unsettled(rounds, manifest, settings)
    learnt = [each for each in unsettled if manifest.has_learnt_from(each, history)]
    open_ = [each for each in unsettled if each not in learnt]
    with connection.reading(settings.store_address) as store:
        forecast = {
            each.weekend
            for each in prediction_log.latest(
                store, weekend=open_, stage=Stage.RACE, cutoff=HEADLINE_CUTOFF[Stage.RACE],
                model_version=str(manifest.version), simulated=simulated,
            )
        }  # fmt: skip
    replayed = [weekend for weekend in open_ if weekend not in forecast]
    if replayed:
        say(f"Replaying {len(replayed)} rounds, {replayed[0]} to {replayed[-1]}.")
        predict.predict(replayed, settings, now=now)
    for weekend in open_:
        settle.settle(weekend, settings, now=now)
    return CaughtUp(trained, tuple(replayed), tuple(open_), tuple(learnt))


def _trained(
    first: RaceWeekend, settings: Settings, simulated: bool, now: datetime, say: Say
) -> str:
    """Train the first champion as of `first` if there is none; its version, or nothing."""
    with connection.reading(settings.store_address) as store:
        if aliases.opponent(store, simulated=simulated) is not None:
            return ""
    say(f"There is no champion yet: training one as of {first}.")
    done = retrain.retrain(first, settings, now=now)
    if not done.champion:
        raise RegistryError(
            f"Model {done.manifest.version} is no champion. {done.decision or ''} "
            "Without a champion there is nothing to monitor."
        )
    return str(done.manifest.version)


def _unsettled(
    rounds: list[RaceWeekend], manifest: Manifest, settings: Settings
) -> list[RaceWeekend]:
    """The rounds without a score of the champion before the race."""
    with connection.reading(settings.store_address) as store:
        scores = score_log.current(
            store, simulated=manifest.simulated, stage=Stage.RACE,
            cutoff=HEADLINE_CUTOFF[Stage.RACE], model_version=str(manifest.version),
        )  # fmt: skip
    there = set(scores["weekend"])
    return [weekend for weekend in rounds if str(weekend) not in there]
