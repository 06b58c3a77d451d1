"""How were the constants of the champion's recipe chosen? Each is changed, one at a time.

    F1LIB_F1DB=/path/to/f1db-csv.zip .venv/bin/python benchmarks/choose_recipe.py

Each recipe is refit before each round of 2014-2021, forecasts it and is scored; later rounds are
refused by the code (f1lib/evaluation/selection.py). Printed is what each gains on the recipe as it
is, race by race, in the score that its constant is about. A constant would be changed only for a
recipe that is better; where none is, it stays, and nothing rests on its exact value.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import joblib
import pandas as pd

from f1lib import settings as configuration
from f1lib.evaluation import selection
from f1lib.models import candidates
from f1lib.models.two_stage import Recipe
from f1lib.pipelines import ingest
from f1lib.pipelines import recipe as recipes
from f1lib.tables.history import History
from f1lib.weekend import Cutoff, RaceWeekend

FIRST_SEASON = 2014
NOW = "now"
RACE = (Cutoff.BEFORE_RACE, ("winner_log_loss", "rps"))
QUALIFYING = (Cutoff.BEFORE_QUALIFYING, ("pole_log_loss", "gap_mae_pct"))
# constant: other values, the cutoff and the scores it is about
GRID: dict[str, tuple[tuple[float, ...], tuple[Cutoff, tuple[str, ...]]]] = {
    "race_l2": ((50.0, 200.0), RACE),
    "race_half_life": ((60.0, 240.0), RACE),
    "qualifying_l2": ((40.0, 160.0), QUALIFYING),
    "qualifying_half_life": ((15.0, 60.0), QUALIFYING),
    "scatter_half_life": ((30.0, 120.0), QUALIFYING),
}
COLUMNS = ["metric", "value", "gain", "low", "high", "p", "verdict"]


def grid(recipe: Recipe) -> Iterator[tuple[str, Cutoff, Recipe]]:
    """Name, cutoff and recipe of all that is tried; the recipe as it is at both cutoffs."""
    for cutoff in (Cutoff.BEFORE_RACE, Cutoff.BEFORE_QUALIFYING):
        yield NOW, cutoff, recipe
    for constant, (values, (cutoff, _)) in GRID.items():
        for value in values:
            changed: dict[str, Any] = {constant: value}
            yield f"{constant} {value:g}", cutoff, replace(recipe, **changed)


def scored(
    history: History, name: str, cutoff: Cutoff, recipe: Recipe, weekends: list[RaceWeekend]
) -> pd.DataFrame:
    """The scores of one recipe, by the only code that may choose."""
    return selection.scored(history, {name: candidates.two_stage(recipe)}, weekends, [cutoff])


def table(scores: pd.DataFrame) -> pd.DataFrame:
    """A row per recipe and score: its mean, and what it gains on the recipe as it is."""
    rows = []
    for constant, (_, (cutoff, metrics)) in GRID.items():
        mine = scores[scores["model"].str.startswith((f"{constant} ", NOW))]
        for metric in metrics:
            gains = selection.gains(mine, NOW, metric, cutoff)
            best = selection.chosen(gains, NOW)
            for name, each in gains.items():
                value, gain, low, high, p = (
                    round(number, 4)
                    for number in (each.first_value, each.difference, each.low, each.high,
                                   each.p_value_better)
                )  # fmt: skip
                verdict = "chosen" if name == best else each.verdict.value
                rows.append((name, metric, value, gain, low, high, p, verdict))
    return pd.DataFrame(rows, columns=["recipe", *COLUMNS])


def main() -> None:
    """Try, compare and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("--every", type=int, default=1, help="use every N-th round only")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    settings = configuration.read()
    history = ingest.known_or_imported(settings, now=configuration.moment())
    visible = selection.visible(history)
    weekends = [each for each in visible.completed() if each.season >= FIRST_SEASON][:: asked.every]
    found = joblib.Parallel(n_jobs=asked.workers)(
        joblib.delayed(scored)(visible, name, cutoff, recipe, weekends)
        for name, cutoff, recipe in grid(recipes.recipe(settings))
    )
    scores = pd.concat(found, ignore_index=True)
    means = scores[scores["model"] == NOW].groupby(["cutoff", "metric"])["value"].mean()
    print(f"{len(weekends)} rounds, {weekends[0]} to {weekends[-1]}. The recipe as it is:")
    for cutoff, metrics in (RACE, QUALIFYING):
        for metric in metrics:
            print(f"  {cutoff.value:18} {metric:16} {means[cutoff.value, metric]:.4f}")
    print("\nOne constant changed; a gain is positive where the change is better.")
    print(table(scores).to_string(index=False))


if __name__ == "__main__":
    main()
