import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from f1lib.errors import ConfigurationError, TableContractError
from f1lib.evaluation import comparison
from f1lib.evaluation.comparison import Comparison, Verdict
from f1lib.scoring import summary

LOG_LOSS, CONCORDANCE = "winner_log_loss", "winner_concordance"
values = st.floats(0, 5, allow_nan=False, width=32)
pairs = st.lists(st.tuples(values, values), min_size=2, max_size=40)


def scores(of_races: np.ndarray | list[float], metric: str = LOG_LOSS) -> pd.DataFrame:
    """One race after the other, 20 rounds a season."""
    return pd.DataFrame(
        [
            (f"{2031 + i // 20}-{i % 20 + 1:02d}", "race", "before_race", metric, value)
            for i, value in enumerate(of_races)
        ],
        columns=["weekend", "stage", "cutoff", "metric", "value"],
    )


def compared(a: np.ndarray | list[float], b: np.ndarray | list[float]) -> Comparison:
    return comparison.compared(scores(a), scores(b), LOG_LOSS)


def autocorrelated(n: int, rho: float, rng: np.random.Generator) -> np.ndarray:
    """An AR(1) series of mean zero and variance one."""
    x = np.empty(n)
    x[0] = rng.standard_normal()
    for i in range(1, n):
        x[i] = rho * x[i - 1] + np.sqrt(1 - rho**2) * rng.standard_normal()
    return x


# --- what is compared ----------------------------------------------------------------------------


def test_the_lower_log_loss_is_better_and_the_difference_is_positive() -> None:
    found = compared([1.0, 1.1] * 15, [1.2, 1.2] * 15)
    assert found.n_races == 30
    assert found.first_value == pytest.approx(1.05)
    assert found.second_value == pytest.approx(1.2)
    assert found.difference == pytest.approx(0.15)
    assert found.low < found.difference < found.high
    assert found.verdict is Verdict.BETTER


def test_where_more_is_better_a_higher_value_is_a_positive_difference() -> None:
    first, second = scores([0.96] * 30, CONCORDANCE), scores([0.94] * 30, CONCORDANCE)
    assert comparison.compared(first, second, CONCORDANCE).difference == pytest.approx(0.02)
    assert comparison.compared(second, first, CONCORDANCE).verdict is Verdict.WORSE


@settings(max_examples=40)
@given(pairs)
def test_swapping_the_models_turns_every_sign(races: list[tuple[float, float]]) -> None:
    a, b = (list(column) for column in zip(*races, strict=True))
    there, back = compared(a, b), compared(b, a)
    assert back.difference == pytest.approx(-there.difference)
    assert (back.p_value_better, back.p_value_worse) == (there.p_value_worse, there.p_value_better)
    assert back.p_value_two_sided == there.p_value_two_sided
    assert back.detectable == pytest.approx(there.detectable)
    assert back.sd == pytest.approx(there.sd)
    for one, other in ((back.low, -there.high), (back.high, -there.low),
                       (back.dm_statistic, -there.dm_statistic)):  # fmt: skip
        assert one == pytest.approx(other, nan_ok=True, abs=1e-9)


@settings(max_examples=40)
@given(pairs, st.integers(0, 10**6))
def test_what_a_race_does_to_both_models_changes_nothing(
    races: list[tuple[float, float]], seed: int
) -> None:
    a, b = (np.round(column, 3) for column in np.array(races).T)
    chaos = np.round(np.random.default_rng(seed).exponential(2.0, len(a)), 3)
    calm, wild = compared(a, b), compared(a + chaos, b + chaos)
    assert wild.difference == pytest.approx(calm.difference, abs=1e-9)
    assert wild.sd == pytest.approx(calm.sd, abs=1e-9)
    assert wild.p_value_better == calm.p_value_better
    assert (wild.low, wild.high) == pytest.approx((calm.low, calm.high), nan_ok=True, abs=1e-9)


def test_races_that_only_one_of_them_has_are_left_out() -> None:
    first, second = scores(np.linspace(1, 2, 40)), scores(np.linspace(1, 2, 40) + 0.1)
    found = comparison.compared(first.iloc[:30], second.iloc[4:], LOG_LOSS)
    assert found.n_races == 26
    assert found.difference == pytest.approx(0.1)
    assert found.first_value == pytest.approx(first["value"].iloc[4:30].mean())


def test_a_missing_value_is_a_missing_race() -> None:
    assert compared([1.0, np.nan, 1.0], [2.0, 2.0, np.nan]).n_races == 1


def test_without_a_common_race_everything_is_missing_and_nothing_fails() -> None:
    found = comparison.compared(scores([1.0]), scores([1.0]).iloc[:0], LOG_LOSS)
    assert found.n_races == 0
    assert np.isnan([found.difference, found.low, found.p_value_better, found.detectable]).all()
    assert found.verdict is Verdict.TOO_FEW


def test_an_unknown_metric_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match=r"no metric 'accuracy'.*winner_log_loss"):
        comparison.compared(scores([1.0]), scores([1.0]), "accuracy")


def test_two_cutoffs_in_one_frame_are_refused() -> None:
    twice = pd.concat([scores([1.0, 2.0]), scores([1.0, 2.0]).assign(cutoff="before_weekend")])
    with pytest.raises(TableContractError, match="scores of B have winner_log_loss of 2031-01"):
        comparison.compared(scores([1.0, 2.0]), twice, LOG_LOSS, names=("A", "B"))


# --- verdicts ------------------------------------------------------------------------------------


def test_23_races_are_refused_however_large_the_difference_and_the_sentence_says_so() -> None:
    found = compared([0.5] * 23, [2.5] * 23)
    assert found.p_value_better < 0.001
    assert found.verdict is Verdict.TOO_FEW
    assert str(found) == (
        "Not enough races to judge first against second in winner_log_loss: 23 have both, "
        "24 are needed."
    )
    assert compared([0.5] * 24, [2.5] * 24).verdict is Verdict.BETTER


def test_two_models_that_tie_everywhere_show_no_difference() -> None:
    same = np.random.default_rng(1).gamma(2.0, 0.6, 48)
    found = compared(same, same)
    assert (found.difference, found.sd, found.detectable) == (0, 0, 0)
    assert np.isnan(found.low)
    assert "no interval, since few races differ, one-sided p = 1.0000" in str(found)
    assert (found.p_value_better, found.p_value_worse, found.p_value_two_sided) == (1, 1, 1)
    assert np.isnan([found.dm_statistic, found.dm_p_value]).all()
    assert found.verdict is Verdict.NO_DIFFERENCE


def test_the_same_gain_in_every_race_has_no_variance_and_a_verdict() -> None:
    losses = np.random.default_rng(2).gamma(2.0, 0.6, 30)
    found = compared(losses, losses + 0.1)
    assert (found.difference, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))
    assert found.sd == pytest.approx(0, abs=1e-12)
    assert np.isnan(found.dm_statistic)
    assert found.verdict is Verdict.BETTER


def test_a_comparison_prints_as_one_sentence_with_all_that_a_reader_needs() -> None:
    found = Comparison(
        metric=LOG_LOSS, first="new", second="old", n_races=48, first_value=1.184,
        second_value=1.265, difference=0.081, low=0.030, high=0.129, p_value_better=0.001,
        p_value_worse=0.9991, p_value_two_sided=0.002, dm_statistic=3.2, dm_p_value=0.0024,
        sd=0.16, detectable=0.059,
    )  # fmt: skip
    assert str(found) == (
        "new against old in winner_log_loss, 48 races: better, 1.184 against 1.265, gain 0.081 "
        "(95 % interval 0.030 to 0.129, one-sided p = 0.0010; a gain of 0.059 would be found four "
        "times in five)."
    )


def test_a_worse_model_is_called_worse_with_the_p_value_of_that() -> None:
    found = compared([1.4, 1.5] * 15, [1.2, 1.2] * 15)
    assert found.verdict is Verdict.WORSE
    assert "worse" in str(found)
    assert "one-sided p = 0.0001" in str(found)


# --- tests keep what they promise ----------------------------------------------------------------


def null_p_values(n_races: int, n: int) -> np.ndarray:
    """One-sided p-values of n comparisons of two equal models that differ by 0.15 nats a race."""
    rng = np.random.default_rng(4)
    return np.array(
        [summary.sign_flip_p(rng.normal(0, 0.15, n_races), seed=i, side="above") for i in range(n)]
    )


def test_equal_models_are_called_better_in_five_of_a_hundred_comparisons() -> None:
    p = null_p_values(48, 500)
    assert (p < 0.05).mean() <= 0.07
    for level in (0.1, 0.25, 0.5, 0.75):  # uniform: within 3 standard errors of 500 draws
        assert abs((p < level).mean() - level) < 3 * np.sqrt(level * (1 - level) / 500)


@pytest.mark.parametrize(("skewness", "most"), [(0, 0.08), (1, 0.08), (-1, 0.105)])
def test_false_alarms_stay_few_where_luck_has_heavy_tails_and_rise_a_little_with_rare_large_losses(
    skewness: int, most: float
) -> None:
    rng = np.random.default_rng(5)
    luck = skewness * (rng.gamma(4, 1, (300, 24)) - 4) if skewness else rng.standard_t(3, (300, 24))
    p = [summary.sign_flip_p(row, seed=i, side="above") for i, row in enumerate(luck)]
    assert (np.array(p) < 0.05).mean() <= most  # 5 % or 7 %, and 2.5 standard errors


def test_a_tenth_of_a_nat_between_similar_models_is_found_over_48_races() -> None:
    rng = np.random.default_rng(6)
    found = [
        summary.sign_flip_p(rng.normal(0.1, 0.15, 48), seed=i, side="above") < 0.05
        for i in range(200)
    ]
    assert np.mean(found) > 0.98


@pytest.mark.parametrize("n_races", [24, 48])
def test_the_detectable_gain_is_found_four_times_in_five(n_races: int) -> None:
    rng = np.random.default_rng(7)
    gain = comparison.detectable(0.15, n_races)
    found = [
        summary.sign_flip_p(rng.normal(gain, 0.15, n_races), seed=i, side="above") < 0.05
        for i in range(400)
    ]
    assert np.mean(found) == pytest.approx(0.80, abs=0.05)


def test_twice_the_races_halve_the_square_of_the_detectable_gain() -> None:
    assert comparison.detectable(0.15, 2000) / comparison.detectable(0.15, 1000) == pytest.approx(
        np.sqrt(0.5), rel=1e-3
    )
    assert np.isnan(comparison.detectable(0.15, 1))


@pytest.mark.parametrize(
    ("n_races", "rho", "coverage"),
    [(24, 0.0, 0.93), (24, 0.3, 0.90), (48, 0.3, 0.90), (252, 0.3, 0.93)],
)
def test_the_block_interval_covers_as_often_as_it_says_also_when_races_resemble_their_neighbours(
    n_races: int, rho: float, coverage: float
) -> None:
    rng = np.random.default_rng(8)
    covered, single = [], []
    for seed in range(200):
        series = autocorrelated(n_races, rho, rng)
        low, high = comparison.block_interval(series, seed=seed)
        covered.append(low <= 0 <= high)
        if rho:
            low, high = comparison.block_interval(series, block=1, seed=seed)
            single.append(low <= 0 <= high)
    assert np.mean(covered) == pytest.approx(coverage, abs=0.05)  # 2.5 standard errors
    if rho:
        assert np.mean(covered) > np.mean(single)


@pytest.mark.parametrize("place", [0, 1, 2, 5, 22, 23])
def test_where_one_race_makes_the_difference_its_place_does_not_say_that_it_is_one(
    place: int,
) -> None:
    gains = np.zeros(24)
    gains[place] = -1.0  # one podium car fewer
    assert np.isnan(comparison.block_interval(gains)).all()
    gains[:5] = [-1.0, 1.0, -1.0, 1.0, 2.0]
    assert np.isfinite(comparison.block_interval(gains)).all()


@given(st.integers(5, 300))
def test_a_block_is_always_shorter_than_the_series(n: int) -> None:
    assert 1 <= comparison.block_length(n) <= n // 2


def test_a_block_longer_than_the_series_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="block of 30 races does not fit into 30"):
        comparison.block_interval(np.arange(30.0), block=30)


# --- Diebold and Mariano -------------------------------------------------------------------------


def test_for_the_next_race_the_statistic_is_the_paired_t_test() -> None:
    differences = np.random.default_rng(9).normal(0.05, 0.2, 31)
    expected = stats.ttest_1samp(differences, 0.0)
    assert comparison.diebold_mariano(differences) == pytest.approx(
        (expected.statistic, expected.pvalue)
    )


def test_two_races_ahead_one_autocovariance_enters() -> None:
    # mean 1, centred 0 2 -1 1 -2: variance 10/5 = 2, lag 1 (0 - 2 - 1 - 2)/5 = -1;
    # (2 - 2)/5 = 0: no variance is left
    nothing_left = np.array([1.0, 3.0, 0.0, 2.0, -1.0])
    assert np.isnan(comparison.diebold_mariano(nothing_left, horizon=2)).all()
    # mean 2, centred -1 0 2 0 -1: variance 6/5, lag 1 0; sqrt(6/5/5) = 0.4899;
    # the factor for n = 5, h = 2: (5 + 1 - 4 + 2/5)/5 = 0.48; sqrt(0.48) * 2 / 0.4899 = 2.8284
    statistic, p_value = comparison.diebold_mariano(np.array([1.0, 2.0, 4.0, 2.0, 1.0]), horizon=2)
    assert statistic == pytest.approx(2 * np.sqrt(2))
    assert p_value == pytest.approx(2 * stats.t.sf(2 * np.sqrt(2), 4))


def test_equal_models_are_told_apart_by_diebold_and_mariano_in_five_of_a_hundred() -> None:
    rng = np.random.default_rng(10)
    p = [comparison.diebold_mariano(rng.normal(0, 0.15, 24))[1] for _ in range(1000)]
    assert 0.03 < np.mean(np.array(p) < 0.05) < 0.07


# --- many metrics --------------------------------------------------------------------------------


def test_a_table_has_a_row_for_every_cutoff_and_metric_both_models_have() -> None:
    rng = np.random.default_rng(11)

    def model(better: float) -> pd.DataFrame:
        race = [
            scores(rng.gamma(2, 0.6, 30) - better),
            scores(rng.random(30) + better, CONCORDANCE),
        ]
        early = scores(rng.gamma(2, 0.6, 30) - better).assign(cutoff="before_weekend")
        return pd.concat([*race, early])

    first, second = model(0.2), model(0.0)
    alone = scores(rng.random(30), "rps")
    table = comparison.table(pd.concat([first, alone]), second, names=("new", "old"))
    assert table[["cutoff", "metric"]].to_numpy().tolist() == [
        ["before_race", CONCORDANCE],
        ["before_race", LOG_LOSS],
        ["before_weekend", LOG_LOSS],
    ]
    direct = comparison.compared(
        first[first["cutoff"] == "before_race"],
        second[second["cutoff"] == "before_race"],
        LOG_LOSS,
        names=("new", "old"),
    )
    row = table.iloc[1]
    assert row["difference"] == direct.difference
    assert row["verdict"] == direct.verdict
    assert (row["first"], row["second"], row["n_races"]) == ("new", "old", 30)


def test_a_table_of_nothing_in_common_has_columns_and_no_rows() -> None:
    table = comparison.table(scores([1.0]), scores([1.0], CONCORDANCE))
    assert table.empty
    assert {"stage", "cutoff", "metric", "difference", "verdict"} <= set(table.columns)
