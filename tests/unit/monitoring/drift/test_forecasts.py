"""What a champion says is compared with what it says of the races it has learnt from."""

import numpy as np
import pandas as pd
from invented_watched import rounds

from f1lib.monitoring.drift import forecasts
from f1lib.monitoring.drift.reference import Reference
from f1lib.monitoring.drift.verdict import Status
from f1lib.monitoring.policy import WatchPolicy

CARS = 20
POLICY = WatchPolicy("own")


def said(weekend: str, sure: float) -> tuple[str, pd.DataFrame]:
    """A forecast whose favourite has about `sure`."""
    strength = np.random.default_rng(int(weekend.replace("-", ""))).normal(0, 0.05, CARS)
    strength[0] += np.log(sure / (1 - sure) * (CARS - 1))
    p = np.exp(strength)
    p_first = p / p.sum()
    frame = pd.DataFrame({"p_first": p_first, "p_top10": np.minimum(10 * p_first, 1)})
    return weekend, frame


def names(first: int, seasons: int) -> list[str]:
    return [f"{season}-{number:02d}" for season in range(first, first + seasons)
            for number in range(1, 21)]  # fmt: skip


PAST, NOW = names(2010, 6), names(2016, 1)[:3]
STRATA = dict.fromkeys([*PAST, *NOW], "permanent")
REFERENCE = forecasts.profile(forecasts.rows(dict(said(name, 0.3) for name in PAST)), STRATA)


def statuses(sure: float) -> dict[str, str]:
    window = forecasts.rows(dict(said(name, sure) for name in NOW))
    found = forecasts.findings(REFERENCE, window, STRATA, POLICY, "1.0.0")
    assert {each.rule for each in found} == {forecasts.RULE}
    assert not any(each.alert for each in found)
    return {each.subject: each.status for each in found}


def test_entropy_is_that_of_the_winner() -> None:
    rows = forecasts.rows({"2025-01": pd.DataFrame({"p_first": [1.0, 0.0], "p_top10": [1, 1]})})
    assert rows["winner_entropy"].tolist() == [0.0, 0.0]
    assert forecasts.rows({}).columns.tolist() == ["weekend", *forecasts.FEATURES]


def test_the_same_confidence_is_no_drift() -> None:
    assert set(statuses(0.3).values()) <= {Status.STABLE, Status.INSUFFICIENT}


def test_a_far_surer_champion_is_noticed_by_its_entropy() -> None:
    assert statuses(0.95)["winner_entropy"] == Status.DRIFT


def test_without_forecasts_of_the_window_it_says_what_to_run() -> None:
    (found,) = forecasts.findings(REFERENCE, forecasts.rows({}), STRATA, POLICY, "1.0.0")
    assert found.status == Status.INSUFFICIENT
    assert "f1lib predict" in found.reason


def test_without_a_profile_of_forecasts_it_says_what_to_train() -> None:
    window = forecasts.rows(dict(said(name, 0.3) for name in NOW))
    (found,) = forecasts.findings(None, window, STRATA, POLICY, "1.0.0")
    assert (found.status, found.subject) == (Status.INSUFFICIENT, "all forecasts")
    assert "f1lib retrain" in found.reason


def test_a_reference_keeps_the_profile_of_forecasts() -> None:
    watched, strata = rounds(110)
    told = forecasts.rows(dict(said(name, 0.3) for name in strata))
    kept = Reference.from_state(Reference.of(watched, strata, told).state())
    assert kept.forecasts is not None
    assert kept.forecasts.features == forecasts.FEATURES
    assert Reference.from_state(Reference.of(watched, strata).state()).forecasts is None
