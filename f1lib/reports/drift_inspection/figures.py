"""Charts of drift."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from f1lib.reports import charts
from f1lib.reports.numbers import counted, listed, typeset

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.monitoring.drift.lineages import Moved
    from f1lib.monitoring.drift.review import Look
    from f1lib.reports.charts import Chart

NOTHING = "There is no race to compare with those the champion has learnt from."
FLAGGED = ("watch", "drift")


def against_noise(looks: "Sequence[Look]") -> "Chart":
    """The divergence of every feature beside its mean by chance."""
    if not looks:
        return charts.nothing(NOTHING)
    rows = looks[-1].evaluation.measures.dropna(subset=["kl"])
    if rows.empty:
        return charts.nothing("No feature could be measured.")
    rows = rows.sort_values("kl_debiased", kind="stable")
    fig, ax = charts.figure(height=0.8 + 0.2 * len(rows))
    ax.grid(visible=False, axis="y")
    places = np.arange(len(rows))
    flagged = rows["status"].isin(FLAGGED).to_numpy()
    ax.hlines(places, rows["kl_by_chance"], rows["kl"], color=charts.GRID, linewidth=2)
    ax.plot(rows["kl_by_chance"], places, "|", color=charts.CONTEXT, markersize=9,
            markeredgewidth=1.6)  # fmt: skip
    for marked, colour in ((~flagged, charts.CYCLE[0]), (flagged, charts.CYCLE[1])):
        ax.plot(rows["kl"][marked], places[marked], "o", color=colour, markersize=5)
    ax.set_yticks(places, list(rows["feature"]))
    ax.set_xlabel("divergence (KL), nats")
    furthest = rows.iloc[-1]
    return (
        fig,
        f"Divergence of {counted(len(rows), 'feature')} beside chance; furthest beyond it is "
        f"{furthest['feature']} ({furthest['kl']:.2f}, by chance {furthest['kl_by_chance']:.2f}); "
        f"{counted(int(flagged.sum()), 'feature')} flagged.",
        f"Dots: how far the window ({looks[-1].n_rows} rows) lies from the reference; grey marks: "
        "the mean of windows in which nothing has moved. Rust dots are flagged: further than "
        "chance explains.",
    )


def since_when(timeline: "pd.DataFrame") -> "Chart":
    """When each feature was flagged, over the rounds since the reference."""
    from f1lib.reports.season_history import figures

    return figures.drift(timeline)


def distributions(bins: "pd.DataFrame") -> "Sequence[Chart]":
    """Then and now, a chart for each of the features in `bins`."""
    return [_distribution(name, rows) for name, rows in bins.groupby("feature", sort=False)]


def then_and_now(bins: "pd.DataFrame", place: int) -> "Chart":
    """The feature at `place` of those that moved furthest; says so if there is none."""
    every = distributions(bins)
    return (
        every[place] if place < len(every) else charts.nothing("No further feature was measured.")
    )


def _distribution(name: object, rows: "pd.DataFrame") -> "Chart":
    fig, ax = charts.figure(height=1.9)
    places = np.arange(len(rows))
    ax.bar(places - 0.2, 100 * rows["then"], width=0.38, color=charts.CONTEXT)
    ax.bar(places + 0.2, 100 * rows["now"], width=0.38, color=charts.CYCLE[0])
    ax.set_xticks(places, list(rows["bin"]), rotation=35, ha="right")
    ax.set_xlabel(str(name))
    ax.set_ylabel("rows, %")
    grown = rows.iloc[int((rows["now"] - rows["then"]).to_numpy().argmax())]
    return (
        fig,
        f"{name}: what grew most is the bin {grown['bin']}, from {100 * grown['then']:.0f} % of "
        f"rows to {100 * grown['now']:.0f} %.",
        f"{name}: share of rows in each bin of the reference. Grey: the reference "
        f"({rows['n_then'].iloc[0]} rows), blue: now ({rows['n_now'].iloc[0]} rows).",
    )


def teams(moved: "Sequence[Moved]", level: float) -> "Chart":
    """How far each team qualified from where it was believed to be."""
    if not moved:
        return charts.nothing("No team could be judged: there are too few races.")
    rows = sorted(moved, key=lambda one: -one.mean_pct)
    fig, ax = charts.figure(height=0.8 + 0.2 * len(rows))
    ax.grid(visible=False, axis="y")
    ax.axvline(0, color=charts.CONTEXT, linewidth=1)
    for place, one in enumerate(rows):
        colour = charts.CYCLE[1] if one.p_value < level else charts.CYCLE[0]
        ax.plot([0, one.mean_pct], [place, place], "-", color=colour)
        ax.plot([one.mean_pct], [place], "o", color=colour, markersize=5)
    ax.set_yticks(range(len(rows)), [one.lineage for one in rows])
    ax.set_xlabel("surprise in qualifying, % of a lap (left: faster than believed)")
    named = [one.lineage for one in rows if one.p_value < level]
    fastest = rows[-1]
    n = counted(max(one.n_races for one in rows), "race")
    return (
        fig,
        f"Surprise of {counted(len(rows), 'team')}; furthest forward is {fastest.lineage} "
        f"({typeset(f'{fastest.mean_pct:+.2f}')} %). "
        f"Further than chance explains: {listed(named) if named else 'none'}.",
        f"Mean over the {n} of the window of what qualifying showed minus what was believed "
        "before. Rust: further than the furthest team of windows in which nothing has moved.",
    )
