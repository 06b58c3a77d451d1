"""Models that were kept load for as long as their contract lives, and say what they said.

tests/kept_models/ holds them; keep.py there makes the next one. A version of a retired contract
stays, to be refused in a sentence.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from f1lib.errors import RegistryError
from f1lib.models.contract import Field
from f1lib.models.two_stage import TwoStage
from f1lib.monitoring.drift.reference import Reference
from f1lib.registry import artifacts, versions
from f1lib.registry.manifest import CONTRACT
from f1lib.versions import ModelVersion
from f1lib.weekend import Cutoff

KEPT = Path(__file__).resolve().parents[1] / "kept_models"
ALL = versions.taken(KEPT)


def contract_of(version: ModelVersion) -> int:
    plain = json.loads((KEPT / str(version) / "manifest.json").read_text())
    return int(plain["contract"])


ALIVE = [version for version in ALL if contract_of(version) == CONTRACT]
RETIRED = [version for version in ALL if contract_of(version) != CONTRACT]


def frame(columns: dict[str, list[Any]]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(values) for name, values in columns.items()})


def test_there_is_one_of_this_contract_and_one_that_is_retired() -> None:
    assert ALIVE, "run tests/kept_models/keep.py"
    assert RETIRED


@pytest.mark.parametrize("version", ALIVE, ids=str)
def test_a_kept_model_says_what_it_said(version: ModelVersion) -> None:
    state, manifest = artifacts.read(KEPT, version)
    assert manifest.simulated, "no row of real data is kept"
    model = TwoStage.from_state(state)
    kept = json.loads((KEPT / f"{version}.json").read_text())
    assert set(kept) == set(Cutoff)
    for cutoff, asked in kept.items():
        said = model.forecast(Field(Cutoff(cutoff), frame(asked["field"])))
        assert set(said) == set(asked["said"])
        for stage, forecast in said.items():
            expected = frame(asked["said"][stage])
            assert list(forecast.rows) == list(expected)
            for name in expected:
                found = forecast.rows[name]
                if name in {"driver", "constructor"}:
                    assert found.tolist() == expected[name].tolist()
                    continue
                np.testing.assert_allclose(
                    found.to_numpy(dtype=float), expected[name].to_numpy(dtype=float),
                    rtol=0, atol=1e-9, err_msg=f"{version} {cutoff} {stage} {name}",
                )  # fmt: skip


@pytest.mark.parametrize("version", ALIVE, ids=str)
def test_what_drift_of_a_kept_model_is_measured_against_is_read(version: ModelVersion) -> None:
    state = artifacts.read_reference(KEPT, version)
    assert state is not None
    again = Reference.from_state(state).state()
    assert json.dumps(again, default=_listed) == json.dumps(state, default=_listed)


def _listed(value: Any) -> Any:
    return value.tolist()


@pytest.mark.parametrize("version", RETIRED, ids=str)
def test_a_retired_contract_is_refused_in_a_sentence(version: ModelVersion) -> None:
    with pytest.raises(RegistryError) as refused:
        artifacts.read(KEPT, version)
    assert f"Model version {version} cannot be used" in str(refused.value)
    assert f"It follows contract {contract_of(version)}, this f1lib contract {CONTRACT}." in str(
        refused.value
    )
    assert "train anew (`f1lib retrain`)" in str(refused.value)
