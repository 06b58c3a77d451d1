"""Charts of cars against each other: what moves each in its field, and which team-mate is ahead."""

import math
from typing import TYPE_CHECKING, Any

from f1lib.reports import charts
from f1lib.reports.numbers import percent
from f1lib.reports.race_preview.headlines import NO_PAIR, UNEXPLAINED, effect
from f1lib.weekend import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from f1lib.reports.charts import Chart

EXPLAINED = 8  # drivers
SMALL = {Stage.RACE: math.log(1.1), Stage.QUALIFYING: 0.02}  # what never moves more is the rest
SCALE = {Stage.RACE: (math.log(2), "odds × 2"), Stage.QUALIFYING: (0.1, "0.1 % of a lap")}
REST = "the rest"
HYPHENATED = {"qualifying": "quali-\nfying", "reliability": "relia-\nbility"}
NARROWEST = 0.22  # a column of all that is drawn, so that its heading fits

READ = {
    Stage.RACE: "how the odds of finishing ahead of any given rival compare with those of an "
    "average car",
    Stage.QUALIFYING: "the gap to the average car of the field, in % of a lap",
}


def reasons(found: "pd.DataFrame", stage: str, drivers: "Sequence[str]") -> "Chart":
    """What moves the leading drivers forward or back: a column of bars for each reason.

    `found` has stage, driver, reason, value as TwoStage.contributions; `drivers` in the order
    they are shown.
    """
    of = Stage(stage)
    wide = found[found["stage"] == of].pivot(index="driver", columns="reason", values="value")
    wide = -wide.reindex([driver for driver in drivers if driver in wide.index][:EXPLAINED])
    if wide.empty:
        return charts.nothing(UNEXPLAINED)
    total = wide.sum(axis=1)
    wide = _with_rest(wide, SMALL[of])
    fig, ax = charts.figure(height=0.3 * len(wide) + 1.15)
    _columns(ax, wide, of)
    ax.set_yticks(range(len(wide)), list(wide.index))
    ax.tick_params(axis="y", labelcolor=charts.INK)
    _beside(ax, [effect(-value, of) for value in total])
    said = "; ".join(
        f"{driver} {effect(-float(row.sum()), of)}: "
        + ", ".join(f"{reason} {effect(-float(value), of)}" for reason, value in row.items())
        for driver, row in wide.head(5).iterrows()
    )
    return (
        fig,
        f"What moves the leading drivers in the {stage} forecast against the field's mean: {said}.",
        "Each column is a reason: bars to the right move a car forward, to the left back, against "
        "the mean of the field, all on one scale. At the right all reasons together: "
        f"{READ[of]}.",
    )


def _beside(ax: Any, labels: "Sequence[str]") -> None:
    """Labels of the rows at the right."""
    right = ax.secondary_yaxis("right")
    right.set_yticks(range(len(labels)), labels)
    right.tick_params(axis="y", labelcolor=charts.INK, labelsize=charts.TEXT, length=0)
    right.spines["right"].set_visible(False)


def _with_rest(wide: "pd.DataFrame", small: float) -> "pd.DataFrame":
    """The reasons that move somebody, the strongest first, and all others as one."""
    strongest = wide.abs().max().sort_values(ascending=False, kind="stable")
    kept = wide[list(strongest.index[strongest >= small])]
    if kept.shape[1] == wide.shape[1]:
        return kept
    return kept.assign(**{REST: wide.drop(columns=kept.columns).sum(axis=1)})


def _columns(ax: Any, wide: "pd.DataFrame", stage: Stage) -> None:
    """Bars around a zero line of its own for each column, on one scale."""
    left, right = (-wide).max().clip(lower=0), wide.max().clip(lower=0)
    size, text = SCALE[stage]
    widest = max(float((left + right).sum()), size)
    narrowest = NARROWEST * widest
    extra = (narrowest - left - right).clip(lower=0) / 2
    start, steps = 0.0, list(range(len(wide)))
    gap = 0.04 * widest
    for reason in wide.columns:
        zero = start + left[reason] + extra[reason]
        values = wide[reason].to_numpy()
        colours = [charts.CYCLE[0] if value > 0 else charts.CYCLE[1] for value in values]
        ax.barh(steps, values, left=zero, height=0.58, color=colours)
        ax.vlines(zero, -0.5, len(wide) - 0.5, color=charts.MUTED, linewidth=0.8)
        middle = start + (left[reason] + right[reason]) / 2 + extra[reason]
        heading = HYPHENATED.get(str(reason), str(reason).replace(" ", "\n"))
        ax.annotate(heading, (middle, -0.65), va="bottom",
                    ha="center", annotation_clip=False, fontsize=charts.TEXT)  # fmt: skip
        start += left[reason] + right[reason] + 2 * extra[reason] + gap
    ax.plot([0, size], [len(wide)] * 2, color=charts.MUTED, linewidth=3)
    ax.annotate(f"= {text}", (size, len(wide)), xytext=(5, 0), textcoords="offset points",
                va="center", color=charts.MUTED, fontsize=charts.TEXT)  # fmt: skip
    ax.grid(visible=False)
    ax.set_xticks([])
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.set_xlim(-gap / 2, start)
    ax.set_ylim(len(wide) + 0.4, -0.6)


def duels(pairs: "pd.DataFrame") -> "Chart":
    """Team-mates pulling at a rope: how likely each is ahead, in the race and in qualifying.

    `pairs` as Preview.duels.
    """
    if pairs.empty:
        return charts.nothing(NO_PAIR)
    fig, ax = charts.figure(height=0.3 * len(pairs) + 1.0)
    steps = list(range(len(pairs)))
    at = 100 - 100 * pairs["p_ahead"].to_numpy(dtype=float)
    ax.grid(visible=False)
    ax.axvline(50, color=charts.MUTED, linewidth=0.8)
    ax.hlines(steps, 50, at, color=charts.CYCLE[0], linewidth=5)
    ax.plot(at, steps, "o", color=charts.CYCLE[0], markersize=7, label="race")
    if pairs["p_ahead_qualifying"].notna().any():
        ax.plot(100 - 100 * pairs["p_ahead_qualifying"], steps, "D", color=charts.INK,
                markersize=4.5, markerfacecolor=charts.PAPER, markeredgewidth=1.3,
                label="qualifying")  # fmt: skip
    ax.set_yticks(steps, [f"{t}  {c}" for t, c in zip(pairs["team"], pairs["code"], strict=True)])
    ax.tick_params(axis="y", labelcolor=charts.INK)
    ax.spines["left"].set_visible(False)
    _beside(ax, list(pairs["rival_code"]))
    ax.set_xlim(-2, 102)
    ax.set_xticks([0, 25, 50, 75, 100], ["100 %", "75 %", "even", "75 %", "100 %"])
    ax.set_ylim(len(pairs) - 0.5, -0.5)
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper right", ncols=2, frameon=False)
    said = "; ".join(
        f"{row['driver']} {percent(row['p_ahead'])} before {row['rival']}"
        for row in pairs.to_dict("records")
    )
    return (
        fig,
        f"Chance of finishing the race ahead of the team-mate: {said}.",
        "The nearer a mark is to a driver, the more likely that driver is ahead. Bars and dots: "
        "the race, a car that retires being behind those that last longer; diamonds: qualifying.",
    )
