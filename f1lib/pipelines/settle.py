"""Settle predictions: what was said beside what happened, scored, into the store."""

from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from f1lib import outcomes
from f1lib.errors import SourceError
from f1lib.outcomes import Outcome
from f1lib.pipelines import ingest
from f1lib.predictions import Prediction
from f1lib.scoring import scores
from f1lib.settings import Settings
from f1lib.store import connection, outcome_log, prediction_log, score_log, snapshot_log
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import RaceWeekend, Stage


@dataclass(frozen=True, slots=True)
class Settlement:
    """One weekend settled: outcomes in their newest revision, and every score that stands.

    `scores` has the columns of score_log.SCORE_COLUMNS. `refused` says, a sentence each, which
    predictions were not scored.
    """

    weekend: RaceWeekend
    snapshot: Snapshot
    outcomes: tuple[Outcome, ...]
    scores: pd.DataFrame
    refused: tuple[str, ...]

    @property
    def revisions(self) -> dict[str, int]:
        """The newest revision of each stage that has an outcome."""
        return {outcome.stage.value: outcome.revision for outcome in self.outcomes}


def settle(weekend: RaceWeekend, settings: Settings, *, now: datetime) -> Settlement:
    """Score all predictions of `weekend` on what is known of it now.

    A result that differs from the recorded one becomes a new revision and everything is scored
    again. A prediction that was made after its session is refused unless it is a replay; one made
    for a weekend that has since got another number is carried over to it. Raises SourceError when
    a round that has been settled has got another number.
    """
    history = ingest.known(settings)
    simulated = history.snapshot.simulated
    grand_prix = str(history.race(weekend)["grand_prix"])
    with connection.reading(settings.store_address) as store:
        _refuse_another_number(
            weekend, grand_prix, score_log.settled_as(store, weekend.season, simulated=simulated)
        )
        said = prediction_log.made(
            store, season=weekend.season, grand_prix=grand_prix, simulated=simulated
        )
    made, refused = _usable(said, history, weekend)
    happened = {stage: outcomes.rows_of(history, weekend, stage) for stage in Stage}
    scored = [
        (prediction, scores.scored(prediction.forecast, happened[prediction.stage]))
        for prediction in made
        if len(happened[prediction.stage])
    ]
    with connection.connect(settings.store_address) as store:
        snapshot_log.record(store, history.snapshot, now=now)
        recorded = {
            stage: outcome_log.record(
                store, weekend, stage, rows,
                snapshot=history.snapshot.sha256, simulated=simulated, now=now,
            )
            for stage, rows in happened.items()
            if len(rows)
        }  # fmt: skip
        for prediction, values in scored:
            prediction_log.record(store, prediction)  # the same one unless carried over
            score_log.record(store, prediction, recorded[prediction.stage], values)
        standing = score_log.current(store, simulated=simulated, first=weekend, last=weekend)
    return Settlement(weekend, history.snapshot, tuple(recorded.values()), standing, tuple(refused))


def _refuse_another_number(
    weekend: RaceWeekend, grand_prix: str, before: set[tuple[RaceWeekend, str]]
) -> None:
    """A race that has been run keeps its number; else it would be scored twice, or as another."""
    for number, name in sorted(before):
        if (number == weekend) != (name == grand_prix):
            raise SourceError(
                f"The calendar calls {weekend} '{grand_prix}', but {number} was settled as "
                f"'{name}', and what is settled keeps its number. Import an archive with that "
                "order, or restore a backup made before and settle anew.",
                weekend=str(weekend),
            )


def _usable(
    said: list[Prediction], history: History, weekend: RaceWeekend
) -> tuple[list[Prediction], list[str]]:
    """What may be scored, under the number the weekend has now; and why the rest may not."""
    usable, refused = [], []
    for prediction in said:
        starts_at = history.starts_at(weekend, prediction.stage)
        if prediction.made_at >= starts_at and not prediction.replay:
            refused.append(
                f"{prediction.model} {prediction.model_version} for stage {prediction.stage} of "
                f"{weekend} was made at {prediction.made_at:%Y-%m-%d %H:%M} UTC, after the "
                f"session began at {starts_at:%Y-%m-%d %H:%M} UTC, and is not scored."
            )
        else:
            usable.append(replace(prediction, weekend=weekend))
    return usable, refused
