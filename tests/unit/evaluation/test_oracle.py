import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1lib.errors import TableContractError
from f1lib.evaluation import oracle
from f1lib.scoring.scores import P_FLOOR

weights = st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 1)), min_size=2, max_size=20)


def frame(p: dict[str, float], weekend: str = "2031-05", **more: str) -> pd.DataFrame:
    return pd.DataFrame(
        [(weekend, "race", "before_race", driver, p_first) for driver, p_first in p.items()],
        columns=["weekend", "stage", "cutoff", "driver", "p_first"],
    ).assign(**more)


TRUTH = frame({"ann": 0.5, "bob": 0.25, "eve": 0.25})


def test_the_truth_itself_has_no_excess() -> None:
    found = oracle.excesses(TRUTH, TRUTH.assign(model="seer")).iloc[0]
    assert found["excess"] == 0
    assert found["log_loss"] == found["entropy"] == pytest.approx(1.5 * np.log(2))


def test_the_excess_is_the_divergence_from_the_truth() -> None:
    said = frame({"eve": 0.25, "bob": 0.5, "ann": 0.25}, model="two_stage")
    found = oracle.excesses(TRUTH, said).iloc[0]
    # 0.5 log(0.5 / 0.25) + 0.25 log(0.25 / 0.5) = log(2) / 4
    assert found["excess"] == pytest.approx(np.log(2) / 4)
    assert found["model"] == "two_stage"


@given(weights)
def test_no_forecast_is_better_than_the_truth(pairs: list[tuple[float, float]]) -> None:
    p, q = np.array(pairs).T
    if p.sum() < 1e-3:
        return
    p, q = p / p.sum(), q / q.sum()
    assert oracle.expected_log_loss(p, q) >= oracle.entropy(p) - 1e-12


def test_the_expected_log_loss_is_the_mean_over_many_races() -> None:
    truth, said = np.array([0.6, 0.3, 0.1]), np.array([0.4, 0.4, 0.2])
    winners = np.random.default_rng(1).choice(3, size=200_000, p=truth)
    assert oracle.expected_log_loss(truth, said) == pytest.approx(
        -np.log(said[winners]).mean(), abs=0.005
    )


def test_a_driver_whom_the_model_does_not_name_costs_the_floor() -> None:
    found = oracle.excesses(TRUTH, frame({"ann": 0.5, "bob": 0.5}, model="blind")).iloc[0]
    expected = -0.75 * np.log(0.5) - 0.25 * np.log(P_FLOOR)
    assert found["log_loss"] == pytest.approx(expected)


def test_someone_who_could_not_win_takes_probability_from_those_who_could() -> None:
    said = frame({"ann": 0.4, "bob": 0.2, "eve": 0.2, "zoe": 0.2}, model="generous")
    assert oracle.excesses(TRUTH, said).iloc[0]["excess"] == pytest.approx(-np.log(0.8))


def test_each_weekend_and_model_has_its_row_and_a_weekend_without_truth_has_none() -> None:
    said = pd.concat(
        [
            frame({"ann": 1.0}, model="a"),
            frame({"bob": 1.0}, model="b"),
            frame({"ann": 1.0}, weekend="2031-06", model="a"),
        ]
    )
    found = oracle.excesses(TRUTH, said)
    assert found[["weekend", "model"]].to_numpy().tolist() == [["2031-05", "a"], ["2031-05", "b"]]
    assert oracle.excesses(TRUTH, said.iloc[:0]).empty


def test_a_truth_that_is_none_is_refused() -> None:
    half = TRUTH.assign(p_first=TRUTH["p_first"] / 2)
    with pytest.raises(TableContractError, match=r"of 2031-05, stage race.*sum to 0\.5"):
        oracle.excesses(half, TRUTH.assign(model="seer"))
