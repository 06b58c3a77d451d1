"""What watching for drift promises: on invented worlds that move, and on the real archive."""

from collections.abc import Iterable
from functools import cache
from itertools import groupby

import pandas as pd
import pytest

from f1lib.features.table import Recipe
from f1lib.monitoring.drift import watched
from f1lib.monitoring.drift.reference import Reference
from f1lib.monitoring.findings import Finding
from f1lib.monitoring.policy import WatchPolicy
from f1lib.pipelines.drift import Watch
from f1lib.sources.simulated import world
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import RaceWeekend

pytestmark = pytest.mark.slow

SEEDS = range(10)
SEASONS = 8
LAST = "2025"
RECIPE = Recipe()
NAMED = "1" * 64
SNAPSHOT = Snapshot(NAMED, "simulated", "SIMULATED", "", NAMED, simulated=True)
Found = dict[str, tuple[Finding, ...]]


def after_each_round(
    rows: pd.DataFrame, races: pd.DataFrame, weekends: Iterable[str], trained_before: str
) -> Found:
    """Findings after each of `weekends` for a champion trained on all races before one."""
    strata = dict(zip(races["weekend"], races["circuit_type"], strict=True))
    reference = Reference.of(rows[rows["weekend"] < trained_before], strata)
    watch = Watch(reference, rows, strata, RECIPE.resets, WatchPolicy("default"), "1.0.0")
    return {weekend: watch.findings(RaceWeekend.parse(weekend)) for weekend in weekends}


@cache
def told(scenario: str, seed: int) -> tuple[world.SimulatedWorld, Found]:
    """A world in which something happens, and what is found in the five races from then on."""
    invented = world.build(seed, scenario, SEASONS)
    history = History.of(SNAPSHOT, invented.tables())
    rows = watched.after_each_round(history, RECIPE)
    begins = invented.scenario_facts.weekend
    five = [str(weekend) for weekend in invented.weekends if begins and weekend >= begins][:5]
    return invented, after_each_round(rows, history["races"], five, f"{LAST}-01")


def alerts(found: Found, rule: str) -> set[str]:
    return {
        each.subject
        for findings in found.values()
        for each in findings
        if each.alert and each.rule == rule
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_team_that_finds_a_step_is_named_within_five_races(seed: int) -> None:
    invented, found = told("car_upgrade", seed)
    assert invented.scenario_facts.lineage in alerts(found, "drift.lineage")
    last = next(reversed(found.values()))
    mine = next(each for each in last if each.subject == invented.scenario_facts.lineage)
    assert mine.value < 0  # faster
    assert "qualifying_surprise" in mine.reason


@pytest.mark.parametrize("seed", SEEDS)
def test_practice_times_on_another_scale_are_named_within_five_races(seed: int) -> None:
    _, found = told("sensor_shift", seed)
    named = alerts(found, "drift.feature")
    assert named & {"practice_surprise", "practice_surprise_size", "practice_to_qualifying"}
    assert not named & {"qualifying_surprise", "finishing_surprise"}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_reset_nobody_announced_is_drift_in_the_right_features_after_three_races(
    seed: int,
) -> None:
    _, found = told("regulation_reset", seed)
    third = found[list(found)[2]]
    moved = {each.subject for each in third if each.status == "drift"}
    assert moved & {"qualifying_surprise", "qualifying_surprise_size", *teams(third)}


def test_a_reset_nobody_announced_lasts_in_most_worlds() -> None:
    # forecasts learn the new order in a few rounds, so surprises may be over by the fifth
    lasts = [
        bool(alerts(found, "drift.lineage") | alerts(found, "drift.feature"))
        for _, found in (told("regulation_reset", seed) for seed in SEEDS)
    ]
    assert sum(lasts) >= 7


def teams(findings: Iterable[Finding]) -> set[str]:
    return {each.subject for each in findings if each.rule == "drift.lineage"}


@pytest.fixture(scope="module")
def real(real_history: History) -> tuple[pd.DataFrame, pd.DataFrame]:
    history = real_history.since(2008)
    return watched.after_each_round(history, RECIPE), history["races"]


def lasting(found: Found, season: str) -> int:
    """Separate alerts of drift in a season: rounds in a row with one are one."""
    flags = [
        any(each.alert and each.rule.startswith("drift") for each in findings)
        for weekend, findings in found.items()
        if weekend.startswith(season)
    ]
    return sum(1 for alert, _ in groupby(flags) if alert)


@pytest.mark.real_data
@pytest.mark.parametrize("frozen", [False, True])
def test_four_seasons_without_a_reset_have_one_lasting_alert_each_at_most(
    real: tuple[pd.DataFrame, pd.DataFrame], frozen: bool
) -> None:
    rows, races = real
    for season in ("2018", "2019", "2020", "2021"):
        mine = [name for name in sorted(rows["weekend"].unique()) if name.startswith(season)]
        trained = "2018-01" if frozen else f"{season}-01"
        found = after_each_round(rows, races, mine, trained)
        assert lasting(found, season) <= 1
        assert not alerts(found, "new_conditions.regulations")


@pytest.mark.real_data
def test_the_reset_of_2022_is_marked_from_its_first_round_on(
    real: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    rows, races = real
    mine = [name for name in sorted(rows["weekend"].unique()) if "2022-01" <= name <= "2022-05"]
    found = after_each_round(rows, races, mine, "2022-01")
    for findings in found.values():
        assert {"regulations"} == {each.subject for each in findings if each.alert}
    dataset = next(each for each in found["2022-05"] if each.rule == "drift.dataset")
    assert "The regulations were reset for 2022" in dataset.reason
