"""The headline numbers of a race preview, as metrics."""

import math
from typing import TYPE_CHECKING, Any

from f1lib.reports.metrics import Metric

if TYPE_CHECKING:
    import pandas as pd


def preview(race: "pd.DataFrame", qualifying: "pd.DataFrame") -> list[Metric]:
    """The favourite's chances, how open the race is, and the favourite for pole."""
    p = race["p_first"]
    entropy = float(-sum(x * math.log(x) for x in p if x > 0))
    favourite = race.iloc[0]
    found = [
        Metric("p_win_favourite", f"{favourite['driver']} wins", 100 * float(p.iloc[0]), "%",
               baseline=100 * float(favourite["baseline"]), digits=0,
               note=_precedent(favourite, "p_first")),
        Metric("p_podium_favourite", f"{favourite['driver']} on the podium",
               100 * float(favourite["p_top3"]), "%",
               baseline=100 * float(favourite["baseline_top3"]), digits=0,
               note=_precedent(favourite, "p_top3")),
        Metric("effective_contenders", "Effective number of contenders", math.exp(entropy),
               digits=1, note=f"of {len(race)}: as many as an equal field would have"),
    ]  # fmt: skip
    if qualifying.empty:
        return found
    first = qualifying.iloc[0]
    label = f"{first['driver']} on pole"
    if race["grid"].notna().any():
        label += ", said before qualifying"
    pole = Metric("p_pole_favourite", label, 100 * float(first["p_first"]),
                  "%", baseline=100 * float(first["baseline"]), digits=0)  # fmt: skip
    return [*found, pole]


def _precedent(row: "pd.Series[Any]", what: str) -> str:
    """How many earlier chances of about that size came true; empty where there were too few."""
    n = row[f"{what}_like_n"]
    return f"alike before: {row[f'{what}_like_true']:.0f} of {n:.0f} came true" if n else ""
