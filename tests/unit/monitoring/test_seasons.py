"""Seasons side by side: windows partition the rounds, a trend is one of seasons, not of races."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1lib.models import baselines
from f1lib.monitoring import seasons
from f1lib.weekend import Cutoff, RaceWeekend

METRIC = "winner_log_loss"
BASELINE = baselines.for_metric(METRIC, Cutoff.BEFORE_RACE)


def rounds(*per_season: int, first: int = 2018) -> list[RaceWeekend]:
    return [
        RaceWeekend(first + year, number)
        for year, n in enumerate(per_season)
        for number in range(1, n + 1)
    ]


def calendar(weekends: list[RaceWeekend]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "weekend": [str(w) for w in weekends],
            "season": [w.season for w in weekends],
            "round": [w.round for w in weekends],
            "circuit_type": ["street" if w.round % 2 else "permanent" for w in weekends],
        }
    )


def scored(weekends: list[RaceWeekend], gains: list[float]) -> pd.DataFrame:
    """The model below a baseline of 2 nats by the gain of each race."""
    return pd.DataFrame(
        [
            (str(weekend), Cutoff.BEFORE_RACE.value, model, METRIC, value)
            for weekend, gain in zip(weekends, gains, strict=True)
            for model, value in (("two_stage", 2.0 - gain), (BASELINE, 2.0))
        ],
        columns=["weekend", "cutoff", "model", "metric", "value"],
    )


@given(st.lists(st.integers(1, 24), min_size=1, max_size=6))
def test_every_round_is_in_one_window_of_each_kind(per_season: list[int]) -> None:
    weekends = rounds(*per_season)
    races = calendar(weekends)
    for windows in (
        seasons.by_season(weekends),
        seasons.by_part(weekends, races),
        seasons.by_kind(weekends, races, "circuit_type"),
    ):
        assert sorted(w for window in windows for w in window.weekends) == weekends


def test_a_season_of_six_has_thirds_of_two() -> None:
    weekends = rounds(6)
    parts = seasons.by_part(weekends, calendar(weekends))
    assert [len(part.weekends) for part in parts] == [2, 2, 2]
    assert parts[0].weekends == (RaceWeekend(2018, 1), RaceWeekend(2018, 2))


def test_a_steady_gain_is_a_trend_in_nats_a_season() -> None:
    weekends = rounds(5, 5, 5, 5, 5)
    gains = [0.1 * (w.season - 2018) for w in weekends]
    found = seasons.trend(scored(weekends, gains), "two_stage", METRIC)
    assert found.slope == pytest.approx(0.1)
    assert (found.low, found.high) == pytest.approx((0.1, 0.1), abs=1e-6)
    assert (found.n_seasons, found.n_races) == (5, 25)


def test_more_races_a_season_make_no_surer_trend() -> None:
    """Races of a season share its cars: copies of them are no evidence."""
    level = dict(zip(range(2018, 2024), [0.1, 0.3, 0.0, 0.4, 0.2, 0.5], strict=True))
    few, many = rounds(*[4] * 6), rounds(*[20] * 6)
    one, other = (
        seasons.trend(scored(weekends, [level[w.season] for w in weekends]), "two_stage", METRIC)
        for weekends in (few, many)
    )
    assert (one.slope, one.low, one.high) == pytest.approx((other.slope, other.low, other.high))


def test_three_seasons_have_no_trend() -> None:
    weekends = rounds(9, 9, 9)
    found = seasons.trend(scored(weekends, [0.1] * 27), "two_stage", METRIC)
    assert np.isnan([found.slope, found.low, found.high]).all()
    assert found.n_seasons == 3


def test_a_good_season_does_not_pass_for_a_good_circuit_type() -> None:
    """All street races of a good year: within each season the types are alike."""
    weekends = rounds(10, 10)
    gains = [1.0 if w.season == 2019 else 0.0 for w in weekends]
    races = seasons.gains(scored(weekends, gains), "two_stage", METRIC)
    windows = seasons.by_kind(weekends, calendar(weekends), "circuit_type")
    assert seasons.differ_p(races, windows) == 1.0


def test_a_gain_on_one_circuit_type_alone_is_found() -> None:
    weekends = rounds(12, 12, 12)
    rng = np.random.default_rng(0)
    gains = [0.6 * (w.round % 2) + 0.1 * rng.standard_normal() for w in weekends]
    races = seasons.gains(scored(weekends, gains), "two_stage", METRIC)
    windows = seasons.by_kind(weekends, calendar(weekends), "circuit_type")
    assert seasons.differ_p(races, windows) < 0.01


def test_windows_that_share_no_season_are_not_compared() -> None:
    weekends = rounds(6, 6)
    races = seasons.gains(scored(weekends, [0.1] * 12), "two_stage", METRIC)
    assert np.isnan(seasons.differ_p(races, seasons.by_season(weekends)))


@pytest.mark.slow
def test_equal_circuit_types_are_called_different_in_five_percent() -> None:
    weekends = rounds(20, 20)
    windows = seasons.by_kind(weekends, calendar(weekends), "circuit_type")
    called = 0
    for seed in range(200):
        gains = list(np.random.default_rng(seed).standard_normal(40))
        races = seasons.gains(scored(weekends, gains), "two_stage", METRIC)
        called += seasons.differ_p(races, windows, seed=seed) < 0.05
    assert called <= 19  # binomial(200, .05): 99 % of the time
