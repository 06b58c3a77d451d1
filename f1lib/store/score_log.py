"""How good each prediction was, measured on a revision of what happened."""

import pandas as pd
from sqlalchemy import ColumnElement, Connection, func, select

from f1lib.errors import StoreError
from f1lib.outcomes import Outcome
from f1lib.predictions import Prediction
from f1lib.store import append
from f1lib.store.schema import OUTCOMES, PREDICTIONS, SCORES
from f1lib.weekend import Cutoff, RaceWeekend, Stage

SCORE_COLUMNS = (
    "weekend",
    "stage",
    "cutoff",
    "model",
    "model_version",
    "replay",
    "simulated",
    "metric",
    "value",
    "n",
    "revision",  # of the outcome
)
ONE_SERIES = ("weekend", "stage", "cutoff", "model", "model_version", "replay", "simulated")


def record(
    connection: Connection, prediction: Prediction, outcome: Outcome, scores: pd.DataFrame
) -> bool:
    """Remember `scores` (metric, value, n); False when all of them were there already.

    A score once recorded stands. Prediction and outcome must have been recorded before.
    """
    prediction_id = _prediction_id(connection, prediction)
    outcome_id = _outcome_id(connection, outcome, simulated=prediction.simulated)
    values = append.numbers(scores["value"].to_numpy(dtype=float))
    new = [
        {
            "prediction_id": prediction_id,
            "outcome_id": outcome_id,
            "metric": str(metric),
            "value": value,
            "n": int(n),
        }
        for metric, value, n in zip(scores["metric"], values, scores["n"], strict=True)
    ]
    return append.rows(connection, SCORES, new) > 0


def current(
    connection: Connection,
    *,
    simulated: bool,
    replay: bool | None = None,
    stage: Stage | None = None,
    cutoff: Cutoff | None = None,
    model: str | None = None,
    model_version: str | None = None,
    first: RaceWeekend | None = None,
    last: RaceWeekend | None = None,
) -> pd.DataFrame:
    """The scores that stand, as a long frame of SCORE_COLUMNS in calendar order.

    Of each weekend, stage, cutoff, model and version (live and replay apart): the newest scored
    prediction, on the newest revision of the outcome it was scored on. `first` and `last` bound
    the weekends, both included; None: any.
    """
    wanted = {
        "simulated": simulated,
        "replay": replay,
        "stage": stage,
        "cutoff": cutoff,
        "model": model,
        "model_version": model_version,
    }
    limits = [PREDICTIONS.c[name] == value for name, value in wanted.items() if value is not None]
    if first is not None:
        limits.append(PREDICTIONS.c.weekend >= str(first))
    if last is not None:
        limits.append(PREDICTIONS.c.weekend <= str(last))
    return _newest(connection, limits)


def settled_as(
    connection: Connection, season: int, *, simulated: bool
) -> set[tuple[RaceWeekend, str]]:
    """Under which number each grand prix of a season has been scored."""
    found = connection.execute(
        select(PREDICTIONS.c.weekend, PREDICTIONS.c.grand_prix)
        .join_from(SCORES, PREDICTIONS, SCORES.c.prediction_id == PREDICTIONS.c.id)
        .where(PREDICTIONS.c.weekend.startswith(f"{season}-"), PREDICTIONS.c.simulated == simulated)
        .distinct()
    )
    return {(RaceWeekend.parse(weekend), grand_prix) for weekend, grand_prix in found}


def _newest(connection: Connection, limits: list[ColumnElement[bool]]) -> pd.DataFrame:
    age = func.dense_rank().over(
        partition_by=[PREDICTIONS.c[name] for name in ONE_SERIES],
        order_by=[
            PREDICTIONS.c.made_at.desc(),
            PREDICTIONS.c.id.desc(),
            OUTCOMES.c.revision.desc(),
        ],
    )
    ranked = (
        select(
            *(PREDICTIONS.c[name] for name in ONE_SERIES),
            SCORES.c.metric, SCORES.c.value, SCORES.c.n, OUTCOMES.c.revision, age.label("age"),
        )
        .join_from(SCORES, PREDICTIONS, SCORES.c.prediction_id == PREDICTIONS.c.id)
        .join(OUTCOMES, SCORES.c.outcome_id == OUTCOMES.c.id)
        .where(*limits)
        .subquery()
    )  # fmt: skip
    columns = [ranked.c[name] for name in SCORE_COLUMNS]
    found = connection.execute(
        select(*columns).where(ranked.c.age == 1).order_by(*columns[: len(ONE_SERIES) + 1])
    ).all()
    frame = pd.DataFrame(found, columns=list(SCORE_COLUMNS))
    text = {"weekend", "stage", "cutoff", "model", "model_version", "metric"}
    return frame.astype(
        {
            **dict.fromkeys(text, "str"),
            **dict.fromkeys(("replay", "simulated"), "bool"),
            **dict.fromkeys(("n", "revision"), "int64"),
            "value": "float64",
        }
    )


def _prediction_id(connection: Connection, prediction: Prediction) -> int:
    found = connection.execute(
        select(PREDICTIONS.c.id).where(
            PREDICTIONS.c.weekend == str(prediction.weekend),
            PREDICTIONS.c.stage == prediction.stage,
            PREDICTIONS.c.cutoff == prediction.cutoff,
            PREDICTIONS.c.model == prediction.model,
            PREDICTIONS.c.model_version == prediction.model_version,
            PREDICTIONS.c.inputs_sha256 == prediction.inputs_sha256,
            PREDICTIONS.c.replay == prediction.replay,
            PREDICTIONS.c.simulated == prediction.simulated,
        )
    ).scalar_one_or_none()
    if found is None:
        raise StoreError(
            f"The prediction of {prediction.model} for stage {prediction.stage} of "
            f"{prediction.weekend} was scored, but never recorded. Record it first."
        )
    return int(found)


def _outcome_id(connection: Connection, outcome: Outcome, *, simulated: bool) -> int:
    found = connection.execute(
        select(OUTCOMES.c.id).where(
            OUTCOMES.c.weekend == str(outcome.weekend),
            OUTCOMES.c.stage == outcome.stage,
            OUTCOMES.c.revision == outcome.revision,
            OUTCOMES.c.simulated == simulated,
        )
    ).scalar_one_or_none()
    if found is None:
        raise StoreError(
            f"Revision {outcome.revision} of stage {outcome.stage} of {outcome.weekend} was scored "
            f"against, but never recorded{' as simulated' if simulated else ''}. Record it first."
        )
    return int(found)
