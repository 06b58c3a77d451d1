import numpy as np
import pandas as pd
import pytest

from f1lib.features import pace
from f1lib.tables.history import History


def of_last_weekend(history: History, shown: pd.DataFrame, table: str) -> pd.DataFrame:
    weekend = str(history.completed()[-1])
    frame = history[table]
    mine = frame[frame["weekend"] == weekend].drop(columns="weekend")
    return shown[shown["weekend"] == weekend].merge(mine, on="driver", suffixes=("", "_of"))


def test_the_field_s_middle_is_at_nought(simulated_history: History) -> None:
    for shown in (pace.qualifying(simulated_history), pace.race(simulated_history)):
        medians = shown.groupby("weekend")["value"].median().dropna()
        assert np.abs(medians).max() == pytest.approx(0.0, abs=1e-12)


def test_finishing_is_the_normal_score_of_the_place_among_the_classified(
    simulated_history: History,
) -> None:
    shown = of_last_weekend(simulated_history, pace.finishing(simulated_history), "results")
    classified = shown[shown["status"] == "classified"].sort_values("finish_order")
    n = len(classified)
    # the winner of 20 stands at the 2.5 % point of the normal distribution, -1.96
    expected = {17: -1.89, 18: -1.91, 19: -1.94, 20: -1.96, 21: -1.98, 22: -2.00}
    assert classified["value"].iloc[0] == pytest.approx(expected[n], abs=0.01)
    assert classified["value"].is_monotonic_increasing
    assert classified["value"].sum() == pytest.approx(0.0, abs=1e-9)
    assert shown.loc[shown["status"] != "classified", "value"].isna().all()


def test_a_faster_race_is_a_lower_value(simulated_history: History) -> None:
    shown = of_last_weekend(simulated_history, pace.race(simulated_history), "results")
    timed = shown.dropna(subset="value")
    on_the_lead_lap = timed[timed["time_ms"].notna()].sort_values("time_ms")
    assert on_the_lead_lap["value"].is_monotonic_increasing
    assert timed["value"].between(-pace.WIDEST, pace.WIDEST).all()


def test_a_lapped_car_is_behind_those_on_the_lead_lap(simulated_history: History) -> None:
    shown = pace.race(simulated_history)
    results = simulated_history["results"]
    both = shown.merge(results[["weekend", "driver", "gap_laps", "status"]])
    both = both[both["value"].notna()]
    lapped = both["gap_laps"].fillna(0) > 0
    assert lapped.any()
    slowest = both[~lapped].groupby("weekend")["value"].max()
    for weekend, group in both[lapped].groupby("weekend"):
        if weekend in slowest:
            assert group["value"].min() >= slowest[weekend] - 1e-9
