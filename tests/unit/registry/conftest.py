"""A folder of models, and something to put into it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from f1lib.registry.manifest import Manifest
from f1lib.versions import ModelVersion
from f1lib.weekend import RaceWeekend


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def state() -> dict[str, Any]:
    return {
        "qualifying": {"coefficients": np.array([0.1, -0.0, np.nan, 1e-300]), "ridge": 0.25},
        "race": {"coefficients": np.asfortranarray(np.arange(6.0).reshape(2, 3) / 7)},
        "features": ["form", "gap_pct"],
        "lineages": np.array(["red", "racing-bulls"]),
        "fitted": True,
        "parent": None,
    }


@pytest.fixture
def a_manifest() -> Callable[..., Manifest]:
    """Builds a manifest; keyword arguments replace what it says."""

    def build(version: str = "1.0.0", **changed: Any) -> Manifest:
        facts: dict[str, Any] = {
            "version": ModelVersion.parse(version),
            "name": "two_stage",
            "trained_at": datetime(2025, 5, 26, 6, tzinfo=UTC),
            "trained_through": RaceWeekend(2025, 8),
            "last_date": "2024-12-08",
            "snapshot": "a" * 64,
            "n_races": 340,
            "code_version": "0.1.0",
            "features": {"qualifying": ["form"], "race": ["form", "gap_pct"]},
            "hyper_parameters": {"ridge": 0.25},
            "simulated": True,
            "scores": {"winner_log_loss": 1.219},
            "package_versions": {"numpy": "2.4.6"},
            "parent": ModelVersion(1, 0, 0),
        }
        return Manifest(**{**facts, **changed})

    return build
