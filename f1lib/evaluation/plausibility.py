"""Plausibility: is a forecast too good to be true?

Formula 1 keeps a share of chance that nobody who sees only the past removes. A score beyond it has
seen the result: standings after the race, points of the same race, rows ordered by finish.
"""

from dataclasses import dataclass

import pandas as pd

from f1lib.scoring.scores import METRICS
from f1lib.weekend import Cutoff

MINIMUM_RACES = 48  # over 24 races a dominant car has passed both limits: 2015, 2023

# best of any 48 races of 2014-2025, of an honest model: .973 and .98
LIMITS = {"winner_concordance": 0.975, "winner_log_loss": 0.85}


@dataclass(frozen=True, slots=True)
class LeakSuspicion:
    """A score that an honest forecast does not reach: what it was, over how many races."""

    model: str
    metric: str
    value: float
    limit: float
    n_races: int

    def __str__(self) -> str:
        return (
            f"Leak suspected: {self.model} has a {self.metric} of {self.value:.3f} before the race "
            f"over {self.n_races} races, and no honest forecast passes {self.limit:g}. Look for a "
            "feature that knows the result."
        )


def suspicions(scores: pd.DataFrame) -> tuple[LeakSuspicion, ...]:
    """Every model that is too good before the race, over all its races, at least MINIMUM_RACES.

    `scores` is long: weekend, cutoff, model, metric, value. The limits are those of Formula 1. They
    do not hold for the simulated world, whose dominant cars are more dominant (measured: seed 3 has
    48 races in which an honest model reaches .981 and .82).
    """
    before_race = scores[scores["cutoff"] == Cutoff.BEFORE_RACE]
    found = []
    for (model, metric), group in before_race.groupby(["model", "metric"], sort=True):
        if metric not in LIMITS or len(group) < MINIMUM_RACES:
            continue
        value, limit = float(group["value"].mean()), LIMITS[metric]
        if value > limit if METRICS[metric].higher_is_better else value < limit:
            found.append(LeakSuspicion(str(model), str(metric), value, limit, len(group)))
    return tuple(found)
