"""Reasons add up to the forecast; team-mates are compared as the forecast compares all cars."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from f1lib.models import choices
from f1lib.models.contract import Field, Training
from f1lib.models.two_stage import Recipe, TwoStage
from f1lib.tables.history import History
from f1lib.weekend import Cutoff, RaceWeekend, Stage

RECIPE = Recipe(n_sessions=2_000, n_grids=500)
EARLY = (Cutoff.BEFORE_WEEKEND, Cutoff.BEFORE_QUALIFYING)

Rows = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture(scope="module")
def material(simulated_history: History) -> Training:
    return Training.from_history(simulated_history, RECIPE.features)


@pytest.fixture(scope="module")
def weekend(simulated_history: History) -> RaceWeekend:
    return simulated_history.completed()[-1]


@pytest.fixture(scope="module")
def model(material: Training, weekend: RaceWeekend) -> TwoStage:
    return TwoStage(RECIPE).fit(material.before(weekend))


def with_a_newcomer(rows: pd.DataFrame) -> pd.DataFrame:
    """The first driver is new, in a new team, and has no time in any session."""
    changed = rows.copy()
    changed.loc[0, ["driver", "constructor", "lineage"]] = ["newcomer", "new-team", "new-team"]
    times = [name for name in rows if name.endswith("_gap") and "teammate" not in name]
    changed.loc[0, times] = np.nan
    return changed


def with_one_car_each(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.drop_duplicates("constructor", ignore_index=True)


@pytest.mark.parametrize("cutoff", Cutoff)
def test_reasons_of_a_field_cancel_out(
    model: TwoStage, material: Training, weekend: RaceWeekend, cutoff: Cutoff
) -> None:
    field = material.field(weekend, cutoff)
    for change in (lambda rows: rows, with_a_newcomer):
        rows = change(field.rows)
        found = model.contributions(Field(cutoff, rows))
        assert np.isfinite(found["value"]).all()
        sums = found.groupby(["stage", "reason"])["value"].sum()
        assert sums.abs().max() < 1e-9
        assert set(found["driver"]) == set(rows["driver"])
        assert ("practice" in set(found["reason"])) == (cutoff is not Cutoff.BEFORE_WEEKEND)


def test_the_reasons_of_a_race_are_the_whole_forecast(
    model: TwoStage, material: Training, weekend: RaceWeekend
) -> None:
    field = material.field(weekend, Cutoff.BEFORE_RACE)
    found = model.contributions(field).groupby("driver")["value"].sum()
    positions = choices.endurance_positions(found[field.rows["driver"]].to_numpy())
    said = model.forecast(field)[Stage.RACE].positions
    assert said == pytest.approx(positions, abs=1e-8)


def test_odds_against_a_team_mate_are_what_their_reasons_differ_by(
    model: TwoStage, material: Training, weekend: RaceWeekend
) -> None:
    field = material.field(weekend, Cutoff.BEFORE_RACE)
    total = model.contributions(field).groupby("driver")["value"].sum()
    pairs = model.head_to_head(field)
    odds = np.log(pairs["p_ahead"] / (1 - pairs["p_ahead"])).to_numpy()
    differences = total[pairs["rival"]].to_numpy() - total[pairs["driver"]].to_numpy()
    assert odds == pytest.approx(differences)


@pytest.mark.parametrize("cutoff", Cutoff)
def test_every_pair_of_team_mates_is_compared_once_in_each_stage_to_come(
    model: TwoStage, material: Training, weekend: RaceWeekend, cutoff: Cutoff
) -> None:
    field = material.field(weekend, cutoff)
    teams = field.rows.set_index("driver")["constructor"]
    pairs = model.head_to_head(field)
    stages = {Stage.RACE} if cutoff is Cutoff.BEFORE_RACE else set(Stage)
    assert set(pairs["stage"]) == stages
    sizes = teams.value_counts()
    assert len(pairs) == len(stages) * int((sizes * (sizes - 1) // 2).sum())
    assert (pairs["driver"].map(teams) == pairs["rival"].map(teams)).all()
    assert pairs["p_ahead"].between(0, 1).all()
    assert pairs.equals(model.head_to_head(field))


@pytest.mark.parametrize("cutoff", EARLY)
def test_before_qualifying_a_pair_is_compared_as_often_as_the_forecast_has_it(
    model: TwoStage, material: Training, weekend: RaceWeekend, cutoff: Cutoff
) -> None:
    """With two cars, the one that is ahead is first: both ways of asking must agree."""
    field = material.field(weekend, cutoff)
    team = field.rows["constructor"].iloc[0]
    two = field.rows[field.rows["constructor"] == team].reset_index(drop=True)
    asked = Field(cutoff, two)
    pairs = model.head_to_head(asked).set_index("stage")["p_ahead"]
    for stage, forecast in model.forecast(asked).items():
        assert pairs[stage] == pytest.approx(forecast.rows["p_first"].iloc[0], abs=0.03)


@pytest.mark.parametrize("cutoff", Cutoff)
def test_a_lone_car_has_nobody_to_be_compared_with(
    model: TwoStage, material: Training, weekend: RaceWeekend, cutoff: Cutoff
) -> None:
    rows = material.field(weekend, cutoff).rows
    alone = model.head_to_head(Field(cutoff, with_one_car_each(rows)))
    assert alone.empty
    assert list(alone) == ["stage", "driver", "rival", "p_ahead"]
    pairs = model.head_to_head(Field(cutoff, with_a_newcomer(rows)))
    assert "newcomer" not in set(pairs["driver"]) | set(pairs["rival"])
    assert np.isfinite(pairs["p_ahead"]).all()
