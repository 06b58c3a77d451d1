"""Circuits: who is better here than elsewhere, and how much the grid decides here."""

import numpy as np
import pandas as pd

from f1lib.features import rounds
from f1lib.features.rounds import Axis, FloatArray
from f1lib.tables.history import History
from f1lib.tables.sessions import CLASSIFIED

CIRCUIT = (
    "circuit_pace_driver",
    "circuit_pace_lineage",
    "circuit_stickiness",
)
VISITS = 4  # qualifyings of a driver or lineage here that are remembered
VISITS_PRIOR = 2.0  # visits that "no better here than elsewhere" is worth
LARGEST_SURPRISE_PCT = 1.0
RACES_HERE = 6
RACES_ANYWHERE = 60
RACES_PRIOR = 3.0  # races that "as sticky as elsewhere" is worth


def columns(
    history: History, entries: pd.DataFrame, shown: pd.DataFrame, surprise: FloatArray
) -> dict[str, FloatArray]:
    """CIRCUIT of each entry, as it stood before its round.

    `circuit_pace_*`: mean surprise in qualifyings at this circuit, % of a lap, drawn towards 0;
    `shown` (weekend, driver, lineage) and `surprise` say what qualifyings showed beyond what was
    expected. `circuit_stickiness`: rank correlation of grid and finish here minus that of all
    recent races.
    """
    races = history["races"]
    circuits = races.set_index("weekend")["circuit"]
    axis = Axis(races["weekend"].to_numpy(dtype=object))
    clipped = np.clip(surprise, -LARGEST_SURPRISE_PCT, LARGEST_SURPRISE_PCT)
    found: dict[str, FloatArray] = {}
    for name in ("driver", "lineage"):
        keys = [frame[name] + "|" + frame["weekend"].map(circuits) for frame in (shown, entries)]
        names = Axis.of(*keys)
        total, count = rounds.sum_of_last(
            axis.places(shown["weekend"]),
            names.places(keys[0]),
            clipped,
            axis.places(entries["weekend"]),
            names.places(keys[1]),
            n=VISITS,
        )
        found[f"circuit_pace_{name}"] = rounds.shrunk(total, count, 0.0, VISITS_PRIOR)
    sticky = _stickiness(history)
    stickiness = entries["weekend"].map(sticky).to_numpy(dtype=float)
    found["circuit_stickiness"] = np.asarray(stickiness, dtype=np.float64)
    return found


def _stickiness(history: History) -> "pd.Series[float]":
    """For each weekend of the calendar, from the races before it; 0 without any."""
    correlation = _grid_and_finish(history)
    raced = correlation.index.to_numpy(dtype=object)
    races = history["races"]
    circuits = races.set_index("weekend")["circuit"]
    here = circuits[raced].to_numpy(dtype=object)
    values = correlation.to_numpy(dtype=float)
    found = {}
    for weekend, circuit in zip(races["weekend"], races["circuit"], strict=True):
        n = int(np.searchsorted(raced, weekend))
        general = values[max(n - RACES_ANYWHERE, 0) : n].mean() if n else 0.0
        mine = values[:n][here[:n] == circuit][-RACES_HERE:]
        found[weekend] = (mine - general).sum() / (len(mine) + RACES_PRIOR)
    return pd.Series(found, dtype=float)


def _grid_and_finish(history: History) -> "pd.Series[float]":
    """Rank correlation of start and finish among the classified, per race, in order."""
    finished = history["results"]
    finished = finished[finished["status"] == CLASSIFIED].drop_duplicates(["weekend", "driver"])
    grid = history["grid"][["weekend", "driver", "start_order"]]
    both = finished.merge(grid.drop_duplicates(["weekend", "driver"]), on=["weekend", "driver"])
    ranks = both.groupby("weekend")[["start_order", "finish_order"]].rank()
    ranks = ranks - ranks.groupby(both["weekend"]).transform("mean")
    products = pd.DataFrame(
        {
            "weekend": both["weekend"],
            "xy": ranks["start_order"] * ranks["finish_order"],
            "xx": ranks["start_order"] ** 2,
            "yy": ranks["finish_order"] ** 2,
        }
    )
    sums = products.groupby("weekend", sort=True).sum()
    correlation: pd.Series[float] = sums["xy"] / np.sqrt(sums["xx"] * sums["yy"])
    return correlation.dropna()
