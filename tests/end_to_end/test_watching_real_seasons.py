"""Real seasons watched by command: quiet ones stay quiet, the reset of 2022 is marked, the history
tells both; and a season replayed twice is decided the same."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.real_data]

SUSTAINED = ("performance.", "calibration.", "drift.")


class Desk:
    """A home of its own, and the commands of the product."""

    def __init__(self, home: Path, archive: Path) -> None:
        self.environment = os.environ | {
            "F1LIB_HOME": str(home), "F1LIB_F1DB": str(archive), "OMP_NUM_THREADS": "1",
        }  # fmt: skip

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [str(Path(sys.executable).with_name("f1lib")), *words],
            env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, f1db_archive: Path) -> Desk:
    return Desk(tmp_path_factory.mktemp("watching"), f1db_archive)


@pytest.fixture(scope="module")
def watched(desk: Desk) -> dict[str, Any]:
    said = desk.run("monitor", "--from", "2018-01", "--to", "2022-05", "--json")
    return dict(json.loads(said))


def test_one_command_trains_replays_and_looks_at_every_round(watched: dict[str, Any]) -> None:
    assert watched["rounds"] == 86
    assert watched["trained_now"] is True
    assert watched["trained_through"] == "2017-20"
    assert watched["lacking"] == []


@pytest.mark.parametrize("season", ["2018", "2019", "2020", "2021"])
def test_a_season_without_a_reset_has_one_sustained_alert_at_most(
    watched: dict[str, Any], season: str
) -> None:
    begun = [each for each in watched["alerts"]
             if each["weekend"][:4] == season and each["rule"].startswith(SUSTAINED)]  # fmt: skip
    assert len(begun) <= 1, begun


def test_the_reset_of_2022_is_marked_by_its_fifth_round(watched: dict[str, Any]) -> None:
    marked = [each for each in watched["alerts"] if each["weekend"][:4] == "2022"]
    assert any(each["rule"] == "new_conditions.regulations" for each in marked)
    assert min(each["weekend"] for each in marked) <= "2022-05"


def test_the_history_shows_both(desk: Desk, watched: dict[str, Any]) -> None:
    assert watched["alerts"]
    said = desk.run("run", "season_history", "--weekend", "2022-05")
    report = Path(said.split("Report: ")[1].strip()).with_name("results.json")
    results = json.loads(report.read_text(encoding="utf-8"))
    conclusion = results["sentences"][-1]
    assert "The reset of 2022 was first marked after 2022-01" in conclusion
    told = {metric["name"]: metric["value"] for metric in results["metrics"]}
    assert told["alerts"] == len(watched["alerts"])


def decisions_of_2025(home: Path, archive: Path, known_through: str) -> list[dict[str, str]]:
    """What `triggered` decides after each round of 2025 up to one, in a home of its own."""
    desk = Desk(home, archive)
    desk.environment["F1LIB_KNOWN_THROUGH"] = known_through
    said = desk.run(
        "replay", "--season", "2025", "--policy", "triggered", "--json", "--reports", "none"
    )
    return list(json.loads(said)["decisions"])


def test_a_season_replayed_twice_is_decided_the_same_whatever_came_later(
    tmp_path: Path, f1db_archive: Path
) -> None:
    """Not to its end, which takes three minutes: benchmarks/README.md says what that came to."""
    longer = decisions_of_2025(tmp_path / "longer", f1db_archive, "2025-06")
    assert [each["weekend"] for each in longer] == [f"2025-{n:02d}" for n in range(1, 7)]
    assert decisions_of_2025(tmp_path / "begun", f1db_archive, "2025-04") == longer[:4]
