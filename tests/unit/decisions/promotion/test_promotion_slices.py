"""Where a challenger gained and lost."""

import math

import pandas as pd
import pytest

from f1lib.decisions.promotion import slices

WEEKENDS = [f"2031-{number:02d}" for number in range(1, 11)]
RACES = pd.DataFrame(
    {
        "weekend": WEEKENDS,
        "name": [f"Race {number}" for number in range(1, 11)],
        "circuit_type": ["street"] * 4 + ["permanent"] * 6,
        "format": ["standard"] * 8 + ["sprint_before_qualifying"] * 2,
    }
)
# eight teams by form, one car each; the last one is not forecast by anybody
TEAMS = [f"team-{place}" for place in range(1, 9)]


def scores() -> pd.DataFrame:
    """The challenger gains .1 nats on streets, loses .2 elsewhere, a little more race by race."""
    rows = []
    for number, weekend in enumerate(WEEKENDS):
        gain = (0.1 if number < 4 else -0.2) + 0.001 * number
        rows += [(weekend, "champion", 1.0), (weekend, "challenger", 1.0 - gain)]
    frame = pd.DataFrame(rows, columns=["weekend", "model", "value"])
    return frame.assign(metric="winner_log_loss", cutoff="before_race")


def said() -> pd.DataFrame:
    rows = []
    for weekend in WEEKENDS:
        for place, team in enumerate(TEAMS, start=1):
            for model in ("champion", "challenger", "recent_qualifying"):
                top = 1.0 if model != "challenger" else 0.5  # all finish in the points
                gap = 0.1 * (model == "champion")
                rows += [
                    (weekend, stage, cutoff, model, f"driver-{place}", team, place,
                     0.5 if model == "challenger" else 0.25, top, gap, place, 0.0)
                    for stage, cutoff in (
                        ("race", "before_race"), ("qualifying", "before_qualifying"),
                    )
                ]  # fmt: skip
    return pd.DataFrame(
        rows,
        columns=["weekend", "stage", "cutoff", "model", "driver", "constructor",
                 "expected_position", "p_first", "p_top10", "gap_pct", "position",
                 "actual_gap_pct"],
    )  # fmt: skip


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return slices.table(scores(), said(), RACES, resets=[2031]).set_index(["slice", "metric"])


def test_races_are_sliced_by_circuit_format_and_regulations(table: pd.DataFrame) -> None:
    of_races = table.xs("winner_log_loss", level="metric")
    assert of_races["n"].to_dict() == {
        "permanent circuits": 6, "street circuits": 4, "sprint weekends": 2, "other weekends": 8,
    }  # fmt: skip
    assert of_races.loc["street circuits", "gain"] == pytest.approx(0.1 + 0.001 * 1.5)
    assert of_races.loc["permanent circuits", "high"] < 0
    assert math.isnan(of_races.loc["street circuits", "low"])  # below five races


def test_what_all_races_are_is_no_slice_of_them() -> None:
    def kinds(resets: list[int]) -> set[str]:
        return set(slices.table(scores(), said(), RACES, resets=resets)["slice"])

    for resets in ([2031], []):
        assert not kinds(resets) & {"new regulations", "other seasons"}
    one_kind = RACES.assign(circuit_type="street")
    assert "street circuits" not in set(slices.table(scores(), said(), one_kind, [])["slice"])


def test_teams_are_sliced_by_the_form_known_before_the_race(table: pd.DataFrame) -> None:
    for group in ("top", "midfield", "other"):
        points, gap = (table.loc[(f"{group} teams", metric)]
                       for metric in ("points_brier", "gap_mae_pct"))  # fmt: skip
        assert points["n"] == gap["n"] == 10
        assert points["gain"] == pytest.approx(-0.25)  # (1 - .5)^2 where the champion has none
        assert gap["gain"] == pytest.approx(0.1)


def test_the_races_that_decided_come_first_with_what_each_gave_the_winner() -> None:
    frame = said()
    key = (frame["weekend"] == "2031-05") & (frame["model"] == "challenger")
    frame.loc[key, "p_first"] = 0.01
    drivers = pd.DataFrame({"driver": ["driver-1"], "name": ["Ada One"]})
    found = slices.deciders(frame, RACES, drivers, n=3)
    first = found.iloc[0]
    assert (first["race"], first["winner"], first["p_champion"]) == ("Race 5", "Ada One", 0.25)
    assert first["gain"] == pytest.approx(math.log(0.01 / 0.25))
    assert len(found) == 3
    assert found.loc[1, "gain"] == pytest.approx(math.log(2))


def test_without_a_race_there_is_nothing_to_slice() -> None:
    empty = slices.table(scores().head(0), said().head(0), RACES, resets=[])
    assert list(empty.columns) == list(slices.COLUMNS)
    assert empty.empty
    drivers = pd.DataFrame({"driver": ["x"], "name": ["X"]})
    assert slices.deciders(said().head(0), RACES, drivers).empty
