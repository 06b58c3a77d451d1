"""Charts of the monitoring of the champion."""

import math
from typing import TYPE_CHECKING

from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.models import baselines
from f1lib.reports import charts
from f1lib.reports.numbers import counted, percent
from f1lib.scoring.scores import METRICS
from f1lib.weekend import Cutoff

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.monitoring.performance import Measured
    from f1lib.reports.charts import Chart

CUTOFFS = {
    Cutoff.BEFORE_WEEKEND: "before the weekend",
    Cutoff.BEFORE_QUALIFYING: "before qualifying",
    Cutoff.BEFORE_RACE: "before the race",
}


def by_round(rounds: "pd.DataFrame", metric: str, season: "Measured") -> "Chart":
    """A score of champion and baseline in each round of a window, with their means.

    `rounds` is long: weekend, cutoff, model, model_version, metric, value; `season` is the window
    with the interval of the champion's mean.
    """
    window = season.window
    cutoff = HEADLINE_CUTOFF[METRICS[metric].stage]
    baseline = str(baselines.for_metric(metric, cutoff))
    label = METRICS[metric].title
    inside = rounds["weekend"].isin([str(weekend) for weekend in window.weekends])
    mine = rounds[inside & (rounds["metric"] == metric) & (rounds["cutoff"] == cutoff.value)]
    wide = mine.pivot(index="weekend", columns="model", values="value")
    champions = sorted(set(mine.loc[mine["model_version"] != "", "model"]))
    wide = wide[[name for name in (baseline, *champions) if name in wide]].dropna()
    if not champions or wide.empty:
        return charts.nothing(f"{label}: no round of {window} is settled {CUTOFFS[cutoff]}.")
    model = champions[0]
    fig, ax = charts.figure(height=2.9)
    steps = list(range(len(wide)))
    ends: list[tuple[float, str, str]] = []
    for name, colour, style in ((baseline, charts.CONTEXT, "--"), (model, charts.CYCLE[0], "-")):
        if name in wide:
            ax.plot(steps, wide[name].to_numpy(), f"o{style}", color=colour)
            mean = float(wide[name].mean())
            ax.axhline(mean, color=colour, linewidth=0.9, linestyle=":")
            ends.append((mean, "champion" if name == model else "baseline", colour))
    low, high = _interval(season, metric)
    if math.isfinite(low):
        ax.fill_between([steps[0], steps[-1]], low, high, color=charts.CYCLE[0], alpha=0.15,
                        linewidth=0)  # fmt: skip
    for y, name, colour in ends:
        ax.annotate(
            f"{name}\nmean {y:.2f}", (steps[-1], y), xytext=(10, 0), textcoords="offset points",
            va="bottom" if y == max(end[0] for end in ends) else "top", color=colour,
            annotation_clip=False, fontsize=charts.TEXT,
        )  # fmt: skip
    charts.label_rounds(ax, list(wide.index))
    ax.set_xlim(-0.5, steps[-1] + 0.22 * len(steps) + 0.8)
    ax.set_ylabel(label)
    said = "; ".join(f"{name} mean {y:.2f}" for y, name, _ in ends)
    sure = f" (95 % interval {low:.2f} to {high:.2f})" if math.isfinite(low) else ""
    return (
        fig,
        f"{label} in {counted(len(wide), 'round')}, {wide.index[0]} to {wide.index[-1]}: "
        f"{said}{sure}.",
        f"Solid: the champion. Dashed: the frozen baseline `{baseline}`. Dotted: their means over "
        f"{counted(len(wide), 'round')}."
        + (" Band: the 95 % interval of the champion's mean." if sure else ""),
    )


def _interval(measured: "Measured", metric: str) -> tuple[float, float]:
    """Within which the champion's mean lies; not a number where there are too few rounds."""
    row = measured.row(metric)
    return (math.nan, math.nan) if row is None else (float(row["low"]), float(row["high"]))


def favourites(frame: "pd.DataFrame") -> "Chart":
    """What the actual winner had been given, round by round, beside the favourite's chance."""
    if frame.empty:
        return charts.nothing("No race forecast is settled yet.")
    fig, ax = charts.figure(height=2.9)
    steps = range(len(frame))
    won = frame["winner"] == frame["favourite"]
    ax.vlines(
        steps, 100 * frame["p_winner"], 100 * frame["p_favourite"], color=charts.GRID, linewidth=2
    )
    ax.plot(steps, 100 * frame["p_favourite"], "_", color=charts.CONTEXT, markersize=10,
            markeredgewidth=1.8, label="favourite")  # fmt: skip
    for hit, colour, label in ((True, charts.CYCLE[0], "favourite won"),
                               (False, charts.CYCLE[1], "another won")):  # fmt: skip
        rows = [step for step in steps if bool(won.iloc[step]) is hit]
        ax.plot(rows, [100 * frame["p_winner"].iloc[step] for step in rows], "o", color=colour,
                label=label, markersize=5.5)  # fmt: skip
    charts.label_rounds(ax, list(frame["weekend"]))
    ax.set_ylim(0, 105)
    ax.set_ylabel("forecast chance, %")
    fig.legend(loc="outside upper left", ncols=3, frameon=False)
    return (
        fig,
        f"Forecast chance of the actual winner in {counted(len(frame), 'race')}: the favourite "
        f"won {int(won.sum())} of them; the least likely winner had "
        f"{percent(float(frame['p_winner'].min()))}.",
        f"Dots: what the winner of each of {counted(len(frame), 'race')} had been given. Bars: "
        "what the favourite had been given.",
    )


def cusum(frame: "pd.DataFrame", limit: float, allowance: float | None) -> "Chart":
    """The sum of what was lost to the baseline after each round, and the limit of an alert."""
    if frame.empty:
        return charts.nothing("There is no CUSUM: no round is settled, or the rule is off.")
    fig, ax = charts.figure(height=2.6)
    steps = list(range(len(frame)))
    ax.plot(steps, frame["value"].to_numpy(), "-", color=charts.CYCLE[0])
    ax.axhline(limit, color=charts.BAD, linewidth=1.2, linestyle="--")
    ax.annotate("alert", (steps[0], limit), xytext=(2, 3), textcoords="offset points",
                color=charts.BAD, fontsize=charts.TEXT)  # fmt: skip
    every = max(len(frame) // 4, 1)
    ax.set_xticks(steps[::every], list(frame["weekend"].iloc[::every]))
    ax.set_ylim(0, 1.15 * max(limit, float(frame["value"].max())))
    ax.set_ylabel("sum, nats")
    ax.set_xlabel("round")
    top = float(frame["value"].max())
    return (
        fig,
        f"CUSUM over {counted(len(frame), 'round')}, {frame['weekend'].iloc[0]} to "
        f"{frame['weekend'].iloc[-1]}: at most {top:.1f} nats, limit {limit:g}.",
        "Line: log loss of the winner that the champion lost to the baseline beyond an allowance "
        f"of {allowance or 0:g} nats a race, "
        f"summed up since it last was nothing, over {counted(len(frame), 'round')}. Dashed: above "
        "it is an alert.",
    )
