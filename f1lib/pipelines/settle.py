"""Settle predictions: what was said beside what happened, scored, into the store."""

from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from f1lib import outcomes
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
    for a weekend that has since got another number is carried over to it.
    """
    history = ingest.known(settings)
    history.race(weekend)
    simulated = history.snapshot.simulated
    with connection.connect(settings.store_address) as store:
        snapshot_log.record(store, history.snapshot, now=now)
        made, refused = _usable(
            _of_race(prediction_log.made(store, simulated=simulated), history, weekend),
            history,
            weekend,
        )
        recorded = []
        for stage in Stage:
            rows = outcomes.rows_of(history, weekend, stage)
            if rows.empty:
                continue
            outcome = outcome_log.record(
                store, weekend, stage, rows,
                snapshot=history.snapshot.sha256, simulated=simulated, now=now,
            )  # fmt: skip
            recorded.append(outcome)
            for prediction in made:
                if prediction.stage is stage:
                    prediction_log.record(store, prediction)  # the same one unless carried over
                    scored = scores.scored(prediction.forecast, outcome.rows)
                    score_log.record(store, prediction, outcome, scored)
        standing = score_log.current(store, simulated=simulated, first=weekend, last=weekend)
    return Settlement(weekend, history.snapshot, tuple(recorded), standing, tuple(refused))


def _of_race(
    made: list[Prediction], history: History, weekend: RaceWeekend
) -> list[tuple[Prediction, bool]]:
    """Predictions of the grand prix that `weekend` is now, and whether they were renumbered."""
    grand_prix = history.race(weekend)["grand_prix"]
    return [
        (prediction, prediction.weekend != weekend)
        for prediction in made
        if prediction.weekend.season == weekend.season and prediction.grand_prix == grand_prix
    ]


def _usable(
    made: list[tuple[Prediction, bool]], history: History, weekend: RaceWeekend
) -> tuple[list[Prediction], list[str]]:
    usable, refused = [], []
    for prediction, renumbered in made:
        starts_at = history.starts_at(weekend, prediction.stage)
        if prediction.made_at >= starts_at and not prediction.replay:
            refused.append(
                f"{prediction.model} {prediction.model_version} for stage {prediction.stage} of "
                f"{weekend} was made at {prediction.made_at:%Y-%m-%d %H:%M} UTC, after the "
                f"session began at {starts_at:%Y-%m-%d %H:%M} UTC, and is not scored."
            )
        else:
            usable.append(replace(prediction, weekend=weekend) if renumbered else prediction)
    return usable, refused
