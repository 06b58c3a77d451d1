import numpy as np
import pandas as pd
import pytest

from f1lib.evaluation import backtest, levels
from f1lib.evaluation.backtest import Backtest
from f1lib.models import candidates
from f1lib.models.contract import Training
from f1lib.models.two_stage import Recipe, TwoStage
from f1lib.scoring import calibration, summary
from f1lib.weekend import Cutoff, RaceWeekend


@pytest.fixture(scope="module")
def done(material: Training, weekends: list[RaceWeekend]) -> Backtest:
    """Twelve rounds of all models at every cutoff."""
    makes = [each.make for each in candidates.named(candidates.BASELINES, Recipe())]
    recipe = Recipe(n_sessions=400, n_grids=100)
    return backtest.of_rounds(material, weekends[-12:], Cutoff, [lambda: TwoStage(recipe), *makes])


@pytest.fixture(scope="module")
def table(done: Backtest) -> pd.DataFrame:
    return levels.table(done.scores, done.probabilities)


def row(table: pd.DataFrame, model: str, metric: str, cutoff: str = "before_race") -> pd.Series:
    found = table[
        (table["model"] == model) & (table["metric"] == metric) & (table["cutoff"] == cutoff)
    ]
    assert len(found) == 1
    return found.iloc[0]


def test_a_level_is_the_mean_over_races_with_its_interval_and_skill(
    done: Backtest, table: pd.DataFrame
) -> None:
    mine = row(table, "two_stage", "winner_log_loss")
    at_cutoff = done.scores[done.scores["cutoff"] == "before_race"]
    pairs = summary.paired(at_cutoff, "two_stage", "grid_gap_logit", "winner_log_loss")
    assert mine["value"] == pytest.approx(pairs["model"].mean())
    assert mine["low"] < mine["value"] < mine["high"]
    assert mine["n"] == 12
    assert mine["skill"] == pytest.approx(1 - pairs["model"].mean() / pairs["baseline"].mean())


def test_the_frozen_baseline_itself_has_no_skill(table: pd.DataFrame) -> None:
    own = row(table, "grid_gap_logit", "winner_log_loss")
    assert (own["skill"], own["skill_low"], own["skill_high"]) == (0, 0, 0)


def test_only_a_model_with_all_parts_has_a_skill_index(done: Backtest, table: pd.DataFrame) -> None:
    index = table[table["metric"] == "skill_index"]
    assert index[["model", "stage", "cutoff"]].to_numpy().tolist() == [
        ["two_stage", "race", "before_race"]
    ]
    parts = [
        row(table, "two_stage", "winner_log_loss")["skill"],
        row(table, "two_stage", "rps")["skill"],
        row(table, "two_stage", "gap_mae_pct", "before_qualifying")["skill"],
    ]
    assert index["value"].iloc[0] == pytest.approx(np.dot([0.4, 0.3, 0.3], parts))
    assert index["n"].iloc[0] == 12
    without = done.scores[done.scores["metric"] != "rps"]
    assert "skill_index" not in set(levels.table(without, done.probabilities)["metric"])


def test_calibration_of_first_place_is_measured_for_every_forecast(
    done: Backtest, table: pd.DataFrame
) -> None:
    told = done.probabilities[["model", "stage", "cutoff"]].drop_duplicates()
    for metric in levels.CALIBRATION:
        measured = table[table["metric"] == metric]
        assert len(measured) == len(told)
    mine = row(table, "grid_gap_logit", "calibration_slope")
    rows = done.probabilities[done.probabilities["model"] == "grid_gap_logit"]
    p = rows.pivot(index="weekend", columns="driver", values="p_first").fillna(0.0).to_numpy()
    won = rows.assign(won=rows["position"] == 1)
    won = won.pivot(index="weekend", columns="driver", values="won").fillna(value=False)
    slope = calibration.slope(p, won.to_numpy(dtype=bool))
    assert (mine["value"], mine["low"], mine["high"]) == pytest.approx(
        (slope.value, slope.low, slope.high)
    )
    score = row(table, "grid_gap_logit", "calibration_score")["value"]
    assert score == pytest.approx(min(slope.value, 1 / slope.value))


def test_what_no_single_race_has_is_told_apart_and_the_same(
    done: Backtest, table: pd.DataFrame
) -> None:
    apart = levels.over_all(done.scores, done.probabilities)
    mine = table[table["metric"].isin(["skill_index", *levels.CALIBRATION])]
    pd.testing.assert_frame_equal(apart, mine[list(apart.columns)].reset_index(drop=True))
    assert set(table["metric"]) == set(levels.HEADLINE_SCORES)


def test_rows_stand_in_the_order_of_models_stages_and_cutoffs(table: pd.DataFrame) -> None:
    assert list(dict.fromkeys(table["model"])) == [candidates.CHAMPION, *candidates.BASELINES]
    mine = table[table["model"] == "two_stage"]
    assert list(dict.fromkeys(zip(mine["stage"], mine["cutoff"], strict=True))) == [
        ("qualifying", "before_weekend"), ("qualifying", "before_qualifying"),
        ("race", "before_weekend"), ("race", "before_qualifying"), ("race", "before_race"),
    ]  # fmt: skip
