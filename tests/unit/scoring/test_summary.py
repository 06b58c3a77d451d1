import numpy as np
import pandas as pd
import pytest

from f1lib.scoring import summary


def long(values: dict[str, list[float]], metric: str = "winner_log_loss") -> pd.DataFrame:
    return pd.DataFrame(
        [
            (f"2031-{i + 1:02d}", "race", "before_race", model, metric, value)
            for model, series in values.items()
            for i, value in enumerate(series)
        ],
        columns=["weekend", "stage", "cutoff", "model", "metric", "value"],
    )


def test_the_interval_of_the_mean_holds_the_mean_and_narrows_with_races() -> None:
    rng = np.random.default_rng(1)
    widths = []
    for n in (8, 80):
        values = rng.normal(1.2, 0.5, n)
        low, high = summary.bootstrap_interval(values)
        assert low < values.mean() < high
        widths.append(high - low)
    assert widths[1] < widths[0] / 2


def test_fewer_than_five_races_have_no_interval() -> None:
    low, high = summary.bootstrap_interval(np.array([1.0, 2.0, 3.0, 4.0]))
    assert np.isnan(low)
    assert np.isnan(high)


def test_scores_are_averaged_over_races_with_n() -> None:
    frame = summary.summarised(long({"a": [1.0, 2.0, 3.0]}))
    assert frame[["model", "value", "n_races"]].to_numpy().tolist() == [["a", 2.0, 3]]


def test_skill_compares_only_races_that_both_have() -> None:
    scores = long({"a": [1.0, 1.0, 1.0], "b": [2.0, 2.0]})
    pairs = summary.paired(scores, "a", "b", "winner_log_loss")
    assert list(pairs["weekend"]) == ["2031-01", "2031-02"]
    assert summary.skill_interval(pairs, "winner_log_loss")[0] == 0.5


def test_skill_where_more_is_better_is_the_share_of_the_missing_part() -> None:
    assert summary.skill(np.array([0.9]), np.array([0.8]), "winner_concordance") == pytest.approx(
        0.5
    )


def test_two_equal_models_have_no_skill_against_each_other() -> None:
    same = [1.0, 2.0, 1.5, 0.5, 0.8, 1.1]
    pairs = summary.paired(long({"a": same, "b": same}), "a", "b", "winner_log_loss")
    assert summary.skill_interval(pairs, "winner_log_loss") == (0, 0, 0)


def parts(model: float, n: int = 8) -> dict[str, pd.DataFrame]:
    weekends = [f"2031-{i:02d}" for i in range(1, n + 1)]
    rng = np.random.default_rng(1)
    found = {}
    for metric in summary.SKILL_WEIGHTS:
        noise = rng.uniform(0.8, 1.2, n)
        found[metric] = pd.DataFrame(
            {"weekend": weekends, "model": model * noise, "baseline": noise}
        )
    return found


def test_the_skill_index_weighs_its_parts_and_has_an_interval() -> None:
    same = summary.skill_index_interval(parts(0.9))
    assert same == pytest.approx((0.1, 0.1, 0.1))  # a tenth better in every race
    noisy = parts(0.9)
    noisy["rps"]["model"] = noisy["rps"]["model"].to_numpy()[::-1]
    value, low, high = summary.skill_index_interval(noisy)
    assert low < value < high


def test_the_skill_index_is_over_races_that_all_its_parts_have() -> None:
    some = parts(0.9)
    some["rps"] = some["rps"].head(6)
    assert summary.skill_index_interval(some)[0] == pytest.approx(0.1)
    some["rps"] = some["rps"].head(3)
    assert np.isnan(summary.skill_index_interval(some)[1])
    some["rps"] = some["rps"].head(0)
    assert np.isnan(summary.skill_index_interval(some)).all()


def test_flipping_signs_seldom_tells_two_equal_models_apart_on_eight_races() -> None:
    rng = np.random.default_rng(3)
    p = [summary.sign_flip_p(rng.standard_t(3, size=8)) for _ in range(1000)]
    assert np.mean(np.array(p) < 0.05) <= 0.06


def test_flipping_signs_finds_a_difference_that_is_there() -> None:
    rng = np.random.default_rng(4)
    p = [summary.sign_flip_p(rng.normal(0.15, 0.15, size=24)) for _ in range(50)]
    assert np.mean(np.array(p) < 0.05) > 0.9


def test_no_difference_at_all_is_no_evidence() -> None:
    assert summary.sign_flip_p(np.zeros(8)) == 1
    assert summary.sign_flip_p(np.zeros(30)) == 1
    assert np.isnan(summary.sign_flip_p(np.array([])))


def test_skill_against_a_perfect_baseline_is_missing_without_a_warning() -> None:
    pairs = pd.DataFrame({"model": [1.0, 0.0] * 4, "baseline": [1.0] * 8})
    assert np.isnan(summary.skill_interval(pairs, "winner_hit")).all()
