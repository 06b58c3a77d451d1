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
NEAR = 0.05  # nats: what forecasts of few rounds may differ in by chance


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
        "--replicas", "200",
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


def test_the_promoted_version_speaks_from_the_next_round_on_and_is_as_near_to_the_truth(
    upgraded: dict[str, Any],
) -> None:
    (promoted,) = [each[0] for each in upgraded["decisions"] if each[-1] == "promoted"]
    rps = by_voice(upgraded, "rps")
    other = rps["triggered"] != rps["frozen"]
    assert (other == (rps.index > promoted)).all()
    assert other.any()
    for metric in ("win_excess", "pole_excess"):
        mine = by_voice(upgraded, metric)[other]
        assert (mine["triggered"] - mine["frozen"]).mean() < NEAR


def test_where_nothing_happens_nothing_is_promoted() -> None:
    row = replayed("--scenario", "stable", "--first-seed", "1", "--replicas", "50")
    assert row["steps"] == {"alert": None, "training": None, "promotion": None}
    assert row["walked"]
    rps = by_voice(row, "rps")
    assert len(rps) == row["rounds"]
    assert (rps["triggered"] == rps["frozen"]).all()
