from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from invented_races import names, races, weekends

from f1lib.errors import ConfigurationError
from f1lib.monitoring.drift import measures, verdict
from f1lib.monitoring.drift.profile import Profile
from f1lib.monitoring.drift.verdict import Evaluation, Rule, Status

N_REFERENCE, N_FEATURES = 110, 8
FEATURES = names(N_FEATURES)
ALL = weekends(N_REFERENCE + 30)
STRATA = dict.fromkeys(ALL, "permanent") | dict.fromkeys(ALL[::4], "street")


@pytest.fixture(scope="module")
def reference() -> pd.DataFrame:
    return window(ALL[:N_REFERENCE], seed=1)


@pytest.fixture(scope="module")
def profile(reference: pd.DataFrame) -> Profile:
    return Profile.of(reference, features=FEATURES, strata=STRATA)


def window(
    named: list[str], seed: int = 2, moved: Mapping[str, float] | None = None
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return races(rng, named, n_features=N_FEATURES, icc=(0.0, 0.1), mix=(1, 0, 0), moved=moved)[0]


def current(n: int = 3, moved: Mapping[str, float] | None = None, seed: int = 2) -> pd.DataFrame:
    return window(ALL[N_REFERENCE : N_REFERENCE + n], seed, moved)


def judged(profile: Profile, frame: pd.DataFrame, **changed: object) -> Evaluation:
    return verdict.evaluated(profile, frame, strata=STRATA, **changed)  # type: ignore[arg-type]


def row(evaluation: Evaluation, feature: str) -> "pd.Series[object]":
    return evaluation.measures.set_index("feature").loc[feature]


def test_a_healthy_window_is_stable_feature_by_feature(profile: Profile) -> None:
    found = judged(profile, current())
    assert found.status is Status.STABLE
    assert set(found.measures["status"]) == {"stable"}
    assert list(found.measures.columns) == list(measures.COLUMNS)
    assert found.p_value > 0.05
    assert found.strata == ("permanent", "street")
    assert not found.measures["reason"].any()


def test_a_shift_of_one_standard_deviation_is_drift_of_that_feature_alone(
    profile: Profile,
) -> None:
    found = judged(profile, current(moved={"feature_02": 1.0}))
    assert found.flagged() == ("feature_02",)
    moved = row(found, "feature_02")
    assert moved["status"] == Status.DRIFT
    assert moved["kl_debiased"] == pytest.approx(0.447, abs=0.2)
    assert moved["shift"] > 3
    assert "standard deviations up (q = 0.0" in moved["reason"]
    assert found.p_value < 0.01
    assert str(found).startswith("drift: 3 races (2020-01 to 2020-03) against 110, 8 features "
                                 "(drift: feature_02).")  # fmt: skip


def test_significant_but_small_is_watch(profile: Profile) -> None:
    found = judged(profile, current(22, moved={"feature_04": -0.35}))
    moved = row(found, "feature_04")
    assert (found.status, moved["status"]) == (Status.WATCH, Status.WATCH)
    assert moved["kl_debiased"] < verdict.SIZE
    assert moved["shift"] < 0


def test_a_change_of_spread_has_no_direction_and_is_found(profile: Profile) -> None:
    frame = current(5)
    found = judged(profile, frame.assign(feature_00=3 * frame["feature_00"]))
    assert "feature_00" in found.flagged(Status.DRIFT)
    assert abs(row(found, "feature_00")["shift"]) < 3.5


@pytest.mark.parametrize("n", [1, 2])
def test_one_or_two_races_never_give_a_verdict(profile: Profile, n: int) -> None:
    found = judged(profile, current(n, moved={"feature_02": 5.0}))
    assert found.status is Status.INSUFFICIENT
    assert set(found.measures["status"]) == {"insufficient"}
    assert f"{n} of 3 races" in found.measures["reason"][0]
    assert row(found, "feature_02")["kl"] > 1  # measured all the same


def test_a_short_reference_is_insufficient_and_says_so() -> None:
    short = Profile.of(window(ALL[11:N_REFERENCE]), features=FEATURES, strata=STRATA)
    found = judged(short, current(moved={"feature_02": 5.0}))
    assert found.status is Status.INSUFFICIENT
    assert "99 of 100 races" in found.measures["reason"][0]


def test_where_p_values_cannot_resolve_nothing_is_called_stable(profile: Profile) -> None:
    found = judged(profile, current(moved={"feature_02": 3.0}), n=99)
    assert set(found.measures["status"]) == {"insufficient"}  # 1 / 100 is not below .05 / 8
    reason = found.measures["reason"][0]
    assert "distinct windows (100 tried) give no p-value below 0.01000" in reason
    assert "of 8 features one alone needs less than 0.00625" in reason
    many = judged(profile, current(moved=dict.fromkeys(FEATURES, 3.0)), n=99)
    assert many.status is Status.DRIFT  # eight at once need no more than that


def test_what_is_wrong_with_one_column_is_its_status_and_no_others(profile: Profile) -> None:
    frame = current(moved={"feature_02": 1.0})
    frame.loc[7, "feature_00"] = np.inf
    frame = frame.rename(columns={"feature_01": "renamed"}).astype({"feature_03": str})
    found = judged(profile, frame.assign(feature_03="fast"))
    errors = found.measures[found.measures["status"] == "error"].set_index("feature")["reason"]
    assert list(errors.index) == ["feature_00", "feature_01", "feature_03"]
    assert "1 of 60 values of feature_00 are infinite" in errors["feature_00"]
    assert "no column feature_01" in errors["feature_01"]
    assert "feature_03 is text" in errors["feature_03"]
    assert found.flagged() == ("feature_02",)
    assert found.measures["kl"].isna().sum() == 3


def test_a_sensor_that_went_silent_is_drift(profile: Profile) -> None:
    found = judged(profile, current().assign(feature_00=np.nan))
    silent = row(found, "feature_00")
    assert silent["status"] == Status.DRIFT
    assert (silent["missing_share"], silent["missing_share_reference"]) == (1.0, 0.0)


def test_columns_of_one_value_or_none_are_stable_until_they_get_one() -> None:
    def constant(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[["weekend"]].assign(one=7.0, none=np.nan, text="dry")

    profile = Profile.of(constant(window(ALL[:N_REFERENCE])), features=["one", "none", "text"],
                         strata=STRATA)  # fmt: skip
    same = judged(profile, constant(current()))
    assert set(same.measures["status"]) == {"stable"}
    assert (same.measures["kl"] == 0).all()
    assert (same.measures["p_value"] == 1).all()
    moved = judged(profile, constant(current()).assign(one=8.0, none=1.0, text="wet"))
    assert set(moved.measures["status"]) == {"drift"}
    assert (moved.measures["unseen_share"] == 1).all()
    assert [str(new) for new in moved.new_conditions] == [
        "text wet was never seen in the reference window (2020-01, 2020-02, 2020-03)."
    ]


def test_a_window_of_one_row_or_of_none_is_insufficient(profile: Profile) -> None:
    one = judged(profile, current(1).iloc[:1])
    assert (one.status, len(one.weekends)) == (Status.INSUFFICIENT, 1)
    none = judged(profile, current(1).iloc[:0])
    assert none.status is Status.INSUFFICIENT
    assert "no race in the current window" in none.measures["reason"][0]
    assert np.isnan(none.p_value)
    assert str(none).startswith("insufficient: 0 races (no race) against 110")


def test_an_empty_reference_is_insufficient_too() -> None:
    empty = Profile.of(window(ALL[:1]).iloc[:0], features=FEATURES, strata=STRATA)
    found = judged(empty, current())
    assert "no race in the reference window" in found.measures["reason"][0]


def test_nothing_to_compare_is_insufficient(profile: Profile) -> None:
    bare = Profile.of(window(ALL[:N_REFERENCE]), features=[], strata=STRATA)
    assert judged(bare, current()).status is Status.INSUFFICIENT
    lost = judged(profile, current()[["weekend"]])
    assert lost.status is Status.ERROR


def test_races_of_both_windows_are_refused(profile: Profile) -> None:
    with pytest.raises(ConfigurationError, match="2019-22 would be in both"):
        judged(profile, window(ALL[N_REFERENCE - 1 : N_REFERENCE + 2]))


def test_the_fixed_rule_judges_anything_and_prints_how_often_it_is_wrong(
    profile: Profile,
) -> None:
    one = judged(profile, current(1), rule=Rule.FIXED)
    assert one.status is Status.DRIFT
    assert one.false_alarm_rate == 1.0  # 20 rows: some feature is always above
    first = one.measures[one.measures["status"] == "drift"].iloc[0]
    assert first["fixed_false_alarm_rate"] > 0.4
    rate = f"as in {100 * first['fixed_false_alarm_rate']:.0f} % of windows"
    assert rate in first["reason"]
    assert "With no drift this rule flags 100.0 % of windows." in str(one)
    many = judged(profile, current(22), rule=Rule.FIXED)
    assert (many.status, many.false_alarm_rate) == (Status.STABLE, 0.0)


def test_the_rule_in_force_knows_its_own_false_alarms(profile: Profile) -> None:
    found = judged(profile, current(), n=1999)
    assert 0.01 < found.false_alarm_rate < 0.06
    assert found.false_alarms.drift <= found.false_alarms.significant < found.false_alarms.fixed


def with_form(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with a feature that changes by a tenth of its spread from race to race."""
    walk = np.cumsum(np.random.default_rng(3).normal(0, 0.1, len(ALL)))
    form = pd.Series(walk, index=ALL)
    return frame.assign(form=frame["weekend"].map(form) + 0.1 * frame["feature_00"])


def test_form_that_carries_over_is_compared_with_runs_of_races_and_cannot_drift_alone(
    reference: pd.DataFrame,
) -> None:
    features = [*FEATURES, "form"]
    profile = Profile.of(with_form(reference), features=features, strata=STRATA)
    found = judged(profile, with_form(current()))
    form = row(found, "form")
    assert form["carried_over"] > 0.8
    assert form["kl"] > verdict.SIZE
    assert form["p_value"] >= 1 / 109  # 108 runs of three in 110 races, and the current one
    assert form["status"] == Status.INSUFFICIENT
    assert "109 runs of races" in form["reason"]
    assert "carries over from race to race" in form["reason"]
    assert row(found, "feature_00")["status"] == Status.STABLE
    assert found.status is Status.STABLE


def test_a_reset_annotates_and_never_suppresses(profile: Profile) -> None:
    moved = current(moved={"feature_02": 1.0})
    noted, plain = judged(profile, moved, resets=[2020]), judged(profile, moved)
    assert "reset for 2020" in noted.notes[0]
    assert noted.measures.equals(plain.measures)


def test_with_rows_of_the_reference_numbers_are_tested_by_kolmogorov_smirnov(
    profile: Profile, reference: pd.DataFrame
) -> None:
    moved = current(moved={"feature_02": 1.0})
    bare, with_rows = judged(profile, moved), judged(profile, moved, reference=reference)
    assert set(bare.measures["test"]) == {"chi-squared"}
    assert set(with_rows.measures["test"]) == {"KS"}
    assert row(with_rows, "feature_02")["test_statistic"] == pytest.approx(0.38, abs=0.12)
    assert (bare.measures["status"] == with_rows.measures["status"]).all()


def test_a_constant_added_to_both_windows_changes_nothing(reference: pd.DataFrame) -> None:
    higher = [frame.assign(**{name: frame[name] + 8.0 for name in FEATURES})
              for frame in (reference, current())]  # fmt: skip
    plain, moved = (
        judged(Profile.of(old, features=FEATURES, strata=STRATA), new).measures
        for old, new in ((reference, current()), higher)
    )
    assert moved["status"].equals(plain["status"])
    for column in ("kl", "p_value", "psi", "shift"):
        assert moved[column].to_numpy() == pytest.approx(plain[column].to_numpy(), abs=1e-3)


def test_the_order_of_rows_says_nothing_and_the_seed_everything(profile: Profile) -> None:
    frame = current()
    one, shuffled = judged(profile, frame), judged(profile, frame.sample(frac=1, random_state=3))
    assert one.measures.equals(shuffled.measures)
    other = judged(profile, frame, seed=1)
    assert not one.measures["p_value"].equals(other.measures["p_value"])
    assert one.measures["kl"].equals(other.measures["kl"])


def test_a_saved_profile_gives_the_same_evaluation(profile: Profile) -> None:
    again = Profile.from_state(profile.state())
    assert judged(again, current()).measures.equals(judged(profile, current()).measures)
