"""What happened: the outcome of a stage of a weekend, with its revisions.

In:   the qualifying, grid and results tables.
Out:  one frame of outcomes per stage, and `Outcome` for one weekend.
Knows nothing of: predictions, the store.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from f1lib.tables.fingerprint import digest
from f1lib.tables.history import History
from f1lib.tables.laps import gap_to_pole_pct
from f1lib.tables.sessions import CLASSIFIED, NOT_STARTED
from f1lib.weekend import RaceWeekend, Stage

OUTCOME_COLUMNS = (
    "driver",
    "constructor",
    "position",  # 1..n as listed, unique: the order that is forecast
    "classified",  # has a classified position (race) or a lap time (qualifying)
    "status",
    "grid_order",  # starting order, 1..n, pit lane last; missing if not on the grid
    "gap_pct",  # gap to the pole sitter, % of the lap; stage qualifying only
    "gap_s",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened in one stage of one weekend, as of one revision (0 is the first)."""

    weekend: RaceWeekend
    stage: Stage
    revision: int
    recorded_at: datetime
    snapshot: str
    rows: pd.DataFrame

    @property
    def sha256(self) -> str:
        """Equal for equal outcomes: a new revision is one that differs."""
        return digest(self.rows)


def happened(history: History, stage: Stage) -> pd.DataFrame:
    """Outcomes of `stage` in every weekend that has run it: `weekend` and OUTCOME_COLUMNS.

    Race: those who took the start, in the listed order (classified first, the rest by distance).
    Qualifying: all who are listed; `gap_pct` as laps.gap_to_pole_pct defines it, `gap_s` the
    same share of the pole sitter's best lap.
    """
    return _qualifying(history) if stage is Stage.QUALIFYING else _race(history)


def rows_of(history: History, weekend: RaceWeekend, stage: Stage) -> pd.DataFrame:
    """OUTCOME_COLUMNS of one weekend; empty when the stage has not been run."""
    whole = happened(history, stage)
    mine = whole[whole["weekend"] == str(weekend)]
    return mine[list(OUTCOME_COLUMNS)].reset_index(drop=True)


def duel(rows: pd.DataFrame, driver: str, rival: str) -> tuple[int, int]:
    """How often `driver` was placed before `rival` when both drove for one team, and how often
    they met so. `rows` as from `happened`, of one stage.

    >>> rows = pd.DataFrame({"weekend": ["2025-01"] * 2 + ["2025-02"] * 2,
    ...                      "driver": ["ada", "ben"] * 2, "constructor": ["oak"] * 4,
    ...                      "position": [3, 1, 5, 6]})
    >>> duel(rows, "ada", "ben")
    (1, 2)
    """
    columns = ["weekend", "constructor", "position"]
    mine = rows.loc[rows["driver"] == driver, columns]
    both = mine.merge(rows.loc[rows["driver"] == rival, columns], on=["weekend", "constructor"])
    return int((both["position_x"] < both["position_y"]).sum()), len(both)


def _with_places(frame: pd.DataFrame, order: str) -> pd.DataFrame:
    """One row per weekend and driver (a shared car keeps its best place), places 1..n anew."""
    frame = frame.sort_values(["weekend", order], kind="stable")
    frame = frame.drop_duplicates(["weekend", "driver"]).reset_index(drop=True)
    return frame.assign(position=frame.groupby("weekend").cumcount() + 1)


def _grid_order(history: History) -> pd.DataFrame:
    grid = history["grid"][["weekend", "driver", "start_order"]]
    return grid.drop_duplicates(["weekend", "driver"]).rename(columns={"start_order": "grid_order"})


def _race(history: History) -> pd.DataFrame:
    results = history["results"]
    started = results[~results["status"].isin(NOT_STARTED)].drop(columns="position")
    frame = _with_places(started, "finish_order")
    frame = frame.merge(_grid_order(history), how="left", on=["weekend", "driver"])
    return frame.assign(
        classified=frame["status"].to_numpy() == CLASSIFIED, gap_pct=np.nan, gap_s=np.nan
    )[["weekend", *OUTCOME_COLUMNS]]


def _qualifying(history: History) -> pd.DataFrame:
    listed = history["qualifying"].rename(columns={"position": "listed"})
    frame = _with_places(listed, "listed")
    frame = frame.merge(_grid_order(history), how="left", on=["weekend", "driver"])
    pole = frame[frame["position"] == 1].set_index("weekend")["best_ms"]
    pole_ms = frame["weekend"].map(pole).astype(float)
    gap_pct = gap_to_pole_pct(frame)
    return frame.assign(
        classified=frame["best_ms"].notna(),
        status=np.where(frame["best_ms"].notna(), CLASSIFIED, "NC"),
        gap_pct=gap_pct,
        gap_s=gap_pct / 100 * pole_ms / 1000,
    )[["weekend", *OUTCOME_COLUMNS]]
