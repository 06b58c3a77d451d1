"""What drift promises, on 500 simulated healthy datasets and on moved ones (`make test-slow`).

Forty features, 110 reference races of 20 rows. Intra-race correlations 0, 0, 0, 0.05, 0.1, 0.2, 0.3
and 0.6 in turn; every other feature differs by half a standard deviation between circuit types, and
the current window draws its mix of circuits anew each time (invented_races.py).
"""

from collections.abc import Mapping

import numpy as np
import pytest
from invented_races import ICC, MIX, names, races, weekends

from f1lib.monitoring.drift import verdict
from f1lib.monitoring.drift.profile import Profile
from f1lib.monitoring.drift.verdict import Evaluation, Status

pytestmark = pytest.mark.slow

N_REFERENCE = 110
FEATURES = names(40)
ROW_LEVEL = "feature_02"  # rows of a race are independent in it
CONCENTRATION = 10 * np.array(MIX)  # of the mixes of circuit types


def evaluation(n_races: int, seed: int, moved: Mapping[str, float] | None = None) -> Evaluation:
    rng = np.random.default_rng([n_races, seed])
    named = weekends(N_REFERENCE + n_races)
    reference, strata = races(rng, named[:N_REFERENCE])
    mix = rng.dirichlet(CONCENTRATION)
    current, now = races(rng, named[N_REFERENCE:], mix=mix, moved=moved)
    profile = Profile.of(reference, features=FEATURES, strata=strata)
    return verdict.evaluated(profile, current, strata=now)


@pytest.mark.parametrize("n_races", [3, 5])
def test_at_most_seven_in_a_hundred_healthy_windows_are_flagged(n_races: int) -> None:
    found = [evaluation(n_races, seed) for seed in range(500)]
    assert np.mean([bool(one.flagged()) for one in found]) <= 0.07
    assert np.mean([one.p_value < 0.05 for one in found]) <= 0.08  # 5 % and 3 standard errors
    assert np.mean([one.p_value < 0.5 for one in found]) == pytest.approx(0.5, abs=0.07)
    assert np.mean([one.false_alarms.fixed for one in found]) > 0.9  # the brief's rule
    insufficient = [len(one.flagged(Status.INSUFFICIENT)) for one in found]
    assert np.mean(insufficient) < 0.4  # of 40: features taken for ones that carry over


def test_one_standard_deviation_is_drift_within_three_races() -> None:
    found = [evaluation(3, seed, {ROW_LEVEL: 1.0}) for seed in range(200)]
    assert ICC[2] == 0
    assert np.mean([ROW_LEVEL in one.flagged() for one in found]) >= 0.95
    assert np.mean([ROW_LEVEL in one.flagged(Status.DRIFT) for one in found]) >= 0.95


def test_half_a_standard_deviation_is_seen_within_five_races() -> None:
    found = [evaluation(5, seed, {ROW_LEVEL: 0.5}) for seed in range(200)]
    assert np.mean([ROW_LEVEL in one.flagged() for one in found]) >= 0.75
