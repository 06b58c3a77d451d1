"""What every model promises.

A model is fitted on a `Training` and then forecasts a `Field`, one weekend at one cutoff. Fitting
twice on the same training gives the same state; whatever the field looks like (18 to 26 cars,
newcomers, missing sessions, shared grid slots) the probabilities are finite and sum to one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import pandas as pd

from f1lib import outcomes
from f1lib.errors import InsufficientHistoryError
from f1lib.features import table
from f1lib.features.rounds import FloatArray, IntArray
from f1lib.predictions import Forecast
from f1lib.tables.history import History
from f1lib.weekend import Cutoff, RaceWeekend, Stage

MINIMUM_RACES = 20


@dataclass(frozen=True, slots=True)
class Training:
    """Past weekends: a feature table per cutoff, and the outcomes of both stages."""

    features: Mapping[Cutoff, pd.DataFrame]
    qualifying: pd.DataFrame
    race: pd.DataFrame

    @classmethod
    def from_history(
        cls, history: History, recipe: table.Recipe, cutoffs: Iterable[Cutoff] = tuple(Cutoff)
    ) -> "Training":
        """Everything in `history` as training material; cut it with `before` to train honestly."""
        return cls(
            {cutoff: table.build(history, cutoff, recipe) for cutoff in cutoffs},
            outcomes.happened(history, Stage.QUALIFYING),
            outcomes.happened(history, Stage.RACE),
        )

    def before(self, weekend: RaceWeekend) -> "Training":
        """What of it is known before `weekend`: earlier weekends only."""
        key = str(weekend)
        return Training(
            {
                cutoff: frame[frame["weekend"] < key].reset_index(drop=True)
                for cutoff, frame in self.features.items()
            },
            self.qualifying[self.qualifying["weekend"] < key].reset_index(drop=True),
            self.race[self.race["weekend"] < key].reset_index(drop=True),
        )

    def field(self, weekend: RaceWeekend, cutoff: Cutoff) -> "Field":
        """The field of `weekend` at `cutoff`."""
        frame = self.features[cutoff]
        mine = frame[frame["weekend"] == str(weekend)].reset_index(drop=True)
        if mine.empty:
            raise InsufficientHistoryError(
                f"Nobody is known to take part in {weekend} at cutoff {cutoff}. Submit an entry "
                f"list (`f1lib submit entries FILE --weekend {weekend}`) or import a newer archive."
            )
        return Field(cutoff, mine)

    def of(self, stage: Stage) -> pd.DataFrame:
        """The outcomes of one stage."""
        return self.qualifying if stage is Stage.QUALIFYING else self.race

    @property
    def n_races(self) -> int:
        """Number of races with an outcome."""
        return int(self.race["weekend"].nunique())

    def required(self, n: int = MINIMUM_RACES) -> Self:
        """This training, or InsufficientHistoryError if it has fewer than `n` races."""
        if self.n_races < n:
            raise InsufficientHistoryError(
                f"{self.n_races} races are too few to fit a model; {n} are needed. "
                "Import an archive with more seasons.",
                n_races=self.n_races,
            )
        return self


@dataclass(frozen=True, slots=True)
class Field:
    """The entries of one weekend, one feature row each, as known at `cutoff`."""

    cutoff: Cutoff
    rows: pd.DataFrame


def in_actual_order(
    rows: pd.DataFrame, outcome: pd.DataFrame, *, last_first: bool = False
) -> tuple[pd.DataFrame, IntArray]:
    """Feature rows with an outcome, by race and actual order; and the number of each row's race."""
    places = outcome[["weekend", "driver", "position"]]
    joined = rows.merge(places, on=["weekend", "driver"])
    joined = joined.sort_values(
        ["weekend", "position"], ascending=[True, not last_first], kind="stable", ignore_index=True
    )
    race = joined.groupby("weekend", sort=True).ngroup()
    return joined, np.asarray(race.to_numpy(), dtype=np.int64)


def recency_weights(weekends: "pd.Series[str]", half_life: float) -> FloatArray:
    """1 for the latest weekend, half of it after `half_life` further weekends; one per row."""
    number = weekends.rank(method="dense").to_numpy(dtype=float)
    return np.asarray(0.5 ** ((number.max() - number) / half_life), dtype=np.float64)


class Model(Protocol):
    """The contract. `covers` tells which (stage, cutoff) pairs it has something to say about."""

    name: ClassVar[str]

    def covers(self, stage: Stage, cutoff: Cutoff) -> bool:
        """Whether the model forecasts `stage` at `cutoff`."""

    def fit(self, training: Training) -> Self:
        """Learn from past weekends; returns the model itself."""

    def forecast(self, field: Field) -> dict[Stage, Forecast]:
        """What it says about each stage it covers at the cutoff of the field."""

    def state(self) -> dict[str, Any]:
        """All that was learnt: dicts, numbers, texts and arrays."""
