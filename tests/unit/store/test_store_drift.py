"""Drift measurements and findings come back as they were; what was measured anew stands."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import func, select

from f1lib.errors import StoreError
from f1lib.store import connection, drift_log, finding_log, snapshot_log
from f1lib.store.origin import Origin
from f1lib.store.schema import DRIFT_MEASUREMENTS
from f1lib.tables.history import Snapshot
from f1lib.weekend import RaceWeekend, Stage


@pytest.fixture
def origin(now: datetime, snapshot: Snapshot) -> Origin:
    return Origin(
        weekend=RaceWeekend(2025, 8), snapshot=snapshot.sha256, policy_sha256="p" * 64,
        replay=False, simulated=True, made_at=now,
    )  # fmt: skip


def measured(**changed: Any) -> pd.DataFrame:
    """KL and shift of one feature over three races; the shift has no q."""
    facts: dict[str, Any] = {
        "stage": Stage.RACE, "model_version": "1.0.0", "feature": "form_gap_pct",
        "metric": ["kl", "shift"], "rule": "permutation", "n_races": 3, "n": 60,
        "value": [0.31, -0.5], "without_drift": [0.12, -0.0], "low": np.nan, "high": np.nan,
        "p": [0.004, 0.2], "q": [0.04, np.nan], "status": ["drift", "stable"],
        "reason": ["KL 0.31, 0.12 of it chance.", ""],
    }  # fmt: skip
    return pd.DataFrame({**facts, **changed})


def found(**changed: Any) -> pd.DataFrame:
    facts: dict[str, Any] = {
        "stage": ["race", ""], "model_version": ["1.0.0", ""],
        "rule": ["performance", "new_conditions"], "subject": ["winner_concordance", "cadillac"],
        "time_window": ["last 8 rounds", ""], "value": [0.88, np.nan], "threshold": [0.9, np.nan],
        "low": np.nan, "high": np.nan, "p": np.nan, "q": np.nan, "n": [8, 2],
        "in_a_row": [3, 1], "status": ["below", "new"], "alert": [True, False],
        "reason": ["Winner concordance 0.88 over 8 races, below 0.90.", "Cadillac is new."],
    }  # fmt: skip
    return pd.DataFrame({**facts, **changed})


def test_drift_comes_back_to_the_last_bit_and_is_there_once(address: str, origin: Origin) -> None:
    with connection.connect(address) as store:
        assert drift_log.record(store, origin, measured()) == 2
        assert drift_log.record(store, origin, measured()) == 0
        assert drift_log.record(store, later(origin, hours=1), measured()) == 0
    with connection.reading(address) as store:
        read = drift_log.current(store, simulated=True)
    assert list(read["weekend"]) == ["2025-08", "2025-08"]
    assert list(read["made_at"]) == [origin.made_at] * 2
    expected = measured().astype({"stage": str})
    for name in drift_log.DRIFT_COLUMNS:
        np.testing.assert_array_equal(read[name].to_numpy(), expected[name].to_numpy())


def later(origin: Origin, **after: float) -> Origin:
    return replace(origin, made_at=origin.made_at + timedelta(**after))


def test_what_is_found_anew_on_the_same_data_stands_beside_what_was_found(
    address: str, origin: Origin
) -> None:
    def value_of(store: Any) -> list[float]:
        return drift_log.current(store, simulated=True)["value"].tolist()

    with connection.connect(address) as store:
        drift_log.record(store, origin, measured())
        assert drift_log.record(store, origin, measured(value=[0.31, 0.7])) == 1  # the same moment
        assert value_of(store) == [0.31, 0.7]
        assert drift_log.record(store, later(origin, hours=1), measured()) == 1  # and back
        assert value_of(store) == [0.31, -0.5]
        # what is said of an earlier moment is kept, once, and does not stand
        for _ in range(2):
            drift_log.record(store, later(origin, hours=-1), measured(value=[9.0, 9.0]))
        assert value_of(store) == [0.31, -0.5]
    with connection.reading(address) as store:
        n = store.execute(select(func.count()).select_from(DRIFT_MEASUREMENTS)).scalar_one()
    assert n == 6


def test_drift_measured_anew_on_a_newer_snapshot_stands(
    address: str, origin: Origin, snapshot: Snapshot
) -> None:
    newer = later(replace(origin, snapshot="n" * 64), days=1)
    with connection.connect(address) as store:
        snapshot_log.record(store, replace(snapshot, sha256="n" * 64), now=origin.made_at)
        drift_log.record(store, newer, measured(value=[0.7, 0.7]))
        drift_log.record(store, origin, measured())
        assert list(drift_log.current(store, simulated=True)["value"]) == [0.7, 0.7]


def test_drift_is_chosen_by_what_it_is_about(address: str, origin: Origin) -> None:
    with connection.connect(address) as store:
        drift_log.record(store, origin, measured())
        drift_log.record(store, replace(origin, weekend=RaceWeekend(2025, 9)), measured())

        def n(**chosen: Any) -> int:
            return len(drift_log.current(store, **{"simulated": True, **chosen}))

        assert (n(), n(metric="kl"), n(n_races=5), n(simulated=False)) == (4, 2, 0, 0)
        assert n(first=RaceWeekend(2025, 9)) == n(last=RaceWeekend(2025, 8)) == 2
        assert n(stage=Stage.QUALIFYING) == n(replay=True) == n(rule="fixed") == 0
        empty = drift_log.current(store, simulated=False)
    assert str(empty.dtypes["value"]) == "float64"
    assert str(empty.dtypes["n"]) == "int64"


def test_findings_come_back_and_the_alerts_apart(address: str, origin: Origin) -> None:
    with connection.connect(address) as store:
        assert finding_log.record(store, origin, found()) == 2
        assert finding_log.record(store, origin, found()) == 0
        read = finding_log.current(store, simulated=True)
        alerts = finding_log.current(store, simulated=True, alert=True)
        calm = finding_log.current(store, simulated=True, alert=False)
    for name in finding_log.FINDING_COLUMNS:
        np.testing.assert_array_equal(read[name].to_numpy(), found()[name].to_numpy())
    assert list(alerts["subject"]) == ["winner_concordance"]
    assert list(calm["reason"]) == ["Cadillac is new."]


def test_a_finding_that_is_no_alert_any_more_is_not_shown_as_one(
    address: str, origin: Origin
) -> None:
    other = later(replace(origin, policy_sha256="q" * 64), hours=1)
    with connection.connect(address) as store:
        finding_log.record(store, origin, found())
        finding_log.record(store, other, found(alert=False))
        assert finding_log.current(store, simulated=True, alert=True).empty


def test_rows_that_lack_a_column_are_refused_by_name(address: str, origin: Origin) -> None:
    with (
        connection.connect(address) as store,
        pytest.raises(StoreError, match=r"'drift_measurements' lack q, reason\. Its columns are"),
    ):
        drift_log.record(store, origin, measured().drop(columns=["q", "reason"]))


def test_what_was_measured_on_an_unknown_snapshot_is_refused(address: str, origin: Origin) -> None:
    with (
        pytest.raises(StoreError, match="contradicts or lacks another"),
        connection.connect(address) as store,
    ):
        drift_log.record(store, replace(origin, snapshot="x"), measured())
