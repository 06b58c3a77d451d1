"""Boosting: both stages from the whole feature table of the cutoff, by boosted trees.

No stage stands on the other: stage race before qualifying is learnt from what is known then. The
trees say how long each car lasts; an endurance order with a fitted scale makes probabilities of
it. Where trees find nothing beyond chance the scale says so.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from f1lib.features import table
from f1lib.features.rounds import FloatArray
from f1lib.models import design, orders, trees
from f1lib.models.contract import Field, Training, recency_weights
from f1lib.models.orders import Order, Past
from f1lib.models.trees import Forest, Growth
from f1lib.predictions import Forecast
from f1lib.weekend import Cutoff, Stage

BELIEFS = ("finishing", "race_pace", "qualifying_pace")
OF_THE_ROUND = ("circuit_stickiness",)  # the same for the whole field
AS_IT_IS = ("n_recent_races",)  # a car's own number, whatever the field has
NEAR = 0.15  # of the log rate: distances to the best below this are alike


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that is chosen rather than learnt."""

    growth: Growth = field(default_factory=Growth)
    qualifying_half_life: float = 60.0  # races
    race_half_life: float = 120.0
    scale_l2: float = 1.0

    def half_life(self, stage: Stage) -> float:
        """Races after which a race counts half in `stage`."""
        return self.qualifying_half_life if stage is Stage.QUALIFYING else self.race_half_life

    def plain(self) -> dict[str, Any]:
        """The recipe as plain values."""
        return asdict(self)


def columns(rows: pd.DataFrame, cutoff: Cutoff) -> FloatArray:
    """Every feature of the cutoff against the field's median, and distances to the best.

    Missing stays missing: trees decide where it belongs.
    """
    names = table.FEATURES[cutoff]
    features = rows[list(names)].astype(float)
    own = [name for name in names if name not in {*OF_THE_ROUND, *AS_IT_IS}]
    features[own] -= features[own].groupby(rows["weekend"]).transform("median")
    beliefs = [design.belief(rows, noun) for noun in BELIEFS]
    found = [features.to_numpy(), *beliefs]
    found += [design.behind_the_best(rows, belief) for belief in beliefs]
    if cutoff is Cutoff.BEFORE_RACE:
        grid = rows.groupby("weekend")["grid_order"].rank(na_option="bottom")
        found += [grid.to_numpy(dtype=float), rows["qualifying_gap"].to_numpy(dtype=float)]
    return np.column_stack(found)


class Boosting:
    """Boosted trees of both stages; see `Model` for what it promises."""

    name: ClassVar[str] = "boosting"

    def __init__(self, recipe: Recipe | None = None) -> None:
        self.recipe = recipe or Recipe()
        self._parts: dict[tuple[Stage, Cutoff], tuple[Forest, Order]] = {}

    def covers(self, stage: Stage, cutoff: Cutoff) -> bool:
        return stage is Stage.RACE or cutoff is not Cutoff.BEFORE_RACE

    def fit(self, training: Training) -> Self:
        training.required()
        self._parts = {
            (stage, cutoff): self._part(Past.of(training, stage, cutoff), stage, cutoff)
            for cutoff in Cutoff
            for stage in Stage
            if self.covers(stage, cutoff)
        }
        return self

    def _part(self, past: Past, stage: Stage, cutoff: Cutoff) -> tuple[Forest, Order]:
        """Trees, and the scale that their held-out scores deserve."""
        half_life = self.recipe.half_life(stage)
        times = trees.savage(past.place, np.bincount(past.race)[past.race])
        weights = recency_weights(past.rows["weekend"], half_life)
        x = columns(past.rows, cutoff)
        forest, held_out = trees.fit(x, times, past.race, weights, self.recipe.growth)
        order = orders.fit(
            past,
            _scores(past.rows, held_out),
            stage,
            half_life=half_life,
            l2=self.recipe.scale_l2,
            practice=design.practised(cutoff),
        )
        return forest, order

    def forecast(self, field: Field) -> dict[Stage, Forecast]:
        x = columns(field.rows, field.cutoff)
        said = {}
        for stage in Stage:
            if self.covers(stage, field.cutoff):
                forest, order = self._parts[stage, field.cutoff]
                scores = _scores(field.rows, forest.weakness(x))
                practice = design.practised(field.cutoff)
                said[stage] = orders.forecast(order, field.rows, scores, stage, practice=practice)
        return said

    def state(self) -> dict[str, Any]:
        return {
            "recipe": self.recipe.plain(),
            **{
                f"{stage} {cutoff}": {"forest": forest.state(), "order": order.state()}
                for (stage, cutoff), (forest, order) in self._parts.items()
            },
        }


def _scores(rows: pd.DataFrame, weakness: FloatArray) -> FloatArray:
    """The log rate, and the log of its distance to the best."""
    behind = design.behind_the_best(rows, weakness)
    return np.column_stack([behind, np.log(behind + NEAR)])
