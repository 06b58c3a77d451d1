"""An explanation comes from the very inputs of the prediction, or there is none."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from f1lib.models import choices
from f1lib.pipelines import explained, ingest, predict
from f1lib.pipelines.explained import DUEL_COLUMNS, Explanation
from f1lib.weekend import Cutoff, Stage


@pytest.fixture(scope="module")
def known(furnished):
    return ingest.known(furnished.settings)


@pytest.fixture(scope="module")
def holder(furnished):
    return predict.champion(furnished.settings, simulated=True)


@pytest.fixture(scope="module")
def recorded(furnished, holder):
    """The champion's predictions of the first weekend, as the store has them."""
    said = predict.predict([furnished.weekends[0]], furnished.settings, now=furnished.now)
    return {(p.stage, p.cutoff): p for p in said if p.model_version == holder.version}


def test_a_recorded_race_forecast_is_what_its_reasons_add_up_to(known, holder, recorded) -> None:
    said = recorded[Stage.RACE, Cutoff.BEFORE_RACE]
    why = explained.explained(known, said, holder)
    total = why.reasons.groupby("driver")["value"].sum()
    positions = choices.endurance_positions(total[said.forecast.rows["driver"]].to_numpy())
    assert said.forecast.positions == pytest.approx(positions, abs=1e-8)


@pytest.mark.parametrize("cutoff", [Cutoff.BEFORE_WEEKEND, Cutoff.BEFORE_QUALIFYING])
@pytest.mark.parametrize("stage", Stage)
def test_an_explanation_is_the_same_each_time_and_of_one_stage(
    known, holder, recorded, stage: Stage, cutoff: Cutoff
) -> None:
    said = recorded[stage, cutoff]
    one, two = (explained.explained(known, said, holder) for _ in range(2))
    assert one.reasons.equals(two.reasons)
    assert one.duels.equals(two.duels)
    assert set(one.reasons["driver"]) == set(said.forecast.rows["driver"])
    assert one.reasons.groupby("reason")["value"].sum().abs().max() < 1e-9
    assert not one.reasons.duplicated(["driver", "reason"]).any()


def test_a_prediction_from_other_inputs_is_not_explained(known, holder, recorded) -> None:
    said = recorded[Stage.RACE, Cutoff.BEFORE_RACE]
    why = explained.explained(known, replace(said, inputs_sha256="0" * 64), holder)
    assert why.reasons.empty
    assert why.reasons.empty
    assert list(why.duels) == list(DUEL_COLUMNS)


def test_the_season_so_far_ends_before_the_weekend(furnished, known, holder, recorded) -> None:
    weekend = furnished.weekends[0]
    why = explained.explained(known, recorded[Stage.RACE, Cutoff.BEFORE_RACE], holder)
    assert (why.duels["n_ahead"] <= why.duels["n_met"]).all()
    assert 0 < why.duels["n_met"].max() < weekend.round


def explanation(stage: Stage, *rows: tuple[object, ...]) -> Explanation:
    return Explanation(stage, pd.DataFrame(), pd.DataFrame(rows, columns=list(DUEL_COLUMNS)))


def test_both_stages_stand_beside_each_other_with_the_likelier_first() -> None:
    race = explanation(
        Stage.RACE,
        ("ada", "ben", "oak", 0.6, 4, 5),
        ("cleo", "dan", "pine", 0.1, 1, 5),
        ("eve", "fay", "elm", 0.7, 0, 0),
    )
    one_lap = explanation(
        Stage.QUALIFYING, ("ada", "ben", "oak", 0.3, 2, 6), ("cleo", "dan", "pine", 0.2, 0, 6)
    )
    found = explained.side_by_side(race, one_lap).set_index("driver")
    assert found.index.tolist() == ["dan", "eve", "ada"]  # 0.9, 0.7, 0.6
    dan = found.loc["dan"]
    assert (dan["rival"], dan["p_ahead"], dan["n_ahead"], dan["n_met"]) == ("cleo", 0.9, 4, 5)
    assert (dan["p_ahead_qualifying"], dan["n_ahead_qualifying"]) == (0.8, 6)
    assert found.loc["ada", "p_ahead_qualifying"] == 0.3
    assert np.isnan(found.loc["eve", "p_ahead_qualifying"])


def test_without_pairs_there_is_nothing_beside_nothing() -> None:
    found = explained.side_by_side(explanation(Stage.RACE), explanation(Stage.QUALIFYING))
    assert found.empty
    assert list(found) == list(explained.PAIR_COLUMNS)
