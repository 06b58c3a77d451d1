"""Trends of skill within a season: by hand, by chance, and not on too few races."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1lib.models import baselines
from f1lib.monitoring import trend
from f1lib.scoring import summary
from f1lib.weekend import Cutoff

METRIC, CUTOFF = "rps", Cutoff.BEFORE_RACE
BASELINE = str(baselines.for_metric(METRIC, CUTOFF))


def long(model: np.ndarray, baseline: np.ndarray, season: int = 2031) -> pd.DataFrame:
    """Scores of a season; every race has the values given."""
    names = [f"{season}-{number:02d}" for number in range(1, len(model) + 1)]
    return pd.concat(
        pd.DataFrame({"weekend": names, "stage": "race", "cutoff": CUTOFF.value, "model": name,
                      "metric": METRIC, "value": values})
        for name, values in (("two_stage", model), (BASELINE, baseline))
    )  # fmt: skip


def fitted(scores: pd.DataFrame) -> pd.Series:
    return trend.by_season(scores, "two_stage", METRIC, CUTOFF).iloc[0]


def test_a_skill_that_rises_by_a_hundredth_a_round_has_that_slope() -> None:
    n = np.arange(20)
    noise = np.random.default_rng(1).normal(0, 0.0005, 20)
    row = fitted(long(0.12 * (1 - 0.01 * n) + noise, np.full(20, 0.12)))
    assert row["slope"] == pytest.approx(0.01, abs=0.001)
    assert row["low"] < 0.01 < row["high"] and row["p"] < 0.001 and row["n"] == 20


def test_a_race_that_is_hard_for_everyone_is_no_trend() -> None:
    """Raw scores rise steeply, skill stays where it was."""
    baseline = np.linspace(0.08, 0.16, 20)
    row = fitted(long(baseline - 0.01, baseline))
    assert abs(row["slope"]) < 1e-9
    assert row["p"] > 0.5


def test_seven_races_show_no_trend() -> None:
    rows = trend.by_season(long(np.full(7, 0.1), np.full(7, 0.12)), "two_stage", METRIC, CUTOFF)
    assert rows["n"].tolist() == [7]
    assert rows[["skill", "slope", "low", "high", "p"]].isna().all(axis=None)


def test_each_season_has_a_trend_of_its_own() -> None:
    flat, up = np.full(10, 0.1), np.full(10, 0.12) - 0.001 * np.arange(10)
    both = pd.concat([long(flat, np.full(10, 0.12)), long(up, np.full(10, 0.12), 2032)])
    rows = trend.by_season(both, "two_stage", METRIC, CUTOFF)
    assert rows["season"].tolist() == [2031, 2032]
    assert abs(rows["slope"][0]) < 1e-9 < rows["slope"][1]


def test_without_scores_there_is_no_row() -> None:
    nothing = long(np.array([]), np.array([]))
    assert trend.by_season(nothing, "two_stage", METRIC, CUTOFF).empty


SCORES = st.lists(st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)), min_size=1, max_size=30)


@given(SCORES)
@settings(max_examples=40)
def test_contributions_average_to_the_skill(scores) -> None:
    model, baseline = map(np.array, zip(*scores, strict=True))
    pairs = pd.DataFrame({"model": model, "baseline": baseline})
    found = trend.contributions(pairs, METRIC).mean()
    assert found == pytest.approx(summary.skill(model, baseline, METRIC), abs=1e-9)


@given(st.randoms())
@settings(max_examples=10)
def test_the_order_of_the_rows_is_irrelevant(random) -> None:
    rng = np.random.default_rng(4)
    scores = long(rng.uniform(0.08, 0.12, 12), rng.uniform(0.1, 0.14, 12))
    order = random.sample(range(len(scores)), len(scores))
    assert fitted(scores).equals(fitted(scores.iloc[order]))


@pytest.mark.slow
def test_a_season_without_a_trend_shows_one_in_one_of_twenty() -> None:
    rng = np.random.default_rng(8)
    p = [
        fitted(long(rng.normal(0.11, 0.02, 22), rng.normal(0.12, 0.02, 22)))["p"]
        for _ in range(400)
    ]
    assert 0.025 <= (np.array(p) < 0.05).mean() <= 0.08
