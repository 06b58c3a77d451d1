import numpy as np
import pandas as pd
import pytest

from f1lib.models import design, qualifying
from f1lib.models.qualifying import Pace
from f1lib.weekend import Cutoff


def field(n: int = 20) -> pd.DataFrame:
    """A field whose design is nought: every car is expected at the median."""
    flat = dict.fromkeys(
        ("qualifying_pace_lineage", "qualifying_pace_driver", "qualifying_pace_sd",
         "driver_race_form", "circuit_pace_driver", "circuit_pace_lineage"), 0.2,
    )  # fmt: skip
    return pd.DataFrame({"driver": [f"d{i}" for i in range(n)], **flat}).assign(
        weekend="2031-01", constructor=[f"t{i // 2}" for i in range(n)]
    )


def simulated(together: float = 0.0, p_no_time: float = 0.0) -> qualifying.Sessions:
    scatter = np.array([np.log(0.4 / qualifying.CORE), 0.0, 0.0, 0.0])
    n_columns = design.stacked(qualifying.columns(field(), practice=False)).shape[1]
    pace = Pace(np.zeros(n_columns), scatter, together, p_no_time)
    rng = np.random.default_rng(1)
    return qualifying.simulate(pace, field(), Cutoff.BEFORE_WEEKEND, n=20_000, rng=rng)


def test_simulated_laps_scatter_as_much_as_the_fit_says() -> None:
    assert simulated().pace.std() == pytest.approx(0.4, rel=0.02)


def test_a_field_whose_strengths_are_uncertain_scatters_more() -> None:
    unsure = np.hypot(qualifying.USUAL_SD, 0.3)
    for cutoff, more in ((Cutoff.BEFORE_WEEKEND, 0.3), (Cutoff.BEFORE_QUALIFYING, 0.3 * 0.3**0.5)):
        found = qualifying._unsure(field().assign(qualifying_pace_sd=unsure), cutoff)
        assert found == pytest.approx(more)
    assert (qualifying._unsure(field(), Cutoff.BEFORE_WEEKEND) == 0).all()


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


def test_scatter_grows_with_the_distance_it_was_made_to_grow_with() -> None:
    rng = np.random.default_rng(3)
    distance = rng.uniform(0, 2, 5_000)
    x = np.column_stack([np.ones(5_000), distance])
    residual = rng.laplace(scale=np.exp(-1.5 + 0.8 * distance))
    found = qualifying._scatter(x, residual, np.ones(5_000))
    assert found == pytest.approx([-1.5, 0.8], abs=0.1)
