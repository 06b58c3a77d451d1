"""Ratings, boosting and ensemble: what sets each apart. What all models promise is in contract."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from f1lib.features.table import Recipe
from f1lib.models import ensemble, two_stage
from f1lib.models.boosting import Boosting
from f1lib.models.contract import Field, Training
from f1lib.models.ensemble import Ensemble
from f1lib.models.ratings import Ratings
from f1lib.models.two_stage import TwoStage
from f1lib.predictions import Forecast
from f1lib.tables.history import History
from f1lib.weekend import Cutoff, RaceWeekend, Stage

SMALL = two_stage.Recipe(n_sessions=400, n_grids=100)


@pytest.fixture(scope="module")
def weekend(simulated_history: History) -> RaceWeekend:
    return simulated_history.completed()[-1]


@pytest.fixture(scope="module")
def material(simulated_history: History) -> Training:
    return Training.from_history(simulated_history, Recipe())


@pytest.fixture(scope="module")
def past(material: Training, weekend: RaceWeekend) -> Training:
    return material.before(weekend)


def test_ratings_say_the_same_whatever_the_weekend_has_shown(
    material: Training, past: Training, weekend: RaceWeekend
) -> None:
    model = Ratings().fit(past)
    said = {
        cutoff: model.forecast(material.field(weekend, cutoff))[Stage.RACE].rows
        for cutoff in (Cutoff.BEFORE_QUALIFYING, Cutoff.BEFORE_RACE)
    }
    pd.testing.assert_frame_equal(*said.values())
    first = material.field(weekend, Cutoff.BEFORE_RACE)
    turned = first.rows.assign(grid_order=first.rows["grid_order"].to_numpy()[::-1])
    other = model.forecast(Field(first.cutoff, turned))[Stage.RACE].rows
    pd.testing.assert_frame_equal(said[Cutoff.BEFORE_RACE], other)


def test_ratings_put_the_stronger_car_first(
    material: Training, past: Training, weekend: RaceWeekend
) -> None:
    field = material.field(weekend, Cutoff.BEFORE_WEEKEND)
    said = Ratings().fit(past).forecast(field)[Stage.QUALIFYING].rows
    believed = field.rows["qualifying_pace_lineage"] + field.rows["qualifying_pace_driver"]
    assert believed.corr(said["expected_position"], method="spearman") > 0.9


def test_boosting_gives_noise_no_weight(past: Training) -> None:
    """With drivers' results exchanged at random within each race nothing can be told apart."""
    rng = np.random.default_rng(3)
    order = rng.permutation(len(past.race))
    place = past.race["position"].iloc[order].reset_index(drop=True)
    shuffled = past.race.assign(position=place.groupby(past.race["weekend"]).rank(method="first"))
    model = Boosting().fit(replace(past, race=shuffled))
    field = Field(Cutoff.BEFORE_RACE, _last(past, Cutoff.BEFORE_RACE))
    assert model.forecast(field)[Stage.RACE].rows["p_first"].max() < 0.15
    learnt = Boosting().fit(past).forecast(field)[Stage.RACE].rows
    assert learnt["p_first"].max() > 0.25


def _last(training: Training, cutoff: Cutoff) -> pd.DataFrame:
    rows = training.features[cutoff]
    return rows[rows["weekend"] == rows["weekend"].max()].reset_index(drop=True)


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_an_ensemble_with_all_the_weight_on_one_member_is_that_member(
    weight: float, material: Training, past: Training, weekend: RaceWeekend
) -> None:
    field = material.field(weekend, Cutoff.BEFORE_QUALIFYING)
    member = Boosting() if weight else TwoStage(SMALL)
    alone = member.fit(past).forecast(field)
    recipe = ensemble.Recipe(two_stage=SMALL, weight=weight)
    together = Ensemble(recipe).fit(past).forecast(field)
    for stage in Stage:
        assert together[stage].positions == pytest.approx(alone[stage].positions, abs=1e-6)
        assert together[stage].rows["gap_pct"].to_numpy() == pytest.approx(
            alone[stage].rows["gap_pct"].to_numpy(), nan_ok=True
        )


def test_a_pool_of_equal_forecasts_is_that_forecast() -> None:
    rng = np.random.default_rng(2)
    matrix = ensemble.pooled(rng.random((6, 6)), rng.random((6, 6)), 0.3)
    assert ensemble.pooled(matrix, matrix, 0.7) == pytest.approx(matrix)


def test_only_position_probabilities_can_be_pooled() -> None:
    rows = pd.DataFrame({"driver": ["a"], "constructor": ["t"], "gap_pct": [np.nan]})
    with pytest.raises(TypeError, match="position probabilities"):
        ensemble._positions(Forecast(Stage.RACE, rows))
