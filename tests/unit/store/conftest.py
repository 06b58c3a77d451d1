"""A store in a folder of its own, and small things to put into it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from f1lib.predictions import Forecast, Prediction
from f1lib.store import connection, snapshot_log
from f1lib.tables.history import Snapshot
from f1lib.weekend import Cutoff, RaceWeekend, Stage

NOW = datetime(2025, 5, 25, 12, 30, tzinfo=UTC)
SNAPSHOT = Snapshot("a" * 64, "simulated", "four cars", "nobody", "b" * 64, simulated=True)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def snapshot() -> Snapshot:
    return SNAPSHOT


@pytest.fixture
def address(tmp_path: Path) -> str:
    """A store that knows one snapshot."""
    address = f"sqlite:///{tmp_path / 'home' / 'store.sqlite'}"
    with connection.connect(address) as store:
        snapshot_log.record(store, SNAPSHOT, now=NOW)
    return address


@pytest.fixture
def a_prediction() -> Callable[..., Prediction]:
    """Builds a prediction for four entries; keyword arguments replace what it says."""

    def build(**changed: Any) -> Prediction:
        entries = pd.DataFrame({"driver": list("abcd"), "constructor": ["red", "red", "blue", "x"]})
        places = np.array(
            [[0.7, 0.1, 0.1, 0.1], [0.1, 0.7, 0.1, 0.1], [0.1, 0.1, 0.7, 0.1], [0.1, 0.1, 0.1, 0.7]]
        )
        facts: dict[str, Any] = {
            "weekend": RaceWeekend(2025, 8),
            "stage": Stage.RACE,
            "cutoff": Cutoff.BEFORE_RACE,
            "model": "two_stage",
            "model_version": "1.0.0",
            "made_at": NOW,
            "replay": False,
            "simulated": True,
            "snapshot": SNAPSHOT.sha256,
            "inputs_sha256": "c" * 64,
            "grand_prix": "monaco",
            "race_date": "2025-05-25",
            "forecast": Forecast.from_positions(Stage.RACE, entries, places),
        }
        return Prediction(**{**facts, **changed})

    return build


@pytest.fixture
def a_result() -> Callable[..., pd.DataFrame]:
    """Builds the outcome rows of a race: the drivers named, in that order."""

    def build(order: str = "abcd") -> pd.DataFrame:
        n = len(order)
        return pd.DataFrame(
            {
                "driver": list(order),
                "constructor": ["red"] * n,
                "position": range(1, n + 1),
                "classified": [True] * (n - 1) + [False],
                "status": ["classified"] * (n - 1) + ["DNF"],
                "grid_order": [*range(1, n), np.nan],
                "gap_pct": np.nan,
                "gap_s": np.nan,
            }
        )

    return build
