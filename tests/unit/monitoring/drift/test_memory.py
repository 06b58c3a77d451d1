import numpy as np
import pandas as pd
import pytest
from invented_races import names, races, weekends

from f1lib.monitoring.drift import memory, null
from f1lib.monitoring.drift.profile import Profile, Tally


def tally_of(rows: np.ndarray) -> Tally:
    """A tally of one feature, from values (races, cars)."""
    named = weekends(len(rows))
    frame = pd.DataFrame({"weekend": np.repeat(named, rows.shape[1]), "form": rows.ravel()})
    strata = dict.fromkeys(named, "permanent")
    return Profile.of(frame, features=["form"], strata=strata).tally


def test_independent_races_carry_nothing_over_however_alike_their_rows() -> None:
    found = []
    for seed in range(20):
        frame, strata = races(np.random.default_rng([1, seed]), weekends(100))
        tally = Profile.of(frame, features=names(40), strata=strata).tally
        found.append(memory.carried_over(tally))
    assert np.mean(np.array(found) >= memory.REMEMBERS) < 0.01


def test_a_slow_walk_of_the_mean_carries_over() -> None:
    rng = np.random.default_rng(2)
    walk = np.cumsum(rng.normal(0, 0.3, 105))
    assert memory.carried_over(tally_of(walk[:, None] + rng.normal(size=(105, 20))))[0] > 0.5


def test_the_same_drivers_in_another_order_of_rows_carry_over_with_one_mean() -> None:
    """Forms that sum to zero: no race mean moves, but each race looks like the last."""
    rng = np.random.default_rng(3)
    forms = np.cumsum(rng.normal(0, 0.1, (105, 20)), axis=0)
    forms -= forms.mean(axis=1, keepdims=True)
    assert memory.carried_over(tally_of(forms))[0] > 0.6


def test_what_never_varies_or_is_too_short_carries_nothing_over() -> None:
    assert memory.carried_over(tally_of(np.full((105, 20), 7.1)))[0] == 0
    assert memory.carried_over(tally_of(np.tile(np.arange(20.0), (105, 1))))[0] == 0
    assert memory.carried_over(tally_of(np.random.default_rng(4).normal(size=(2, 20))))[0] == 0


def test_a_run_is_whole_and_outside_the_current_window() -> None:
    current = np.arange(12) >= 9
    found = memory.runs(current)
    assert len(found) == 1 + 7
    assert (found.sum(axis=1) == 3).all()
    assert not (found[1:] & current).any()
    assert len(memory.runs(np.array([False, True, True]))) == 1


def test_runs_are_measured_as_windows_are() -> None:
    rng = np.random.default_rng(5)
    counts = rng.multinomial(20, [0.2, 0.5, 0.3], (30, 2))
    means = rng.normal(size=(30, 2))
    current = np.arange(30) >= 27
    found = memory.against_runs(counts, means, current)
    assert found.kl[0] == pytest.approx(null.divergences(counts, current[None])[0], abs=1e-6)
    assert found.n_windows == 26
    assert found.resolution == 1 / 26
