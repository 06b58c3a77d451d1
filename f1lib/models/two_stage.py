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
from f1lib.features.rounds import FloatArray, IntArray
from f1lib.features.table import Recipe as FeatureRecipe
from f1lib.models import choices, design, qualifying, race
from f1lib.models.contract import Field, Training
from f1lib.predictions import Forecast
from f1lib.weekend import Cutoff, Stage

EXPLAINED_GRIDS = 200  # enough for a mean over grids


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that is chosen rather than learnt; another recipe is another minor version."""

    features: FeatureRecipe = field(default_factory=FeatureRecipe)
    qualifying_half_life: float = 30.0  # races
    qualifying_l2: float = 80.0
    scatter_half_life: float = 60.0
    race_half_life: float = 120.0
    race_l2: float = 100.0
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
    contract: ClassVar[int] = 2  # major version: what a state must hold

    def __init__(self, recipe: Recipe | None = None) -> None:
        self.recipe = recipe or Recipe()
        self._paces: dict[Cutoff, qualifying.Pace] = {}
        self._strength: dict[Cutoff, FloatArray] = {}

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
                scatter_half_life=self.recipe.scatter_half_life,
            )
            for cutoff in qualifying.CUTOFFS
        }
        with_practice, without = (
            race.fit(
                training,
                practice=practice,
                half_life=self.recipe.race_half_life,
                l2=self.recipe.race_l2,
            )
            for practice in (True, False)
        )
        self._strength = {
            cutoff: with_practice if design.practised(cutoff) else without for cutoff in Cutoff
        }
        return self

    def forecast(self, field: Field) -> dict[Stage, Forecast]:
        if field.cutoff is Cutoff.BEFORE_RACE:
            positions = choices.endurance_positions(self._weakness(field.rows, field.cutoff))
            return {Stage.RACE: Forecast.from_positions(Stage.RACE, field.rows, positions)}
        sessions = self._sessions(field)
        grids = _grids(sessions, field.rows, self.recipe.n_grids)
        weakness = self._weakness(grids, field.cutoff).reshape(-1, len(field.rows))
        finished = race.simulate(
            weakness, each=self.recipe.n_races, rng=self._luck(field, Stage.RACE)
        )
        positions = qualifying.counted_positions(finished)
        return {
            Stage.QUALIFYING: qualifying.forecast(sessions, field.rows),
            Stage.RACE: Forecast.from_positions(Stage.RACE, field.rows, positions),
        }

    def contributions(self, field: Field) -> pd.DataFrame:
        """Why each car is expected where it is: stage, driver, reason, value.

        Per stage what each group of features adds to the linear predictor, against the mean of
        the field; negative moves a car forward. Stage qualifying: % of a lap. Stage race: the log
        of the rate at which a car drops out, so that -0.7 halves it; before qualifying the mean
        over simulated grids.
        """
        rows, practice = field.rows, design.practised(field.cutoff)
        said: dict[Stage, Mapping[str, FloatArray]] = {}
        if field.cutoff is Cutoff.BEFORE_RACE:
            on_grid = race.contributions(self._strength[field.cutoff], rows, practice=practice)
        else:
            pace = self._paces[field.cutoff]
            said[Stage.QUALIFYING] = qualifying.contributions(pace, rows, field.cutoff)
            grids = _grids(self._sessions(field), rows, EXPLAINED_GRIDS)
            on_grids = race.contributions(self._strength[field.cutoff], grids, practice=practice)
            on_grid = {
                name: values.reshape(-1, len(rows)).mean(axis=0)
                for name, values in on_grids.items()
            }
        said[Stage.RACE] = on_grid
        return pd.concat(
            [
                pd.DataFrame(
                    {"stage": stage.value, "driver": rows["driver"], "reason": name, "value": value}
                )
                for stage, groups in said.items()
                for name, value in groups.items()
            ],
            ignore_index=True,
        )

    def head_to_head(self, field: Field) -> pd.DataFrame:
        """For every pair of team-mates: stage, driver, rival, p_ahead (of driver before rival).

        Ahead in the order of the stage, as in `forecast`: a car that retires is behind those that
        last longer. A pair stands once, in the order of the rows; a lone car has no row.
        """
        rows, found = field.rows, {}
        one, other = _team_mates(rows)
        if field.cutoff is Cutoff.BEFORE_RACE:
            weakness = self._weakness(rows, field.cutoff)[None]
        else:
            sessions = self._sessions(field)
            grids = _grids(sessions, rows, self.recipe.n_grids)
            weakness = self._weakness(grids, field.cutoff).reshape(-1, len(rows))
            before = sessions.order[:, one] < sessions.order[:, other]
            found[Stage.QUALIFYING] = before.mean(axis=0)
        ahead = choices.endurance_ahead(weakness[:, one], weakness[:, other])
        found[Stage.RACE] = ahead.mean(axis=0)
        drivers = rows["driver"].to_numpy()
        return pd.concat(
            [
                pd.DataFrame(
                    {"stage": stage.value, "driver": drivers[one], "rival": drivers[other],
                     "p_ahead": p}
                )
                for stage, p in found.items()
            ],
            ignore_index=True,
        )  # fmt: skip

    def _sessions(self, field: Field) -> qualifying.Sessions:
        return qualifying.simulate(
            self._paces[field.cutoff],
            field.rows,
            field.cutoff,
            n=self.recipe.n_sessions,
            rng=self._luck(field, Stage.QUALIFYING),
        )

    def _weakness(self, rows: pd.DataFrame, cutoff: Cutoff) -> FloatArray:
        return race.weakness(self._strength[cutoff], rows, practice=design.practised(cutoff))

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
            "race": {cutoff.value: values for cutoff, values in self._strength.items()},
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
            features = FeatureRecipe.from_plain(recipe.pop("features"))
            model = cls(Recipe(features=features, **recipe))
        except (TypeError, KeyError) as exc:
            raise RegistryError(
                f"The recipe of this model is not one that this code knows ({exc}). Train a new "
                "version (`f1lib retrain`)."
            ) from exc
        model._paces = qualifying.from_state(plain["qualifying"])
        model._strength = {
            Cutoff(cutoff): np.asarray(values, dtype=float)
            for cutoff, values in plain["race"].items()
        }
        return model


def _team_mates(rows: pd.DataFrame) -> tuple[IntArray, IntArray]:
    """The places in `rows` of both cars of each pair that drives for the same constructor."""
    same = rows["constructor"].to_numpy()[:, None] == rows["constructor"].to_numpy()[None, :]
    one, other = np.nonzero(np.triu(same, k=1))
    return one, other


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
