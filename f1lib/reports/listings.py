"""The tables of the reports: columns a reader understands, in the order a reader asks.

In:   previews and monitorings, as frames.
Out:  (frame, caption, formats), for Results.table.
Knows nothing of: how a table is drawn.
"""

from typing import TYPE_CHECKING

from f1lib.scoring.scores import METRICS

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.monitoring.windows import Window

    Listing = tuple[pd.DataFrame, str, dict[str, str]]

CUTOFFS = {
    "before_weekend": "before the weekend",
    "before_qualifying": "before qualifying",
    "before_race": "before the race",
}


def race(frame: "pd.DataFrame") -> "Listing":
    """Every entry's race forecast."""
    shown = frame.rename(
        columns={
            "driver": "Driver", "team": "Team", "grid": "Grid", "p_first": "Win",
            "p_top3": "Podium", "p_top10": "Points", "expected_position": "Expected finish",
            "baseline": "Win, baseline",
        }
    )  # fmt: skip
    columns = ["Driver", "Team", "Grid", "Win", "Podium", "Points", "Expected finish",
               "Win, baseline"]  # fmt: skip
    if frame["grid"].isna().all():
        columns.remove("Grid")
    shares = dict.fromkeys(["Win", "Podium", "Points", "Win, baseline"], ".1%")
    return (
        shown[columns],
        f"Race forecast for all {len(frame)} entries, the favourite first.",
        {**shares, "Grid": ".0f", "Expected finish": ".1f"},
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
        f"Qualifying forecast for all {len(frame)} entries, by expected place.",
        {"Pole": ".1%", "Top ten": ".1%", "Gap to pole, %": ".2f", "Expected place": ".1f"},
    )


def scores(measured: "pd.DataFrame", window: "Window") -> "Listing":
    """Every headline score over a window, beside its baseline."""
    label = {name: f"{metric.label}{f', {metric.unit}' if metric.unit else ''}"
             for name, metric in METRICS.items()}  # fmt: skip
    shown = measured.assign(
        Score=measured["metric"].map(label),
        Stage=measured["stage"],
        Known=measured["cutoff"].map(CUTOFFS),
    ).rename(
        columns={
            "value": "Champion", "low": "from", "high": "to", "n_races": "Races",
            "baseline_value": "Baseline", "skill": "Skill", "skill_low": "Skill from",
            "skill_high": "Skill to",
        }
    )  # fmt: skip
    columns = ["Score", "Stage", "Known", "Champion", "from", "to", "Races", "Baseline", "Skill",
               "Skill from", "Skill to"]  # fmt: skip
    number, share = ".3f", "+.1%"
    return (
        shown[columns],
        f"{str(window).capitalize()}. Intervals: 95 %, bootstrap over races. Skill: 1 - "
        "score / baseline on the same races, 0 is no better than the frozen baseline.",
        {"Champion": number, "from": number, "to": number, "Baseline": number, "Races": ".0f",
         "Skill": share, "Skill from": share, "Skill to": share},
    )  # fmt: skip


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
