"""The benchmark against the oracle, from outside: who stands where between chance and truth."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from f1lib.models import baselines
from f1lib.models.two_stage import TwoStage
from f1lib.weekend import Cutoff, Stage

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
COUNTED = 0.02  # nats: what 1,000 replicas leave open
FIRST = {Stage.RACE.value: "winner_log_loss", Stage.QUALIFYING.value: "pole_log_loss"}


@pytest.fixture(scope="module")
def excess() -> pd.DataFrame:
    """Nats above the truth: a row per cutoff and stage, a column per model."""
    asked = "--seeds 1 2 --rounds 8 --replicas 1000 --json"
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "oracle.py", *asked.split()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = pd.DataFrame(json.loads(done.stdout))
    assert (found["n"] == 16).all()
    return found.pivot(index=["cutoff", "stage"], columns="model", values="excess")


def test_each_cutoff_is_asked_of_each_stage_it_has(excess: pd.DataFrame) -> None:
    assert set(excess.index) == {
        (cutoff.value, stage.value)
        for cutoff in Cutoff
        for stage in Stage
        if TwoStage().covers(stage, cutoff)
    }


def test_nobody_is_nearer_to_the_truth_than_the_insider(excess: pd.DataFrame) -> None:
    others = excess.drop(columns="insider").min(axis=1)
    assert (excess["insider"] > 0).all()
    assert (others > excess["insider"] - COUNTED).all()


def test_the_form_of_the_weekend_hides_from_everyone_once_the_oracle_knows_it(
    excess: pd.DataFrame,
) -> None:
    insider = excess["insider"].unstack("stage")["race"]
    assert insider[Cutoff.BEFORE_WEEKEND.value] < 0.02  # nothing is hidden that anyone knows
    assert insider[Cutoff.BEFORE_QUALIFYING.value] > 0.05
    assert insider[Cutoff.BEFORE_RACE.value] > 0.02


def test_a_filter_that_knows_how_the_world_is_made_is_at_least_as_near_as_the_model(
    excess: pd.DataFrame,
) -> None:
    assert (excess["attentive"] < excess[TwoStage.name] + COUNTED).all()


def test_the_model_is_nearer_to_the_truth_than_the_frozen_baselines(excess: pd.DataFrame) -> None:
    of_baselines = [
        excess.loc[(cutoff, stage), baselines.for_metric(FIRST[stage], Cutoff(cutoff))]
        for cutoff, stage in excess.index
    ]
    assert excess[TwoStage.name].mean() < sum(of_baselines) / len(of_baselines)
