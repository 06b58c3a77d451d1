"""The charts of the reports: each returns a figure, a text alternative and a caption.

In:   previews and monitorings, as frames.
Out:  (figure, alt, caption); the alt text is computed from what is drawn.
Knows nothing of: notebooks, where the numbers come from.
"""

from textwrap import fill
from typing import TYPE_CHECKING, Any

from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.models import baselines
from f1lib.reports import charts
from f1lib.reports.headlines import percent
from f1lib.scoring.scores import METRICS
from f1lib.weekend import Cutoff

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from f1lib.monitoring.windows import Window

    Chart = tuple[Figure, str, str]

SHOWN = 10  # drivers in a chart; the table below it has all
CUTOFF_LABELS = {
    Cutoff.BEFORE_WEEKEND.value: "before the\nweekend",
    Cutoff.BEFORE_QUALIFYING.value: "after\npractice",
    Cutoff.BEFORE_RACE.value: "after\nqualifying",
}


CUTOFFS = {
    Cutoff.BEFORE_WEEKEND: "before the weekend",
    Cutoff.BEFORE_QUALIFYING: "before qualifying",
    Cutoff.BEFORE_RACE: "before the race",
}


def _empty(sentence: str) -> "Chart":
    """A chart of nothing says so."""
    fig, ax = charts.figure(height=0.9)
    ax.set_axis_off()
    text = ax.annotate(
        fill(sentence, 60), (0, 0.5), xycoords="axes fraction", va="center", color=charts.MUTED
    )
    text.set_in_layout(False)
    return fig, sentence, sentence


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}{'s' * (n != 1)}"


def chances(frame: "pd.DataFrame", what: str) -> "Chart":
    """Bars of P(first) of the leading drivers, the baseline as a mark. `what`: "a win"."""
    if frame.empty:
        return _empty(f"There is no forecast of {what}.")
    top = frame.head(SHOWN).iloc[::-1]
    fig, ax = charts.figure(height=0.28 * len(top) + 0.7)
    ax.grid(visible=False)
    ax.barh(top["driver"], 100 * top["p_first"], color=charts.CYCLE[0], height=0.62)
    ax.plot(
        100 * top["baseline"], range(len(top)), "|", color=charts.INK, markersize=11,
        markeredgewidth=1.6, label="baseline",
    )  # fmt: skip
    ends = top[["p_first", "baseline"]].max(axis=1)
    for place, (p, end) in enumerate(zip(top["p_first"], ends, strict=True)):
        ax.annotate(
            percent(p).replace("less than", "<"), (100 * end, place), xytext=(7, 0),
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


def finishes(race: "pd.DataFrame") -> "Chart":
    """Expected finish of every car with the range of four results in five, and its grid place."""
    if race.empty:
        return _empty("There is no forecast of the race.")
    cars = race.sort_values("expected_position", ignore_index=True)
    fig, ax = charts.figure(height=0.22 * len(cars) + 0.9)
    ax.grid(visible=False)
    steps = list(range(len(cars)))
    ax.hlines(steps, cars["low"], cars["high"], color=charts.GRID, linewidth=5)
    ax.plot(cars["expected_position"], steps, "o", color=charts.CYCLE[0], label="expected finish")
    if cars["grid"].notna().any():
        ax.plot(cars["grid"], steps, "|", color=charts.INK, markersize=9, markeredgewidth=1.4,
                label="grid")  # fmt: skip
    ax.set_yticks(steps, list(cars["driver"]))
    ax.tick_params(axis="y", labelcolor=charts.INK)
    ax.invert_yaxis()
    ax.set_xlim(0.3, len(cars) + 0.7)
    ax.set_xticks([1, *range(5, len(cars) + 1, 5)])
    ax.set_xlabel("finishing position")
    fig.legend(loc="outside upper right", ncols=2, frameon=False)
    first, last = cars.iloc[0], cars.iloc[-1]
    return (
        fig,
        f"Expected finishing positions of {len(cars)} cars: {first['driver']} "
        f"{first['expected_position']:.1f} (four results in five between {first['low']:.0f} and "
        f"{first['high']:.0f}) to {last['driver']} {last['expected_position']:.1f}.",
        "Dots: expected finish, retirements counted as finishes behind the rest. Bands: four "
        "results in five lie here. Marks: grid place, once there is a grid.",
    )


def ladder(moves: "pd.DataFrame") -> "Chart":
    """The chance of winning of the leading drivers as sessions become known."""
    if moves.empty:
        return _empty("There is no forecast of the race.")
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


def by_round(rounds: "pd.DataFrame", metric: str, window: "Window") -> "Chart":
    """A score of champion and baseline in each round of a window, with their means.

    `rounds` is long: weekend, cutoff, model, model_version, metric, value.
    """
    cutoff = HEADLINE_CUTOFF[METRICS[metric].stage]
    baseline = str(baselines.for_metric(metric, cutoff))
    label = METRICS[metric].label + (f", {METRICS[metric].unit}" if METRICS[metric].unit else "")
    inside = rounds["weekend"].isin([str(weekend) for weekend in window.weekends])
    mine = rounds[inside & (rounds["metric"] == metric) & (rounds["cutoff"] == cutoff.value)]
    wide = mine.pivot(index="weekend", columns="model", values="value")
    champions = sorted(set(mine.loc[mine["model_version"] != "", "model"]))
    wide = wide[[name for name in (baseline, *champions) if name in wide]].dropna()
    if not champions or wide.empty:
        return _empty(f"{label}: no round of {window} is settled {CUTOFFS[cutoff]}.")
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
        f"{label} in {_counted(len(wide), 'round')}, {wide.index[0]} to {wide.index[-1]}: {said}.",
        f"Solid: the champion. Dashed: the frozen baseline {baseline}. Dotted: their means over "
        f"{_counted(len(wide), 'round')}.",
    )


def favourites(frame: "pd.DataFrame") -> "Chart":
    """What the actual winner had been given, round by round, beside the favourite's chance."""
    if frame.empty:
        return _empty("No race forecast is settled yet.")
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
    every = max(len(frame) // 8, 1)
    ax.set_xticks(list(steps)[::every], [name[5:] for name in frame["weekend"][::every]])
    ax.set_ylim(0, 105)
    ax.set_ylabel("forecast chance, %")
    ax.set_xlabel(f"round of {frame['weekend'].iloc[-1][:4]}")
    fig.legend(loc="outside upper left", ncols=3, frameon=False)
    return (
        fig,
        f"Forecast chance of the actual winner in {_counted(len(frame), 'race')}: the favourite "
        f"won {int(won.sum())} of them; the least likely winner had "
        f"{percent(float(frame['p_winner'].min()))}.",
        "Dots: what the winner had been given. Bars: what the favourite had been given.",
    )
