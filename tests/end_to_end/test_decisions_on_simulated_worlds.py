"""The whole policy where the truth is known: a car finds a step, and it is seen and learnt."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
WITHIN = 6  # races replayed from the change on; ten are promised
ROUNDS = 10  # of a season in which nothing happens: rules of performance speak from eight on


def replayed(*words: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "replays.py", "--seeds", "1", "--json", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    return dict(row)


def by_voice(row: dict[str, Any], metric: str) -> pd.DataFrame:
    return pd.DataFrame(row["voices"]).pivot(index="weekend", columns="model", values=metric)


@pytest.fixture(scope="module")
def upgraded() -> dict[str, Any]:
    return replayed(
        "--scenario", "car_upgrade", "--first-seed", "1", "--races", str(WITHIN),
        "--replicas", "50",
    )  # fmt: skip


def test_a_car_that_finds_a_step_is_named_and_has_a_version_trained_and_promoted(
    upgraded: dict[str, Any],
) -> None:
    steps = upgraded["steps"]
    assert 1 < steps["alert"] <= steps["training"] <= steps["promotion"] <= WITHIN
    first = min(weekend for _, _, weekend in upgraded["alerts"])
    told = {(rule, subject) for rule, subject, weekend in upgraded["alerts"] if weekend == first}
    assert ("drift.lineage", upgraded["lineage"]) in told
    assert first >= upgraded["begins"]


def test_the_promoted_version_speaks_from_the_next_round_on(upgraded: dict[str, Any]) -> None:
    # how good it is a round or two cannot tell: benchmarks/README.md has that over many worlds
    (promoted,) = [each[0] for each in upgraded["decisions"] if each[-1] == "promoted"]
    rps = by_voice(upgraded, "rps")
    other = rps["triggered"] != rps["frozen"]
    assert other.any()
    assert (other == (rps.index > promoted)).all()


def test_where_nothing_happens_nothing_is_promoted() -> None:
    row = replayed(
        "--scenario", "stable", "--first-seed", "1", "--races", str(ROUNDS), "--replicas", "50"
    )
    assert row["steps"] == {"alert": None, "training": None, "promotion": None}
    assert row["walked"]
    rps = by_voice(row, "rps")
    assert len(rps) == row["rounds"] == ROUNDS
    assert (rps["triggered"] == rps["frozen"]).all()
