"""Tables of the monitoring of the champion."""

from typing import TYPE_CHECKING

from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.reports import numbers
from f1lib.scoring.scores import METRICS

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.monitoring.windows import Window
    from f1lib.reports.tables import Listing


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
        Score=[METRICS[name].title for name in mine["metric"]],
        between=numbers.intervals(mine["low"], mine["high"], "{:.3f}"),
        skilled=numbers.intervals(mine["skill_low"], mine["skill_high"], "{:+.0%}"),
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
