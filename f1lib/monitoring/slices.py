"""Slices: where the champion is good and where it is not - by driver, team, type of circuit.

In:   entries of settled races: where each was expected to finish, where it did.
Out:  per slice how far off the champion was, in which direction, beside the baseline, with n.
Knows nothing of: models, the store, charts.
"""

import numpy as np
import pandas as pd

from f1lib.scoring import summary

MINIMUM = 8  # races of a slice; fewer say nothing about it
KINDS = ("circuit_type", "team", "driver")
COLUMNS = (
    "kind", "name", "n", "error", "low", "high", "baseline", "gain", "gain_low", "gain_high",
    "behind",
)  # fmt: skip


def of_entries(entries: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS, a row per slice: circuit types, then teams, then drivers, the most seen first.

    `entries` has a row per car of a race: weekend, driver, team, circuit_type, expected, place, and
    `baseline`, where the frozen baseline expected it. `error` is the mean distance of expected and
    actual place over `n` races with its 95 % interval, `baseline` that of the baseline, `gain` how
    much closer the champion was, `behind` by how many places cars finished behind the forecast.
    A team is both its cars, averaged race by race. All figures are missing below MINIMUM races:
    too few.
    """
    cars = entries.assign(
        error=(entries["place"] - entries["expected"]).abs(),
        baseline=(entries["place"] - entries["baseline"]).abs(),
        behind=entries["place"] - entries["expected"],
    )
    columns = ["error", "baseline", "behind"]
    found = []
    for kind in KINDS:
        by_race = cars.groupby([kind, "weekend"])[columns].mean().dropna()
        rows = [_row(kind, str(name), races) for name, races in by_race.groupby(level=0)]
        frame = pd.DataFrame(rows, columns=list(COLUMNS))
        found.append(frame.sort_values(["n", "name"], ascending=[False, True]))
    return pd.concat(found, ignore_index=True)


def _row(kind: str, name: str, races: pd.DataFrame) -> tuple[str | int | float, ...]:
    n = len(races)
    if n < MINIMUM:
        return kind, name, n, *(np.nan,) * 8
    error, baseline = (races[column].to_numpy(dtype=float) for column in ("error", "baseline"))
    gain = baseline - error
    return (
        kind, name, n, error.mean(), *summary.bootstrap_interval(error), baseline.mean(),
        gain.mean(), *summary.bootstrap_interval(gain), float(races["behind"].mean()),
    )  # fmt: skip
