import numpy as np
import pandas as pd
import pytest

from f1lib.models import orders
from f1lib.models.contract import Training
from f1lib.models.orders import Order, Past
from f1lib.weekend import Cutoff, Stage

FIELD = pd.DataFrame(
    {
        "weekend": "2031-01",
        "driver": ["a", "b", "c"],
        "constructor": ["t", "t", "u"],
        "qualifying_pace_lineage": [0.0, 0.0, 1.0],
        "qualifying_pace_driver": [0.0, 0.5, 0.0],
        "practice_gap": [0.0, np.nan, 2.0],
    }
)


def outcome(places: list[int]) -> pd.DataFrame:
    return FIELD[["weekend", "driver"]].assign(position=places, gap_pct=[0.0, 0.4, np.nan])


def test_the_past_stands_last_car_first_with_its_place_and_gap() -> None:
    past = Past.of(
        Training({Cutoff.BEFORE_QUALIFYING: FIELD}, outcome([1, 2, 3]), outcome([2, 5, 1])),
        Stage.RACE,
        Cutoff.BEFORE_QUALIFYING,
    )
    assert list(past.rows["driver"]) == ["b", "a", "c"]
    assert list(past.place) == [3, 2, 1]  # among those who are in it: five of three becomes three
    assert past.gap.tolist() == pytest.approx([0.4, 0.0, np.nan], nan_ok=True)


def test_a_race_has_no_gap_and_a_qualifying_has_one_that_is_never_below_nought() -> None:
    order = Order(np.array([1.0]), np.array([-0.1, 0.2, 0.0]))
    x = np.array([[0.0], [1.0], [2.0]])
    raced = orders.forecast(order, FIELD, x, Stage.RACE, practice=False).rows
    assert raced["gap_pct"].isna().all()
    timed = orders.forecast(order, FIELD, x, Stage.QUALIFYING, practice=False).rows
    assert timed["gap_pct"].tolist() == pytest.approx([0.0, 0.1, 0.3])
    assert timed["p_first"].tolist() == raced["p_first"].tolist()


def test_the_gap_is_a_line_through_distances_behind_the_best() -> None:
    weakness = np.array([3.0, 2.0, 5.0])
    columns = orders._behind(FIELD, weakness, practice=True)
    # one, then behind by weakness, by belief in one-lap pace, in practice (b, without a time,
    # counts as the field's middle, 1)
    assert columns.tolist() == [[1, 1, 0, 0], [1, 0, 0.5, 1], [1, 3, 1, 2]]


def test_one_spoilt_lap_in_ten_hardly_moves_the_line() -> None:
    rng = np.random.default_rng(4)
    x = np.column_stack([np.ones(500), rng.uniform(0, 3, 500)])
    y = x @ [0.2, 0.7] + 0.1 * rng.standard_normal(500)
    y[::10] = 5.0
    assert orders._median_line(x, y, np.ones(500)) == pytest.approx([0.2, 0.7], abs=0.08)
