"""The scenarios do what they say, when they say it, and nothing before."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from f1lib.sources.simulated import scenarios, world
from f1lib.sources.simulated.scenarios import ScenarioFacts
from f1lib.sources.simulated.world import SimulatedWorld
from f1lib.weekend import Cutoff

SEED = 2


@pytest.fixture(scope="module")
def worlds() -> dict[str, SimulatedWorld]:
    return {name: world.build(SEED, name, seasons=2) for name in scenarios.SCENARIOS}


def qualifying_gaps(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Gap to pole in % of each row, with lineage."""
    rows = tables["qualifying"].merge(tables["constructors"], on="constructor")
    pole = rows[rows["position"] == 1].set_index("weekend")["best_ms"]
    return rows.assign(gap=100 * (rows["best_ms"] / rows["weekend"].map(pole) - 1))


def order_of_teams(tables: dict[str, pd.DataFrame], season: int) -> "pd.Series[float]":
    gaps = qualifying_gaps(tables)
    gaps = gaps[gaps["weekend"].str.startswith(str(season))]
    return gaps.groupby("lineage")["gap"].median().rank()


def mean_lap(built: SimulatedWorld, facts: ScenarioFacts) -> "pd.Series[float]":
    """The mean best qualifying lap of the concerned team in each weekend from the first one on."""
    rows = qualifying_gaps(built.tables())
    mine = rows[(rows["lineage"] == facts.lineage) & (rows["weekend"] >= str(facts.weekend))]
    return mine.groupby("weekend")["best_ms"].mean()


def test_every_scenario_but_stable_names_its_first_weekend(
    worlds: dict[str, SimulatedWorld],
) -> None:
    for name, built in worlds.items():
        facts = built.scenario_facts
        assert facts.scenario.name == name
        assert (facts.weekend is None) == (name == "stable")
        if facts.weekend is not None:
            assert facts.weekend in built.held
            assert facts.weekend.season == 2025


@pytest.mark.parametrize("name", [name for name in scenarios.SCENARIOS if name != "stable"])
def test_up_to_its_first_weekend_a_world_is_the_stable_one(
    worlds: dict[str, SimulatedWorld], name: str
) -> None:
    built, stable = worlds[name], worlds["stable"]
    first = built.scenario_facts.weekend
    assert first is not None
    if built.scenario_facts.scenario.begins == "season_start":
        moment = built.calendars[-1].published_at - timedelta(seconds=1)
    else:
        moment = built.publications(first)[0].at
    for table, frame in built.tables(moment).items():
        pd.testing.assert_frame_equal(frame, stable.tables(moment)[table])
    tables = ("practice", "qualifying", "results")
    assert any(not built.tables()[t].equals(stable.tables()[t]) for t in tables)


def test_an_upgraded_car_moves_forward_by_its_step(worlds: dict[str, SimulatedWorld]) -> None:
    facts = worlds["car_upgrade"].scenario_facts
    before, after = (mean_lap(worlds[name], facts) for name in ("stable", "car_upgrade"))
    change = 100 * (after / before - 1).median()
    assert change == pytest.approx(-facts.scenario.upgrade_pct, abs=0.5)


def test_an_upgrade_is_in_the_truth(worlds: dict[str, SimulatedWorld]) -> None:
    facts = worlds["car_upgrade"].scenario_facts
    last = worlds["car_upgrade"].weekends[-1]
    held = worlds["car_upgrade"].held[last]
    drivers = [
        driver.driver
        for driver, team in zip(held.field.drivers, held.field.teams, strict=True)
        if team.lineage == facts.lineage
    ]
    chance = {
        name: worlds[name]
        .truth(last, Cutoff.BEFORE_WEEKEND, 200)
        .set_index("driver")
        .loc[drivers, "p_win"]
        .sum()
        for name in ("stable", "car_upgrade")
    }
    assert chance["car_upgrade"] > chance["stable"] + 0.1


def test_a_regulation_reset_forgets_the_order_that_stable_keeps(
    worlds: dict[str, SimulatedWorld],
) -> None:
    relation = {
        name: order_of_teams(worlds[name].tables(), 2024).corr(
            order_of_teams(worlds[name].tables(), 2025)
        )
        for name in ("stable", "regulation_reset")
    }
    assert relation["stable"] > 0.5
    assert relation["regulation_reset"] < 0.4


def test_a_new_team_enters_two_cars_at_the_back(worlds: dict[str, SimulatedWorld]) -> None:
    built = worlds["new_team"]
    tables = built.tables()
    lineage = built.scenario_facts.lineage
    assert lineage is not None
    cars = tables["entries"].groupby("weekend").size()
    assert (cars[cars.index < "2025"] == 20).all()
    assert (cars[cars.index >= "2025"] == 22).all()
    assert order_of_teams(tables, 2025)[lineage] >= 8
    newest = tables["qualifying"].query("weekend >= '2025'")
    assert newest.loc[newest["position"] > 16, "q2_ms"].isna().all()
    assert newest.loc[newest["position"] == 16, "q2_ms"].notna().any()


def test_a_sensor_shift_widens_published_practice_and_nothing_else(
    worlds: dict[str, SimulatedWorld],
) -> None:
    built, stable = worlds["sensor_shift"], worlds["stable"]
    shifted, plain = built.tables(), stable.tables()
    for name in shifted.keys() - {"practice"}:
        pd.testing.assert_frame_equal(shifted[name], plain[name])
    first = str(built.scenario_facts.weekend)

    def gaps(practice: pd.DataFrame) -> np.ndarray:
        since = practice[practice["weekend"] >= first]
        best = since.groupby(["weekend", "session"])["time_ms"].transform("min")
        return (since["time_ms"] - best).to_numpy()

    wide, narrow = gaps(shifted["practice"]), gaps(plain["practice"])
    factor = built.scenario_facts.scenario.practice_gap_factor
    np.testing.assert_allclose(wide, factor * narrow, atol=2.0)
