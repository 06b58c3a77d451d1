"""Charts of a training."""

from typing import TYPE_CHECKING

from f1lib.reports import by_race as by_races
from f1lib.reports import charts, intervals
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
    names = [METRICS[metric].label for metric in rows["metric"]]
    shown = [
        f"{name} {typeset(f'{value:+.2f}')}"
        for name, value in zip(names, rows["skill"], strict=True)
    ]
    n = counted(int(rows["n"].max()), "race")
    return (
        intervals.drawn(
            names,
            rows[["skill", "skill_low", "skill_high"]],
            "skill against the frozen baseline",
            pitch=0.25,
        ),
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
        "Bars: what was gained on the frozen baseline (blue) or lost (rust) in each of "
        f"{counted(len(gain), 'race')}. Line: the sum so far.",
    )
