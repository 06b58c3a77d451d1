import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1lib.models import design

VALUES = st.one_of(st.floats(-9, 9), st.just(np.nan), st.just(np.inf))


@given(st.lists(st.lists(VALUES, min_size=1, max_size=6), min_size=1, max_size=4))
def test_a_statistic_of_the_field_is_what_pandas_makes_of_each_weekend(
    fields: list[list[float]],
) -> None:
    rows = pd.DataFrame(
        [(f"2030-{n:02d}", value) for n, field in enumerate(fields, 1) for value in field],
        columns=["weekend", "gap"],
    )
    finite = rows.replace(np.inf, np.nan)
    for how in ("min", "mean", "median", "max", "std"):
        expected = finite.groupby("weekend")["gap"].transform(how).to_numpy(dtype=float)
        found = design.of_field(rows, "gap", how)
        assert found == pytest.approx(expected, nan_ok=True, abs=1e-9)


def test_rows_of_a_weekend_that_do_not_stand_together_are_refused() -> None:
    rows = pd.DataFrame({"weekend": ["2030-01", "2030-02", "2030-01"], "gap": 1.0})
    with pytest.raises(ValueError, match="stand together"):
        design.of_field(rows, "gap", "min")


def test_a_session_nobody_ran_says_nothing() -> None:
    rows = pd.DataFrame({"weekend": "2030-01", "fp1_gap": [np.nan, np.nan]})
    assert design.session(rows, "fp1_gap").tolist() == [0.0, 0.0]


def test_a_lap_far_off_counts_as_the_widest_gap() -> None:
    rows = pd.DataFrame({"weekend": "2030-01", "fp1_gap": [0.0, 1.0, 6.5, np.nan]})
    assert design.session(rows, "fp1_gap").tolist() == [-1.0, 0.0, design.GAP_LIMIT, 0.0]


def test_contributions_add_up_to_the_predictor_against_the_field() -> None:
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"weekend": ["2030-01"] * 4 + ["2030-02"] * 3})
    groups = {"grid": rng.normal(size=(7, 2)), "practice": rng.normal(size=(7, 3))}
    coefficients = rng.normal(size=5)
    said = design.contributions(groups, coefficients, rows)
    predictor = design.stacked(groups) @ coefficients
    against = predictor - design.of_field(rows, predictor, "mean")
    assert sum(said.values()) == pytest.approx(against)
    assert said["grid"][:4].sum() == pytest.approx(0.0)
