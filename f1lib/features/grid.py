"""Grid: what qualifying and the grid of the weekend say of each car."""

import numpy as np
import pandas as pd

from f1lib.features.entries import joined
from f1lib.features.rounds import FloatArray, scaled_rank
from f1lib.tables.history import History
from f1lib.tables.laps import gap_to_pole_pct

GRID = ("qualifying_gap", "qualifying_rank", "grid_order", "grid_places_lost", "pit_lane")


def columns(own: History, entries: pd.DataFrame) -> dict[str, FloatArray]:
    """GRID of each entry: gap to pole (%), scaled rank, starting order, share of places lost."""
    qualifying = own["qualifying"]
    qualifying = qualifying.assign(
        gap=gap_to_pole_pct(qualifying), rank=scaled_rank(qualifying, "position")
    )
    gaps = joined(entries, qualifying[["weekend", "driver", "gap", "rank", "position"]])
    grid = joined(entries, own["grid"][["weekend", "driver", "start_order", "pit_lane"]])
    lost = (grid["start_order"] - gaps["position"]).to_numpy(dtype=float)
    last = np.maximum(entries["n_entries"].to_numpy(dtype=float) - 1, 1)
    return {
        "qualifying_gap": gaps["gap"].to_numpy(dtype=float),
        "qualifying_rank": gaps["rank"].to_numpy(dtype=float),
        "grid_order": grid["start_order"].to_numpy(dtype=float),
        "grid_places_lost": np.clip(lost / last, -1, 1),
        "pit_lane": grid["pit_lane"].fillna(value=False).to_numpy(dtype=float),
    }
