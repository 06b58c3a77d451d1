"""Watched rows of invented rounds, for tests of drift: ten teams of two cars, nothing moves."""

import numpy as np
import pandas as pd
from invented_races import weekends

from f1lib.monitoring.drift.watched import COLUMNS, TESTED

TEAMS = tuple(f"team-{letter}" for letter in "abcdefghij")
TYPES = ("permanent", "permanent", "street")


def rounds(n: int, *, seed: int = 0) -> tuple[pd.DataFrame, dict[str, str]]:
    """Rows of `n` rounds from 2015 on, and the circuit type of each."""
    rng = np.random.default_rng(seed)
    named = weekends(n)
    frame = pd.DataFrame(rng.standard_normal((n * 20, len(TESTED))), columns=list(TESTED)).assign(
        weekend=np.repeat(named, 20),
        lineage=np.tile(np.repeat(TEAMS, 2), n),
        constructor=np.tile(np.repeat(TEAMS, 2), n),
        driver=np.tile([f"driver-{i}" for i in range(20)], n),
        circuit=np.repeat([f"circuit-{i % 22}" for i in range(n)], 20),
        format="no_sprint",
        field_size="20",
        regulations="2014",
    )
    types = {weekend: TYPES[i % 3] for i, weekend in enumerate(named)}
    return frame[list(COLUMNS)], types
