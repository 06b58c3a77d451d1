"""Evidence with chosen gains."""

from collections.abc import Callable

import numpy as np
import pytest

from f1lib.decisions.promotion.evidence import Evidence
from f1lib.predictions import FloatArray

Build = Callable[..., Evidence]


@pytest.fixture
def a_comparison() -> Build:
    """Builds evidence of `n` races: by how much the challenger is better in each, alternating a
    little around it. Champion: log loss 1.1, RPS .11, gap .33; baselines 1.3, .12, .38."""

    def build(
        n: int = 48,
        *,
        loss: float | FloatArray = 0.0,
        rps: float = 0.0,
        gap: float = 0.0,
        hit: float = 0.0,
        spread: float = 1.0,
    ) -> Evidence:
        around = spread * np.where(np.arange(n) % 2, 0.1, -0.1)
        champion = {"winner_log_loss": 1.1, "rps": 0.11, "gap_mae_pct": 0.33, "winner_hit": 0.5}
        better = {
            "winner_log_loss": -(loss + around),
            "rps": -(rps + around / 100),
            "gap_mae_pct": -(gap + around / 10),
            "winner_hit": hit + np.zeros(n),
        }
        levels = {"winner_log_loss": 1.3, "rps": 0.12, "gap_mae_pct": 0.38}
        return Evidence(
            tuple(f"2031-{race + 1:02d}" for race in range(n)),
            {name: np.full(n, level) for name, level in champion.items()},
            {name: champion[name] + better[name] for name in champion},
            {name: np.full(n, level) for name, level in levels.items()},
        )

    return build
