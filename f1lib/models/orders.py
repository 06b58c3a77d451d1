"""Orders: from a few columns per car to one coherent order, and to gaps.

The order is an endurance (reverse) Plackett-Luce model in both stages, so that first place,
podium, top ten and expected position come from one distribution. Gaps to pole are a line through
the distances behind the best.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from f1lib.features.rounds import FloatArray, IntArray
from f1lib.models import choices, design
from f1lib.models.contract import Training, in_actual_order, recency_weights
from f1lib.predictions import Forecast
from f1lib.weekend import Cutoff, Stage

ITERATIONS = 8
NEAREST = 0.05  # %: an error below this weighs no more than one of this size
WIDEST_GAP = 5.0  # %: a wider gap tells of trouble, not of pace


@dataclass(frozen=True, slots=True)
class Past:
    """Rows of past weekends at one cutoff, of each race the last car first.

    `race` numbers the races 0, 1, ... and `place` is 1..n among the rows of the race; `gap` is the
    gap to pole, %, missing in stage race.
    """

    rows: pd.DataFrame
    race: IntArray
    place: IntArray
    gap: FloatArray

    @classmethod
    def of(cls, training: Training, stage: Stage, cutoff: Cutoff) -> "Past":
        """The rows at `cutoff` that have an outcome in `stage`."""
        outcome = training.of(stage)
        rows, race = in_actual_order(training.features[cutoff], outcome, last_first=True)
        gaps = outcome[["weekend", "driver", "gap_pct"]]
        gap = rows[["weekend", "driver"]].merge(gaps, how="left", on=["weekend", "driver"])
        end = np.searchsorted(race, race, side="right")
        return cls(rows, race, end - np.arange(len(race)), gap["gap_pct"].to_numpy(dtype=float))


@dataclass(frozen=True, slots=True)
class Order:
    """What is learnt: coefficients of the log rate at which a car drops out, and of its gap.

    `gap` is empty in stage race.
    """

    weakness: FloatArray
    gap: FloatArray = field(default_factory=lambda: np.zeros(0))

    def state(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {"weakness": self.weakness, "gap": self.gap}


def fit(
    past: Past, x: FloatArray, stage: Stage, *, half_life: float, l2: float, practice: bool
) -> Order:
    """The order that makes past orders most likely; a race counts half after `half_life` races.

    `x` (rows, columns) is the design of the log rate, penalised by `l2` in units of its standard
    deviations; `practice` tells whether gaps may use practice.
    """
    scale = np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
    weights = recency_weights(past.rows["weekend"].drop_duplicates(), half_life)
    found = choices.fit(choices.Races.stacked(x / scale, past.race), weights, l2=l2) / scale
    if stage is Stage.RACE:
        return Order(found)
    timed = np.isfinite(past.gap)
    columns = _behind(past.rows, x @ found, practice=practice)[timed]
    weights = recency_weights(past.rows["weekend"], half_life)[timed]
    return Order(found, _median_line(columns, np.minimum(past.gap[timed], WIDEST_GAP), weights))


def forecast(
    order: Order, rows: pd.DataFrame, x: FloatArray, stage: Stage, *, practice: bool
) -> Forecast:
    """What the order says of one field, whose design is `x`."""
    weakness = x @ order.weakness
    gap = None
    if stage is Stage.QUALIFYING:
        gap = np.maximum(_behind(rows, weakness, practice=practice) @ order.gap, 0.0)
    return Forecast.from_positions(stage, rows, choices.endurance_positions(weakness), gap)


def _behind(rows: pd.DataFrame, weakness: FloatArray, *, practice: bool) -> FloatArray:
    """Columns of the gap: one, then distances behind the best of the field."""
    values = [weakness, design.belief(rows, "qualifying_pace")]
    if practice:
        values.append(design.session(rows, "practice_gap"))
    return np.column_stack(
        [np.ones(len(rows)), *(design.behind_the_best(rows, value) for value in values)]
    )


def _median_line(x: FloatArray, y: FloatArray, weights: FloatArray) -> FloatArray:
    """Least absolute deviations by reweighting (Schlossmacher 1973): spoilt laps weigh little."""
    coefficients: FloatArray = np.zeros(x.shape[1])
    trust = weights
    for _ in range(ITERATIONS):
        gram = x.T @ (trust[:, None] * x) + 1e-6 * np.eye(x.shape[1])
        coefficients = np.asarray(np.linalg.solve(gram, x.T @ (trust * y)), dtype=np.float64)
        trust = weights / np.maximum(np.abs(y - x @ coefficients), NEAREST)
    return coefficients
