"""Charts of a comparison."""

from typing import TYPE_CHECKING

from f1lib.reports import by_race as by_races
from f1lib.reports import charts, intervals
from f1lib.reports import reliability as panels
from f1lib.reports.numbers import counted, typeset
from f1lib.scoring.scores import METRICS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from f1lib.reports.charts import Chart

SCORES = {
    "before_race": ("winner_log_loss", "winner_brier", "podium_brier", "points_brier", "rps"),
    "before_qualifying": ("pole_log_loss", "gap_mae_pct", "winner_log_loss", "rps"),
}


def gains(table: "pd.DataFrame") -> "Chart":
    """What the challenger gained in each score, in per cent of the champion's, with intervals."""
    wanted = [(metric, cutoff) for cutoff, metrics in SCORES.items() for metric in metrics]
    rows = table.set_index(["metric", "cutoff"])
    rows = rows.loc[[key for key in wanted if key in rows.index]]
    rows = rows[(rows["second_value"] > 0) & rows["difference"].notna()]
    if rows.empty:
        return charts.nothing("There is no race on which to set the two side by side.")
    share = 100 * rows[["difference", "low", "high"]].div(rows["second_value"], axis=0)
    names = [
        f"{METRICS[metric].label}, {cutoff.replace('_', ' ')}" for metric, cutoff in rows.index
    ]
    told = "; ".join(
        f"{name} {typeset(f'{value:+.1f}')} %"
        for name, value in zip(names, share["difference"], strict=True)
    )
    n = counted(int(rows["n_races"].max()), "race")
    return (
        intervals.drawn(names, share, "gain, % of the champion's score", pitch=0.28),
        f"Gains of the challenger over {n}: {told}.",
        f"To the right of the line the challenger is better. Lines: 95 % intervals over {n}.",
    )


def by_race(scores: "pd.DataFrame", metric: str = "winner_log_loss") -> "Chart":
    """What the challenger gained in each race, and in all up to it."""
    mine = scores[(scores["metric"] == metric) & (scores["cutoff"] == "before_race")]
    wide = mine.pivot(index="weekend", columns="model", values="value")
    if not {"champion", "challenger"} <= set(wide.columns):
        return charts.nothing("There is no race on which to set the two side by side.")
    gain = (wide["champion"] - wide["challenger"]).dropna()
    ahead = int((gain > 0).sum())
    return (
        by_races.drawn(list(gain.index), gain.to_numpy()),
        f"{METRICS[metric].title}: the challenger gains in {ahead} of "
        f"{counted(len(gain), 'race')}, {typeset(f'{gain.sum():+.2f}')} nats in all.",
        f"Bars: what the challenger gained (blue) or lost (rust) in each of "
        f"{counted(len(gain), 'race')}. Line: the sum so far; a step in it is a race that decides "
        "much.",
    )


def reliability(tables: "Mapping[str, pd.DataFrame]", n_races: int) -> "Chart":
    """Said against came true for first place, champion and challenger beside each other."""
    if any(bins.empty for bins in tables.values()):
        return charts.nothing("There is no race by which to judge calibration.")
    fig, inside = panels.panels(tables, "won")
    return (
        fig,
        f"Chances of winning against how often they came true over {counted(n_races, 'race')}; "
        f"bins within the range of a calibrated model: {inside}.",
        f"Dots: forecasts of about the same chance in {counted(n_races, 'race')}, and the share of "
        f"them that won. {panels.BANDS}",
    )
