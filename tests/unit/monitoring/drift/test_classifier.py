import numpy as np
import pandas as pd
import pytest
from invented_races import names, races, weekends

from f1lib.errors import InsufficientHistoryError
from f1lib.monitoring.drift import classifier
from f1lib.monitoring.drift.classifier import TwoSamples

ALL = weekends(49)
STRATA = dict.fromkeys(ALL, "permanent")
FEATURES = names(4)


def rows(named: list[str], seed: int) -> pd.DataFrame:
    return races(np.random.default_rng(seed), named, n_features=4, icc=(0.0,), mix=(1, 0, 0))[0]


def told_apart(current: pd.DataFrame, n: int = 99) -> TwoSamples:
    return classifier.told_apart(current, rows(ALL[:40], 1), features=FEATURES, strata=STRATA, n=n)


def test_windows_that_differ_in_nothing_are_not_told_apart() -> None:
    found = told_apart(rows(ALL[40:], 2))
    assert found.p_value > 0.05
    assert found.area == pytest.approx(found.area_by_chance, abs=0.1)


def test_a_bond_between_features_that_none_shows_alone_is_found() -> None:
    current = rows(ALL[40:], 2)
    sign = np.sign(current["feature_00"])
    current["feature_01"] = sign * current["feature_01"].abs()  # each still standard normal
    found = told_apart(current)
    assert found.p_value == 1 / 100
    assert found.area > 0.6
    bond = found.importance["feature_00"] + found.importance["feature_01"]
    assert bond > found.importance["feature_02"] + found.importance["feature_03"]
    assert sum(found.importance.values()) == pytest.approx(1)


def test_missing_and_infinite_values_are_no_obstacle() -> None:
    current = rows(ALL[40:], 2)
    current.loc[:60, "feature_00"] = np.inf
    current["feature_01"] = np.nan
    assert told_apart(current).p_value == 1 / 100


def test_two_races_are_too_few() -> None:
    with pytest.raises(InsufficientHistoryError, match="2 current and 40 reference races"):
        told_apart(rows(ALL[40:42], 2))
