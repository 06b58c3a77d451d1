"""Windows and what was measured over them, for tests of reports."""

from typing import Any

import pandas as pd

from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.monitoring import performance
from f1lib.monitoring.performance import Measured
from f1lib.monitoring.windows import Window
from f1lib.scoring.scores import METRICS
from f1lib.weekend import RaceWeekend


def window(n: int, name: str = "last 8 rounds") -> Window:
    """A window of `n` rounds of 2025."""
    return Window(name, tuple(RaceWeekend(2025, number) for number in range(1, n + 1)))


def score_row(metric: str = "winner_log_loss", **changed: Any) -> dict[str, Any]:
    """One row of performance.COLUMNS: skill a fifth, on eight races."""
    stage = METRICS[metric].stage
    row: dict[str, Any] = {
        "metric": metric, "stage": stage.value,
        "cutoff": HEADLINE_CUTOFF[stage].value, "value": 1.2, "low": 1.0, "high": 1.4,
        "n_races": 8, "baseline": "grid_gap_logit", "baseline_value": 1.5, "skill": 0.2,
        "skill_low": 0.05, "skill_high": 0.35, "p_value": 0.02,
    }  # fmt: skip
    assert not set(changed) - set(row)
    return {**row, **changed}


def measured_over(
    rounds: int, *rows: dict[str, Any], index: tuple[float, float, float] = (0.1, 0.02, 0.18)
) -> Measured:
    """What a window of that many rounds came to."""
    frame = pd.DataFrame(list(rows), columns=list(performance.COLUMNS))
    return Measured(window(rounds), frame, index)
