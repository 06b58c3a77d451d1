"""The sum that remembers: by hand, and whatever the losses are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from f1lib.monitoring import cusum

LOSSES = st.lists(st.floats(-20, 20), min_size=1, max_size=60).map(np.array)


def test_the_sum_by_hand() -> None:
    found = cusum.path(np.array([1.0, 1.0, -5.0, 2.0]), allowance=0.5)
    assert found.tolist() == [0.5, 1.0, 0.0, 1.5]


@given(LOSSES, st.floats(0, 2))
def test_the_sum_is_pages_recursion_and_never_negative(losses: np.ndarray, k: float) -> None:
    expected, sums = 0.0, []
    for loss in losses:
        expected = max(0.0, expected + loss - k)
        sums.append(expected)
    found = cusum.path(losses, k)
    assert (found >= 0).all()
    np.testing.assert_allclose(found, sums, atol=1e-9)


@given(LOSSES, st.floats(0, 2), st.floats(0, 2))
def test_a_larger_allowance_never_sums_up_to_more(
    losses: np.ndarray, k: float, more: float
) -> None:
    assert (cusum.path(losses, k + more) <= cusum.path(losses, k) + 1e-9).all()


def test_many_seasons_at_once_are_each_their_own() -> None:
    losses = np.random.default_rng(0).normal(size=(3, 4, 24))
    together = cusum.path(losses, 0.1)
    assert np.array_equal(together[1, 2], cusum.path(losses[1, 2], 0.1))
