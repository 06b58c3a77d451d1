"""Precedents: what became of earlier forecasts that said about the same."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1lib.scoring import precedents, reliability


def table(**columns: list[float]) -> pd.DataFrame:
    return pd.DataFrame(columns)


THREE = table(
    p_from=[0.0, 0.2, 0.5], p_to=[0.2, 0.5, 1.0], n=[20, 4, 10], happened=[0.0, 0.25, 0.7]
)


def test_a_chance_finds_its_own_bin_from_its_lower_edge_on() -> None:
    found = precedents.of(np.array([0.0, 0.1999, 0.5, 1.0]), THREE)
    assert found["like_n"].tolist() == [20, 20, 10, 10]
    assert found["like_true"].tolist() == [0, 0, 7, 7]
    assert found["like_from"].tolist() == [0.0, 0.0, 0.5, 0.5]


def test_a_handful_is_no_precedent() -> None:
    found = precedents.of(np.array([0.3]), THREE)  # four forecasts only
    assert found["like_n"].tolist() == [0]
    assert found[["like_from", "like_low", "like_high"]].isna().all(axis=None)


def test_without_a_table_nothing_has_a_precedent() -> None:
    nothing = pd.DataFrame(columns=list(reliability.COLUMNS), dtype=float)
    found = precedents.of(np.array([0.1, 0.9]), nothing)
    assert list(found) == list(precedents.COLUMNS)
    assert found["like_n"].tolist() == [0, 0]


def test_the_interval_is_wilsons() -> None:
    low, high = precedents.wilson(np.array([0.7]), np.array([10.0]))
    # centre (0.7 + 3.8415 / 20) / 1.38415 = 0.6445, half 0.2479
    assert (low[0], high[0]) == pytest.approx((0.3968, 0.8922), abs=1e-4)


@given(st.integers(1, 500), st.data())
def test_the_interval_holds_the_share_and_stays_a_probability(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    (low,), (high,) = precedents.wilson(np.array([hits / n]), np.array([float(n)]))
    assert 0 <= low <= hits / n + 1e-12
    assert hits / n - 1e-12 <= high <= 1


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    for truth in (0.05, 0.3, 0.6):
        shares = rng.binomial(40, truth, 4_000) / 40
        low, high = precedents.wilson(shares, np.full(4_000, 40.0))
        assert np.mean((low <= truth) & (truth <= high)) == pytest.approx(0.95, abs=0.03)
