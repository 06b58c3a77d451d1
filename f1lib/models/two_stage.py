"""The two-stage model: qualifying and race, trained, versioned and promoted as one.

Before the race stage race knows the grid. Before qualifying it averages over the grids that
stage qualifying simulates: that is what two-stage means here.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from f1lib.errors import RegistryError
from f1lib.features.rounds import FloatArray
from f1lib.features.table import Recipe as FeatureRecipe
from f1lib.models import qualifying, race
from f1lib.models.contract import Field, Training
from f1lib.predictions import Forecast
from f1lib.weekend import Cutoff, Stage


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that is chosen rather than learnt; another recipe is another minor version."""

    features: FeatureRecipe = field(default_factory=FeatureRecipe)
    qualifying_half_life: float = 30.0  # races
    qualifying_l2: float = 20.0
    race_half_life: float = 120.0
    race_l2: float = 5.0
    n_sessions: int = 4_000  # simulated qualifying sessions
    n_grids: int = 1_000  # of them handed on to stage race
    n_races: int = 10  # simulated for each grid
    seed: int = 20250101

    def plain(self) -> dict[str, Any]:
        """The recipe as plain values, for a manifest."""
        return asdict(self)


class TwoStage:
    """The workbench's own model; see `Model` for what it promises."""

    name: ClassVar[str] = "two_stage"
    contract: ClassVar[int] = 1  # major version: what a state must hold

    def __init__(self, recipe: Recipe | None = None) -> None:
        self.recipe = recipe or Recipe()
        self._paces: dict[Cutoff, qualifying.Pace] = {}
        self._strength = np.zeros(0)

    def covers(self, stage: Stage, cutoff: Cutoff) -> bool:
        return stage is Stage.RACE or cutoff is not Cutoff.BEFORE_RACE

    def fit(self, training: Training) -> Self:
        training.required()
        self._paces = {
            cutoff: qualifying.fit(
                training,
                cutoff,
                half_life=self.recipe.qualifying_half_life,
                l2=self.recipe.qualifying_l2,
            )
            for cutoff in qualifying.CUTOFFS
        }
        self._strength = race.fit(
            training, half_life=self.recipe.race_half_life, l2=self.recipe.race_l2
        )
        return self

    def forecast(self, field: Field) -> dict[Stage, Forecast]:
        if field.cutoff is Cutoff.BEFORE_RACE:
            positions = race.positions(self._strength, field.rows)
            return {Stage.RACE: Forecast.from_positions(Stage.RACE, field.rows, positions)}
        sessions = qualifying.simulate(
            self._paces[field.cutoff],
            field.rows,
            n=self.recipe.n_sessions,
            rng=self._luck(field, Stage.QUALIFYING),
        )
        finished = race.simulate(
            self._strength,
            _grids(sessions, field.rows, self.recipe.n_grids),
            each=self.recipe.n_races,
            rng=self._luck(field, Stage.RACE),
        )
        positions = qualifying.counted_positions(finished)
        return {
            Stage.QUALIFYING: qualifying.forecast(sessions, field.rows),
            Stage.RACE: Forecast.from_positions(Stage.RACE, field.rows, positions),
        }

    def _luck(self, field: Field, stage: Stage) -> np.random.Generator:
        """Draws of its own for each weekend, cutoff and stage, the same every time."""
        weekend = str(field.rows["weekend"].iloc[0])
        key = [*map(int, weekend.split("-")), list(Cutoff).index(field.cutoff), *stage.encode()]
        return np.random.default_rng(np.random.SeedSequence(self.recipe.seed, spawn_key=key))

    def state(self) -> dict[str, Any]:
        return {
            "contract": self.contract,
            "recipe": self.recipe.plain(),
            "qualifying": qualifying.state(self._paces),
            "race": self._strength,
        }

    @classmethod
    def from_state(cls, plain: Mapping[str, Any]) -> Self:
        """The model as it was when `state` was taken. Raises RegistryError for another contract."""
        if plain.get("contract") != cls.contract:
            raise RegistryError(
                f"This model keeps contract {plain.get('contract')}; this code reads contract "
                f"{cls.contract}. Train a new version (`f1lib retrain`)."
            )
        recipe = dict(plain["recipe"])
        try:
            features = recipe.pop("features")
            features = FeatureRecipe(**{**features, "resets": tuple(features["resets"])})
            model = cls(Recipe(features=features, **recipe))
        except (TypeError, KeyError) as exc:
            raise RegistryError(
                f"The recipe of this model is not one that this code knows ({exc}). Train a new "
                "version (`f1lib retrain`)."
            ) from exc
        model._paces = qualifying.from_state(plain["qualifying"])
        model._strength = np.asarray(plain["race"], dtype=float)
        return model


def _grids(sessions: qualifying.Sessions, rows: pd.DataFrame, n: int) -> pd.DataFrame:
    """The field once for each of the first `n` simulated sessions, on the grid it would have."""
    n = min(n, len(sessions.order))
    fastest: FloatArray = np.nanmin(sessions.pace[:n], axis=1, keepdims=True)
    whole = rows.loc[np.tile(rows.index, n)].reset_index(drop=True)
    return whole.assign(
        weekend=np.repeat(np.arange(n), len(rows)),
        grid_order=sessions.order[:n].ravel(),
        qualifying_gap=(sessions.pace[:n] - fastest).ravel(),
        grid_places_lost=0.0,
        pit_lane=0.0,
    )
