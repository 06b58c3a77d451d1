import numpy as np
import pandas as pd
import pytest

from f1lib.monitoring import performance, windows
from f1lib.weekend import RaceWeekend

WEEKENDS = [RaceWeekend(2031, n) for n in range(1, 11)]
WINDOW = windows.ending_with(WEEKENDS[-1], WEEKENDS)


def scores(metric: str, cutoff: str, stage: str, **models: float) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (str(weekend), stage, cutoff, model, metric, value + 0.01 * weekend.round)
            for model, value in models.items()
            for weekend in WEEKENDS
        ],
        columns=["weekend", "stage", "cutoff", "model", "metric", "value"],
    )


def test_skill_is_measured_on_the_rounds_of_the_window_against_the_right_baseline() -> None:
    said = scores("winner_log_loss", "before_race", "race", two_stage=0.9, grid_gap_logit=1.2,
                  form_logit=0.1)  # fmt: skip
    row = performance.measured(said, WINDOW, "two_stage").row("winner_log_loss")
    assert row is not None
    assert row["n_races"] == 8
    assert row["baseline"] == "grid_gap_logit"
    mean = np.mean([0.01 * n for n in range(3, 11)])
    assert row["skill"] == pytest.approx(1 - (0.9 + mean) / (1.2 + mean))
    assert row["skill_low"] < row["skill"] < row["skill_high"]


def test_without_a_baseline_on_the_same_rounds_there_is_a_score_and_no_skill() -> None:
    said = scores("winner_log_loss", "before_race", "race", two_stage=0.9)
    row = performance.measured(said, WINDOW, "two_stage").row("winner_log_loss")
    assert row is not None
    assert np.isfinite(row["value"])
    assert np.isnan(row["skill"])


def test_the_skill_index_needs_all_its_parts() -> None:
    race = [
        scores("winner_log_loss", "before_race", "race", two_stage=0.9, grid_gap_logit=1.2),
        scores("rps", "before_race", "race", two_stage=0.1, grid_slot_frequency=0.12),
    ]
    gap = scores("gap_mae_pct", "before_qualifying", "qualifying", two_stage=0.3,
                 recent_qualifying=0.4)  # fmt: skip
    whole = performance.measured(pd.concat([*race, gap]), WINDOW, "two_stage")
    parts = [whole.row(name) for name in ("winner_log_loss", "rps", "gap_mae_pct")]
    skills = [row["skill"] for row in parts if row is not None]
    assert whole.skill_index[0] == pytest.approx(np.dot([0.4, 0.3, 0.3], skills))
    assert whole.skill_index[1] < whole.skill_index[0] < whole.skill_index[2]
    without = performance.measured(pd.concat(race), WINDOW, "two_stage")
    assert np.isnan(without.skill_index).all()
