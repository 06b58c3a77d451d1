import numpy as np
import pandas as pd
import pytest

from f1lib.models import qualifying
from f1lib.models.qualifying import Pace


def field(n: int = 20) -> pd.DataFrame:
    """A field whose design is nought: every car is expected at the median."""
    flat = dict.fromkeys(
        ("driver_qualifying_form", "lineage_qualifying_form", "teammate_qualifying_gap",
         "driver_race_form", "lineage_race_form"), 1.0,
    )  # fmt: skip
    return pd.DataFrame({"driver": [f"d{i}" for i in range(n)], **flat}).assign(
        weekend="2031-01", constructor=[f"t{i // 2}" for i in range(n)]
    )


def simulated(together: float = 0.0, p_no_time: float = 0.0) -> qualifying.Sessions:
    pace = Pace(np.zeros(8), np.array([0.4, 0.0]), together, p_no_time)
    return qualifying.simulate(pace, field(), n=20_000, rng=np.random.default_rng(1))


def test_simulated_laps_scatter_as_much_as_the_fit_says() -> None:
    assert simulated().pace.std() == pytest.approx(0.4, rel=0.02)


def test_team_mates_share_the_part_that_is_said_to_be_common() -> None:
    pace = simulated(together=0.5).pace
    assert np.corrcoef(pace[:, 0], pace[:, 1])[0, 1] == pytest.approx(0.5, abs=0.03)
    assert np.corrcoef(pace[:, 0], pace[:, 2])[0, 1] == pytest.approx(0.0, abs=0.03)


def test_a_car_without_a_time_is_behind_all_that_have_one() -> None:
    sessions = simulated(p_no_time=0.05)
    missing = np.isnan(sessions.pace)
    assert missing.mean() == pytest.approx(0.05, abs=0.005)
    slowest_timed = np.where(missing, 0, sessions.order).max(axis=1)
    fastest_untimed = np.where(missing, sessions.order, 99).min(axis=1)
    assert (slowest_timed < fastest_untimed).all()


def test_one_spoilt_lap_in_twenty_hardly_moves_the_line() -> None:
    rng = np.random.default_rng(2)
    x = rng.standard_normal((400, 2))
    y = x @ [1.0, -0.5] + 0.1 * rng.standard_normal(400)
    y[::20] += 5.0
    found = qualifying._huber(x, y, np.ones(400), 1e-6)
    assert found == pytest.approx([1.0, -0.5], abs=0.05)
