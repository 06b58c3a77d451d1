from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from f1lib.evaluation import backtest, plausibility
from f1lib.models import baselines
from f1lib.models.contract import Field, Model, Training
from f1lib.weekend import Cutoff, RaceWeekend, Stage

RACE = [Cutoff.BEFORE_RACE]


def scores(n: int, **values: float) -> pd.DataFrame:
    """The same values before each of n races."""
    return pd.DataFrame(
        [
            (f"2031-{race:02d}", "before_race", "model", metric, value)
            for metric, value in values.items()
            for race in range(n)
        ],
        columns=["weekend", "cutoff", "model", "metric", "value"],
    )


def test_a_feature_that_knows_the_result_is_suspected(
    material: Training, weekends: list[RaceWeekend]
) -> None:
    rows = material.features[Cutoff.BEFORE_RACE]
    finished = material.race[["weekend", "driver", "position"]]
    leaky = rows.merge(finished, how="left", on=["weekend", "driver"])
    leaky = rows.assign(grid_order=leaky["position"].fillna(30.0).to_numpy())
    peeking = replace(material, features={**material.features, Cutoff.BEFORE_RACE: leaky})
    found = backtest.of_rounds(peeking, weekends[-48:], RACE, [baselines.GridGapLogit])
    suspected = plausibility.suspicions(found.scores)
    assert {each.metric for each in suspected} == {"winner_concordance", "winner_log_loss"}
    assert str(suspected[0]).startswith(
        "Leak suspected: grid_gap_logit has a winner_concordance of 1.000 before the race over 48"
    )


def test_a_model_that_peeks_at_the_result_is_suspected(
    material: Training, weekends: list[RaceWeekend], uniform: Callable[[], Model]
) -> None:
    winners = material.race[material.race["position"] == 1].set_index("weekend")["driver"]

    class Peeking(type(uniform())):
        name = "peeking"

        def first(self, rows: pd.DataFrame) -> np.ndarray:
            won = (rows["driver"] == winners[rows["weekend"].iloc[0]]).to_numpy()
            p = np.where(won, 0.5, 0.5 / max(len(rows) - 1, 1))
            return p / p.sum()

    found = backtest.of_rounds(material, weekends[-60:], RACE, [Peeking, uniform])
    assert {each.model for each in plausibility.suspicions(found.scores)} == {"peeking"}


def test_an_honest_model_of_the_best_years_is_not_suspected() -> None:
    # the best 48 and 72 races of 2014-2025
    assert not plausibility.suspicions(scores(48, winner_concordance=0.973, winner_log_loss=0.791))
    assert not plausibility.suspicions(scores(72, winner_concordance=0.971, winner_log_loss=0.981))


@pytest.mark.parametrize(
    ("metric", "value", "n"),
    [
        ("winner_concordance", 0.976, 48),
        ("winner_log_loss", 0.599, 48),
        ("winner_log_loss", 0.849, 72),
    ],
)
def test_one_score_beyond_its_limit_is_enough(metric: str, value: float, n: int) -> None:
    (suspected,) = plausibility.suspicions(scores(n, **{metric: value}))
    assert (suspected.metric, suspected.value, suspected.n_races) == (
        metric, pytest.approx(value), n,
    )  # fmt: skip


def test_a_dominant_car_may_make_71_races_that_predictable() -> None:
    assert not plausibility.suspicions(scores(71, winner_log_loss=0.79))


def test_one_metric_is_suspected_once() -> None:
    (suspected,) = plausibility.suspicions(scores(96, winner_log_loss=0.2))
    assert suspected.limit == 0.60


def test_fewer_than_48_races_can_be_that_predictable() -> None:
    assert not plausibility.suspicions(scores(47, winner_log_loss=0.3))


def test_before_qualifying_nothing_is_judged() -> None:
    early = scores(60, winner_log_loss=0.3).assign(cutoff="before_qualifying")
    assert not plausibility.suspicions(early)


def test_the_uniform_model_of_these_tests_keeps_the_contract(
    material: Training, weekends: list[RaceWeekend], uniform: Callable[[], Model]
) -> None:
    field = material.field(weekends[-1], Cutoff.BEFORE_RACE)
    said = uniform().fit(material).forecast(Field(Cutoff.BEFORE_RACE, field.rows))
    assert said[Stage.RACE].vouched().rows["p_first"].sum() == pytest.approx(1)
