"""Slices of settled races: by hand, and nothing said of too few."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1lib.monitoring import slices


def entries(n: int) -> pd.DataFrame:
    """`n` races of two teams; A's cars are forecast to the place, B's two places too far in front,
    where the baseline is right."""
    rows = []
    for number in range(1, n + 1):
        kind = "street" if number <= 3 else "permanent"
        for place, (driver, team, expected, baseline) in enumerate(
            [("a1", "A", 1, 2), ("a2", "A", 2, 3), ("b1", "B", 1, 3), ("b2", "B", 2, 4)], start=1
        ):
            rows.append((f"2031-{number:02d}", driver, team, kind, expected, place, baseline))
    columns = ["weekend", "driver", "team", "circuit_type", "expected", "place", "baseline"]
    return pd.DataFrame(rows, columns=columns)


def test_errors_and_gains_by_hand() -> None:
    found = slices.of_entries(entries(10)).set_index("name")
    assert found["n"][["A", "b1", "permanent"]].tolist() == [10, 10, 7]
    assert (found["error"]["A"], found["baseline"]["A"], found["gain"]["A"]) == (0, 1, 1)
    assert (found["error"]["B"], found["baseline"]["B"], found["behind"]["B"]) == (2, 0, 2)
    assert found["low"]["B"] == found["high"]["B"] == 2


def test_of_fewer_than_eight_races_nothing_is_said_but_their_number() -> None:
    found = slices.of_entries(entries(10)).set_index("name")
    for name, n in (("street", 3), ("permanent", 7)):
        assert found["n"][name] == n
        assert found.loc[name, list(slices.COLUMNS[3:])].isna().all()


def test_circuit_types_come_first_then_teams_then_drivers_the_most_seen_first() -> None:
    found = slices.of_entries(entries(10))
    assert list(dict.fromkeys(found["kind"])) == list(slices.KINDS)
    assert found["name"].tolist()[:2] == ["permanent", "street"]


def test_nothing_settled_has_no_slices() -> None:
    assert slices.of_entries(entries(0)).empty


@given(st.randoms())
@settings(max_examples=15)
def test_the_order_of_the_rows_is_irrelevant(random) -> None:
    frame = entries(9)
    frame["expected"] += np.random.default_rng(3).normal(0, 1, len(frame))
    order = random.sample(range(len(frame)), len(frame))
    one, other = slices.of_entries(frame), slices.of_entries(frame.iloc[order])
    pd.testing.assert_frame_equal(one, other)


def test_a_missing_baseline_leaves_the_race_out() -> None:
    frame = entries(9)
    frame.loc[frame["weekend"] == "2031-01", "baseline"] = np.nan
    found = slices.of_entries(frame).set_index("name")
    assert found["n"]["A"] == 8
    assert found["error"]["A"] == pytest.approx(0)
