"""What tests of the evaluation share: training material of a simulated world, and plain models."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
import pandas as pd
import pytest

from f1lib.features.table import Recipe
from f1lib.models.contract import Field, Training
from f1lib.predictions import Forecast
from f1lib.tables.history import History
from f1lib.weekend import Cutoff, RaceWeekend, Stage


class Uniform:
    """Everyone is as likely to be first; the gap says how many races were learnt from."""

    name = "uniform"

    def __init__(self) -> None:
        self.learnt = 0

    def covers(self, stage: Stage, cutoff: Cutoff) -> bool:
        del cutoff
        return stage is Stage.RACE

    def fit(self, training: Training) -> Self:
        self.learnt = training.n_races
        return self

    def first(self, rows: pd.DataFrame) -> Any:
        return np.full(len(rows), 1 / len(rows))

    def forecast(self, field: Field) -> dict[Stage, Forecast]:
        p = self.first(field.rows)
        rows = field.rows[["driver", "constructor"]].assign(
            p_first=p, p_top3=np.nan, p_top10=np.nan,
            expected_position=pd.Series(-p).rank().to_numpy(), gap_pct=float(self.learnt),
        )  # fmt: skip
        return {Stage.RACE: Forecast(Stage.RACE, rows)}

    def state(self) -> dict[str, Any]:
        return {}


@pytest.fixture(scope="session")
def material(simulated_history: History) -> Training:
    return Training.from_history(simulated_history, Recipe())


@pytest.fixture(scope="session")
def weekends(simulated_history: History) -> list[RaceWeekend]:
    """Every weekend that enough races come before."""
    return simulated_history.completed()[20:]


@pytest.fixture
def uniform() -> Callable[[], Uniform]:
    return Uniform
