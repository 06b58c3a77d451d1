"""Ratings: both stages from the strengths before the weekend, and from nothing else.

No practice, no qualifying, no grid: what it says is the same at every cutoff but for the entries.
It shows what the sessions of a weekend are worth to the other models.
"""

from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from f1lib.features.rounds import FloatArray
from f1lib.models import design, orders
from f1lib.models.contract import Field, Training
from f1lib.models.orders import Order, Past
from f1lib.predictions import Forecast
from f1lib.weekend import Cutoff, Stage

NEAR = 0.15  # % of a lap, normal scores: distances to the best below this are alike
L2 = 20.0
HALF_LIFE = 120.0  # races


def columns(rows: pd.DataFrame) -> FloatArray:
    """Finishing, race pace and one-lap pace against the field; distances to the best as logs."""
    finishing, race_pace, qualifying_pace = (
        design.belief(rows, noun) for noun in ("finishing", "race_pace", "qualifying_pace")
    )
    return np.column_stack(
        [
            finishing,
            race_pace,
            qualifying_pace,
            np.log(design.behind_the_best(rows, finishing) + NEAR),
            np.log(design.behind_the_best(rows, qualifying_pace) + NEAR),
        ]
    )


class Ratings:
    """Five coefficients a stage on as-of strengths; see `Model` for what it promises."""

    name: ClassVar[str] = "ratings"

    def __init__(self) -> None:
        self._orders: dict[Stage, Order] = {}

    def covers(self, stage: Stage, cutoff: Cutoff) -> bool:
        return stage is Stage.RACE or cutoff is not Cutoff.BEFORE_RACE

    def fit(self, training: Training) -> Self:
        training.required()
        for stage in Stage:
            past = Past.of(training, stage, Cutoff.BEFORE_RACE)  # whose entries took part
            self._orders[stage] = orders.fit(
                past, columns(past.rows), stage, half_life=HALF_LIFE, l2=L2, practice=False
            )
        return self

    def forecast(self, field: Field) -> dict[Stage, Forecast]:
        x = columns(field.rows)
        return {
            stage: orders.forecast(order, field.rows, x, stage, practice=False)
            for stage, order in self._orders.items()
            if self.covers(stage, field.cutoff)
        }

    def state(self) -> dict[str, Any]:
        return {stage.value: order.state() for stage, order in self._orders.items()}
