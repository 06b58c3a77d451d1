import numpy as np
import pytest

from f1lib.models import trees
from f1lib.models.trees import Growth

rng = np.random.default_rng(8)
RACE = np.repeat(np.arange(120), 20)
X = rng.standard_normal((2_400, 4))
RATE = np.where(X[:, 0] > 0, 1.0, -1.0) + 0.5 * X[:, 1]  # log rate at which cars drop out
LASTED = rng.standard_exponential((120, 20)) / np.exp(RATE).reshape(120, 20)
PLACE = (-LASTED).argsort(axis=1).argsort(axis=1).ravel() + 1
TIMES = trees.savage(PLACE, np.full(2_400, 20))


def grown(x: np.ndarray = X) -> tuple[trees.Forest, np.ndarray]:
    return trees.fit(x, TIMES, RACE, np.ones(len(x)), Growth())


def test_trees_kept_as_arrays_say_what_the_grown_ones_say() -> None:
    machine = trees._machine(Growth())
    with_gaps = np.where(rng.random(X.shape) < 0.1, np.nan, X)
    machine.fit(with_gaps, TIMES)
    other = np.where(rng.random(X.shape) < 0.2, np.nan, rng.standard_normal(X.shape))
    assert trees._plain(machine).total(other) == pytest.approx(np.log(machine.predict(other)))


def test_what_is_held_out_is_what_the_other_half_says() -> None:
    forest, held_out = grown()
    first, second = forest.halves
    bins = trees._binned(X, forest.edges)
    even = RACE % 2 == 0
    assert held_out[~even] == pytest.approx(-first.total(bins[~even]))
    assert held_out[even] == pytest.approx(-second.total(bins[even]))


def test_trees_find_a_step_that_no_line_can_follow() -> None:
    _, held_out = grown()
    assert np.corrcoef(held_out, RATE)[0, 1] > 0.95


def test_a_value_beyond_all_seen_is_only_the_highest() -> None:
    forest, _ = grown()
    high, absurd = X[:1].copy(), X[:1].copy()
    high[0, 0], absurd[0, 0] = X[:, 0].max(), 1e9
    assert forest.weakness(high) == pytest.approx(forest.weakness(absurd))


def test_a_column_in_which_nothing_was_seen_changes_nothing() -> None:
    unseen = np.column_stack([X, np.full(len(X), np.nan)])
    forest, _ = trees.fit(unseen, TIMES, RACE, np.ones(len(X)), Growth(share_of_columns=1.0))
    asked = np.column_stack([X, rng.standard_normal(len(X))])
    assert forest.weakness(asked) == pytest.approx(forest.weakness(unseen))


def test_the_scores_of_a_race_sum_to_its_cars() -> None:
    # the times of n cars that drop out at rate one have mean one
    assert trees.savage(np.arange(1, 21), np.full(20, 20)).sum() == pytest.approx(20)
