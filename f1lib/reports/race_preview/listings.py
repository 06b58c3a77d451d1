"""Tables of a race preview."""

from typing import TYPE_CHECKING

from f1lib.monitoring.windows import ROUNDS
from f1lib.reports import numbers
from f1lib.scoring.precedents import MINIMUM
from f1lib.scoring.scores import METRICS
from f1lib.weekend import Cutoff, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from f1lib.monitoring.performance import Measured
    from f1lib.monitoring.windows import Window
    from f1lib.reports.tables import Listing

LEADING = 10  # drivers whose precedents are listed
KNOWN = {
    Cutoff.BEFORE_WEEKEND.value: "before the weekend",
    Cutoff.BEFORE_QUALIFYING.value: "after practice and sprint",
    Cutoff.BEFORE_RACE.value: "after qualifying",
}
SHOWN_SCORES = (
    "winner_hit", "winner_log_loss", "podium_overlap", "podium_brier", "points_brier", "rps",
    "pole_hit", "pole_log_loss", "order_concordance", "gap_mae_pct",
)  # fmt: skip


def race(frame: "pd.DataFrame") -> "Listing":
    """Every entry's race forecast, the frozen baselines beside it."""
    shown = frame.assign(
        finish=[
            f"{row['expected_position']:.1f} ({row['low']:.0f}–{row['high']:.0f})"
            for row in frame.to_dict("records")
        ]
    ).rename(
        columns={
            "driver": "Driver", "grid": "Grid", "p_first": "Win", "p_top3": "Podium",
            "p_top10": "Points", "finish": "Finish", "baseline": "Win, baseline",
            "baseline_top3": "Podium, baseline", "baseline_top10": "Points, baseline",
        }
    )  # fmt: skip
    formats = {"Grid": ".0f", "Win": ".1%", "Win, baseline": ".1%", "Podium": ".0%",
               "Podium, baseline": ".0%", "Points": ".0%", "Points, baseline": ".0%",
               "Finish": ""}  # fmt: skip
    if frame["grid"].isna().all():
        del formats["Grid"]  # there is none yet
    return (
        shown[["Driver", *formats]],
        f"Race forecast for all {len(frame)} entries, the favourite first; beside each chance what "
        "the frozen baseline gives. Finish: the expected place, and between which places four "
        "results in five lie.",
        formats,
    )


def precedents(frame: "pd.DataFrame", n_rounds: int) -> "Listing":
    """Of the leading drivers' chances: how many earlier ones were alike, and came true."""
    top = frame.head(LEADING)
    shown = top[["driver"]].rename(columns={"driver": "Driver"})
    formats = {}
    for what, name in (("p_first", "Win"), ("p_top3", "Podium"), ("p_top10", "Points")):
        like = [
            f"{true:.0f} of {n:.0f}" if n else numbers.MISSING
            for true, n in zip(top[f"{what}_like_true"], top[f"{what}_like_n"], strict=True)
        ]
        shown[name], shown[f"{name}: alike, came true"] = top[what], like
        formats[name] = ".0%"
    return (
        shown,
        f"The {len(top)} favourites, and how often earlier chances of about the same size came "
        f"true in {n_rounds} settled rounds. A dash: fewer than {MINIMUM} were alike, or fewer "
        f"than {ROUNDS} rounds are settled.",
        formats,
    )


def duels(pairs: "pd.DataFrame") -> "Listing":
    """Every pair of team-mates: who is ahead in race and qualifying, and the season so far.

    `pairs` as Preview.duels.
    """
    shown = pairs.assign(
        season=_balance(pairs["n_ahead"], pairs["n_met"]),
        season_qualifying=_balance(pairs["n_ahead_qualifying"], pairs["n_met_qualifying"]),
    ).rename(
        columns={
            "driver": "Driver", "rival": "Rival", "p_ahead": "Ahead, race",
            "season": "Races so far", "p_ahead_qualifying": "Ahead, qualifying",
            "season_qualifying": "Qualifyings so far", "team": "Team",
        }
    )  # fmt: skip
    columns = ["Driver", "Rival", "Ahead, race", "Races so far", "Ahead, qualifying",
               "Qualifyings so far", "Team"]  # fmt: skip
    return (
        shown[columns],
        f"The {len(shown)} pairs of team-mates, the clearest first: how likely the driver is "
        "ahead of the rival. So far: how often each of them was ahead in earlier rounds of this "
        "season that both drove for this team.",
        {"Ahead, race": ".0%", "Ahead, qualifying": ".0%"},
    )


def _balance(ahead: "pd.Series[float]", met: "pd.Series[float]") -> list[str]:
    """As fans write it: 14–9."""
    return [
        f"{n:.0f}–{of - n:.0f}" if of > 0 else numbers.MISSING
        for n, of in zip(ahead, met, strict=True)
    ]


def rungs(found: "pd.DataFrame") -> "Listing":
    """The information ladder: log loss of the winners at each cutoff, and what a rung is worth."""
    shown = found.assign(
        known=[KNOWN[cutoff] for cutoff in found["cutoff"]],
        between=numbers.intervals(found["low"], found["high"], "{:+.2f}"),
    ).rename(
        columns={
            "known": "Forecast", "value": "Champion", "baseline_value": "Baseline",
            "worth": "Worth of the rung", "between": "95 % interval", "n_races": "Races",
        }
    )  # fmt: skip
    formats = {"Champion": ".2f", "Baseline": ".2f", "Worth of the rung": "+.2f", "Races": ".0f"}
    return (
        shown[["Forecast", "Champion", "Baseline", "Worth of the rung", "95 % interval", "Races"]],
        "Log loss of the winners, nats, lower is better; and by how much it fell against the rung "
        "above, on the same races.",
        formats,
    )


def track_record(
    recent: "Measured", here: "Measured", cutoffs: "Mapping[Stage, Cutoff]"
) -> "Listing":
    """Champion and baseline over the last rounds and over earlier races at this circuit."""
    lately, there = (
        _at(cutoffs, measured).set_index("metric")[["value", "baseline_value", "n_races"]]
        for measured in (recent, here)
    )
    both = lately.merge(
        there.astype(float), how="outer", left_index=True, right_index=True, suffixes=("", "_here")
    )
    both = both.reindex([name for name in SHOWN_SCORES if name in both.index])
    shown = both.reset_index(names="metric")
    shown = shown.assign(Score=[METRICS[name].title for name in shown["metric"]]).rename(
        columns={
            "value": "Lately", "baseline_value": "Baseline", "n_races": "Rounds",
            "value_here": "Here", "baseline_value_here": "Baseline, here",
            "n_races_here": "Rounds, here",
        }
    )  # fmt: skip
    columns = ["Lately", "Baseline", "Rounds", "Here", "Baseline, here", "Rounds, here"]
    return (
        shown[["Score", *columns]],
        f"Means over the {recent.window} and the {here.window}, each stage at the "
        "cutoff it is now forecast at.",
        {name: ".0f" if name.startswith("Rounds") else ".3f" for name in columns},
    )


def _at(cutoffs: "Mapping[Stage, Cutoff]", measured: "Measured") -> "pd.DataFrame":
    """The scores of each stage at its cutoff."""
    rows = measured.scores
    wanted = {(stage.value, cutoff.value) for stage, cutoff in cutoffs.items()}
    keys = zip(rows["stage"], rows["cutoff"], strict=True)
    return rows.loc[[key in wanted for key in keys]]


def settled_races(races: "pd.DataFrame", recent: "Window") -> "Listing":
    """The last rounds and the earlier races at this circuit: winner, favourite, their chances.

    `races` as TrackRecord.races.
    """
    lately = {str(weekend) for weekend in recent.weekends}
    mine = races[races["weekend"].isin(lately) | races["here"]]
    shown = mine.iloc[::-1].rename(
        columns={
            "weekend": "Round", "race": "Grand Prix", "winner": "Winner",
            "p_winner": "Chance given", "p_baseline": "By the baseline", "favourite": "Favourite",
            "p_favourite": "Favourite's chance",
        }
    )  # fmt: skip
    columns = ["Round", "Grand Prix", "Winner", "Chance given", "By the baseline", "Favourite",
               "Favourite's chance"]  # fmt: skip
    return (
        shown[columns],
        f"The last {len(lately)} settled rounds and the {int(mine['here'].sum())} at this circuit, "
        "the latest first.",
        dict.fromkeys(["Chance given", "By the baseline", "Favourite's chance"], ".0%"),
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
