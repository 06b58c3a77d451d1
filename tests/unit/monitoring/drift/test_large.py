import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from f1lib.monitoring.drift import large, statistics
from f1lib.monitoring.drift.profile import Binning


def sorted_and_counted(current: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """What `compared` should give, from sorted columns and the binning of profiles."""
    rows = []
    for name in reference:
        columns = [frame[name] for frame in (current, reference)]
        binning = Binning.of(columns[1])
        counts = [np.bincount(binning.places(x), minlength=binning.n_bins) * 1.0 for x in columns]
        ordered = [np.sort(x.dropna().to_numpy(dtype=float)) for x in columns]
        divergences = [
            float(measure(*counts))
            for measure in (statistics.kl_divergence, statistics.psi, statistics.jensen_shannon)
        ]
        chi, p = statistics.chi_squared(*counts)
        ks = statistics.kolmogorov_smirnov(*ordered)
        rows.append((name, *divergences, *ks, float(chi), float(p)))
    return pd.DataFrame(rows, columns=list(large.COLUMNS))


shapes = {
    "normal": lambda rng, n: rng.normal(size=n),
    "heavy": lambda rng, n: rng.standard_cauchy(n) ** 3,
    "one far out": lambda rng, n: np.where(np.arange(n) == 0, 1e300, rng.normal(size=n)),
    "tied": lambda rng, n: rng.integers(0, 40, n).astype(float),
    "mostly zero": lambda rng, n: np.where(rng.random(n) < 0.7, 0.0, rng.normal(size=n)),
    "few values": lambda rng, n: rng.integers(0, 4, n).astype(float),
    "constant": lambda rng, n: np.full(n, 7.5),
    "close": lambda rng, n: 1e9 + 1e-6 * rng.integers(0, 50, n),
    "missing": lambda rng, n: np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n)),
    "none": lambda rng, n: np.full(n, np.nan),
}


@given(
    st.integers(0, 10**6), st.integers(1, 3000), st.integers(1, 3000),
    st.sampled_from([0.0, 0.1, 1.0, 1e3]),
)  # fmt: skip
@example(seed=0, n=1, m=1, shift=0.0)
def test_no_number_depends_on_which_rows_were_sorted(
    seed: int, n: int, m: int, shift: float
) -> None:
    rng = np.random.default_rng(seed)
    reference = pd.DataFrame({name: made(rng, m) for name, made in shapes.items()})
    current = pd.DataFrame({name: made(rng, n) + shift for name, made in shapes.items()})
    pd.testing.assert_frame_equal(
        large.compared(current, reference), sorted_and_counted(current, reference), atol=1e-9
    )


def test_infinite_values_are_ranked_like_any_other() -> None:
    rng = np.random.default_rng(6)
    reference = pd.DataFrame({"up": rng.normal(size=2000), "both": rng.normal(size=2000)})
    current = reference.iloc[:500].copy()
    current.loc[:9, "up"] = np.inf
    current.loc[:9, "both"] = np.resize([np.inf, -np.inf], 10)
    found = large.compared(current, reference)
    theirs = [stats.ks_2samp(current[name], reference[name]).statistic for name in reference]
    assert found["ks"].tolist() == pytest.approx(theirs)


def test_a_window_without_rows_has_no_furthest_point() -> None:
    reference = pd.DataFrame({"gap": np.arange(1000.0)})
    (row,) = large.compared(reference.iloc[:0], reference).to_dict("records")
    assert np.isnan([row["ks"], row["ks_p_value"]]).all()
    assert row["chi_squared_p_value"] == 1


def test_whole_tables_are_compared_with_missing_values_as_a_bin() -> None:
    rng = np.random.default_rng(5)
    reference = pd.DataFrame({"gap": rng.normal(size=5000), "wet": rng.integers(0, 2, 5000)})
    current = pd.DataFrame({"gap": rng.normal(1, 1, 400), "wet": rng.integers(0, 2, 400)})
    gap, wet = large.compared(current, reference).to_dict("records")
    assert gap["kl"] > 0.3
    assert wet["kl"] < 0.01
    assert gap["ks_p_value"] < 1e-6
    assert gap["ks"] == pytest.approx(stats.ks_2samp(current["gap"], reference["gap"]).statistic)
    lost = current.assign(gap=current["gap"].where(np.arange(400) < 200))
    assert large.compared(lost, reference)["kl"][0] > gap["kl"]
