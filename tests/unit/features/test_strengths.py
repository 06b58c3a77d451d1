from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from f1lib.features import strengths
from f1lib.features.strengths import Dynamics

STEADY = Dynamics(
    lineage_step=0.01, driver_step=0.01, lineage_season=0.1, driver_season=0.05,
    lineage_reset=1.0, keep_season=1.0, keep_reset=0.5, noise=0.2, team_luck=0.0, trusted=3.0,
    lineage_prior=(0.5, 1.0), driver_prior=(0.1, 0.3),
)  # fmt: skip
CAR = {"red": -1.0, "blue": 0.0, "green": 1.0}
DRIVER = {"ada": -0.2, "bo": 0.2, "cy": 0.0, "di": 0.0, "ed": 0.1, "flo": -0.1}
SEATS = dict(zip(DRIVER, ["red", "red", "blue", "blue", "green", "green"], strict=True))


def season(year: int, seats: dict[str, str], n: int = 20, seed: int = 1) -> pd.DataFrame:
    """Values of `n` rounds in which car and driver add up, with a little noise."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"{year}-{round_:02d}", driver, car, CAR[car] + DRIVER[driver] + rng.normal(0, 0.05))
        for round_ in range(1, n + 1)
        for driver, car in seats.items()
    ]
    return pd.DataFrame(rows, columns=["weekend", "driver", "lineage", "value"])


def calendar(*years: int, n: int = 20) -> pd.DataFrame:
    return pd.DataFrame(
        [(f"{year}-{round_:02d}", year) for year in years for round_ in range(1, n + 1)],
        columns=["weekend", "season"],
    )


def entry(weekend: str, driver: str, lineage: str) -> pd.DataFrame:
    return pd.DataFrame({"weekend": [weekend], "driver": [driver], "lineage": [lineage]})


def believed(
    observed: pd.DataFrame, asked: pd.DataFrame, *years: int, resets: tuple[int, ...] = ()
) -> strengths.Strengths:
    return strengths.before_each_round(observed, asked, calendar(*years), STEADY, resets)


def test_cars_and_drivers_are_told_apart_when_a_driver_changes_teams() -> None:
    moved = SEATS | {"ada": "green", "ed": "red"}
    observed = pd.concat([season(2030, SEATS), season(2031, moved, seed=2)])
    asked = pd.concat([entry("2031-20", "ada", "green"), entry("2031-20", "ed", "red")])
    found = believed(observed, asked, 2030, 2031)
    assert found.driver[1] - found.driver[0] == pytest.approx(0.3, abs=0.1)
    assert found.lineage[0] - found.lineage[1] == pytest.approx(2.0, abs=0.1)


def test_a_driver_takes_along_what_is_his_on_the_first_day_in_another_car() -> None:
    observed = season(2030, SEATS)
    asked = pd.concat([entry("2031-01", "ada", "blue"), entry("2031-01", "bo", "blue")])
    found = believed(observed, asked, 2030, 2031)
    whole = found.lineage + found.driver
    assert whole[1] - whole[0] == pytest.approx(0.4, abs=0.1)


def test_before_the_first_round_there_is_the_prior_and_nothing_else() -> None:
    found = believed(season(2030, SEATS), entry("2030-01", "ada", "red"), 2030)
    assert (found.lineage[0], found.driver[0]) == (0.5, 0.1)
    assert found.sd[0] == pytest.approx(np.hypot(1.0, 0.3))


def test_a_newcomer_in_a_known_car_has_its_strength_and_less_certainty() -> None:
    asked = pd.concat([entry("2030-20", "newcomer", "red"), entry("2030-20", "ada", "red")])
    found = believed(season(2030, SEATS), asked, 2030)
    assert found.lineage[0] == found.lineage[1]
    assert found.driver[0] == 0.1
    assert found.sd[0] > 2 * found.sd[1]


def test_a_regulation_reset_makes_cars_uncertain_and_alike() -> None:
    asked = pd.concat([entry("2031-01", "ada", "red"), entry("2031-01", "ed", "green")])
    usual = believed(season(2030, SEATS), asked, 2030, 2031)
    reset = believed(season(2030, SEATS), asked, 2030, 2031, resets=(2031,))
    assert (reset.sd > 2 * usual.sd).all()
    assert np.ptp(reset.lineage) == pytest.approx(np.ptp(usual.lineage) / 2, rel=0.01)
    assert reset.driver.tolist() == usual.driver.tolist()  # a driver is no car


def test_a_later_round_changes_nothing_to_the_bit() -> None:
    asked = entry("2030-11", "ada", "red")
    known = season(2030, SEATS)
    other = known.assign(value=known["value"].where(known["weekend"] < "2030-11", 99.0))
    later = other["weekend"] >= "2030-11"
    newcomers = other.assign(driver=other["driver"].where(~later, "aaa-" + other["driver"]))
    expected = believed(known, asked, 2030)
    for future in (other, newcomers, known[known["weekend"] < "2030-11"]):
        found = believed(future, asked, 2030)
        assert (found.lineage[0], found.driver[0], found.sd[0]) == (
            expected.lineage[0], expected.driver[0], expected.sd[0],
        )  # fmt: skip


def test_one_spoilt_lap_moves_little_where_outliers_are_not_trusted() -> None:
    known = season(2030, SEATS)
    spoilt = known.copy()
    spoilt.loc[(known["weekend"] == "2030-19") & (known["driver"] == "ada"), "value"] += 6.0
    asked = entry("2030-20", "ada", "red")
    moves = []
    for trusted in (1.5, 100.0):
        dynamics = replace(STEADY, trusted=trusted)
        one, two = (
            strengths.before_each_round(frame, asked, calendar(2030), dynamics, ())
            for frame in (known, spoilt)
        )
        moves.append(abs(float((two.lineage + two.driver - one.lineage - one.driver)[0])))
    assert moves[0] < 0.3 * moves[1]


def test_what_a_whole_field_shares_says_nothing() -> None:
    known = season(2030, SEATS)
    wet = known.assign(value=known["value"] + np.where(known["weekend"] == "2030-05", 4.0, 0.0))
    asked = entry("2030-20", "ada", "red")
    one, two = (believed(frame, asked, 2030) for frame in (known, wet))
    assert one.lineage[0] == pytest.approx(two.lineage[0], abs=1e-9)


def test_surprise_is_what_was_not_expected() -> None:
    observed = season(2030, SEATS)
    found = believed(observed, entry("2030-20", "ada", "red"), 2030)
    late = (observed["weekend"] > "2030-10").to_numpy()
    assert np.abs(found.surprise[late]).mean() < 0.1
    observed.loc[(observed["weekend"] == "2030-20") & (observed["driver"] == "cy"), "value"] += 1
    found = believed(observed, entry("2030-20", "ada", "red"), 2030)
    last = (observed["weekend"] == "2030-20").to_numpy() & (observed["driver"] == "cy").to_numpy()
    assert found.surprise[last][0] == pytest.approx(1.0, abs=0.2)


def test_a_recipe_read_back_from_plain_values_is_the_same() -> None:
    from dataclasses import asdict

    plain = asdict(STEADY) | {"lineage_prior": [0.5, 1.0]}  # JSON has no tuples
    assert Dynamics.from_plain(plain) == STEADY
