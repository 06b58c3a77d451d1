"""How long does an honest backtest take? The champion beside other models, on the same rounds.

    F1LIB_F1DB=/path/to/f1db-csv.zip OMP_NUM_THREADS=1 .venv/bin/python benchmarks/backtest.py

Every model is refit before each round and asked about it, in the same run and on as many processes.
LightGBM takes part where it can be imported (benchmarks/README.md says how); the project does not
need it. Seconds on a shared machine scatter by a half; ratios of one run scatter less.
"""

import argparse
import os
import time
from collections.abc import Callable
from importlib import util
from typing import Any

import joblib
import numpy as np
import pandas as pd

from f1lib import settings as configuration
from f1lib.evaluation import backtest
from f1lib.evaluation.origins import Origin, origins
from f1lib.features.rounds import FloatArray, IntArray
from f1lib.models import boosting
from f1lib.models.contract import Training, in_actual_order
from f1lib.models.two_stage import Recipe, TwoStage
from f1lib.pipelines import ingest
from f1lib.pipelines import recipe as recipes
from f1lib.weekend import Cutoff, RaceWeekend

Work = Callable[[Origin, Cutoff, Recipe], object]
PIECES = 12  # more than there are processes, so that all end at about the same time


def forecast(origin: Origin, cutoff: Cutoff, recipe: Recipe) -> object:
    """The champion: refit, then all probabilities of the round."""
    return TwoStage(recipe).fit(origin.training).forecast(origin.fields[cutoff])


def scored(origin: Origin, cutoff: Cutoff, recipe: Recipe) -> object:
    """The champion: refit, forecast, and every score of the round."""
    del cutoff
    return backtest.of_round(origin, [TwoStage(recipe).fit(origin.training)])


def lambdarank(origin: Origin, cutoff: Cutoff, recipe: Recipe) -> object:
    """LightGBM's ranker: refit on the feature table, then one score per car."""
    del recipe
    import lightgbm

    x, race, place = _learnt_from(origin, cutoff)
    n = np.bincount(race)
    ranker = lightgbm.LGBMRanker(
        objective="lambdarank", n_estimators=100, num_leaves=15, n_jobs=1, verbose=-1
    )
    ranker.fit(x, n[race] - place, group=n)
    return ranker.predict(_asked_about(origin, cutoff))


def logistic(origin: Origin, cutoff: Cutoff, recipe: Recipe) -> object:
    """scikit-learn's logistic regression of "has won": refit, then one probability per car."""
    del recipe
    from sklearn.linear_model import LogisticRegression

    x, _, place = _learnt_from(origin, cutoff)
    x = np.nan_to_num(x)
    mean, scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
    winner = LogisticRegression(max_iter=1_000).fit((x - mean) / scale, place == 1)
    asked = np.nan_to_num(_asked_about(origin, cutoff))
    return winner.predict_proba((asked - mean) / scale)[:, 1]


def _learnt_from(origin: Origin, cutoff: Cutoff) -> tuple[FloatArray, IntArray, IntArray]:
    """Feature columns of past starters, the number of their race, their place in it."""
    rows, race = in_actual_order(origin.training.features[cutoff], origin.training.race)
    return (
        boosting.columns(rows, cutoff),
        race,
        np.arange(len(race)) - np.searchsorted(race, race) + 1,
    )


def _asked_about(origin: Origin, cutoff: Cutoff) -> FloatArray:
    return boosting.columns(origin.fields[cutoff].rows, cutoff)


WORK: dict[str, Work] = {
    "two_stage, forecasts": forecast,
    "two_stage, forecasts and scores": scored,
    "LightGBM lambdarank, 100 trees": lambdarank,
    "logistic regression": logistic,
}


def piece(
    work: Work, material: Training, weekends: list[RaceWeekend], cutoff: Cutoff, recipe: Recipe
) -> float:
    """Do the work for some rounds; CPU seconds it took."""
    started = time.process_time()
    for origin in origins(material, weekends, [cutoff]):
        work(origin, cutoff, recipe)
    return time.process_time() - started


def timed(
    work: Work,
    material: Training,
    weekends: list[RaceWeekend],
    cutoff: Cutoff,
    recipe: Recipe,
    processes: joblib.Parallel,
) -> tuple[float, float]:
    """Wall and CPU seconds of all rounds; imports have been paid for by a first round."""
    ask = joblib.delayed(piece)
    processes(ask(work, material, weekends[:1], cutoff, recipe) for _ in range(processes.n_jobs))
    parts = [part.tolist() for part in np.array_split(np.array(weekends, dtype=object), PIECES)]
    started, own = time.perf_counter(), time.process_time()
    cpu = processes(ask(work, material, part, cutoff, recipe) for part in parts if part)
    return time.perf_counter() - started, sum(cpu) + time.process_time() - own


def one_weekend(
    material: Training, weekend: RaceWeekend, cutoff: Cutoff, recipe: Recipe
) -> tuple[float, float]:
    """Wall and CPU seconds of one refit with one forecast, the best of three."""
    found = []
    for _ in range(3):
        started, own = time.perf_counter(), time.process_time()
        piece(forecast, material, [weekend], cutoff, recipe)
        found.append((time.perf_counter() - started, time.process_time() - own))
    return min(found)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("--cutoff", type=Cutoff, default=Cutoff.BEFORE_RACE, choices=list(Cutoff))
    parser.add_argument("--seasons", type=int, nargs=2, default=(2014, 2025))
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    settings = configuration.read()
    recipe = recipes.recipe(settings)
    history = ingest.known_or_imported(settings, now=configuration.moment())
    first, last = asked.seasons
    weekends = [each for each in history.completed() if first <= each.season <= last]
    started, own = time.perf_counter(), time.process_time()
    material = Training.from_history(history, recipe.features)
    rows: list[tuple[Any, ...]] = [
        ("feature tables, all cutoffs", time.perf_counter() - started, time.process_time() - own),
        ("one weekend: refit, forecast", *one_weekend(
            material, weekends[-1], asked.cutoff, recipe)),
    ]  # fmt: skip
    if util.find_spec("lightgbm") is None:
        print("LightGBM is not here: left out.")
        del WORK["LightGBM lambdarank, 100 trees"]
    with joblib.Parallel(n_jobs=asked.workers) as processes:
        for name, work in WORK.items():
            seconds = timed(work, material, weekends, asked.cutoff, recipe, processes)
            rows.append((f"{len(weekends)} rounds: {name}", *seconds))
    table = pd.DataFrame(rows, columns=["what", "wall_s", "cpu_s"])
    champion = table.loc[table["what"].str.endswith("two_stage, forecasts"), "wall_s"].iloc[0]
    table["wall / champion's"] = table["wall_s"] / champion
    print(table.round(2).to_string(index=False))
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(
        f"{asked.cutoff}, {asked.workers} processes, {os.cpu_count()} cores, load averages {load}."
    )


if __name__ == "__main__":
    main()
