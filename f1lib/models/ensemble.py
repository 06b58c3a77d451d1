"""Ensemble: the two-stage model and the boosted trees, pooled.

A logarithmic pool (Genest and Zidek 1986) of their position probabilities with a weight fixed in
advance, brought back to rows and columns that sum to one: first place, podium and top ten agree.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import pandas as pd

from f1lib.features.rounds import FloatArray
from f1lib.models import choices
from f1lib.models.boosting import Boosting
from f1lib.models.boosting import Recipe as BoostingRecipe
from f1lib.models.contract import Field, Training
from f1lib.models.two_stage import Recipe as TwoStageRecipe
from f1lib.models.two_stage import TwoStage
from f1lib.predictions import Forecast
from f1lib.weekend import Cutoff, Stage

ROUNDS = 2_000  # a pool is further from balance than what simulations count


@dataclass(frozen=True, slots=True)
class Recipe:
    """The recipes of both members, and the weight (0..1) of the boosted trees."""

    two_stage: TwoStageRecipe = field(default_factory=TwoStageRecipe)
    boosting: BoostingRecipe = field(default_factory=BoostingRecipe)
    weight: float = 0.2

    def plain(self) -> dict[str, Any]:
        """The recipe as plain values."""
        return {
            "two_stage": self.two_stage.plain(),
            "boosting": self.boosting.plain(),
            "weight": self.weight,
        }


class Ensemble:
    """Two models asked together; see `Model` for what it promises."""

    name: ClassVar[str] = "ensemble"

    def __init__(self, recipe: Recipe | None = None) -> None:
        self.recipe = recipe or Recipe()
        self._two_stage = TwoStage(self.recipe.two_stage)
        self._boosting = Boosting(self.recipe.boosting)

    def covers(self, stage: Stage, cutoff: Cutoff) -> bool:
        return self._two_stage.covers(stage, cutoff) and self._boosting.covers(stage, cutoff)

    def fit(self, training: Training) -> Self:
        self._two_stage.fit(training)
        self._boosting.fit(training)
        return self

    def forecast(self, field: Field) -> dict[Stage, Forecast]:
        first, second = self._two_stage.forecast(field), self._boosting.forecast(field)
        return {stage: self._pooled(first[stage], second[stage], field.rows) for stage in first}

    def _pooled(self, one: Forecast, other: Forecast, rows: pd.DataFrame) -> Forecast:
        weight = self.recipe.weight
        positions = pooled(_positions(one), _positions(other), weight)
        gap = (1 - weight) * one.rows["gap_pct"] + weight * other.rows["gap_pct"]
        return Forecast.from_positions(one.stage, rows, positions, gap.to_numpy(dtype=float))

    def state(self) -> dict[str, Any]:
        return {
            "weight": self.recipe.weight,
            "two_stage": self._two_stage.state(),
            "boosting": self._boosting.state(),
        }


def pooled(one: FloatArray, other: FloatArray, weight: float) -> FloatArray:
    """Position probabilities proportional to one^(1 - weight) x other^weight, balanced.

    >>> import numpy as np
    >>> even, sure = np.full((2, 2), 0.5), np.array([[0.9, 0.1], [0.1, 0.9]])
    >>> pooled(even, sure, 0.5).round(6)   # odds of 9 to 1 become 3 to 1
    array([[0.75, 0.25],
           [0.25, 0.75]])
    """
    return choices.balanced(one ** (1 - weight) * other**weight, rounds=ROUNDS)


def _positions(forecast: Forecast) -> FloatArray:
    if forecast.positions is None:
        raise TypeError("A pool needs position probabilities from both members.")
    return forecast.positions
