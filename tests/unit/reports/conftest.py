"""Small frames as previews and monitorings have them, with numbers that can be checked by hand."""

import numpy as np
import pandas as pd
import pytest

from f1lib.scoring import precedents


def like(what: str, came_true: int, n: int) -> dict[str, float]:
    """What became of `n` earlier chances like this one, the same for every car."""
    interval = (0.21, 0.67) if n else (np.nan, np.nan)
    edges = (0.35, 0.5) if n else (np.nan, np.nan)
    values = (*edges, n, came_true, *interval)
    return dict(zip([f"{what}_{name}" for name in precedents.COLUMNS], values, strict=True))


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
            "baseline_top3": [0.8, 0.85, 0.7, 0.65],
            "baseline_top10": [1.0, 1.0, 1.0, 1.0],
            "grid": [1.0, 3.0, 2.0, 4.0],
            "qualified": [1.0, 3.0, 2.0, 4.0],
        }
    ).assign(**like("p_first", 6, 14), **like("p_top3", 0, 0), **like("p_top10", 30, 30))


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
        qualified=np.nan,
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


@pytest.fixture
def learnt() -> dict[str, tuple[str, ...]]:
    """A sprint weekend."""
    return {
        "before_weekend": (),
        "before_qualifying": ("FP1", "sprint qualifying", "sprint"),
        "before_race": ("qualifying", "grid"),
    }


@pytest.fixture
def reasons() -> pd.DataFrame:
    """The grid halves Ada's rate of dropping out and doubles Ben's; form is worth a tenth."""
    log2, tenth = float(np.log(2)), float(np.log(1.1))
    race = {
        "grid": [-log2, log2, 0.0, 0.0],
        "race form": [tenth, -tenth, 0.0, 0.0],
        "reliability": [0.01, -0.01, 0.0, 0.0],
    }
    one_lap = {"car": [-0.2, 0.1, 0.1, 0.0], "driver": [0.05, -0.05, 0.0, 0.0]}
    return pd.DataFrame(
        [
            (stage, driver, reason, value)
            for stage, groups in (("race", race), ("qualifying", one_lap))
            for reason, values in groups.items()
            for driver, value in zip(["Ada", "Ben", "Cleo", "Dan"], values, strict=True)
        ],
        columns=["stage", "driver", "reason", "value"],
    )


@pytest.fixture
def pairs() -> pd.DataFrame:
    """Ada is ahead of Ben with 70 %, Cleo of Dan with 55 %; these two are new as a pair."""
    return pd.DataFrame(
        {
            "team": ["Oak", "Pine"],
            "driver": ["Ada", "Cleo"],
            "rival": ["Ben", "Dan"],
            "code": ["ADA", "CLE"],
            "rival_code": ["BEN", "DAN"],
            "p_ahead": [0.7, 0.55],
            "n_ahead": [4.0, 0.0],
            "n_met": [6.0, 0.0],
            "p_ahead_qualifying": [0.4, np.nan],
            "n_ahead_qualifying": [2.0, np.nan],
            "n_met_qualifying": [6.0, np.nan],
        }
    )


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    """Reliability: of two bins each, one lies within the range of a calibrated model."""
    bins = pd.DataFrame(
        {
            "p_from": [0.0, 0.5], "p_to": [0.5, 1.0], "n": [30, 10], "said": [0.1, 0.6],
            "happened": [0.1, 1.0], "low": [0.0, 0.3], "high": [0.2, 0.9],
        }
    )  # fmt: skip
    return {"p_first": bins, "p_top3": bins, "p_top10": bins.head(1)}
