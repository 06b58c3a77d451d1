"""Tables of the monitoring of the champion."""

from typing import TYPE_CHECKING

from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.monitoring import findings as vocabulary
from f1lib.monitoring import healthy
from f1lib.monitoring.findings import Kind
from f1lib.reports import numbers
from f1lib.scoring.scores import METRICS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from f1lib.monitoring.findings import Finding
    from f1lib.monitoring.performance import Measured
    from f1lib.reports.tables import Listing


def scores(season: "Measured", recent: "Measured") -> "Listing":
    """Every headline score over a season, beside its baseline and the latest skill, the race first.

    Each stage at the cutoff it is judged at: qualifying after practice, the race after qualifying.
    """
    measured, window = season.scores, season.window
    lately = f"Skill, last {len(recent.window.weekends)}"
    judged = {(stage.value, cutoff.value) for stage, cutoff in HEADLINE_CUTOFF.items()}
    keys = zip(measured["stage"], measured["cutoff"], strict=True)
    mine = measured.loc[[key in judged for key in keys]].sort_values(
        "stage", ascending=False, kind="stable"
    )
    shown = mine.assign(
        Score=[METRICS[name].title for name in mine["metric"]],
        between=numbers.intervals(mine["low"], mine["high"], "{:.3f}"),
        skilled=numbers.intervals(mine["skill_low"], mine["skill_high"], "{:+.0%}"),
        lately=[float("nan") if (row := recent.row(name)) is None else row["skill"]
                for name in mine["metric"]],
    ).rename(
        columns={
            "value": "Champion", "between": "95 % interval", "n_races": "Races",
            "baseline_value": "Baseline", "skill": "Skill", "skilled": "Skill, 95 % interval",
            "lately": lately,
        }
    )  # fmt: skip
    columns = ["Score", "Skill", "Skill, 95 % interval", lately, "Champion", "Baseline",
               "95 % interval", "Races"]  # fmt: skip
    return (
        shown[columns],
        f"{str(window)[0].upper()}{str(window)[1:]}. Intervals by bootstrap over races. Skill: "
        "1 − score / baseline on the same races (of the distance to perfect where higher is "
        f"better); 0 is no better than the frozen baseline. At the right of it skill in the "
        f"{recent.window}.",
        {"Champion": ".3f", "Baseline": ".3f", "Skill": "+.0%", lately: "+.0%", "Races": ".0f"},
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


OF_SCORES = (Kind.PERFORMANCE, Kind.CALIBRATION, Kind.ANOMALY)  # other kinds have other reports


def findings(found: "Sequence[Finding]") -> "Listing":
    """Every rule about scores with its figures, and of other rules the alerts; alerts first."""
    shown = vocabulary.frame(each for each in found if each.alert or each.kind in OF_SCORES)
    shown = shown.assign(
        Rule=shown["rule"].str.replace("_", " ").str.replace(".", ": "),
        Status=shown["status"].where(~shown["alert"], "ALERT"),
        between=numbers.intervals(shown["low"], shown["high"], "{:.3f}"),
    ).rename(
        columns={
            "time_window": "Window", "value": "Value", "threshold": "Threshold",
            "between": "95 % interval", "n": "n", "in_a_row": "In a row",
        }
    )  # fmt: skip
    columns = ["Rule", "Status", "Value", "Threshold", "p", "In a row", "95 % interval", "Window",
               "n"]  # fmt: skip
    return (
        shown[columns],
        "Rules about scores, and every alert; drift_inspection shows what is found of drift and of "
        "new conditions. Fired: beyond its threshold. Alert: more than chance over a whole season "
        "allows. In a row: evaluations, one a round, that all fired. n: races. The value of "
        "calibration is its p, that of an anomaly the chance of such a winner.",
        {"Value": ".3f", "Threshold": ".3f", "p": ".3f", "n": ".0f", "In a row": ".0f"},
    )


def false_alarms(alarms: "Mapping[str, pd.DataFrame]") -> "Listing":
    """For each policy and rule: the share of healthy seasons in which it fires, and alerts."""
    import pandas as pd

    tables = [frame.assign(Policy=name) for name, frame in alarms.items()]
    shown = pd.concat(tables, ignore_index=True)
    shown = shown.assign(Rule=shown["rule"].str.replace("_", " ").str.replace(".", ": ")).rename(
        columns={"fired": "Fires in", "alert": "Alerts in", "alerts_a_season": "Alerts a season"}
    )
    return (
        shown[["Policy", "Rule", "Fires in", "Alerts in", "Alerts a season"]],
        f"Shares of {healthy.SEASONS} drawn seasons of {healthy.ROUNDS} races in which nothing is "
        "wrong, rule by rule; those of drift have seasons of their own and count in together. An "
        "alert that lasts counts once. Policies other than the one in force are shown for "
        "comparison: brief has fixed thresholds.",
        {"Fires in": ".1%", "Alerts in": ".1%", "Alerts a season": ".2f"},
    )


def trends(frame: "pd.DataFrame") -> "Listing":
    """Skill and its slope, season by season, the latest first."""
    ordered = frame.sort_values(["metric", "season"], ascending=[False, False])
    shown = ordered.assign(
        Score=[METRICS[name].label for name in ordered["metric"]],
        Season=ordered["season"].astype(str),
        slope=100 * ordered["slope"],
        between=numbers.intervals(100 * ordered["low"], 100 * ordered["high"], "{:+.1f}"),
    ).rename(columns={"skill": "Skill", "slope": "Slope", "between": "95 % interval", "n": "Races"})
    return (
        shown[["Score", "Season", "Slope", "p", "95 % interval", "Skill", "Races"]],
        "Skill against the frozen baseline on the same races; slope in points of a hundred a round "
        "by least squares; p by shuffling the rounds. One season in twenty has p below 0.05 by "
        "chance.",
        {"Skill": "+.0%", "Slope": "+.1f", "p": ".3f", "Races": ".0f"},
    )


def surprising(frame: "pd.DataFrame", *, most: int = 8) -> "Listing":
    """The most surprising winners of the season, and how surprised the baseline was."""
    shown = (
        frame.sort_values("p", kind="stable")
        .head(most)
        .rename(
            columns={
                "weekend": "Round", "race": "Grand Prix", "winner": "Winner",
                "p_winner": "Chance given", "p": "p", "p_baseline": "p of the baseline",
                "p_podium": "p of the podium",
            }
        )
    )  # fmt: skip
    return (
        shown.drop(columns="surprising"),
        "p: the chance, by the model's own probabilities, of a winner at most as likely; the "
        "favourite has 1. Of the podium by simulation, in which cars depend on each other only by "
        "sharing three places.",
        {"Chance given": ".1%", "p": ".1%", "p of the baseline": ".1%", "p of the podium": ".1%"},
    )


def slices(frame: "pd.DataFrame") -> "Listing":
    """Driver by driver, team by team, by type of circuit: how far off the forecast was."""
    shown = frame.assign(
        Slice=frame["kind"].str.replace("_", " of ").str.replace("circuit of type", "circuit"),
        between=numbers.intervals(frame["low"], frame["high"], "{:.1f}"),
        gained=numbers.intervals(frame["gain_low"], frame["gain_high"], "{:+.1f}"),
    )
    shown["between"] = shown["between"].mask(shown["error"].isna(), "too few")
    shown = shown.rename(
        columns={
            "name": "Name", "n": "Races", "error": "Places off", "between": "95 % interval",
            "gain": "Closer by", "gained": "Closer, 95 % interval",
            "behind": "Behind",
        }
    )  # fmt: skip
    columns = ["Name", "Slice", "Closer by", "Closer, 95 % interval", "Places off",
               "95 % interval", "Races", "Behind"]  # fmt: skip
    return (
        shown[columns],
        "Places off: mean distance between the expected and the actual place. Closer by: than the "
        "baseline. Behind: places that cars finished behind their expected one, on "
        "average. No figures where there are too few races.",
        {"Races": ".0f", "Places off": ".1f", "Closer by": "+.1f", "Behind": "+.1f"},
    )  # fmt: skip
