"""Small frames as previews and monitorings have them, with numbers that can be checked by hand."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def race() -> pd.DataFrame:
    """Four cars, the favourite first; the baseline thinks more of Ben."""
    return pd.DataFrame(
        {
            "driver": ["Ada", "Ben", "Cleo", "Dan"],
            "team": ["Oak", "Oak", "Pine", "Pine"],
            "p_first": [0.5, 0.25, 0.21, 0.04],
            "p_top3": [0.9, 0.8, 0.85, 0.45],
            "p_top10": [1.0, 1.0, 1.0, 1.0],
            "expected_position": [1.6, 2.3, 2.4, 3.7],
            "low": [1.0, 1.0, 1.0, 3.0],
            "high": [3.0, 4.0, 4.0, 4.0],
            "gap_pct": [np.nan] * 4,
            "baseline": [0.4, 0.45, 0.1, 0.05],
            "grid": [1.0, 3.0, 2.0, 4.0],
        }
    )


@pytest.fixture
def qualifying(race: pd.DataFrame) -> pd.DataFrame:
    """Ben is the favourite for pole, Ada is expected further up on average."""
    return race.assign(
        driver=["Ben", "Ada", "Cleo", "Dan"],
        p_first=[0.4, 0.35, 0.2, 0.05],
        expected_position=[2.1, 1.9, 2.4, 3.6],
        gap_pct=[0.1, 0.12, 0.3, 1.25],
        baseline=[0.3, 0.3, 0.3, 0.1],
        grid=np.nan,
    )


@pytest.fixture
def moves() -> pd.DataFrame:
    """Ada rises from 20 to 50 %, Ben falls from 60 to 25 %."""
    return pd.DataFrame(
        {
            "driver": ["Ada", "Ben"] * 2,
            "cutoff": ["before_weekend"] * 2 + ["before_race"] * 2,
            "p_first": [0.2, 0.6, 0.5, 0.25],
        }
    )


@pytest.fixture
def winners() -> pd.DataFrame:
    """Three races: the favourite won the first and the last."""
    return pd.DataFrame(
        {
            "weekend": ["2025-01", "2025-02", "2025-03"],
            "race": ["North", "South", "East"],
            "winner": ["Ada", "Cleo", "Ada"],
            "p_winner": [0.5, 0.03, 0.6],
            "favourite": ["Ada", "Ben", "Ada"],
            "p_favourite": [0.5, 0.4, 0.6],
        }
    )
