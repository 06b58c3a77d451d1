"""The information ladder: what a session is worth, on the same races at every rung."""

from math import exp, isnan, log

import pandas as pd
import pytest

from f1lib.models import baselines
from f1lib.monitoring import ladder
from f1lib.weekend import Cutoff


def scores(losses: dict[Cutoff, list[float]], baseline: float = 2.0) -> pd.DataFrame:
    """Log losses of the model in rounds 1, 2, ... at each cutoff; the baseline's are all alike."""
    rows = []
    for cutoff, values in losses.items():
        name = baselines.for_metric("winner_log_loss", cutoff)
        for number, value in enumerate(values, start=1):
            for model, loss in (("two_stage", value), (name, baseline)):
                rows.append((f"2025-{number:02d}", cutoff.value, model, "winner_log_loss", loss))
    return pd.DataFrame(rows, columns=["weekend", "cutoff", "model", "metric", "value"])


FIVE = {
    Cutoff.BEFORE_WEEKEND: [1.5] * 5,
    Cutoff.BEFORE_QUALIFYING: [1.4, 1.3, 1.5, 1.4, 1.4],
    Cutoff.BEFORE_RACE: [1.2] * 5,
}


def test_a_rung_is_worth_what_the_log_loss_fell_by() -> None:
    found = ladder.worth(scores(FIVE), "two_stage").set_index("cutoff")
    assert list(found.index) == [cutoff.value for cutoff in Cutoff]
    assert found["value"].tolist() == pytest.approx([1.5, 1.4, 1.2])
    assert isnan(found["worth"].iloc[0])
    assert found["worth"].tolist()[1:] == pytest.approx([0.1, 0.2])
    assert found["baseline_value"].tolist() == [2.0] * 3
    assert (found["low"].iloc[1:] <= found["worth"].iloc[1:]).all()
    assert (found["worth"].iloc[1:] <= found["high"].iloc[1:]).all()
    assert found["n_races"].tolist() == [5] * 3


def test_its_worth_is_the_factor_on_the_winners_chance() -> None:
    chances = {Cutoff.BEFORE_WEEKEND: 0.2, Cutoff.BEFORE_QUALIFYING: 0.2, Cutoff.BEFORE_RACE: 0.5}
    found = ladder.worth(scores({c: [-log(p)] * 5 for c, p in chances.items()}), "two_stage")
    assert exp(found["worth"].iloc[2]) == pytest.approx(2.5)


def test_a_round_that_lacks_a_cutoff_counts_on_no_rung() -> None:
    longer = FIVE | {Cutoff.BEFORE_WEEKEND: [1.5] * 5 + [9.0]}
    found = ladder.worth(scores(longer), "two_stage")
    assert found["n_races"].tolist() == [5] * 3
    assert found["value"].iloc[0] == pytest.approx(1.5)


def test_four_rounds_are_too_few_for_a_ladder() -> None:
    four = {cutoff: values[:4] for cutoff, values in FIVE.items()}
    assert ladder.worth(scores(four), "two_stage").empty
    assert ladder.worth(scores(FIVE).head(0), "two_stage").empty
