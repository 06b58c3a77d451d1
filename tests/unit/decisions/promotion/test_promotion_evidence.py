import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from f1lib.decisions.promotion import evidence
from f1lib.errors import TableContractError
from f1lib.scoring import summary

WHO = {
    "champion": {"winner_log_loss": 1.2, "rps": 0.12, "gap_mae_pct": 0.4, "winner_hit": 0.0},
    "challenger": {"winner_log_loss": 1.0, "rps": 0.11, "gap_mae_pct": 0.3, "winner_hit": 1.0},
    "grid_gap_logit": {"winner_log_loss": 1.5},
    "grid_slot_frequency": {"rps": 0.15},
    "recent_qualifying": {"gap_mae_pct": 0.5},
}


def scores(n: int) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (f"2031-{race:02d}", model, metric, value,
             "before_qualifying" if metric == "gap_mae_pct" else "before_race")
            for race in range(1, n + 1)
            for model, values in WHO.items()
            for metric, value in values.items()
        ],
        columns=["weekend", "model", "metric", "value", "cutoff"],
    )  # fmt: skip


def test_the_mean_skill_gain_is_the_difference_of_the_two_indices() -> None:
    rng = np.random.default_rng(0)
    frame = scores(30)
    frame["value"] += rng.uniform(0, 0.1, len(frame))
    found = evidence.of_scores(frame)

    def index(model: dict[str, np.ndarray]) -> float:
        return sum(
            weight * (1 - model[part].mean() / found.baseline[part].mean())
            for part, weight in summary.SKILL_WEIGHTS.items()
        )

    assert found.gain("skill_index").mean() == pytest.approx(
        index(found.challenger) - index(found.champion)
    )


def test_gains_are_positive_where_the_challenger_is_better() -> None:
    found = evidence.of_scores(scores(2))
    assert found.gain("winner_log_loss") == pytest.approx([0.2, 0.2])
    assert found.gain("winner_hit") == pytest.approx([1.0, 1.0])
    # .4 * .2 / 1.5 + .3 * .01 / .15 + .3 * .1 / .5
    assert found.gain("skill_index") == pytest.approx(2 * [0.0533333 + 0.02 + 0.06])


def test_only_races_that_all_have_are_compared() -> None:
    frame = scores(5)
    lost = (frame["weekend"] == "2031-03") & (frame["model"] == "recent_qualifying")
    found = evidence.of_scores(frame[~lost])
    assert found.weekends == ("2031-01", "2031-02", "2031-04", "2031-05")
    assert found.n == len(found.gain("rps")) == 4


def test_no_race_is_no_evidence_and_no_error() -> None:
    assert evidence.of_scores(scores(0)).n == 0


def test_a_race_scored_twice_is_refused() -> None:
    frame = scores(3)
    with pytest.raises(TableContractError, match="2031-01 twice"):
        evidence.of_scores(pd.concat([frame, frame.head(1)]))


@given(arrays.arrays(float, st.tuples(st.integers(1, 3), st.integers(1, 30)),
                     elements=st.floats(-2, 2)))  # fmt: skip
def test_many_sign_flip_tests_at_once_are_each_what_one_is(gains: np.ndarray) -> None:
    each = [summary.sign_flip_p(row, side="above") for row in gains]
    assert evidence.sign_flip_p(gains) == pytest.approx(each, abs=2e-4)
