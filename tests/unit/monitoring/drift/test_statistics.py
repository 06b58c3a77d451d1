import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from f1lib.monitoring.drift import statistics

counts = arrays(np.float64, 6, elements=st.integers(0, 200).map(float))


@given(counts, counts)
def test_divergences_are_never_negative_and_zero_between_equal_windows(
    current: np.ndarray, reference: np.ndarray
) -> None:
    for measure in (statistics.kl_divergence, statistics.psi, statistics.jensen_shannon):
        assert measure(current, reference) >= -1e-12
        assert measure(current, current) == pytest.approx(0)


@given(counts, counts)
def test_jensen_shannon_is_symmetric_and_bounded_and_psi_is_kl_both_ways(
    a: np.ndarray, b: np.ndarray
) -> None:
    there, back = statistics.jensen_shannon(a, b), statistics.jensen_shannon(b, a)
    assert there == pytest.approx(back)
    assert there <= np.log(2)
    both = statistics.kl_divergence(a, b) + statistics.kl_divergence(b, a)
    assert statistics.psi(a, b) == pytest.approx(both)


@given(counts, counts, st.permutations(range(6)))
def test_relabelling_bins_changes_nothing(a: np.ndarray, b: np.ndarray, order: list[int]) -> None:
    for measure in (statistics.kl_divergence, statistics.psi, statistics.jensen_shannon):
        assert measure(a[order], b[order]) == pytest.approx(measure(a, b))
    assert statistics.chi_squared(a[order], b[order])[0] == pytest.approx(
        statistics.chi_squared(a, b)[0]
    )


@given(counts, counts)
def test_bins_that_neither_window_uses_do_not_exist(a: np.ndarray, b: np.ndarray) -> None:
    longer = [np.concatenate([x, np.zeros(5)]) for x in (a, b)]
    assert statistics.kl_divergence(*longer) == pytest.approx(statistics.kl_divergence(a, b))
    assert statistics.chi_squared(*longer)[1] == pytest.approx(statistics.chi_squared(a, b)[1])


def test_an_empty_bin_costs_what_the_rows_support() -> None:
    few = statistics.kl_divergence(np.array([0.0, 20]), np.array([20.0, 0]))
    many = statistics.kl_divergence(np.array([0.0, 2000]), np.array([2000.0, 0]))
    assert few == pytest.approx(20.5 / 21 * np.log(41) - 0.5 / 21 * np.log(41))
    assert few < many < np.inf


def test_the_divergence_of_a_mean_shift_is_half_its_square() -> None:
    edges = stats.norm.ppf(np.arange(0, 11) / 10)
    for shift, binned in ((0.5, 0.118), (1.0, 0.447)):  # 0.125 and 0.5 before binning
        current = np.diff(stats.norm.cdf(edges - shift)) * 1e7
        found = statistics.kl_divergence(current, np.full(10, 1e6))
        assert found == pytest.approx(binned, abs=0.001)
        assert found < shift**2 / 2


@given(counts, counts)
def test_chi_squared_is_that_of_scipy(a: np.ndarray, b: np.ndarray) -> None:
    used = (a + b) > 0
    if used.sum() < 2 or not a.sum() or not b.sum():
        return
    theirs = stats.chi2_contingency(np.stack([a, b])[:, used], correction=False)
    statistic, p = statistics.chi_squared(a, b)
    assert statistic == pytest.approx(theirs.statistic)
    assert p == pytest.approx(theirs.pvalue)


def test_chi_squared_of_one_bin_or_of_nothing_says_nothing() -> None:
    for a, b in (([5.0, 0], [9.0, 0]), ([0.0, 0], [9.0, 3]), ([0.0, 0], [0.0, 0])):
        statistic, p = statistics.chi_squared(np.array(a), np.array(b))
        assert (float(statistic), float(p)) == (0.0, 1.0)


values = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=30)


@given(values, values)
def test_kolmogorov_smirnov_is_the_largest_difference_also_with_ties(
    a: list[float], b: list[float]
) -> None:
    new, old = np.sort(np.array(a)), np.sort(np.array(b))
    statistic, p = statistics.kolmogorov_smirnov(new, old)
    below = [(new <= x).mean() - (old <= x).mean() for x in {*a, *b}]
    assert statistic == pytest.approx(np.abs(below).max())
    assert 0 <= p <= 1
    shifted = statistics.kolmogorov_smirnov(new + 3.0, old + 3.0)
    assert shifted == pytest.approx((statistic, p))  # a constant added to both changes nothing


def test_the_limit_of_the_kolmogorov_smirnov_p_value_is_near_for_many_rows() -> None:
    rng = np.random.default_rng(4)
    new, old = np.sort(rng.normal(0.1, 1, 400)), np.sort(rng.normal(size=3000))
    statistic, p = statistics.kolmogorov_smirnov(new, old)
    theirs = stats.ks_2samp(new, old)
    assert statistic == pytest.approx(theirs.statistic)
    assert p == pytest.approx(theirs.pvalue, abs=0.01)
    assert np.isnan(statistics.kolmogorov_smirnov(np.empty(0), old)).all()
