"""Plausibility: is a forecast too good to be true?

Formula 1 keeps a share of chance that nobody who sees only the past removes. A score beyond it has
seen the result: standings after the race, points of the same race, rows ordered by finish.
"""

from dataclasses import dataclass

import pandas as pd

from f1lib.scoring.scores import METRICS
from f1lib.weekend import Cutoff


@dataclass(frozen=True, slots=True)
class Limit:
    """What an honest forecast does not pass over at least `n_races` races."""

    metric: str
    value: float
    n_races: int


# The best that the champion's recipe reached honestly in consecutive races of 2014-2025, among them
# a season with one dominant car: concordance .973 over 48; log loss .79 over 48 and .98 over 72.
# Over 24 races a dominant car passes all of them (2015, 2023).
LIMITS = (
    Limit("winner_concordance", 0.975, 48),
    Limit("winner_log_loss", 0.60, 48),
    Limit("winner_log_loss", 0.85, 72),
)


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
    """Every model that is too good before the race, over all its races; a metric at most once.

    `scores` is long: weekend, cutoff, model, metric, value. LIMITS are those of Formula 1. They
    do not hold for the simulated world, whose dominant cars are more dominant (measured: seed 3 has
    48 races in which an honest model reaches .981 and .82).
    """
    before_race = scores[scores["cutoff"] == Cutoff.BEFORE_RACE]
    found = []
    for (model, metric), group in before_race.groupby(["model", "metric"], sort=True):
        value, n = float(group["value"].mean()), len(group)
        for limit in LIMITS:
            if limit.metric != metric or n < limit.n_races:
                continue
            if value > limit.value if METRICS[metric].higher_is_better else value < limit.value:
                found.append(LeakSuspicion(str(model), str(metric), value, limit.value, n))
                break
    return tuple(found)
