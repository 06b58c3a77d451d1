from itertools import pairwise
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1lib.monitoring.drift import null, statistics
from f1lib.monitoring.drift.null import Null

STRATA = ["permanent"] * 60 + ["street"] * 40


def window(*races: int, n: int = 100) -> np.ndarray:
    return np.isin(np.arange(n), races)


def some_counts(seed: int = 0, features: int = 4, races: int = 100) -> np.ndarray:
    return np.random.default_rng(seed).multinomial(20, [0.1, 0.4, 0.3, 0.2], (races, features))


def test_every_window_has_as_many_races_of_each_stratum_as_the_current_one() -> None:
    current = window(3, 70, 71)
    codes, names = null.pooled(STRATA, current)
    windows = null.drawn(codes, current, n=500, seed=1)
    assert names == ("permanent", "street")
    assert np.array_equal(windows[0], current)
    assert (windows[:, :60].sum(axis=1) == 1).all()
    assert (windows[:, 60:].sum(axis=1) == 2).all()


def test_every_choice_of_races_is_drawn_equally_often() -> None:
    windows = null.drawn(np.zeros(6, dtype=int), window(0, 1, n=6), n=15_000, seed=2)[1:]
    kinds, often = np.unique(windows, axis=0, return_counts=True)
    assert len(kinds) == comb(6, 2)
    assert often.min() > 870  # 1,000 expected, standard deviation 31
    assert often.max() < 1130


def test_the_same_seed_draws_the_same_windows_and_another_does_not() -> None:
    codes, current = np.zeros(100, dtype=int), window(97, 98, 99)
    one, same, other = (null.drawn(codes, current, n=50, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_thin_stratum_joins_the_next_smallest_only_when_the_window_draws_from_it() -> None:
    strata = ["permanent"] * 60 + ["street"] * 30 + ["road"] * 10
    assert null.pooled(strata, window(0, 1, 60))[1] == ("permanent", "road", "street")
    assert null.pooled(strata, window(0, 60, 99))[1] == ("permanent", "road+street")
    assert null.pooled(["road"] * 100, window(0))[1] == ("road",)
    assert null.pooled(["a"] * 5 + ["b"] * 5 + ["c"] * 5, window(0, n=15))[1] == ("a+b+c",)


def test_the_divergence_of_each_window_is_the_one_of_its_counts() -> None:
    counts = some_counts()
    counts[:, 1, 0] += counts[:, 1, 3]
    counts[:, 1, 3] = 0  # a bin that no race uses
    windows = null.drawn(np.zeros(100, dtype=int), window(1, 2, 3), n=20, seed=5)
    found = null.divergences(counts, windows)
    for place, mine in enumerate(windows):
        there, rest = counts[mine].sum(axis=0), counts[~mine].sum(axis=0)
        expected = statistics.kl_divergence(there.astype(float), rest.astype(float))
        assert found[place] == pytest.approx(expected, abs=2e-6)


def test_a_feature_without_counts_diverges_by_nothing() -> None:
    windows = null.drawn(np.zeros(10, dtype=int), window(1, 2, n=10), n=9, seed=5)
    assert not null.divergences(np.zeros((10, 2, 3), dtype=int), windows).any()


def test_the_shift_is_the_difference_within_strata_in_standard_deviations() -> None:
    rng = np.random.default_rng(6)
    means = rng.normal(size=(100, 2)) * [1, 3]
    means[60:] += 50  # street circuits are another world
    current = window(0, 1, 60)
    means[current] += [2.0, 0.0]
    codes, _ = null.pooled(STRATA, current)
    found = null.shifts(means, codes, null.drawn(codes, current, n=99, seed=1))
    others = [means[2:60], means[61:]]
    by_hand = (
        2 * (means[:2].mean(axis=0) - others[0].mean(axis=0)) + means[60] - others[1].mean(axis=0)
    ) / 3
    squares = sum(((part - part.mean(axis=0)) ** 2).sum(axis=0) for part in others)
    assert found[0] == pytest.approx(by_hand / np.sqrt(squares / (97 - 2)), rel=1e-4)
    assert np.abs(found[1:].mean(axis=0)).max() < 0.3  # centred, whatever the strata


def test_race_means_that_are_missing_or_alike_shift_by_nothing() -> None:
    means = np.column_stack([np.full(100, 7.3), np.full(100, np.nan), np.arange(100.0)])
    means[:50, 2] = np.nan
    codes, current = np.zeros(100, dtype=int), window(0, 1, 2)
    found = null.shifts(means, codes, null.drawn(codes, current, n=9, seed=1))
    assert not found[:, :2].any()
    assert found[0, 2] == pytest.approx(0, abs=1e-6)  # none of the three races has a mean
    assert np.isfinite(found).all()


@given(st.floats(-1e3, 1e3), st.floats(0.1, 100))
@settings(max_examples=25)
def test_neither_a_constant_nor_a_unit_changes_the_shift(constant: float, unit: float) -> None:
    means = np.random.default_rng(8).normal(size=(100, 3))
    codes, current = np.zeros(100, dtype=int), window(0, 5, 9)
    windows = null.drawn(codes, current, n=9, seed=1)
    moved = null.shifts(constant + unit * means, codes, windows)
    assert moved == pytest.approx(null.shifts(means, codes, windows), abs=1e-3)


@given(st.lists(st.integers(0, 5).map(float), min_size=2, max_size=30))
def test_a_p_value_is_the_share_at_least_as_large(values: list[float]) -> None:
    column = np.array(values)
    found = null.p_values(column[:, None])[:, 0]
    assert found.tolist() == [float((column >= value).mean()) for value in column]


def test_p_values_are_uniform_where_nothing_has_moved() -> None:
    """400 windows of three races, rows of a race alike: the share below u is about u."""
    found, dataset = [], []
    for seed in range(400):
        rng = np.random.default_rng([9, seed])
        shares = rng.dirichlet([4, 4, 4], size=(60, 2))  # of a race: its rows go together
        counts = np.stack([[rng.multinomial(20, p) for p in race] for race in shares])
        means = counts @ np.array([-1.0, 0, 1]) / 20
        drawn = null.simulated(counts, means, ["street"] * 60, window(0, 1, 2, n=60), n=199)
        found.append(null.together(drawn)[0, 0])
        dataset.append(null.of_dataset(drawn)[0])
    for p in (np.array(found), np.array(dataset)):
        for u in (0.05, 0.2, 0.5, 0.8):
            assert abs((p <= u).mean() - u) < 3.3 * np.sqrt(u * (1 - u) / 400)


def test_the_pair_finds_a_shift_that_the_divergence_alone_misses_and_the_other_way() -> None:
    rng = np.random.default_rng(10)
    noise = rng.normal(size=(200, 2))
    kl = np.abs(noise[:, :1])
    shift = noise[:, 1:].copy()
    shift[0], kl[0] = 9.0, 0.1
    only_shift = null.together(Null(kl, shift, 10**6, ("all",)))
    shift[0], kl[0] = 0.1, 9.0
    only_kl = null.together(Null(kl, shift, 10**6, ("all",)))
    assert only_shift[0, 0] <= 2 / 200
    assert only_kl[0, 0] <= 2 / 200
    shift[0] = -9.0
    assert null.together(Null(kl, shift, 10**6, ("all",)))[0, 0] == 1 / 200  # both: the least


def test_the_resolution_is_that_of_the_windows_there_are() -> None:
    few = null.simulated(some_counts(races=8), np.zeros((8, 4)), ["road"] * 8, window(0, 1, 2, n=8))
    assert few.n_windows == comb(8, 3) == 56
    assert few.resolution == 1 / 56
    many = null.simulated(some_counts(), np.zeros((100, 4)), STRATA, window(0, 1, 70))
    assert many.n_windows == comb(60, 2) * 40
    assert many.resolution == 1 / 2000


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=20))
def test_q_values_keep_the_order_and_are_what_discoveries_are_made_by(p: list[float]) -> None:
    p_values = np.array(p)
    q = null.q_values(p_values)
    assert (q >= p_values - 1e-12).all()
    assert all(a <= b + 1e-12 for a, b in pairwise(q[np.argsort(p_values, kind="stable")]))
    for level in (0.05, 0.31):
        assert null.discovered(p_values[None], level)[0].tolist() == (q < level).tolist()


def test_false_alarms_are_counted_on_the_windows_of_chance() -> None:
    kl = np.full((201, 2), 0.1)
    kl[1:21, 0] = 0.2  # 20 of 200
    kl[11:31, 1] = 0.2  # ten of them with both features
    drawn = Null(kl, np.zeros_like(kl), 10**6, ("all",))
    alarms = null.false_alarms(drawn, null.together(drawn), level=0.05, size=0.15)
    assert alarms.fixed == 30 / 200
    assert alarms.drift <= alarms.significant
    nothing = Null(np.empty((10, 0)), np.empty((10, 0)), 1, ())
    assert null.false_alarms(nothing, np.empty((10, 0)), level=0.05, size=0.15).fixed == 0
