import json

import numpy as np
import pandas as pd
import pytest

from f1lib.errors import TableContractError
from f1lib.monitoring.drift.profile import MISSING, UNSEEN, Kind, Profile, Tally

WEEKENDS = ["2030-01", "2030-01", "2030-02", "2030-02"]
STRATA = {"2030-01": "permanent", "2030-02": "street"}


def table(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"weekend": WEEKENDS, **columns})


def profile_of(**columns: object) -> Profile:
    return Profile.of(table(**columns), features=list(columns), strata=STRATA)


def test_counts_stand_race_by_race_with_missing_and_unseen_apart() -> None:
    profile = profile_of(grip=[1.0, np.nan, 2.0, 2.0])
    assert profile.tally.counts[:, 0].tolist() == [[1, 0, 1, 0], [0, 0, 0, 2]]
    assert profile.tally.means[:, 0].tolist() == [1.0, 2.0]
    later = table(grip=[2.0, 7.0, np.nan, np.nan])
    now = Tally.of(later, profile.binnings, STRATA, "current")
    assert now.counts[:, 0].tolist() == [[0, 1, 0, 1], [2, 0, 0, 0]]
    assert np.isnan(now.means[1, 0])


def test_tenths_of_the_reference_hold_a_tenth_each_and_their_ends_are_open() -> None:
    values = np.random.default_rng(1).normal(size=1000)
    frame = pd.DataFrame({"weekend": "2030-01", "gap": values})
    profile = Profile.of(frame, features=["gap"], strata=STRATA)
    binning = profile.binnings[0]
    assert binning.kind is Kind.QUANTILES
    assert profile.tally.counts[0, 0].tolist() == [0, 0] + [100] * 10
    beyond = binning.places(pd.Series([-99.0, 99.0, np.nan]))
    assert beyond.tolist() == [2, binning.n_bins - 1, MISSING]


def test_a_tie_that_takes_several_tenths_leaves_fewer_bins() -> None:
    values = np.concatenate([np.zeros(500), np.arange(1, 501)])
    frame = pd.DataFrame({"weekend": "2030-01", "lost": values})
    profile = Profile.of(frame, features=["lost"], strata=STRATA)
    assert profile.tally.counts[0, 0, 2] == 500
    assert (profile.tally.counts[0, 0].sum(), profile.binnings[0].n_bins) == (1000, 8)


def test_text_flags_and_few_values_get_a_bin_each() -> None:
    profile = profile_of(
        tyre=["soft", "hard", None, "soft"], wet=[True, False, False, False], cars=[20, 20, 22, 22]
    )
    tyre, wet, cars = profile.binnings
    assert (tyre.kind, tyre.levels) == (Kind.CATEGORIES, ("hard", "soft"))
    assert (wet.kind, wet.cuts.tolist()) == (Kind.VALUES, [0.0, 1.0])
    assert cars.cuts.tolist() == [20.0, 22.0]
    assert tyre.places(pd.Series(["soft", "inter", None])).tolist() == [3, UNSEEN, MISSING]
    assert cars.places(pd.Series([22, 24])).tolist() == [3, UNSEEN]


def test_an_all_missing_reference_makes_every_later_value_unseen() -> None:
    profile = profile_of(number=[np.nan] * 4, text=[None] * 4)
    number, text = profile.binnings
    assert number.places(pd.Series([1.0, np.nan])).tolist() == [UNSEEN, MISSING]
    assert text.places(pd.Series(["wet", None])).tolist() == [UNSEEN, MISSING]


def test_a_saved_profile_counts_as_the_one_that_was_saved() -> None:
    frame = table(gap=[0.1, 0.2, 0.3, np.nan], tyre=["soft", "hard", "soft", None],
                  driver=["a", "b", "a", "c"])  # fmt: skip
    profile = Profile.of(frame, features=["gap", "tyre"], strata=STRATA, identities=["driver"])
    as_json = json.dumps(profile.state(), default=lambda array: array.tolist())
    again = Profile.from_state(json.loads(as_json))
    for mine, saved in zip(again.binnings, profile.binnings, strict=True):
        assert (mine.feature, mine.kind, mine.levels) == (saved.feature, saved.kind, saved.levels)
        assert mine.cuts.tolist() == saved.cuts.tolist()
    assert np.array_equal(again.tally.counts, profile.tally.counts)
    assert np.array_equal(again.tally.means, profile.tally.means, equal_nan=True)
    assert again.known == {"driver": ("a", "b", "c")}
    one, other = (Tally.of(frame, p.binnings, STRATA, "current") for p in (profile, again))
    assert np.array_equal(one.counts, other.counts)


def test_a_hundred_races_of_forty_features_are_small() -> None:
    rng = np.random.default_rng(2)
    weekends = [f"20{i // 20 + 10}-{i % 20 + 1:02d}" for i in range(105)]
    features = [f"f{i}" for i in range(40)]
    frame = pd.DataFrame(rng.normal(size=(2100, 40)), columns=features)
    frame["weekend"] = np.repeat(weekends, 20)
    profile = Profile.of(frame, features=features, strata=dict.fromkeys(weekends, "permanent"))
    state = profile.state()
    assert state["counts"].nbytes + state["means"].nbytes < 300_000


def test_a_column_of_many_names_is_refused_as_a_feature_with_advice() -> None:
    frame = pd.DataFrame({"weekend": "2030-01", "driver": [f"driver-{i}" for i in range(40)]})
    profile = Profile.of(frame, features=["driver"], strata=STRATA)
    assert "40 levels" in profile.tally.troubles["driver"]
    assert "identity" in profile.tally.troubles["driver"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"gap": [1.0, np.inf, 2.0, -np.inf]}, "2 of 4 values of gap are infinite"),
        ({"gap": ["fast", "slow", "fast", "slow"]}, "gap is text in the current window"),
        ({"other": [1.0] * 4}, "no column gap"),
    ],
)
def test_what_is_wrong_with_a_column_is_one_sentence(change: dict[str, object], said: str) -> None:
    profile = profile_of(gap=[1.0, 2.0, 3.0, 4.0])
    tally = Tally.of(table(**change), profile.binnings, STRATA, "current")
    assert said in tally.troubles["gap"]
    assert tally.counts[:, 0].sum() == 0


def test_a_doubled_column_is_a_trouble_of_its_own() -> None:
    profile = profile_of(gap=[1.0, 2.0, 3.0, 4.0])
    doubled = pd.concat([table(gap=[1.0] * 4), pd.DataFrame({"gap": [2.0] * 4})], axis=1)
    tally = Tally.of(doubled, profile.binnings, STRATA, "current")
    assert tally.troubles["gap"] == "The current window has 2 columns named gap. Keep one."


def test_a_doubled_column_of_the_reference_is_refused() -> None:
    doubled = pd.concat([table(gap=[1.0] * 4), pd.DataFrame({"gap": [2.0] * 4})], axis=1)
    with pytest.raises(TableContractError, match="several columns named gap"):
        Profile.of(doubled, features=["gap"], strata=STRATA)


def test_numbers_that_arrive_as_objects_are_numbers() -> None:
    (gap,) = profile_of(gap=pd.Series([0.5, None, 1.5, 0.5], dtype=object)).binnings
    assert (gap.kind, gap.cuts.tolist()) == (Kind.VALUES, [0.5, 1.5])


def test_a_window_without_weekends_or_with_a_race_of_unknown_type_is_refused() -> None:
    profile = profile_of(gap=[1.0, 2.0, 3.0, 4.0])
    with pytest.raises(TableContractError, match="no column 'weekend'"):
        Tally.of(pd.DataFrame({"gap": [1.0]}), profile.binnings, STRATA, "current")
    with pytest.raises(TableContractError, match=r"without a stratum \(2030-09\)"):
        Tally.of(pd.DataFrame({"weekend": ["2030-09"], "gap": [1.0]}), profile.binnings, STRATA,
                 "current")  # fmt: skip
    with pytest.raises(TableContractError, match="no column speed"):
        Profile.of(table(gap=[1.0] * 4), features=["gap", "speed"], strata=STRATA)
