from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from f1lib.evaluation import backtest
from f1lib.evaluation.backtest import Backtest
from f1lib.features.table import Recipe
from f1lib.models import baselines
from f1lib.models.contract import Model, Training
from f1lib.models.two_stage import Recipe as TwoStageRecipe
from f1lib.models.two_stage import TwoStage
from f1lib.scoring import scores, summary
from f1lib.tables.history import History
from f1lib.weekend import Cutoff, RaceWeekend, Stage

Weekends = list[RaceWeekend]
MakeModel = Callable[[], Model]
RACE = [Cutoff.BEFORE_RACE]


def two_stage() -> TwoStage:
    return TwoStage(TwoStageRecipe(n_sessions=400, n_grids=100))


@pytest.fixture(scope="module")
def whole(material: Training, weekends: Weekends) -> Backtest:
    """Three rounds at every cutoff."""
    return backtest.of_rounds(material, weekends[-3:], Cutoff, [two_stage, baselines.FormLogit])


def test_scores_and_probabilities_are_there_for_all_that_a_model_covers(whole: Backtest) -> None:
    assert tuple(whole.scores.columns) == backtest.SCORE_COLUMNS
    told = whole.probabilities.groupby("model")[["stage", "cutoff"]].value_counts().index
    assert {(model, stage, cutoff) for model, stage, cutoff in told} == {
        ("two_stage", "qualifying", "before_weekend"),
        ("two_stage", "qualifying", "before_qualifying"),
        ("two_stage", "race", "before_weekend"),
        ("two_stage", "race", "before_qualifying"),
        ("two_stage", "race", "before_race"),
        ("form_logit", "race", "before_weekend"),
        ("form_logit", "race", "before_qualifying"),
    }
    scored = whole.scores[["model", "stage", "cutoff"]].drop_duplicates()
    assert {tuple(row) for row in scored.to_numpy()} == {tuple(row) for row in told}


def test_scores_can_be_had_again_from_the_probabilities(whole: Backtest) -> None:
    rows = whole.probabilities
    winners = rows[(rows["position"] == 1) & (rows["stage"] == "race")]
    key = ["weekend", "cutoff", "model"]
    loss = -np.log(winners.set_index(key)["p_first"].astype(float).clip(lower=scores.P_FLOOR))
    said = whole.scores[whole.scores["metric"] == "winner_log_loss"].set_index(key)["value"]
    pd.testing.assert_series_equal(loss.sort_index(), said.sort_index(), check_names=False)


def test_one_model_at_one_cutoff_is_what_it_is_among_others(
    whole: Backtest, material: Training, weekends: Weekends
) -> None:
    alone = backtest.of_rounds(material, weekends[-3:], RACE, [two_stage])
    part = whole.of("two_stage", Cutoff.BEFORE_RACE)
    pd.testing.assert_frame_equal(alone.scores, part.scores, check_exact=True)
    pd.testing.assert_frame_equal(alone.probabilities, part.probabilities, check_exact=True)


def test_whoever_took_part_and_was_not_forecast_has_a_row_without_probability(
    material: Training, weekends: Weekends, uniform: MakeModel
) -> None:
    key = str(weekends[-1])
    rows = material.race
    winner = rows[(rows["weekend"] == key) & (rows["position"] == 1)].index
    stranger = rows.assign(driver=rows["driver"].mask(rows.index.isin(winner), "a-stranger"))
    found = backtest.of_rounds(replace(material, race=stranger), weekends[-1:], RACE, [uniform])
    row = found.probabilities.set_index("driver").loc["a-stranger"]
    assert row["position"] == 1
    assert bool(row["classified"])
    assert np.isnan(row["p_first"])


@pytest.mark.parametrize("every", [1, 3])
def test_a_fit_serves_the_rounds_up_to_the_next_one(
    every: int, material: Training, weekends: Weekends, uniform: MakeModel
) -> None:
    asked = weekends[-7:]
    found = backtest.of_rounds(material, asked, RACE, [uniform], refit_every=every)
    learnt = found.probabilities.groupby("weekend")["gap_pct"].first()
    known = [material.before(weekend).n_races for weekend in asked]
    assert list(learnt) == [known[number - number % every] for number in range(7)]


def test_a_model_that_says_nothing_at_a_cutoff_is_not_even_fitted(
    material: Training, weekends: Weekends
) -> None:
    class Silent(baselines.LastPractice):
        def fit(self, training: Training) -> "Silent":
            raise AssertionError(training)

    found = backtest.of_rounds(material, weekends[-2:], RACE, [Silent])
    assert found.scores.empty
    assert tuple(found.scores.columns) == backtest.SCORE_COLUMNS


def ordered_by_finish(material: Training, *, winner_first: bool) -> Training:
    """The same material with the feature rows of each race in the order of its result."""
    cutoff = Cutoff.BEFORE_RACE
    places = material.race[["weekend", "driver", "position"]]
    rows = material.features[cutoff].merge(places, how="left", on=["weekend", "driver"])
    rows = rows.sort_values(["weekend", "position"], ascending=[True, winner_first])
    rows = rows.drop(columns="position").reset_index(drop=True)
    return replace(material, features={**material.features, cutoff: rows})


def test_a_uniform_forecast_names_the_winner_once_in_n_however_rows_are_ordered(
    material: Training, weekends: Weekends, uniform: MakeModel
) -> None:
    asked = weekends[-20:]
    rows = material.features[Cutoff.BEFORE_RACE]
    n = [int((rows["weekend"] == str(weekend)).sum()) for weekend in asked]
    for each in (
        material,
        ordered_by_finish(material, winner_first=True),
        ordered_by_finish(material, winner_first=False),
    ):
        found = backtest.of_rounds(each, asked, RACE, [uniform]).scores
        by_metric = found.groupby("metric")["value"].apply(list)
        assert by_metric["winner_hit"] == pytest.approx([1 / each_n for each_n in n])
        assert by_metric["winner_concordance"] == pytest.approx([0.5] * len(asked))


def with_shuffled_results(history: History) -> History:
    """The same world, every race ending in an order drawn by lot: also in the past of features."""
    rng = np.random.default_rng(5)
    results = history["results"]
    ends = results.columns.difference(["weekend", "driver", "constructor", "car_number"])
    shuffled = [
        group.assign(**{name: group[name].array[order] for name in ends})
        for _, group in results.groupby("weekend")
        for order in [rng.permutation(len(group))]
    ]
    frame = pd.concat(shuffled).sort_values(["weekend", "finish_order"], ignore_index=True)
    return replace(history, tables={**history.tables, "results": frame})


def test_nobody_has_skill_on_shuffled_results(
    simulated_history: History, weekends: Weekends
) -> None:
    """A feature that knew the result would see the lot, too, and have skill."""
    whole = Training.from_history(with_shuffled_results(simulated_history), Recipe())
    makes: list[MakeModel] = [two_stage, baselines.GridGapLogit, baselines.GridSlotFrequency]
    found = backtest.of_rounds(whole, weekends[-40:], RACE, makes, refit_every=8)
    for metric, baseline in (("winner_log_loss", "grid_gap_logit"), ("rps", "grid_slot_frequency")):
        pairs = summary.paired(found.scores, "two_stage", baseline, metric)
        assert len(pairs) == 40
        _, low, _ = summary.skill_interval(pairs, metric)
        assert low <= 0
    mine = found.scores[found.scores["model"] == "two_stage"]
    loss = mine.loc[mine["metric"] == "winner_log_loss", "value"].mean()
    assert loss == pytest.approx(np.log(21), abs=0.4)  # as much as naming nobody in 20 to 22 cars


def test_stage_qualifying_is_scored_where_it_was_run(whole: Backtest) -> None:
    metrics = whole.scores.groupby("stage")["metric"].unique()
    of_stage = {name for name, each in scores.METRICS.items() if each.stage is Stage.QUALIFYING}
    assert set(metrics["qualifying"]) == of_stage
