"""Charts of a training."""

from typing import TYPE_CHECKING

import numpy as np

from f1lib.reports import by_race as by_races
from f1lib.reports import charts
from f1lib.reports.numbers import counted, typeset
from f1lib.reports.retraining.listings import SHOWN
from f1lib.scoring.scores import METRICS

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.reports.charts import Chart

NOTHING = "There is no backtest to show."


def skills(scores: "pd.DataFrame") -> "Chart":
    """The skill in each score against its frozen baseline, with intervals."""
    rows = scores[scores["metric"].isin(SHOWN) & scores["skill"].notna()]
    if rows.empty:
        return charts.nothing(NOTHING)
    fig, ax = charts.figure(height=0.8 + 0.25 * len(rows))
    steps = np.arange(len(rows))[::-1]
    ax.grid(visible=False, axis="y")
    ax.axvline(0, color=charts.CONTEXT, linewidth=1)
    ax.hlines(steps, rows["skill_low"], rows["skill_high"], color=charts.CYCLE[0], linewidth=2)
    ax.plot(rows["skill"], steps, "o", color=charts.CYCLE[0], markersize=6)
    names = [METRICS[metric].label for metric in rows["metric"]]
    ax.set_yticks(steps, names)
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.set_xlabel("skill against the frozen baseline")
    shown = [
        f"{name} {typeset(f'{value:+.2f}')}"
        for name, value in zip(names, rows["skill"], strict=True)
    ]
    n = counted(int(rows["n"].max()), "race")
    return (
        fig,
        f"Skill over {n}: {'; '.join(shown)}.",
        f"To the right of the line the version is better than the baseline, at 1 it is perfect. "
        f"Lines: 95 % intervals over {n}.",
    )


def by_race(gains: "pd.DataFrame") -> "Chart":
    """What was gained on the baseline in each race of the backtest, and in all up to it."""
    if gains.empty:
        return charts.nothing(NOTHING)
    gain = gains["gain"].to_numpy()
    return (
        by_races.drawn(list(gains["weekend"]), gain),
        f"{METRICS['winner_log_loss'].title}: the version is ahead of the baseline in "
        f"{int((gain > 0).sum())} of {counted(len(gain), 'race')}, "
        f"{typeset(f'{gain.sum():+.2f}')} nats in all.",
        "Bars: what was gained on the frozen baseline (blue) or lost (rust) in each race. Line: "
        "the sum so far.",
    )
