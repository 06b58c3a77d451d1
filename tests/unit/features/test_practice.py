"""Each format shows, before qualifying and before the race, just the sessions run by then."""

import pandas as pd
import pytest

from f1lib.features import table
from f1lib.tables.history import History
from f1lib.weekend import Cutoff, WeekendFormat

# what is known of a weekend, by its format and by what may be known
KNOWN = {
    (WeekendFormat.STANDARD, Cutoff.BEFORE_QUALIFYING): {"fp1_gap", "fp2_gap", "fp3_gap"},
    (WeekendFormat.STANDARD, Cutoff.BEFORE_RACE): {"fp1_gap", "fp2_gap", "fp3_gap"},
    (WeekendFormat.SPRINT_SETS_GRID, Cutoff.BEFORE_QUALIFYING): {"fp1_gap"},
    (WeekendFormat.SPRINT_SETS_GRID, Cutoff.BEFORE_RACE): {"fp1_gap", "fp2_gap", "sprint_place"},
    (WeekendFormat.SPRINT_AFTER_QUALIFYING, Cutoff.BEFORE_QUALIFYING): {"fp1_gap"},
    (WeekendFormat.SPRINT_AFTER_QUALIFYING, Cutoff.BEFORE_RACE): {
        "fp1_gap", "sprint_qualifying_gap", "sprint_place",
    },
    (WeekendFormat.SPRINT_BEFORE_QUALIFYING, Cutoff.BEFORE_QUALIFYING): {
        "fp1_gap", "sprint_qualifying_gap", "sprint_place",
    },
    (WeekendFormat.SPRINT_BEFORE_QUALIFYING, Cutoff.BEFORE_RACE): {
        "fp1_gap", "sprint_qualifying_gap", "sprint_place",
    },
}  # fmt: skip
SESSIONS = ("fp1_gap", "fp2_gap", "fp3_gap", "sprint_qualifying_gap", "sprint_place")
REAL = {  # seasons in which F1DB has each sprint format
    WeekendFormat.SPRINT_SETS_GRID: ("2021", "2022"),
    WeekendFormat.SPRINT_AFTER_QUALIFYING: ("2023",),
    WeekendFormat.SPRINT_BEFORE_QUALIFYING: ("2024", "2025"),
}


def sessions_shown(history: History, cutoff: Cutoff) -> pd.DataFrame:
    """Per completed weekend its format and, for each session, whether any car has a value."""
    rows = table.build(history, cutoff, table.Recipe())
    shown = rows.groupby("weekend")[list(SESSIONS)].agg(lambda values: values.notna().any())
    formats = history["races"].set_index("weekend")["format"]
    completed = [str(weekend) for weekend in history.completed()]
    return shown.loc[completed].assign(format=formats)


@pytest.mark.parametrize("cutoff", [Cutoff.BEFORE_QUALIFYING, Cutoff.BEFORE_RACE])
def test_a_weekend_shows_exactly_the_sessions_that_had_been_run(
    simulated_history: History, cutoff: Cutoff
) -> None:
    shown = sessions_shown(simulated_history, cutoff)
    assert set(shown["format"]) == set(WeekendFormat)
    for weekend_format, group in shown.groupby("format"):
        for name in SESSIONS:
            known = name in KNOWN[WeekendFormat(weekend_format), cutoff]
            assert (group[name] == known).all(), (weekend_format, name)


@pytest.mark.real_data
@pytest.mark.parametrize("weekend_format", REAL)
@pytest.mark.parametrize("cutoff", [Cutoff.BEFORE_QUALIFYING, Cutoff.BEFORE_RACE])
def test_real_sprint_weekends_show_exactly_the_sessions_that_had_been_run(
    real_history: History, cutoff: Cutoff, weekend_format: WeekendFormat
) -> None:
    shown = sessions_shown(real_history.since(2021), cutoff)
    mine = shown[shown["format"] == weekend_format]
    assert sorted({weekend[:4] for weekend in mine.index}) == list(REAL[weekend_format])
    for name in SESSIONS:
        assert (mine[name] == (name in KNOWN[weekend_format, cutoff])).all(), name


def test_a_car_without_a_time_has_that_of_its_team_mate(simulated_history: History) -> None:
    rows = table.build(simulated_history, Cutoff.BEFORE_QUALIFYING, table.Recipe())
    timed = rows["practice_gap"].notna()
    assert (rows.loc[timed, "team_practice_gap"] <= rows.loc[timed, "practice_gap"]).all()
    pairs = rows[rows.groupby(["weekend", "constructor"])["driver"].transform("size") == 2]
    per_team = pairs.groupby(["weekend", "constructor"])["team_practice_gap"].nunique()
    assert (per_team <= 1).all()
    assert rows.loc[~timed, "team_practice_gap"].notna().any()


def test_gaps_of_a_session_begin_at_the_fastest(simulated_history: History) -> None:
    rows = table.build(simulated_history, Cutoff.BEFORE_QUALIFYING, table.Recipe())
    best = rows.groupby("weekend")[["fp1_gap", "practice_gap"]].min().dropna()
    assert (best["fp1_gap"] >= 0).all()
    assert (best["practice_gap"] <= best["fp1_gap"]).all()
