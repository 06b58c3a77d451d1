"""The tables of the reports: columns a reader understands, in the order a reader asks.

In:   previews and monitorings, as frames.
Out:  (frame, caption, formats), for Results.table.
Knows nothing of: how a table is drawn.
"""

from typing import TYPE_CHECKING

from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.reports import numbers
from f1lib.scoring.scores import METRICS

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.monitoring.windows import Window

    Listing = tuple[pd.DataFrame, str, dict[str, str]]


def race(frame: "pd.DataFrame") -> "Listing":
    """Every entry's race forecast."""
    shown = frame.rename(
        columns={
            "driver": "Driver", "team": "Team", "grid": "Grid", "p_first": "Win",
            "p_top3": "Podium", "p_top10": "Points", "expected_position": "Expected finish",
            "baseline": "Win, baseline",
        }
    )  # fmt: skip
    formats = {"Grid": ".0f", "Win": ".1%", "Podium": ".1%", "Points": ".1%",
               "Expected finish": ".1f", "Win, baseline": ".1%"}  # fmt: skip
    if frame["grid"].isna().all():
        del formats["Grid"]  # there is none yet
    return (
        shown[["Driver", "Team", *formats]],
        f"Race forecast for all {len(frame)} entries, the favourite first.",
        formats,
    )


def qualifying(frame: "pd.DataFrame") -> "Listing":
    """Every entry's qualifying forecast."""
    shown = frame.sort_values("expected_position").rename(
        columns={
            "driver": "Driver", "team": "Team", "p_first": "Pole", "p_top10": "Top ten",
            "gap_pct": "Gap to pole, %", "expected_position": "Expected place",
        }
    )  # fmt: skip
    columns = ["Driver", "Team", "Pole", "Top ten", "Gap to pole, %", "Expected place"]
    return (
        shown[columns],
        f"Qualifying forecast for all {len(frame)} entries, by expected place; counted in "
        "simulated sessions, so in whole percents.",
        {"Pole": ".0%", "Top ten": ".0%", "Gap to pole, %": ".2f", "Expected place": ".1f"},
    )


def scores(measured: "pd.DataFrame", window: "Window") -> "Listing":
    """Every headline score over a window, beside its baseline, the race first.

    Each stage at the cutoff it is judged at: qualifying after practice, the race after qualifying.
    """
    judged = {(stage.value, cutoff.value) for stage, cutoff in HEADLINE_CUTOFF.items()}
    keys = zip(measured["stage"], measured["cutoff"], strict=True)
    mine = measured.loc[[key in judged for key in keys]].sort_values(
        "stage", ascending=False, kind="stable"
    )
    shown = mine.assign(
        Score=[_labelled(name) for name in mine["metric"]],
        between=_interval(mine["low"], mine["high"], "{:.3f}"),
        skilled=_interval(mine["skill_low"], mine["skill_high"], "{:+.0%}"),
    ).rename(
        columns={
            "value": "Champion", "between": "95 % interval", "n_races": "Races",
            "baseline_value": "Baseline", "skill": "Skill", "skilled": "Skill, 95 % interval",
        }
    )  # fmt: skip
    columns = ["Score", "Champion", "Baseline", "Skill", "95 % interval",
               "Skill, 95 % interval", "Races"]  # fmt: skip
    return (
        shown[columns],
        f"{str(window)[0].upper()}{str(window)[1:]}. Intervals by bootstrap over races. Skill: "
        "1 - score / baseline on the same races (of the distance to perfect where higher is "
        "better); 0 is no better than the frozen baseline.",
        {"Champion": ".3f", "Baseline": ".3f", "Skill": "+.0%", "Races": ".0f"},
    )


def _labelled(metric: str) -> str:
    unit = METRICS[metric].unit
    return METRICS[metric].label + (f", {unit}" if unit else "")


def _interval(low: "pd.Series[float]", high: "pd.Series[float]", form: str) -> list[str]:
    """From low to high, as text; a dash where there are too few races for one."""
    return [
        numbers.typeset(f"{form.format(a)} to {form.format(b)}") if a == a else "–"  # noqa: PLR0124 - NaN
        for a, b in zip(low, high, strict=True)
    ]


def winners(frame: "pd.DataFrame") -> "Listing":
    """Every race: who won, what was said of it, and who the favourite was; the latest first."""
    shown = frame.iloc[::-1].rename(
        columns={
            "weekend": "Round", "race": "Grand Prix", "winner": "Winner",
            "p_winner": "Chance given", "favourite": "Favourite",
            "p_favourite": "Favourite's chance",
        }
    )  # fmt: skip
    return (
        shown,
        f"The {len(frame)} settled races, the latest first.",
        {"Chance given": ".1%", "Favourite's chance": ".1%"},
    )
