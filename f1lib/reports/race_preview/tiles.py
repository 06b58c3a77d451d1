"""The headline numbers of a race preview, as metrics."""

import math
from typing import TYPE_CHECKING, Any

from f1lib.reports.metrics import Metric

if TYPE_CHECKING:
    import pandas as pd


def preview(race: "pd.DataFrame", qualifying: "pd.DataFrame") -> list[Metric]:
    """The favourites' chances, how open the race is, and who may be on pole until it is known."""
    p = race["p_first"]
    entropy = float(-sum(x * math.log(x) for x in p if x > 0))
    favourite = race.iloc[0]
    found = [
        _win("p_win_favourite", favourite),
        Metric("p_podium_favourite", f"{favourite['driver']} on the podium",
               100 * float(favourite["p_top3"]), "%",
               baseline=100 * float(favourite["baseline_top3"]), digits=0,
               note=_precedent(favourite, "p_top3")),
        Metric("effective_contenders", "Effective number of contenders", math.exp(entropy),
               digits=1, note=f"of {len(race)}: so many equal cars would leave the winner as open"),
    ]  # fmt: skip
    if len(race) > 1:
        found.insert(1, _win("p_win_second", race.iloc[1]))
    if qualifying.empty or qualifying["qualified"].notna().any():
        return found
    first = qualifying.iloc[0]
    pole = Metric("p_pole_favourite", f"{first['driver']} on pole", 100 * float(first["p_first"]),
                  "%", baseline=100 * float(first["baseline"]), digits=0)  # fmt: skip
    return [*found, pole]


def _win(name: str, row: "pd.Series[Any]") -> Metric:
    return Metric(name, f"{row['driver']} wins", 100 * float(row["p_first"]), "%",
                  baseline=100 * float(row["baseline"]), digits=0,
                  note=_precedent(row, "p_first"))  # fmt: skip


def _precedent(row: "pd.Series[Any]", what: str) -> str:
    """How many earlier chances of about that size came true; empty where there were too few."""
    n = row[f"{what}_like_n"]
    if not n:
        return ""
    low, high = (f"{100 * row[f'{what}_like_{end}']:.3g} %" for end in ("from", "to"))
    return (
        f"of {n:.0f} earlier chances from {low} to {high}, {row[f'{what}_like_true']:.0f} came true"
    )
