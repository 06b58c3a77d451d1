"""Settled forecasts of the champion: what was said beside what happened, one voice a round."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import pandas as pd

from f1lib.predictions import FloatArray, Forecast, Prediction
from f1lib.scoring.reliability import PLACES
from f1lib.scoring.settled import BoolArray
from f1lib.settings import Settings
from f1lib.store import connection, outcome_log, prediction_log
from f1lib.tables.history import History
from f1lib.versions import ModelVersion
from f1lib.weekend import Cutoff, RaceWeekend, Stage

WINNER_COLUMNS = ("weekend", "race", "winner", "p_winner", "favourite", "p_favourite")


class Speakers(Enum):
    """Whose forecasts count beside a version's own, on rounds on which it said nothing itself."""

    ITSELF = "nobody's"
    RECIPE = "its earlier patches'"  # the same recipe, fitted on fewer races
    ANYBODY = "any version's"

    def include(self, name: str, version: str) -> bool:
        """Whether what `name` said counts for `version`; the baselines ("") always do."""
        if name in {version, ""} or self is Speakers.ANYBODY:
            return True
        if self is Speakers.ITSELF or not version:
            return False
        said, of = ModelVersion.parse(name), ModelVersion.parse(version)
        return (said.major, said.minor) == (of.major, of.minor) and said.patch < of.patch


@dataclass(frozen=True, slots=True)
class Round:
    """One settled round: the forecast of one stage at one cutoff, and the outcome's rows.

    `version` is that of the model that made it, "" for a frozen baseline.
    """

    weekend: RaceWeekend
    version: str
    forecast: Forecast
    outcome: pd.DataFrame

    @property
    def winner(self) -> str:
        """Who was first."""
        return str(self.outcome["driver"].iloc[0])

    @property
    def p_winner(self) -> float:
        """What the forecast gave to who was first; 0 if it did not know him."""
        rows = self.forecast.rows
        return float(rows.loc[rows["driver"] == self.winner, "p_first"].sum())


def one_voice(
    standing: pd.DataFrame, version: str, *, speakers: Speakers = Speakers.ITSELF
) -> pd.DataFrame:
    """Scores of this champion and of the baselines; what was said in time before a replay.

    Also those of its earlier patches on rounds on which it said nothing, the newest first; or, of
    anybody, whatever was said in time before any replay. `standing` has score_log.SCORE_COLUMNS.
    """
    names = standing["model_version"]
    counted = [name for name in names.unique() if speakers.include(name, version)]
    mine = standing[names.isin(counted)]
    rank = {name: _age(name, version) for name in mine["model_version"].unique()}
    places = {name: place for place, name in enumerate(sorted(rank, key=lambda name: rank[name]))}
    age = mine["model_version"].map(places)
    order = ["replay", "age"] if speakers is Speakers.ANYBODY else ["age", "replay"]
    mine = mine.assign(age=age).sort_values(order, kind="stable").drop(columns="age")
    return mine.drop_duplicates(
        ["weekend", "stage", "cutoff", "model", "metric"], ignore_index=True
    ).sort_values(["weekend", "stage", "cutoff", "model", "metric"], ignore_index=True)


def _age(name: str, version: str) -> tuple[int, ...]:
    """Sorts this version first, then the others from the newest on."""
    if name in {version, ""}:
        return (0,)
    found = ModelVersion.parse(name)
    return (1, -found.major, -found.minor, -found.patch)


def _rank(said: Prediction, version: str, speakers: Speakers) -> tuple[object, ...]:
    age = _age(said.model_version, version)
    return (said.replay, age) if speakers is Speakers.ANYBODY else (age, said.replay)


def rounds(
    settings: Settings,
    stage: Stage,
    cutoff: Cutoff,
    *,
    model: str,
    version: str,
    simulated: bool,
    weekends: Collection[RaceWeekend] | None = None,
    before: RaceWeekend | None = None,
    speakers: Speakers = Speakers.ITSELF,
) -> list[Round]:
    """What `model` said of `stage` at `cutoff`, where the outcome is known, in calendar order.

    Of the rounds in `weekends` (None: any) earlier than `before`; one forecast a round, chosen as
    in `one_voice`.
    """
    with connection.reading(settings.store_address) as store:
        happened = {
            outcome.weekend: outcome.rows
            for outcome in outcome_log.known(store, stage=stage, simulated=simulated)
            if (weekends is None or outcome.weekend in weekends)
            and (before is None or outcome.weekend < before)
        }
        made = [
            prediction
            for replay in (False, True)  # asked apart: of both only the newer one would come
            for prediction in prediction_log.latest(
                store, weekend=list(happened), stage=stage, cutoff=cutoff, model=model,
                simulated=simulated, replay=replay,
            )
        ]  # fmt: skip
    chosen: dict[RaceWeekend, Prediction] = {}
    for said in sorted(made, key=lambda each: _rank(each, version, speakers)):
        if speakers.include(said.model_version, version):
            chosen.setdefault(said.weekend, said)
    return [
        Round(weekend, said.model_version, said.forecast, happened[weekend])
        for weekend, said in sorted(chosen.items(), key=lambda pair: pair[0])
    ]


def winners(of: Sequence[Round], history: History) -> pd.DataFrame:
    """WINNER_COLUMNS, a row per round: who won and who was the favourite, by name."""
    names = history["drivers"].set_index("driver")["name"]
    rows = []
    for each in of:
        said = each.forecast.rows
        favourite = said.iloc[int(said["p_first"].to_numpy(dtype=float).argmax())]
        rows.append(
            (
                str(each.weekend),
                str(history.race(each.weekend)["name"]).removesuffix(" Grand Prix"),
                names.get(each.winner, each.winner),
                each.p_winner,
                names.get(favourite["driver"], favourite["driver"]),
                float(favourite["p_first"]),
            )
        )
    return pd.DataFrame(rows, columns=list(WINNER_COLUMNS))


def came_true(of: Sequence[Round], what: str = "p_first") -> tuple[FloatArray, BoolArray]:
    """Probabilities and what became of them, both (rounds, cars), absent cars with p = 0.

    `what` is a key of reliability.PLACES.
    """
    ps, hits = [], []
    for each in of:
        ahead = each.outcome.loc[each.outcome["position"] <= PLACES[what], "driver"]
        ps.append(each.forecast.rows[what].to_numpy(dtype=float))
        hits.append(each.forecast.rows["driver"].isin(ahead).to_numpy(dtype=bool))
    width = max(map(len, ps), default=0)
    p = np.array([np.pad(row, (0, width - len(row))) for row in ps]).reshape(len(ps), width)
    hit = np.array([np.pad(row, (0, width - len(row))) for row in hits], dtype=bool)
    return p, hit.reshape(len(ps), width)
