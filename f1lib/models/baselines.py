"""Frozen baselines: simple, defined once, never tuned; skill is measured against them.

Their definitions are fixed in docs/decisions/0003-frozen-baselines.md.
"""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from f1lib.features.rounds import FloatArray, IntArray
from f1lib.models import choices, design
from f1lib.models.contract import Field, Model, Training, in_actual_order
from f1lib.predictions import Forecast
from f1lib.weekend import Cutoff, Stage

RECENT_RACES = 100  # window of the empirical distributions
SMOOTHING = 0.5  # half a count in every cell
L2 = 1e-3  # keeps a separable fit finite; too weak to shrink

BEFORE_QUALIFYING = (Cutoff.BEFORE_WEEKEND, Cutoff.BEFORE_QUALIFYING)


class FirstLogit(ABC):
    """Who is first, by a conditional logit (McFadden 1974) on a few columns.

    Orders by the same strength; says nothing about podium or points.
    """

    name: ClassVar[str]
    _stage: ClassVar[Stage]
    _cutoffs: ClassVar[tuple[Cutoff, ...]]

    def __init__(self) -> None:
        self._coefficients = np.zeros(0)

    def covers(self, stage: Stage, cutoff: Cutoff) -> bool:
        return stage is self._stage and cutoff in self._cutoffs

    @abstractmethod
    def _design(self, rows: pd.DataFrame) -> FloatArray:
        """The columns of the logit, (rows, columns)."""

    def fit(self, training: Training) -> Self:
        outcome = training.required().of(self._stage)
        rows, _ = in_actual_order(training.features[self._cutoffs[0]], outcome)
        known = rows.groupby("weekend")["position"].transform("min") == 1  # who won was entered
        rows = rows[known].reset_index(drop=True)
        race = np.asarray(rows.groupby("weekend", sort=True).ngroup(), dtype=np.int64)
        races = choices.Races.stacked(self._design(rows), race)
        self._coefficients = choices.fit(races, np.ones(len(races.present)), l2=L2, depth=1)
        return self

    def _gap(self, rows: pd.DataFrame) -> FloatArray | float:
        del rows
        return np.nan

    def forecast(self, field: Field) -> dict[Stage, Forecast]:
        strength = self._design(field.rows) @ self._coefficients
        rows = field.rows[["driver", "constructor"]].assign(
            p_first=choices.first_probabilities(strength),
            p_top3=np.nan,
            p_top10=np.nan,
            expected_position=pd.Series(-strength).rank().to_numpy(),
            gap_pct=self._gap(field.rows),
        )
        return {self._stage: Forecast(self._stage, rows)}

    def state(self) -> dict[str, Any]:
        return {"coefficients": self._coefficients}


class GridGapLogit(FirstLogit):
    """The winner from grid and qualifying gap: log grid place, pole, gap, no lap time."""

    name = "grid_gap_logit"
    _stage = Stage.RACE
    _cutoffs = (Cutoff.BEFORE_RACE,)

    def _design(self, rows: pd.DataFrame) -> FloatArray:
        log_place = design.grid(rows)[:, 0]
        return np.column_stack([log_place, log_place == 0, design.qualifying(rows)])


class FormLogit(FirstLogit):
    """The winner from driver and lineage form in qualifyings and races."""

    name = "form_logit"
    _stage = Stage.RACE
    _cutoffs = BEFORE_QUALIFYING

    def _design(self, rows: pd.DataFrame) -> FloatArray:
        return design.form(rows)


class RecentQualifying(FirstLogit):
    """The mean gap of a driver's last four qualifyings, as order, as gap, and as pole logit."""

    name = "recent_qualifying"
    _stage = Stage.QUALIFYING
    _cutoffs = BEFORE_QUALIFYING

    def _gap(self, rows: pd.DataFrame) -> FloatArray:
        return design.filled(
            rows, "recent_qualifying_gap", rows["driver_qualifying_form"].to_numpy(dtype=float)
        )

    def _design(self, rows: pd.DataFrame) -> FloatArray:
        return self._gap(rows)[:, None]


class LastPractice(FirstLogit):
    """The gaps of the last practice session, as order, as gap, and as pole logit."""

    name = "last_practice"
    _stage = Stage.QUALIFYING
    _cutoffs = (Cutoff.BEFORE_QUALIFYING,)

    def _gap(self, rows: pd.DataFrame) -> FloatArray:
        slowest = design.of_field(rows, "last_practice_gap", "max")
        return design.filled(rows, "last_practice_gap", np.nan_to_num(slowest))

    def _design(self, rows: pd.DataFrame) -> FloatArray:
        return self._gap(rows)[:, None]


class RankFrequency:
    """Where cars of each rank ended up in the last RECENT_RACES races, smoothed."""

    name: ClassVar[str]
    _cutoffs: ClassVar[tuple[Cutoff, ...]]
    _order: ClassVar[str]

    def __init__(self) -> None:
        self._counts = np.zeros((1, 1))

    def covers(self, stage: Stage, cutoff: Cutoff) -> bool:
        return stage is Stage.RACE and cutoff in self._cutoffs

    def _ranks(self, rows: pd.DataFrame) -> IntArray:
        return design.place(rows, self._order).astype(np.int64) - 1

    def fit(self, training: Training) -> Self:
        outcome = training.required().race
        recent = sorted(outcome["weekend"].unique())[-RECENT_RACES:]
        rows = training.features[self._cutoffs[0]]
        rows, race = in_actual_order(rows[rows["weekend"].isin(recent)], outcome)
        finished = np.arange(len(rows)) - np.searchsorted(race, race)
        size = int(np.bincount(race).max())
        self._counts = np.zeros((size, size))
        np.add.at(self._counts, (self._ranks(rows), finished), 1.0)
        return self

    def forecast(self, field: Field) -> dict[Stage, Forecast]:
        n = len(field.rows)
        counts = np.zeros((n, n))
        size = min(n, len(self._counts))
        counts[:size, :size] = self._counts[:size, :size]
        positions = choices.balanced(counts + SMOOTHING)[self._ranks(field.rows)]
        return {Stage.RACE: Forecast.from_positions(Stage.RACE, field.rows, positions)}

    def state(self) -> dict[str, Any]:
        return {"counts": self._counts}


class GridSlotFrequency(RankFrequency):
    """Finishing positions of each grid slot in the last hundred races."""

    name = "grid_slot_frequency"
    _cutoffs = (Cutoff.BEFORE_RACE,)
    _order = "grid_order"


class FormRankFrequency(RankFrequency):
    """Finishing positions of each rank of driver race form in the last hundred races."""

    name = "form_rank_frequency"
    _cutoffs = BEFORE_QUALIFYING
    _order = "driver_race_form"


def frozen() -> list[Model]:
    """All frozen baselines, not yet fitted."""
    return [
        GridGapLogit(), GridSlotFrequency(), FormLogit(), FormRankFrequency(),
        RecentQualifying(), LastPractice(),
    ]  # fmt: skip


def for_metric(metric: str, cutoff: Cutoff) -> str | None:
    """The baseline that skill in `metric` is measured against; None where there is none."""
    before_race = cutoff is Cutoff.BEFORE_RACE
    if metric in {"winner_log_loss", "winner_brier", "winner_concordance", "winner_hit"}:
        return GridGapLogit.name if before_race else FormLogit.name
    if metric in {"rps", "podium_overlap", "podium_brier", "points_brier", "spearman",
                  "spearman_starters"}:  # fmt: skip
        return GridSlotFrequency.name if before_race else FormRankFrequency.name
    return None if before_race else RecentQualifying.name
