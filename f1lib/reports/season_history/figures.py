"""Charts of many seasons."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from f1lib.reports import charts
from f1lib.reports.numbers import counted, typeset
from f1lib.scoring.scores import METRICS

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.monitoring.performance import Measured
    from f1lib.reports.charts import Chart

ROWS = 14  # of a timeline; more cannot be read on a phone
FULL = 10  # years that fit side by side in full
JUDGED = ("performance.", "calibration.", "drift.")  # kinds of rules; others if they alerted


def skill(measured: "Sequence[Measured]", metric: str, resets: "Sequence[int]") -> "Chart":
    """Skill against the frozen baseline, a point a season with its interval; resets marked."""
    title = METRICS[metric].title
    known = [(each.window.name, row) for each in measured
             if (row := each.row(metric)) is not None and np.isfinite(row["skill"])]  # fmt: skip
    if not known:
        return charts.nothing(f"{title}: no season has a settled round.")
    fig, ax = charts.figure(height=2.9)
    steps = np.arange(len(known))
    values = np.array([[row["skill"], row["skill_low"], row["skill_high"]] for _, row in known])
    ax.axhline(0, color=charts.CONTEXT, linewidth=1)
    ax.vlines(steps, 100 * values[:, 1], 100 * values[:, 2], color=charts.CYCLE[0], linewidth=2)
    ax.plot(steps, 100 * values[:, 0], "o", color=charts.CYCLE[0], markersize=6)
    marked = [step for step, (name, _) in enumerate(known) if int(name) in set(resets)]
    for step in marked:
        ax.axvline(step - 0.5, color=charts.CYCLE[1], linestyle="--", linewidth=1.2)
    short = len(known) > FULL
    ax.set_xticks(steps, [f"\u2019{name[2:]}" if short else name for name, _ in known])
    ax.set_xlim(-0.7, len(known) - 0.3)
    ax.set_ylabel("skill, %")
    best = max(known, key=lambda pair: float(pair[1]["skill"]))
    worst = min(known, key=lambda pair: float(pair[1]["skill"]))
    highest, lowest = (typeset(f"{pair[1]['skill']:+.0%}") for pair in (best, worst))
    reset = ", ".join(known[step][0] for step in marked)
    few, many = (pick(int(row["n_races"]) for _, row in known) for pick in (min, max))
    races = counted(many, "race") if few == many else f"{few} to {many} races"
    return (
        fig,
        f"{title}, skill by season: highest in {best[0]} "
        f"({highest}), lowest in {worst[0]} ({lowest}), {counted(len(known), 'season')}.",
        f"{title}: skill against the frozen baseline, with 95 % intervals over the races of the "
        f"season ({races}); 0 is no better."
        + (f" Dashed: new regulations ({reset})." if reset else ""),
    )


def alerts(findings: "pd.DataFrame") -> "Chart":
    """When each rule fired and when it was an alert, over all monitored rounds."""
    if findings.empty:
        return charts.nothing("No monitoring of these rounds is recorded.")
    fired = findings["status"].isin(["fired", "drift", "watch"]) | findings["alert"]
    ever = findings.loc[findings["alert"].astype(bool), "rule"].unique()
    judged = findings["rule"].str.startswith(JUDGED) | findings["rule"].isin(ever)
    shown = findings[fired & judged]
    if shown.empty:
        n = findings["weekend"].nunique()
        return charts.nothing(f"No rule fired in {counted(n, 'monitored round')}.")
    counts = shown.groupby("rule")["weekend"].nunique().sort_values(ascending=False)
    rules = list(counts.index[:ROWS])
    return _timeline(
        findings["weekend"],
        [(rule, shown.loc[shown["rule"] == rule, "weekend"],
          shown.loc[(shown["rule"] == rule) & shown["alert"], "weekend"]) for rule in rules],
        "fired or on watch", "alert",
    )  # fmt: skip


def drift(rows: "pd.DataFrame") -> "Chart":
    """When each feature was on watch and in drift, over all measured rounds."""
    if rows.empty:
        return charts.nothing("No drift measurement of these rounds is recorded.")
    flagged = rows[rows["status"].isin(["watch", "drift"])]
    if flagged.empty:
        n = rows["weekend"].nunique()
        return charts.nothing(f"No feature was flagged in {counted(n, 'measured round')}.")
    counts = flagged.groupby("feature")["weekend"].nunique().sort_values(ascending=False)
    features = list(counts.index[:ROWS])
    return _timeline(
        rows["weekend"],
        [(name, flagged.loc[flagged["feature"] == name, "weekend"],
          flagged.loc[(flagged["feature"] == name) & (flagged["status"] == "drift"), "weekend"])
         for name in features],
        "watch", "drift",
    )  # fmt: skip


def gained(
    season: int, rounds: "pd.DataFrame", decisions: "pd.DataFrame", shown_from: str = ""
) -> "Chart":
    """What each policy of a replay gained on `never` since the first round, in nats.

    `rounds`: weekend, policy, value (log loss). `decisions`: weekend, policy, version (trained
    after it), promotion. `shown_from` names the last round of a replay that is not shown yet.
    """
    if shown_from:
        return charts.nothing(
            f"A replay of {season} up to {shown_from} is kept. It is shown from that weekend on, "
            "since it knows what came later than this report."
        )
    if rounds.empty:
        return charts.nothing(
            f"No replay of {season} is kept. `f1lib replay --season {season}` makes one."
        )
    wide = rounds.pivot(index="weekend", columns="policy", values="value").dropna()
    others = [name for name in rounds["policy"].unique() if name != "never"]
    if "never" not in wide or not others:
        return charts.nothing(
            "There is nothing to measure against, or nothing to measure. `f1lib replay --season "
            f"{season}` replays every policy."
        )
    fig, ax = charts.figure(height=3.2)
    ax.hlines(0, 0, len(wide) - 1, color=charts.CONTEXT, linewidth=1.2)
    ends = [(0.0, "never", charts.CONTEXT)]
    for name, colour in zip(others, charts.CYCLE, strict=False):
        total = (wide["never"] - wide[name]).cumsum()
        ax.plot(range(len(wide)), total.to_numpy(), color=colour)
        mine = decisions[(decisions["policy"] == name) & (decisions["version"] != "")]
        for promoted, fill in ((False, charts.PAPER), (True, colour)):
            after = mine.loc[(mine["promotion"] == "promoted") == promoted, "weekend"]
            steps = [step for step, weekend in enumerate(wide.index) if weekend in set(after)]
            ax.plot(steps, total.to_numpy()[steps], "o", color=colour, markerfacecolor=fill)
        ends.append((float(total.iloc[-1]), name, colour))
    every = max(len(wide) // 8, 1)
    ax.set_xticks(range(0, len(wide), every), [name[5:] for name in wide.index[::every]])
    ax.set_xlabel(f"round of {season}")
    ax.set_ylabel("gain on never so far, nats")
    ax.set_xlim(-0.7, 1.35 * len(wide))
    charts.label_ends(ax, len(wide) - 0.5, [
        (y, f"{name} {typeset(f'{y:+.2f}')}" if name != "never" else name, colour)
        for y, name, colour in ends
    ])  # fmt: skip
    said = ", ".join(f"{name} {typeset(f'{y:+.2f}')}" for y, name, _ in ends[1:])
    return (
        fig,
        f"Gain on never after {counted(len(wide), 'round')} of {season}, in nats: {said}.",
        "Winner log loss of the champion that is never replaced, less that of each policy, summed "
        f"over {counted(len(wide), 'round')}: rising is better. Dots: a version was trained after "
        "that round; filled: it was put in use.",
    )


def _timeline(
    weekends: "pd.Series[str]",
    lines: "Sequence[tuple[str, pd.Series[str], pd.Series[str]]]",
    weak: str,
    strong: str,
) -> "Chart":
    """Rows of marks over rounds: hollow where weak, filled where strong."""
    every = sorted(set(weekends))
    place = {weekend: number for number, weekend in enumerate(every)}
    fig, ax = charts.figure(height=0.9 + 0.24 * len(lines))
    ax.grid(visible=False, axis="y")
    for row, (_, some, most) in enumerate(reversed(lines)):
        ax.axhline(row, color=charts.GRID, linewidth=0.8)
        for marks, colour in (
            (set(some) - set(most), charts.CONTEXT),
            (set(most), charts.CYCLE[1]),
        ):
            begin, end = _runs(sorted(place[mark] for mark in marks))
            ax.hlines([row] * len(begin), begin, end, color=colour, linewidth=7)
    starts = [number for number, weekend in enumerate(every)
              if number == 0 or every[number - 1][:4] != weekend[:4]]  # fmt: skip
    for start in starts:
        ax.axvline(start - 0.5, color=charts.GRID, linewidth=0.8)
    ax.set_xticks(starts, [f"\u2019{every[start][2:4]}" for start in starts], ha="left")
    ax.set_yticks(range(len(lines)), [name for name, _, _ in reversed(lines)])
    ax.set_ylim(-0.6, len(lines) - 0.4)
    ax.set_xlim(-1, len(every))
    said = "; ".join(
        f"{name} {weak} in {counted(len(set(some)), 'round')}, {strong} in {len(set(most))}"
        for name, some, most in lines
    )
    return (
        fig,
        f"{counted(len(every), 'round')}, {every[0]} to {every[-1]}: {said}.",
        f"{counted(len(every), 'round')}, {every[0]} to {every[-1]}: rust where {strong}, grey "
        f"where {weak} only.",
    )


def _runs(places: "Sequence[int]") -> tuple[list[float], list[float]]:
    """Where unbroken runs of places begin and end, half a place to each side.

    >>> _runs([1, 2, 3, 7])
    ([0.5, 6.5], [3.5, 7.5])
    """
    begin = [place - 0.5 for place in places if place - 1 not in places]
    end = [place + 0.5 for place in places if place + 1 not in places]
    return begin, end
