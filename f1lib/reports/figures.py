"""The charts of the reports: each returns a figure, a text alternative and a caption.

In:   previews and monitorings, as frames.
Out:  (figure, alt, caption); the alt text is computed from what is drawn.
Knows nothing of: notebooks, where the numbers come from.
"""

from typing import TYPE_CHECKING, Any

from f1lib.reports import charts
from f1lib.reports.headlines import percent
from f1lib.weekend import Cutoff

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    Chart = tuple[Figure, str, str]

SHOWN = 10  # drivers in a chart; the table below it has all
CUTOFF_LABELS = {
    Cutoff.BEFORE_WEEKEND.value: "before the\nweekend",
    Cutoff.BEFORE_QUALIFYING.value: "after\npractice",
    Cutoff.BEFORE_RACE.value: "after\nqualifying",
}


def chances(frame: "pd.DataFrame", what: str) -> "Chart":
    """Bars of P(first) of the leading drivers, the baseline as a mark. `what`: "a win"."""
    top = frame.head(SHOWN).iloc[::-1]
    fig, ax = charts.figure(height=0.28 * len(top) + 0.7)
    ax.grid(visible=False)
    ax.barh(top["driver"], 100 * top["p_first"], color=charts.CYCLE[0], height=0.62)
    ax.plot(
        100 * top["baseline"], range(len(top)), "|", color=charts.INK, markersize=11,
        markeredgewidth=1.6, label="baseline",
    )  # fmt: skip
    for place, p in enumerate(top["p_first"]):
        ax.annotate(
            percent(p).replace("less than", "<"), (100 * p, place), xytext=(6, 0),
            textcoords="offset points", va="center",
        )  # fmt: skip
    ax.set_xlim(0, max(100 * float(top[["p_first", "baseline"]].max().max()) * 1.18, 10))
    ax.set_xlabel(f"chance of {what}, %")
    ax.tick_params(axis="y", labelcolor=charts.INK)
    if top["baseline"].notna().any():
        ax.legend(loc="lower right")
    leading = zip(frame["driver"].head(5), frame["p_first"].head(5), strict=True)
    said = ", ".join(f"{driver} {percent(p)}" for driver, p in leading)
    return (
        fig,
        f"Bar chart of the chance of {what}: {said}.",
        f"The {len(top)} drivers most likely to get {what}, of {len(frame)}. Bars: the champion; "
        "upright marks: the frozen baseline.",
    )


def positions(race: "pd.DataFrame") -> "Chart":
    """Expected finishing position against the grid place, where there is a grid."""
    known = race[race["grid"].notna()] if "grid" in race else race.head(0)
    fig, ax = charts.figure(height=3.4)
    n = len(race)
    ax.plot([1, n], [1, n], color=charts.CONTEXT, linewidth=1)
    ax.plot(known["grid"], known["expected_position"], "o", color=charts.CYCLE[0])
    gain = (known["grid"] - known["expected_position"]).sort_values()
    for index in [*gain.index[:3], *gain.index[-3:]]:
        row = known.loc[index]
        right = row["grid"] < 0.7 * n
        ax.annotate(
            row["driver"], (row["grid"], row["expected_position"]),
            xytext=(6 if right else -6, -3), textcoords="offset points",
            ha="left" if right else "right", color=charts.INK,
        )  # fmt: skip
    ax.set_xlabel("grid place")
    ax.set_ylabel("expected finish")
    ax.invert_yaxis()
    riser, faller = known.loc[gain.index[-1]], known.loc[gain.index[0]]
    return (
        fig,
        f"Expected finish against grid place for {len(known)} cars: {riser['driver']} is expected "
        f"to gain most, from {riser['grid']:.0f} to {riser['expected_position']:.1f}, "
        f"{faller['driver']} to lose most, from {faller['grid']:.0f} to "
        f"{faller['expected_position']:.1f}.",
        "Each dot is a car; on the line it would finish where it starts, above it it gains. "
        "Retirements count: even the pole sitter's expected finish is behind first.",
    )


def ladder(moves: "pd.DataFrame") -> "Chart":
    """The chance of winning of the leading drivers as sessions become known."""
    reached = [c.value for c in Cutoff if c.value in set(moves["cutoff"])]
    last = moves[moves["cutoff"] == reached[-1]].nlargest(5, "p_first")
    fig, ax = charts.figure(height=3.2)
    steps = list(range(len(reached)))
    ends: list[tuple[float, str, str]] = []
    for colour, driver in zip(charts.CYCLE, last["driver"], strict=False):
        mine = moves[moves["driver"] == driver].set_index("cutoff")["p_first"].reindex(reached)
        ax.plot(steps, 100 * mine.to_numpy(), "o-", color=colour)
        ends.append((100 * float(mine.iloc[-1]), str(driver), colour))
    _label_ends(ax, steps[-1], ends)
    ax.set_xticks(steps, [CUTOFF_LABELS[name] for name in reached])
    ax.set_xlim(-0.15, steps[-1] + 1.1)
    ax.set_ylim(bottom=0)
    ax.set_ylabel("chance of winning, %")
    said = "; ".join(
        f"{driver} "
        + " to ".join(
            percent(float(p))
            for p in moves[moves["driver"] == driver]
            .set_index("cutoff")["p_first"]
            .reindex(reached)
            .dropna()
        )
        for driver in last["driver"]
    )
    return (
        fig,
        f"Chance of winning as sessions become known: {said}.",
        "The five favourites now, and what they were given at each earlier cutoff.",
    )


def _label_ends(ax: Any, x: float, ends: list[tuple[float, str, str]]) -> None:
    """Name lines at their ends, pushed apart where they would overlap."""
    low, high = ax.get_ylim()
    room = 0.075 * (max([high, *(y for y, _, _ in ends)]) - min(low, 0))
    at = float("-inf")
    for y, name, colour in sorted(ends):
        at = max(y, at + room)
        ax.annotate(
            f"{name} {y:.0f} %", (x, y), xytext=(x + 0.06, at), textcoords="data",
            va="center", color=colour, annotation_clip=False,
        )  # fmt: skip


def by_round(rounds: "pd.DataFrame", metric: str, label: str, model: str, baseline: str) -> "Chart":
    """A score of champion and baseline, round by round, with their means."""
    mine = rounds[rounds["metric"] == metric]
    wide = mine.pivot_table(index="weekend", columns="model", values="value")
    fig, ax = charts.figure(height=2.9)
    steps = list(range(len(wide)))
    ends: list[tuple[float, str, str]] = []
    for name, colour, style in ((baseline, charts.CONTEXT, "--"), (model, charts.CYCLE[0], "-")):
        if name in wide:
            ax.plot(steps, wide[name].to_numpy(), f"o{style}", color=colour)
            mean = float(wide[name].mean())
            ax.axhline(mean, color=colour, linewidth=0.9, linestyle=":")
            ends.append((mean, "champion" if name == model else "baseline", colour))
    for y, name, colour in ends:
        ax.annotate(
            f"{name}\nmean {y:.2f}", (steps[-1], y), xytext=(10, 0), textcoords="offset points",
            va="bottom" if y == max(end[0] for end in ends) else "top", color=colour,
            annotation_clip=False,
        )  # fmt: skip
    every = max(len(wide) // 8, 1)
    ax.set_xticks(steps[::every], [name[5:] for name in wide.index[::every]])
    ax.set_xlim(-0.5, steps[-1] + 0.22 * len(steps) + 0.8)
    ax.set_xlabel(f"round of {wide.index[-1][:4]}")
    ax.set_ylabel(label)
    said = "; ".join(f"{name} mean {y:.2f}" for y, name, _ in ends)
    return (
        fig,
        f"{label} in {len(wide)} rounds, {wide.index[0]} to {wide.index[-1]}: {said}.",
        f"Solid: the champion. Dashed: the frozen baseline {baseline}. Dotted: their means over "
        f"{len(wide)} rounds.",
    )


def favourites(frame: "pd.DataFrame") -> "Chart":
    """What the actual winner had been given, round by round, beside the favourite's chance."""
    fig, ax = charts.figure(height=2.9)
    steps = range(len(frame))
    won = frame["winner"] == frame["favourite"]
    ax.vlines(
        steps, 100 * frame["p_winner"], 100 * frame["p_favourite"], color=charts.GRID, linewidth=2
    )
    ax.plot(steps, 100 * frame["p_favourite"], "_", color=charts.CONTEXT, markersize=10,
            markeredgewidth=1.8, label="favourite")  # fmt: skip
    for hit, colour, label in ((True, charts.CYCLE[0], "winner was the favourite"),
                               (False, charts.CYCLE[1], "winner was another")):  # fmt: skip
        rows = [step for step in steps if bool(won.iloc[step]) is hit]
        ax.plot(rows, [100 * frame["p_winner"].iloc[step] for step in rows], "o", color=colour,
                label=label, markersize=5.5)  # fmt: skip
    every = max(len(frame) // 8, 1)
    ax.set_xticks(list(steps)[::every], [name[5:] for name in frame["weekend"][::every]])
    ax.set_ylim(0, 105)
    ax.set_ylabel("forecast chance, %")
    ax.set_xlabel(f"round of {frame['weekend'].iloc[-1][:4]}")
    fig.legend(loc="outside upper left", ncols=2)
    return (
        fig,
        f"Forecast chance of the actual winner in {len(frame)} races: the favourite won "
        f"{int(won.sum())} of them; the least likely winner had "
        f"{percent(float(frame['p_winner'].min()))}.",
        "Dots: what the winner had been given. Bars: what the favourite had been given.",
    )
