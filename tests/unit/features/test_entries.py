"""Who takes part, in a world of two rounds and two teams."""

import pandas as pd
import pytest

from f1lib.features.entries import entered
from f1lib.tables.history import TABLES, History, Snapshot
from f1lib.weekend import Cutoff

TEAM = {"ada": "x", "bo": "x", "cy": "y", "di": "y", "eve": "y", "flo": "x"}


def history(
    *,
    raced: list[str],
    practised: dict[str, list[str]] | None = None,
    announced: list[str] | None = None,
    on_grid: list[str] | None = None,
) -> History:
    """Round 1 was raced by `raced`; of round 2 there is what is given."""

    def rows(weekend: str, drivers: list[str], **more: object) -> pd.DataFrame:
        frame = pd.DataFrame({"driver": drivers})
        return frame.assign(
            weekend=weekend,
            constructor=frame["driver"].map(TEAM),
            car_number=frame["driver"].map(lambda name: str(ord(name[0]))),
            **more,
        )

    races = pd.DataFrame({"round": [1, 2]}).assign(
        weekend=["2031-01", "2031-02"], season=2031, grand_prix=["here", "there"], name="n",
        date=["2031-03-01", "2031-03-15"], circuit="c", circuit_name="c",
        circuit_type="permanent", format="standard", course_length_km=5.0,
        fp1_at=None, fp2_at=None, fp3_at=None, sprint_qualifying_at=None, sprint_at=None,
        qualifying_at=None, race_at=None,
    )  # fmt: skip
    frames = {
        "races": races,
        "results": rows(
            "2031-01", raced, finish_order=range(1, len(raced) + 1), position=1.0,
            status="classified", laps=60.0, time_ms=None, gap_laps=None, points=None,
            retired_reason=None,
        ),
    }  # fmt: skip
    if practised:
        frames["practice"] = pd.concat(
            [
                rows("2031-02", drivers, session=name, position=1, time_ms=90_000.0, laps=20.0)
                for name, drivers in practised.items()
            ]
        )
    if announced:
        frames["entries"] = rows("2031-02", announced)
    if on_grid:
        frames["grid"] = rows(
            "2031-02", on_grid, start_order=range(1, len(on_grid) + 1), grid_position=1.0,
            pit_lane=False, penalty_places=None,
        )  # fmt: skip
    tables = {
        name: table.build(frames[name]) if name in frames else table.empty()
        for name, table in TABLES.items()
    }
    return History(Snapshot("0" * 64, "f1db", "", "", "0" * 64), tables)


def second_round(world: History, cutoff: Cutoff) -> list[str]:
    entries = entered(world, cutoff)
    return sorted(entries.loc[entries["weekend"] == "2031-02", "driver"])


def test_before_the_weekend_those_of_the_previous_round_are_expected() -> None:
    world = history(raced=["ada", "bo", "cy", "di"], practised={"FP1": ["ada", "flo"]})
    assert second_round(world, Cutoff.BEFORE_WEEKEND) == ["ada", "bo", "cy", "di"]


def test_announced_entries_count_more_than_the_previous_round() -> None:
    world = history(raced=["ada", "bo", "cy", "di"], announced=["ada", "bo", "cy", "eve"])
    assert second_round(world, Cutoff.BEFORE_WEEKEND) == ["ada", "bo", "cy", "eve"]


def test_who_drove_a_car_last_is_expected_to_race_it() -> None:
    world = history(
        raced=["ada", "bo", "cy", "di"],
        practised={"FP1": ["ada", "flo", "cy", "di"], "FP3": ["ada", "bo", "cy", "di"]},
    )
    assert second_round(world, Cutoff.BEFORE_QUALIFYING) == ["ada", "bo", "cy", "di"]


def test_a_car_that_has_not_run_yet_is_filled_from_the_previous_round() -> None:
    world = history(raced=["ada", "bo", "cy", "di"], practised={"FP1": ["ada", "cy", "di"]})
    assert second_round(world, Cutoff.BEFORE_QUALIFYING) == ["ada", "bo", "cy", "di"]


def test_a_team_that_stays_away_is_not_filled_in() -> None:
    world = history(raced=["ada", "bo", "cy", "di"], practised={"FP1": ["ada", "bo"]})
    assert second_round(world, Cutoff.BEFORE_QUALIFYING) == ["ada", "bo"]


def test_the_grid_is_the_last_word() -> None:
    world = history(
        raced=["ada", "bo", "cy", "di"],
        practised={"FP1": ["ada", "bo", "cy", "di"]},
        on_grid=["ada", "bo", "eve"],
    )
    assert second_round(world, Cutoff.BEFORE_RACE) == ["ada", "bo", "eve"]


@pytest.mark.parametrize("cutoff", Cutoff)
def test_nobody_is_read_from_the_result(cutoff: Cutoff) -> None:
    world = history(raced=["ada", "bo"], announced=["cy"])
    entries = entered(world, cutoff)
    assert entries[entries["weekend"] == "2031-01"].empty  # its result is there, nothing else is
