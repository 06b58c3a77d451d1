"""The simulated world: the same seed, the same world; and everything a season can hold."""

import csv
import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from f1lib.errors import ConfigurationError
from f1lib.sources.simulated import names, scenarios, world
from f1lib.sources.simulated.circuits import CIRCUITS
from f1lib.sources.simulated.paddock import Market
from f1lib.sources.simulated.streams import Dice
from f1lib.sources.simulated.world import SimulatedWorld
from f1lib.tables.history import TABLES, History, Snapshot
from f1lib.weekend import RaceWeekend, WeekendFormat

SNAPSHOT = Snapshot("0" * 64, "simulated", "an invented championship", "", "0" * 64, simulated=True)


@pytest.fixture(scope="module")
def default() -> SimulatedWorld:
    return world.build(1)


@pytest.fixture(scope="module")
def tables(default: SimulatedWorld) -> dict[str, pd.DataFrame]:
    return default.tables()


def test_the_same_seed_gives_the_same_tables() -> None:
    first, again = (world.build(3, seasons=1).tables() for _ in range(2))
    for name in TABLES:
        pd.testing.assert_frame_equal(first[name], again[name])


def test_another_seed_gives_other_tables() -> None:
    one, other = (world.build(seed, seasons=1).tables()["results"] for seed in (3, 4))
    assert not one["driver"].equals(other["driver"])


def test_drawing_more_in_practice_would_shift_no_other_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = world.build(3, seasons=1).tables()
    practise = world.held.sessions.practise

    def greedy(rng: np.random.Generator, *args: object, **more: object) -> object:
        rng.random(1000)
        return practise(rng, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(world.held.sessions, "practise", greedy)
    after = world.build(3, seasons=1).tables()
    assert not before["practice"].equals(after["practice"])
    for name in TABLES.keys() - {"practice"}:
        pd.testing.assert_frame_equal(before[name], after[name])


@pytest.mark.parametrize("scenario", scenarios.SCENARIOS)
def test_every_table_of_every_scenario_keeps_its_contract(scenario: str) -> None:
    tables = world.build(2, scenario, seasons=1).tables()
    history = History.of(SNAPSHOT, tables)
    assert len(history.completed()) == history["races"]["weekend"].nunique()
    for name in TABLES:
        pd.testing.assert_frame_equal(history[name], tables[name])


def test_an_unknown_scenario_is_refused_with_the_names_of_the_others() -> None:
    with pytest.raises(ConfigurationError, match=r"stable, car_upgrade, regulation_reset"):
        world.build(1, "earthquake")


def test_a_world_without_seasons_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="1 to 15 seasons, not 0"):
        world.build(1, seasons=0)


def test_a_weekend_that_was_not_held_is_refused(default: SimulatedWorld) -> None:
    with pytest.raises(ConfigurationError, match="no weekend 2031-01"):
        default.publications(RaceWeekend(2031, 1))


def test_eight_seasons_end_in_2025_with_about_twenty_rounds_each(
    tables: dict[str, pd.DataFrame],
) -> None:
    rounds = tables["races"].groupby("season").size()
    assert list(rounds.index) == list(range(2018, 2026))
    assert rounds.between(18, 24).all()


def test_fifteen_seasons_do_not_run_out_of_names() -> None:
    for seed in range(5):
        market = Market(Dice(seed))
        seen: dict[str, str] = {}
        for season in range(2011, 2026):
            lineup = market.open(season, np.linspace(-1, 1, 10), extra_team=season == 2025)
            people = [*(driver for pair in lineup.seats for driver in pair), *lineup.reserves]
            assert len({driver.driver for driver in people}) == len(people)
            assert len({driver.number for driver in people}) == len(people)
            seen |= {driver.driver: driver.abbreviation for driver in people}
        assert len(set(seen.values())) == len(seen) < len(names.SURNAMES)


def test_each_format_is_run_in_its_years(tables: dict[str, pd.DataFrame]) -> None:
    years = tables["races"].groupby("format")["season"].unique().map(set).to_dict()
    assert years.pop(WeekendFormat.STANDARD) == set(range(2018, 2026))
    assert years == {
        WeekendFormat.SPRINT_SETS_GRID: {2021, 2022},
        WeekendFormat.SPRINT_AFTER_QUALIFYING: {2023},
        WeekendFormat.SPRINT_BEFORE_QUALIFYING: {2024, 2025},
    }


def test_sprint_weekends_have_their_sessions_and_others_do_not(
    tables: dict[str, pd.DataFrame],
) -> None:
    races = tables["races"].set_index("weekend")["format"]
    sprinted = set(tables["sprint"]["weekend"])
    assert sprinted == set(races.index[races != WeekendFormat.STANDARD])
    shoot_outs = races[tables["sprint_qualifying"]["weekend"].unique()]
    assert set(shoot_outs) == {
        WeekendFormat.SPRINT_AFTER_QUALIFYING,
        WeekendFormat.SPRINT_BEFORE_QUALIFYING,
    }


def test_where_the_sprint_sets_the_grid_its_winner_starts_first_unless_penalised(
    default: SimulatedWorld, tables: dict[str, pd.DataFrame]
) -> None:
    formats = tables["races"].set_index("weekend")["format"]
    setting = formats.index[formats == WeekendFormat.SPRINT_SETS_GRID]
    grid = tables["grid"].merge(tables["sprint"], on=["weekend", "driver"])
    winners = grid[grid["weekend"].isin(setting) & (grid["finish_order"] == 1)]
    unpenalised = winners[winners["penalty_places"].isna() & ~winners["pit_lane"]]
    assert len(unpenalised) >= 4
    assert (unpenalised["start_order"] == 1).all()


def test_qualifying_knocks_out_five_and_five_of_twenty(tables: dict[str, pd.DataFrame]) -> None:
    runs = tables["qualifying"]
    assert runs.loc[runs["position"] > 15, ["q2_ms", "q3_ms"]].isna().all(axis=None)
    assert runs.loc[runs["position"] > 10, "q3_ms"].isna().all()
    timed = runs[runs["position"] <= 10]
    assert timed["q3_ms"].notna().mean() > 0.9
    assert (
        runs["best_ms"].dropna() == runs[["q1_ms", "q2_ms", "q3_ms"]].min(axis=1).dropna()
    ).all()


def test_some_have_no_lap_and_some_are_not_even_listed(tables: dict[str, pd.DataFrame]) -> None:
    assert tables["qualifying"]["best_ms"].isna().any()
    assert tables["practice"]["time_ms"].isna().any()
    starters = set(map(tuple, tables["grid"][["weekend", "driver"]].to_numpy()))
    listed = set(map(tuple, tables["qualifying"][["weekend", "driver"]].to_numpy()))
    assert 0 < len(starters - listed) < 40


def test_penalties_pit_lane_starts_and_shared_places_occur(
    tables: dict[str, pd.DataFrame],
) -> None:
    grid = tables["grid"]
    assert (grid["penalty_places"] > 0).any()
    assert grid.loc[grid["pit_lane"], "grid_position"].isna().all()
    assert grid["pit_lane"].any()
    places = grid.dropna(subset=["grid_position"])
    assert places.duplicated(["weekend", "grid_position"]).any()


def test_results_have_every_kind_of_ending(tables: dict[str, pd.DataFrame]) -> None:
    results = tables["results"]
    assert {"classified", "DNF", "DSQ", "DNS"} <= set(results["status"])
    assert results.loc[results["status"] == "DNF", "retired_reason"].notna().all()
    late = results[(results["status"] == "classified") & results["retired_reason"].notna()]
    assert len(late) > 0, "nobody was classified although out after 90 % of the distance"
    assert (late["gap_laps"] > 0).all()


def test_the_lapped_have_a_gap_in_laps_and_no_time(tables: dict[str, pd.DataFrame]) -> None:
    classified = tables["results"][tables["results"]["status"] == "classified"]
    lapped = classified["gap_laps"] > 0
    assert lapped.any()
    assert classified.loc[lapped, "time_ms"].isna().all()
    assert classified.loc[~lapped, "time_ms"].notna().all()
    timed = classified[~lapped]
    steps = timed.groupby("weekend")["time_ms"].diff().dropna()
    assert (steps >= 0).all()


def test_points_are_missing_never_zero(tables: dict[str, pd.DataFrame]) -> None:
    for name in ("results", "sprint"):
        points = tables[name]["points"]
        assert points.isna().any()
        assert (points.dropna() > 0).all()
    winners = tables["results"][tables["results"]["position"] == 1]
    assert (winners["points"] == 25).all()


def test_safety_cars_come_out_in_some_races_and_not_in_others(default: SimulatedWorld) -> None:
    laps = np.array([held.race.safety_car_laps[0] for held in default.held.values()])
    assert 0.2 < (laps > 0).mean() < 0.8


def test_a_wet_qualifying_is_slower_and_spreads_the_field(
    default: SimulatedWorld, tables: dict[str, pd.DataFrame]
) -> None:
    wet = {str(weekend) for weekend, held in default.held.items() if held.qualifying.wet[0]}
    best = tables["qualifying"].groupby("weekend")["best_ms"]
    spread = best.max() / best.min() - 1
    rained = spread.index.isin(wet)
    assert 5 <= rained.sum() <= 60
    assert spread[rained].median() > 1.25 * spread[~rained].median()


def test_regulars_are_replaced_and_some_only_after_the_entry_list(
    tables: dict[str, pd.DataFrame],
) -> None:
    seasons = tables["results"]["weekend"].str[:4]
    starts = tables["results"].groupby([seasons, "driver"]).size()
    assert (starts <= 2).sum() >= 8, "at least one substitute a season"
    pairs = [
        set(map(tuple, tables[name][["weekend", "driver"]].to_numpy()))
        for name in ("entries", "grid")
    ]
    surprises = pairs[1] - pairs[0]
    assert len(surprises) == 8, "one a season was not on the entry list"
    practised = set(map(tuple, tables["practice"][["weekend", "driver"]].to_numpy()))
    assert surprises <= practised


def test_drivers_move_retire_and_make_their_debut(tables: dict[str, pd.DataFrame]) -> None:
    entries = tables["entries"].merge(tables["constructors"], on="constructor")
    entries["season"] = entries["weekend"].str[:4].astype(int)
    seats = entries.groupby(["season", "driver"]).agg(
        n=("weekend", "size"), at=("lineage", "first")
    )
    seats = seats[seats["n"] > 5].reset_index()
    by_season = {season: rows.set_index("driver")["at"] for season, rows in seats.groupby("season")}
    for season in range(2019, 2026):
        old, new = by_season[season - 1], by_season[season]
        both = old.index.intersection(new.index)
        assert (old[both] != new[both]).any(), f"nobody changed teams before {season}"
        assert len(new.index.difference(old.index)) >= 1, f"no debut in {season}"


def test_a_renamed_team_keeps_its_lineage(tables: dict[str, pd.DataFrame]) -> None:
    constructors = tables["constructors"]
    assert constructors["lineage"].nunique() == 10
    assert constructors["lineage"].duplicated().sum() == 7, "one new name each winter"
    assert (tables["entries"].groupby(["weekend", "constructor"]).size() == 2).all()


def test_the_pecking_order_lasts_from_season_to_season(tables: dict[str, pd.DataFrame]) -> None:
    results = tables["results"].merge(tables["constructors"], on="constructor")
    results["season"] = results["weekend"].str[:4].astype(int)
    points = results.pivot_table(
        index="lineage", columns="season", values="points", aggfunc="sum", fill_value=0
    )
    ranks = points.rank()
    following = [ranks[year].corr(ranks[year + 1]) for year in range(2018, 2025)]
    assert 0.5 < np.mean(following) < 0.98


def test_invented_names_do_not_collide() -> None:
    assert len({surname[:3].upper() for surname in names.SURNAMES}) == len(names.SURNAMES)
    assert len(set(names.FIRST_NAMES)) == len(names.FIRST_NAMES)
    teams = [name for row in names.TEAM_NAMES for name in row]
    assert len(set(teams)) == len(teams)
    for attribute in ("grand_prix", "name", "circuit", "circuit_name"):
        assert len({getattr(circuit, attribute) for circuit in CIRCUITS}) == len(CIRCUITS)
    for name in (*names.FIRST_NAMES, *names.SURNAMES):
        assert names.identifier(name).isascii()


@pytest.mark.real_data
@pytest.mark.skipif("F1LIB_F1DB" not in os.environ, reason="F1LIB_F1DB is not set")
def test_no_invented_name_is_a_real_one() -> None:
    with zipfile.ZipFile(Path(os.environ["F1LIB_F1DB"])) as archive:

        def real(name: str, column: str) -> set[str]:
            text = io.TextIOWrapper(archive.open(f"f1db-{name}.csv"), encoding="utf-8")
            return {row[column].lower() for row in csv.DictReader(text)}

        surnames = real("drivers", "lastName")
        constructors, circuits = real("constructors", "name"), real("circuits", "id")
        grands_prix = real("grands-prix", "id")
    assert not surnames & {name.lower() for name in names.SURNAMES}
    assert not constructors & {name.lower() for row in names.TEAM_NAMES for name in row}
    assert not circuits & {circuit.circuit for circuit in CIRCUITS}
    assert not grands_prix & {circuit.grand_prix for circuit in CIRCUITS}
