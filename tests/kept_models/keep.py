"""Keep one more model: train it on the simulated world, with what it is asked and what it says.

Run by hand when a contract was raised, or when a model holds something it did not hold before:

    .venv/bin/python tests/kept_models/keep.py

It writes the folder of the next version, as the registry has it, and beside it a JSON file with the
fields of one weekend and the forecasts of them. Nothing that is kept is ever changed or removed:
tests/contract/test_kept_models.py reads all of it.
"""

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from f1lib.models.contract import Training
from f1lib.models.two_stage import TwoStage
from f1lib.pipelines import ingest, retrain
from f1lib.registry import artifacts, versions
from f1lib.settings import Settings
from f1lib.weekend import Cutoff

KEPT = Path(__file__).parent
NOW = datetime(2026, 1, 5, tzinfo=UTC)
RACES = 24  # before the weekend that is forecast: enough to train and to test


def keep() -> str:
    """Train, register as the next version, write what it says; the version."""
    with TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), f1db="")
        ingest.simulate(settings, ingest.World(7, "stable", 2), published=None, now=NOW)
        history = ingest.known(settings)
        weekend = history.completed()[RACES]
        trained = retrain.retrain(weekend, settings, now=NOW).manifest
        state, _ = artifacts.read(settings.models, trained.version)
        reference = artifacts.read_reference(settings.models, trained.version)
    version = versions.next_version(KEPT)
    artifacts.write(KEPT, replace(trained, version=version), state, reference)
    model = TwoStage.from_state(state)
    material = Training.from_history(history, model.recipe.features)
    fields = {cutoff: material.field(weekend, cutoff) for cutoff in Cutoff}
    kept = {
        cutoff.value: {
            "field": _plain(field.rows),
            "said": {
                stage.value: _plain(forecast.rows)
                for stage, forecast in model.forecast(field).items()
            },
        }
        for cutoff, field in fields.items()
    }
    text = json.dumps(kept, allow_nan=False)
    (KEPT / f"{version}.json").write_text(text + "\n", encoding="utf-8")
    return str(version)


def _plain(rows: pd.DataFrame) -> dict[str, list[Any]]:
    """Column by column; what is missing is null, and a number is exact."""
    return {
        str(name): [None if pd.isna(value) else value for value in column.tolist()]
        for name, column in rows.items()
    }


if __name__ == "__main__":
    sys.stdout.write(f"Kept {keep()}.\n")
