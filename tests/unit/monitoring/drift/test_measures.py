import numpy as np
import pandas as pd
import pytest

from f1lib.monitoring.drift import measures, statistics
from f1lib.monitoring.drift.profile import Profile, Tally

ALL = [f"20{i // 20 + 10}-{i % 20 + 1:02d}" for i in range(63)]
STRATA = dict.fromkeys(ALL, "permanent")


def rows(named: list[str], seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = 20 * len(named)
    frame = pd.DataFrame({"gap": rng.normal(size=n), "lost": rng.integers(0, 4, n)})
    frame["tyre"] = rng.choice(["hard", "soft"], n)
    frame["weekend"] = np.repeat(named, 20)
    return frame


REFERENCE, CURRENT = rows(ALL[:60], 1), rows(ALL[60:], 2)
PROFILE = Profile.of(REFERENCE, features=["gap", "lost", "tyre"], strata=STRATA)
TALLY = Tally.of(CURRENT, PROFILE.binnings, STRATA, "current")


def measured(tested: list[bool]) -> pd.DataFrame:
    parts = measures.by_chance(PROFILE.tally, TALLY, np.array(tested), 199, 0)
    return measures.measured(PROFILE, TALLY, parts, 0.15)


def test_every_statistic_stands_in_the_row_of_its_feature() -> None:
    found = measured([True, True, True]).set_index("feature")
    new, old = (np.bincount(f["lost"], minlength=4).astype(float) for f in (CURRENT, REFERENCE))
    lost = found.loc["lost"]
    assert lost["kl"] == pytest.approx(float(statistics.kl_divergence(new, old)))
    assert lost["psi"] == pytest.approx(float(statistics.psi(new, old)))
    assert lost["test_p_value"] == pytest.approx(float(statistics.chi_squared(new, old)[1]))
    assert lost["kl_debiased"] == pytest.approx(lost["kl"] - lost["kl_by_chance"])
    assert 0 < lost["kl_by_chance"] < 0.1
    assert np.isnan(found.loc["tyre", "shift"])  # text has no direction
    assert np.isfinite(found.loc["gap", "shift"])


def test_what_is_not_tested_is_missing_and_does_not_count_among_the_tests() -> None:
    alone = measured([False, True, False]).set_index("feature")
    assert np.isnan(alone.loc["gap", "kl"])
    assert alone.loc["lost", "q_value"] == alone.loc["lost", "p_value"]


def test_rows_replace_chi_squared_only_for_numbers_in_many_values() -> None:
    found = measures.with_rows(measured([True, True, True]), PROFILE, CURRENT, REFERENCE)
    assert found["test"].to_list() == ["KS", "chi-squared", "chi-squared"]
    by_hand = statistics.kolmogorov_smirnov(np.sort(CURRENT["gap"]), np.sort(REFERENCE["gap"]))
    assert (found["test_statistic"][0], found["test_p_value"][0]) == by_hand
