"""Charts of a race preview: who is likely to be where, and what the weekend taught."""

from typing import TYPE_CHECKING, Any

from f1lib.reports import charts
from f1lib.reports import reliability as panels
from f1lib.reports.numbers import counted, percent
from f1lib.weekend import Cutoff

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from f1lib.reports.charts import Chart

SHOWN = 10  # drivers in a chart of first places; the table below it has all
PLACED = 14  # of podium and points, where the middle of the field matters
CUTOFF_LABELS = {
    Cutoff.BEFORE_WEEKEND.value: "before the\nweekend",
    Cutoff.BEFORE_QUALIFYING.value: "after\npractice",
    Cutoff.BEFORE_RACE.value: "after\nqualifying",
}
PRECEDENT = "Thin lines: the share in which earlier forecasts like it came true (95 % interval)."


def chances(frame: "pd.DataFrame", what: str) -> "Chart":
    """Bars of P(first) of the leading drivers, baseline and precedents. `what`: "a win"."""
    if frame.empty:
        return charts.nothing(f"There is no forecast of {what}.")
    top = frame.head(SHOWN)
    fig, ax = charts.figure(height=0.29 * len(top) + 0.95)
    precedent = _bars(ax, top, "p_first", "baseline")
    _named(ax, [f"{driver}  {_short(p)}" for driver, p in _pairs(top, "p_first")])
    ax.set_xlabel(f"chance of {what}, %")
    _legend(fig, ax)
    said = ", ".join(f"{driver} {percent(p)}" for driver, p in _pairs(frame.head(5), "p_first"))
    return (
        fig,
        f"Bar chart of the chance of {what}: {said}.",
        f"The {len(top)} drivers most likely to get {what}, of {len(frame)}. Bars: the champion; "
        f"upright marks: the frozen baseline. {precedent}".strip(),
    )


def places(race: "pd.DataFrame") -> "Chart":
    """P(podium) and P(points) of the leading cars side by side, with baseline and precedents."""
    if race.empty:
        return charts.nothing("There is no forecast of the race.")
    top = race.sort_values("expected_position", kind="stable").head(PLACED)
    fig, (podium, points) = charts.panels(2, height=0.27 * len(top) + 0.95)
    precedent = _bars(podium, top, "p_top3", "baseline_top3")
    _bars(points, top, "p_top10", "baseline_top10")
    _named(podium, [f"{driver}  {_short(p)}" for driver, p in _pairs(top, "p_top3")])
    _named(points, [_short(p) for p in top["p_top10"]])
    for ax, label in ((podium, "chance of a podium, %"), (points, "chance of points, %")):
        ax.set_xlim(0, 100)
        ax.set_xlabel(label)
    _legend(fig, podium)
    said = ", ".join(
        f"{driver} {percent(top3)} and {percent(top10)}"
        for driver, top3, top10 in zip(
            top["driver"].head(5), top["p_top3"], top["p_top10"], strict=False
        )
    )
    return (
        fig,
        f"Bar chart of the chances of a podium and of points: {said}.",
        f"The {len(top)} cars expected furthest up, of {len(race)}. Left: one of the first three; "
        "right: one of the first ten. Bars: the champion; upright marks: the frozen baseline. "
        f"{precedent}".strip(),
    )


def _bars(ax: Any, top: "pd.DataFrame", what: str, baseline: str) -> str:
    """Bars, the baseline's marks and the precedents' lines; a caption of the last, if any."""
    steps = range(len(top))
    p = 100 * top[what].to_numpy()
    ax.grid(visible=False)
    ax.barh(steps, p, color=charts.CYCLE[0], height=0.5)
    low, high = (100 * top[f"{what}_like_{end}"].to_numpy() for end in ("low", "high"))
    ends = [*p, *top[baseline].dropna() * 100]
    some = bool((low == low).any())  # noqa: PLR0124 - not missing
    if some:
        ax.hlines([step + 0.38 for step in steps], low, high, color=charts.CONTEXT,
                  linewidth=1.6, label="alike, came true")  # fmt: skip
        ends += [end for end in high if end == end]  # noqa: PLR0124
    if top[baseline].notna().any():
        ax.plot(100 * top[baseline].to_numpy(), steps, "|", color=charts.INK, markersize=10,
                markeredgewidth=1.6, label="baseline")  # fmt: skip
    ax.set_xlim(0, min(max(1.05 * max(ends), 10), 100))
    ax.set_ylim(len(top) - 0.4, -0.6)
    return PRECEDENT if some else ""


def _named(ax: Any, labels: "Sequence[str]") -> None:
    ax.set_yticks(range(len(labels)), labels)
    ax.tick_params(axis="y", labelcolor=charts.INK)


def _legend(fig: Any, ax: Any) -> None:
    handles, labels = ax.get_legend_handles_labels()
    if labels:
        fig.legend(handles, labels, loc="outside upper right", ncols=2, frameon=False)


def _pairs(frame: "pd.DataFrame", what: str) -> "list[tuple[str, float]]":
    return list(zip(frame["driver"], frame[what], strict=True))


def _short(p: float) -> str:
    return percent(p).replace("less than", "<").replace("more than", ">")


def reliability(tables: "Mapping[str, pd.DataFrame]", n_rounds: int) -> "Chart":
    """Said against came true, bin by bin, for win, podium and points."""
    kinds = {"p_first": "win", "p_top3": "podium", "p_top10": "points"}
    if all(tables[what].empty for what in kinds):
        return charts.nothing(
            "Not enough rounds are settled to compare what was said with what happened."
        )
    fig, inside = panels.panels({name: tables[what] for what, name in kinds.items()}, "came true")
    return (
        fig,
        f"Forecast chances against how often they came true over {counted(n_rounds, 'round')}; "
        f"bins within the range of a calibrated model: {inside}.",
        f"Dots: forecasts of about the same chance in {counted(n_rounds, 'round')}, and the share "
        f"of them that came true; on the dotted line both agree. {panels.BANDS}",
    )


def finishes(race: "pd.DataFrame") -> "Chart":
    """Expected finish of every car with the range of four results in five, and its grid place."""
    if race.empty:
        return charts.nothing("There is no forecast of the race.")
    cars = race.sort_values("expected_position", ignore_index=True)
    fig, ax = charts.figure(height=0.22 * len(cars) + 0.9)
    ax.grid(visible=False)
    steps = list(range(len(cars)))
    ax.hlines(steps, cars["low"], cars["high"], color=charts.GRID, linewidth=5)
    ax.plot(cars["expected_position"], steps, "o", color=charts.CYCLE[0], label="expected finish")
    if cars["grid"].notna().any():
        ax.plot(cars["grid"], steps, "|", color=charts.INK, markersize=9, markeredgewidth=1.4,
                label="grid")  # fmt: skip
    _named(ax, list(cars["driver"]))
    ax.invert_yaxis()
    ax.set_xlim(0.3, len(cars) + 0.7)
    ax.set_xticks([1, *range(5, len(cars) + 1, 5)])
    ax.set_xlabel("finishing position")
    _legend(fig, ax)
    first, last = cars.iloc[0], cars.iloc[-1]
    return (
        fig,
        f"Expected finishing positions of {counted(len(cars), 'car')}: {first['driver']} "
        f"{first['expected_position']:.1f} (four results in five between {first['low']:.0f} and "
        f"{first['high']:.0f}) to {last['driver']} {last['expected_position']:.1f}.",
        "Dots: expected finish, retirements counted as finishes behind the rest. Bands: four "
        "results in five lie here. Marks: grid place, once there is a grid.",
    )


def ladder(moves: "pd.DataFrame", learnt: "Mapping[str, Sequence[str]]") -> "Chart":
    """The chance of winning of the leading drivers as sessions become known."""
    if moves.empty:
        return charts.nothing("There is no forecast of the race.")
    reached = [c.value for c in Cutoff if c.value in set(moves["cutoff"])]
    wide = moves.pivot(index="driver", columns="cutoff", values="p_first")[reached]
    last = wide.nlargest(5, reached[-1])
    fig, ax = charts.figure(height=3.2)
    steps = list(range(len(reached)))
    ends: list[tuple[float, str, str]] = []
    for colour, (driver, mine) in zip(charts.CYCLE, last.iterrows(), strict=False):
        ax.plot(steps, 100 * mine.to_numpy(), "o-", color=colour)
        ends.append((100 * float(mine.iloc[-1]), f"{driver} {_with_change(mine)}", colour))
    charts.label_ends(ax, steps[-1], ends)
    ax.set_xticks(steps, [_rung(cutoff, learnt.get(cutoff, ())) for cutoff in reached])
    ax.set_xlim(-0.15, steps[-1] + 0.35 + 0.5 * len(steps))
    ax.set_ylim(bottom=0)
    ax.set_ylabel("chance of winning, %")
    said = "; ".join(
        f"{driver} {' to '.join(percent(float(p)) for p in mine.dropna())}"
        for driver, mine in last.iterrows()
    )
    return (
        fig,
        f"Chance of winning as sessions become known: {said}.",
        "The five favourites now, and what they were given at each earlier cutoff; in brackets "
        "the change since the last one, in percentage points.",
    )


def _with_change(mine: "pd.Series[float]") -> str:
    now = f"{100 * float(mine.iloc[-1]):.0f} %"
    if len(mine) < 2 or mine.iloc[-2:].isna().any():
        return now
    change = round(100 * float(mine.iloc[-1])) - round(100 * float(mine.iloc[-2]))
    return f"{now} ({'±' if not change else '+' if change > 0 else '−'}{abs(change)})"


def _rung(cutoff: str, learnt: "Sequence[str]") -> str:
    """What a rung of the ladder is called: the last session run by then."""
    on_track = [session for session in learnt if session != "grid"]
    return f"after\n{on_track[-1]}" if on_track else CUTOFF_LABELS[cutoff]
