"""What was predicted, by whom, when, and knowing what."""

import json
from collections.abc import Collection
from typing import Any, TypedDict, Unpack

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, select

from f1lib.predictions import FORECAST_COLUMNS, FloatArray, Forecast, Prediction
from f1lib.store import append
from f1lib.store.schema import PREDICTION_ROWS, PREDICTIONS
from f1lib.weekend import Cutoff, RaceWeekend, Stage

NUMBERS = ("p_first", "p_top3", "p_top10", "expected_position", "gap_pct")
ONE_SERIES = ("weekend", "stage", "cutoff", "model", "model_version", "simulated")

Weekends = RaceWeekend | Collection[RaceWeekend]


def record(connection: Connection, prediction: Prediction) -> bool:
    """Remember `prediction`; False when the same one (its key, live or replay) is there already.

    Its snapshot must have been recorded before.
    """
    facts: dict[str, Any] = {
        name: getattr(prediction, name) for name in Prediction.__slots__ if name != "forecast"
    }
    facts["weekend"] = str(prediction.weekend)
    identity = append.row(connection, PREDICTIONS, facts)
    if identity is None:
        return False
    append.rows(connection, PREDICTION_ROWS, _rows(identity, prediction.forecast))
    return True


class Which(TypedDict, total=False):
    """Which predictions; what is not named may be any."""

    weekend: Weekends
    season: int
    grand_prix: str
    stage: Stage
    cutoff: Cutoff
    model: str
    model_version: str
    replay: bool
    simulated: bool


def made(connection: Connection, **which: Unpack[Which]) -> list[Prediction]:
    """Every prediction made, the oldest weekend first, then as they were made."""
    return _predictions(connection, select(PREDICTIONS.c.id).where(*_conditions(which)))


def latest(connection: Connection, **which: Unpack[Which]) -> list[Prediction]:
    """As `made`, but of each weekend, stage, cutoff, model, version and world only the newest.

    Pass `replay=False` for what was said in time: a later replay is newer than it.
    """
    age = func.row_number().over(
        partition_by=[PREDICTIONS.c[name] for name in ONE_SERIES],
        order_by=[PREDICTIONS.c.made_at.desc(), PREDICTIONS.c.id.desc()],
    )
    ranked = select(PREDICTIONS.c.id, age.label("age")).where(*_conditions(which)).subquery()
    return _predictions(connection, select(ranked.c.id).where(ranked.c.age == 1))


def _conditions(which: Which) -> list[ColumnElement[bool]]:
    weekend, season = which.pop("weekend", None), which.pop("season", None)
    found = [PREDICTIONS.c[name] == value for name, value in which.items()]
    if weekend is not None:
        weekends = [weekend] if isinstance(weekend, RaceWeekend) else weekend
        found.append(PREDICTIONS.c.weekend.in_([str(each) for each in weekends]))
    if season is not None:
        found.append(PREDICTIONS.c.weekend.startswith(f"{season}-"))
    return found


def _rows(identity: int, forecast: Forecast) -> list[dict[str, Any]]:
    frame, places = forecast.rows, forecast.positions
    columns: dict[str, list[Any]] = {
        "entry_index": list(range(len(frame))),
        "driver": frame["driver"].tolist(),
        "constructor": frame["constructor"].tolist(),
        **{name: append.numbers(frame[name].to_numpy(dtype=float)) for name in NUMBERS},
        # json writes a float by its repr, which reads back as the same float
        "positions": (
            [None] * len(frame) if places is None else [json.dumps(row) for row in places.tolist()]
        ),
    }
    names = list(columns)
    return [
        {"prediction_id": identity, **dict(zip(names, values, strict=True))}
        for values in zip(*columns.values(), strict=True)
    ]


def _predictions(connection: Connection, chosen: Select[int]) -> list[Prediction]:
    """The chosen predictions: one query for their origins, one for all their rows."""
    origins = connection.execute(
        select(PREDICTIONS)
        .where(PREDICTIONS.c.id.in_(chosen))
        .order_by(PREDICTIONS.c.weekend, PREDICTIONS.c.made_at, PREDICTIONS.c.id)
    )
    found = connection.execute(
        select(PREDICTION_ROWS)
        .where(PREDICTION_ROWS.c.prediction_id.in_(chosen))
        .order_by(PREDICTION_ROWS.c.prediction_id, PREDICTION_ROWS.c.entry_index)
    ).all()
    if not found:
        return []
    columns = dict(zip(PREDICTION_ROWS.c.keys(), zip(*found, strict=True), strict=True))
    identities = np.array(columns["prediction_id"])
    frame = pd.DataFrame(
        {
            name: np.array(columns[name], dtype=float) if name in NUMBERS else columns[name]
            for name in FORECAST_COLUMNS
        }
    )
    starts = np.flatnonzero(np.diff(identities, prepend=-1))
    ends = [*starts[1:].tolist(), len(frame)]
    spans = dict(
        zip(identities[starts].tolist(), zip(starts.tolist(), ends, strict=True), strict=True)
    )
    return [
        _prediction(origin, frame, columns["positions"], *spans[origin["id"]])
        for origin in origins.mappings()
    ]


def _prediction(
    origin: RowMapping, frame: pd.DataFrame, places: tuple[str | None, ...], start: int, end: int
) -> Prediction:
    facts: dict[str, Any] = {
        name: origin[name] for name in Prediction.__slots__ if name != "forecast"
    }
    facts["weekend"] = RaceWeekend.parse(facts["weekend"])
    facts["stage"] = Stage(facts["stage"])
    facts["cutoff"] = Cutoff(facts["cutoff"])
    rows = frame.iloc[start:end].reset_index(drop=True)
    said = [json.loads(text) for text in places[start:end] if text is not None]
    positions: FloatArray | None = np.array(said, dtype=np.float64) if said else None
    return Prediction(**facts, forecast=Forecast(facts["stage"], rows, positions))
