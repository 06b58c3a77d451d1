"""The simulated championship looks like Formula 1: bounds are wide, two worlds together."""

import numpy as np
import pandas as pd
import pytest

from f1lib.sources.simulated import world

Worlds = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def worlds() -> Worlds:
    """The tables of two worlds of four seasons, weekends made distinct by their seed."""
    built = [world.build(seed, seasons=4).tables() for seed in (1, 2)]
    return {
        name: pd.concat(
            [t[name].assign(weekend=f"{n}:" + t[name]["weekend"]) for n, t in enumerate(built)]
        )
        for name in ("results", "qualifying", "grid")
    }


def test_the_pole_sitter_wins_about_half_of_the_races(worlds: Worlds) -> None:
    qualifying, results = worlds["qualifying"], worlds["results"]
    pole = qualifying[qualifying["position"] == 1].set_index("weekend")["driver"]
    winner = results[results["position"] == 1].set_index("weekend")["driver"]
    assert 0.35 < (pole == winner.reindex(pole.index)).mean() < 0.65


def test_qualifying_spreads_two_to_four_per_cent_and_is_close_at_the_front(worlds: Worlds) -> None:
    qualifying = worlds["qualifying"]
    best = qualifying.groupby("weekend")["best_ms"]
    spread = 100 * (best.max() / best.min() - 1)
    assert 2.0 < spread.median() < 4.0
    q3 = qualifying[qualifying["position"] <= 2].groupby("weekend")["q3_ms"]
    assert 0.03 < (100 * (q3.max() / q3.min() - 1)).median() < 0.4


def test_eight_to_fifteen_per_cent_retire(worlds: Worlds) -> None:
    assert 0.08 < (worlds["results"]["status"] == "DNF").mean() < 0.15


def test_some_seasons_are_dominated_and_others_open(worlds: Worlds) -> None:
    results = worlds["results"]
    winners = results[results["position"] == 1]
    season = winners["weekend"].str.split("-").str[0]
    share = winners.groupby(season)["driver"].agg(lambda d: d.value_counts(normalize=True).iloc[0])
    assert 0.3 < share.median() < 0.7
    assert share.max() - share.min() > 0.15
    assert winners.groupby(season)["driver"].nunique().mean() > 3


def test_the_grid_says_much_of_the_finish_but_not_all(worlds: Worlds) -> None:
    both = worlds["results"].merge(worlds["grid"], on=["weekend", "driver"])
    both = both[both["status"] == "classified"]
    finish = both.groupby("weekend")["finish_order"].rank()
    start = both.groupby("weekend")["start_order"].rank()
    assert 0.65 < np.corrcoef(finish, start)[0, 1] < 0.9


def test_the_winner_is_seconds_ahead_and_the_midfield_about_a_minute(worlds: Worlds) -> None:
    results = worlds["results"]
    times = results.pivot_table(index="weekend", columns="position", values="time_ms") / 1000
    assert 1 < (times[2] - times[1]).median() < 20
    assert 20 < (times[8] - times[1]).median() < 90


def test_practice_hints_at_qualifying_less_than_qualifying_itself() -> None:
    tables = world.build(1, seasons=2).tables()
    last = tables["practice"].query("session == 'FP3'")
    both = last.merge(tables["qualifying"], on=["weekend", "driver"], suffixes=("_fp", ""))
    relation = both["position_fp"].corr(both["position"])
    assert 0.55 < relation < 0.95
