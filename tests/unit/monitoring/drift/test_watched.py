import numpy as np
import pandas as pd
import pytest

from f1lib.features.table import Recipe
from f1lib.monitoring.drift import watched
from f1lib.tables.history import History
from f1lib.weekend import Cutoff


@pytest.fixture(scope="module")
def rows(simulated_history: History) -> pd.DataFrame:
    return watched.after_each_round(simulated_history, Recipe())


def test_there_is_a_row_for_every_entry_on_the_grid_of_every_race(
    rows: pd.DataFrame, simulated_history: History
) -> None:
    assert tuple(rows.columns) == watched.COLUMNS
    grid = simulated_history["grid"][["weekend", "driver"]]
    there = rows[["weekend", "driver"]].merge(grid)
    assert len(there) == len(rows) == len(grid)
    assert not np.isinf(rows[list(watched.TESTED)].to_numpy()).any()
    assert (rows[list(watched.TESTED)].isna().mean() < 0.3).all()


def test_what_is_watched_of_a_round_does_not_depend_on_later_rounds(
    rows: pd.DataFrame, simulated_history: History
) -> None:
    weekends = simulated_history.completed()
    seen = simulated_history.as_of(weekends[60], Cutoff.BEFORE_WEEKEND)
    earlier = watched.after_each_round(seen, Recipe())
    same = rows[rows["weekend"] < str(weekends[60])].reset_index(drop=True)
    pd.testing.assert_frame_equal(earlier, same)


def test_surprises_lie_around_nothing_and_their_sizes_have_no_sign(rows: pd.DataFrame) -> None:
    middles = rows.groupby("weekend")[list(watched.SURPRISES)].median().abs().max()
    # the middle of those who qualified; a few of them did not start
    assert middles["practice_surprise"] == pytest.approx(0, abs=1e-9)
    assert middles.max() < 0.3
    for name in watched.SURPRISES:
        assert np.allclose(rows[f"{name}_size"], rows[name].abs(), equal_nan=True)


def test_regulations_are_named_by_the_season_of_their_last_reset(
    rows: pd.DataFrame, simulated_history: History
) -> None:
    seasons = rows["weekend"].str[:4]
    first, last = seasons.min(), seasons.max()
    again = watched.after_each_round(simulated_history, Recipe(resets=(int(last),)))
    assert set(again.loc[seasons == last, "regulations"]) == {last}
    assert set(again.loc[seasons == first, "regulations"]) == {"first"}
