"""Which stage moved: the one that did, and none by chance."""

import numpy as np
import pandas as pd
import pytest

from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.models import baselines
from f1lib.monitoring import moved
from f1lib.monitoring.windows import Window
from f1lib.weekend import RaceWeekend, Stage

WEEKENDS = tuple(RaceWeekend(season, number) for season in (2030, 2031) for number in range(1, 25))
LATEST = Window("last 8 rounds", WEEKENDS[-8:])


def scores(seed: int, n: int = 48, **worse: float) -> pd.DataFrame:
    """Two seasons; the named stage loses so much in the latest eight races."""
    rng = np.random.default_rng(seed)
    rows = []
    for stage, metric in moved.JUDGED_BY.items():
        cutoff = HEADLINE_CUTOFF[stage]
        base, gain, noise = (0.80, 0.04, 0.05) if stage is Stage.QUALIFYING else (0.12, -0.01, 0.01)
        baseline = rng.normal(base, noise, n)
        model = baseline + gain + rng.normal(0, abs(gain), n)
        model[-8:] += np.sign(-gain) * worse.get(stage.value, 0.0)
        for name, values in (
            ("two_stage", model),
            (str(baselines.for_metric(metric, cutoff)), baseline),
        ):
            rows += [
                (str(weekend), stage.value, cutoff.value, name, metric, value)
                for weekend, value in zip(WEEKENDS[-n:], values, strict=True)
            ]
    columns = ["weekend", "stage", "cutoff", "model", "metric", "value"]
    return pd.DataFrame(rows, columns=columns)


@pytest.mark.parametrize(
    ("worse", "verdict"),
    [
        ({}, "neither"),
        ({"qualifying": 0.1}, "qualifying"),
        ({"race": 0.03}, "race"),
        ({"qualifying": 0.1, "race": 0.03}, "both"),
    ],
)
def test_the_stage_that_moved_is_named(worse: dict[str, float], verdict: str) -> None:
    found = moved.moved(scores(3, **worse), LATEST, "two_stage")
    assert found.verdict == verdict
    rows = found.stages.set_index("stage")
    for stage in Stage:  # what changed is the champion: its baseline is the same noise throughout
        change = abs(rows["score"] - rows["score_before"])[stage.value]
        still = abs(rows["baseline"] - rows["baseline_before"])[stage.value]
        assert change > still or stage.value not in worse
    assert found.stages["n"].tolist() == [8, 8] and found.stages["n_before"].tolist() == [40, 40]
    for stage in worse:
        change = found.stages.set_index("stage")["change"][stage]
        assert change < 0


def test_without_enough_rounds_before_there_is_no_verdict() -> None:
    found = moved.moved(scores(3, n=15, race=0.05), LATEST, "two_stage")
    assert found.verdict == "insufficient"
    assert found.stages["p"].isna().all() and found.stages["n_before"].tolist() == [7, 7]


def test_an_empty_window_is_no_verdict() -> None:
    found = moved.moved(scores(3), Window("last 8 rounds", ()), "two_stage")
    assert found.verdict == "insufficient"


def test_without_scores_there_is_no_verdict() -> None:
    assert moved.moved(scores(3).head(0), LATEST, "two_stage").verdict == "insufficient"


def test_rounds_after_the_window_are_not_looked_at() -> None:
    earlier = Window("last 8 rounds", WEEKENDS[20:28])
    one = moved.moved(scores(3), earlier, "two_stage").stages
    other = moved.moved(scores(3, qualifying=0.3), earlier, "two_stage").stages
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.slow
def test_nothing_that_moved_is_seldom_said_to_have() -> None:
    verdicts = [moved.moved(scores(seed), LATEST, "two_stage").verdict for seed in range(300)]
    assert np.mean([verdict != "neither" for verdict in verdicts]) <= 0.08
