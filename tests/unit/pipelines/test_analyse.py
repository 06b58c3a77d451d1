"""What lies behind a review: on a season of a simulated world, and on two rounds."""

import numpy as np
import pytest

from f1lib.monitoring import anomalies, healthy
from f1lib.pipelines import analyse


def test_two_rounds_are_enough_for_nothing_and_no_reason_to_fail(home, rows) -> None:
    before = rows(home.settings)
    found = analyse.analyse(home.weekends[1], home.settings, now=home.now, dry_run=True)
    assert rows(home.settings) == before
    assert found.moved.verdict == "insufficient"
    assert all(frame.empty for frame in found.alarms.values())
    assert found.trends["slope"].isna().all() and found.slices["error"].isna().all()
    assert len(found.surprising) == 2 and len(found.cusum) == 2


@pytest.mark.slow
def test_a_season_has_all_of_it(season) -> None:
    found = analyse.analyse(season.weekend, season.settings, now=season.now, dry_run=True)
    review = found.review
    n = len(review.season.window.weekends)
    assert len(found.past.weekends) == n >= healthy.MINIMUM_RACES
    assert list(found.alarms) == ["default", "brief"]
    default, brief = (
        frame.set_index("rule")["alert"][healthy.TOGETHER] for frame in found.alarms.values()
    )
    assert default < 0.1
    assert brief > 0.5
    assert found.trends["metric"].tolist() == list(analyse.TRENDS)
    assert found.trends["slope"].notna().all() and (found.trends["n"] == n).all()
    assert found.moved.verdict in {"qualifying", "race", "both", "neither"}
    assert len(found.surprising) == n and found.surprising["p"].between(0, 1).all()
    assert found.surprising["p_baseline"].notna().all()
    assert (found.surprising["surprising"] == (found.surprising["p"] <= anomalies.LEVEL)).all()
    cusum = next(each for each in review.findings if each.rule == "performance.cusum")
    assert found.cusum["value"].iloc[-1] == pytest.approx(cusum.value)
    judged = found.slices[found.slices["n"] >= 8]
    assert len(judged) and np.isfinite(judged["error"]).all()
    assert set(found.slices["kind"]) == {"circuit_type", "team", "driver"}
