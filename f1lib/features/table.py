"""The feature table: one row per entry, everything known of it at a cutoff.

Gaps are % of a lap (to the pole sitter, or to the fastest of a session), positions are scaled to
0 (first) .. 1 (last), so that fields of 18 to 26 cars compare. Missing stays missing: the models
decide what to make of it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from f1lib.features import rounds
from f1lib.features.entries import entered, lineages
from f1lib.features.rounds import Axis, FloatArray, IntArray
from f1lib.tables.history import History
from f1lib.tables.laps import gap_to_fastest_pct, gap_to_pole_pct
from f1lib.tables.sessions import CLASSIFIED, NOT_STARTED
from f1lib.weekend import Cutoff, RaceWeekend

ENTRY_COLUMNS = ("weekend", "driver", "constructor", "lineage")
FORM = (
    "driver_qualifying_form",
    "lineage_qualifying_form",
    "teammate_qualifying_gap",
    "recent_qualifying_gap",
    "driver_race_form",
    "lineage_race_form",
    "driver_retirement_rate",
    "lineage_retirement_rate",
    "n_recent_races",
)
PRACTICE = ("practice_gap", "last_practice_gap")
GRID = ("qualifying_gap", "qualifying_rank", "grid_order", "grid_places_lost", "pit_lane")
FEATURES: dict[Cutoff, tuple[str, ...]] = {
    Cutoff.BEFORE_WEEKEND: FORM,
    Cutoff.BEFORE_QUALIFYING: (*FORM, *PRACTICE),
    Cutoff.BEFORE_RACE: (*FORM, *PRACTICE, *GRID),
}

REGULATION_RESETS = (2009, 2014, 2017, 2022, 2026)


@dataclass(frozen=True, slots=True)
class Recipe:
    """The constants of the features; part of a model's recipe, so that they are versioned."""

    qualifying_half_life: float = 6.0  # rounds
    race_half_life: float = 10.0
    season_weight: float = 0.6
    reset_weight: float = 0.25
    strength: float = 1.0  # rounds that the prior is worth
    resets: tuple[int, ...] = REGULATION_RESETS


def at(history: History, weekend: RaceWeekend, cutoff: Cutoff, recipe: Recipe) -> pd.DataFrame:
    """The feature table of `weekend` and of all before it, from what was known at `cutoff`."""
    return build(history.as_of(weekend, cutoff), cutoff, recipe)


def build(history: History, cutoff: Cutoff, recipe: Recipe) -> pd.DataFrame:
    """ENTRY_COLUMNS and FEATURES of the cutoff, for every weekend of the calendar of `history`.

    Each row uses earlier weekends, and of its own only what `cutoff` allows.
    """
    entries = entered(history, cutoff)
    entries = entries.assign(n_entries=entries.groupby("weekend")["driver"].transform("size"))
    columns = _form(history, entries, recipe)
    own = history.seen_at(cutoff)
    if cutoff is not Cutoff.BEFORE_WEEKEND:
        columns |= _practice(own, entries)
    if cutoff is Cutoff.BEFORE_RACE:
        columns |= _grid(own, entries)
    return entries.assign(**columns)[[*ENTRY_COLUMNS, "n_entries", *FEATURES[cutoff]]]


def _form(history: History, entries: pd.DataFrame, recipe: Recipe) -> dict[str, FloatArray]:
    results, qualifying = history["results"], history["qualifying"]
    races = history["races"]
    weekends = Axis(races["weekend"].to_numpy(dtype=object))
    drivers = Axis.of(entries["driver"], results["driver"], qualifying["driver"])
    of_results = lineages(history, results["constructor"])
    of_qualifying = lineages(history, qualifying["constructor"])
    teams = Axis.of(entries["lineage"], of_results, of_qualifying)
    row = weekends.places(entries["weekend"])
    driver, team = drivers.places(entries["driver"]), teams.places(entries["lineage"])
    keep = rounds.carry_over(
        races["season"].to_numpy(),
        season_weight=recipe.season_weight,
        reset_weight=recipe.reset_weight,
        resets=recipe.resets,
    )

    def form(
        frame: pd.DataFrame, axis: Axis, names: "pd.Series[str]", values: FloatArray, life: float
    ) -> tuple[FloatArray, FloatArray]:
        cells = rounds.mean_by_round(
            weekends.places(frame["weekend"]),
            axis.places(names),
            values,
            (len(weekends.names), len(axis.names)),
        )
        return rounds.decayed_before(cells, half_life=life, keep=keep)

    gap = gap_to_pole_pct(qualifying)
    started = results[~results["status"].isin(NOT_STARTED)]
    started_lineage = of_results.loc[started.index]
    rank = _scaled_rank(started, "finish_order")
    out = (started["status"].to_numpy() != CLASSIFIED).astype(float)
    q, r, strength = recipe.qualifying_half_life, recipe.race_half_life, recipe.strength

    def by_team(state: tuple[FloatArray, FloatArray], prior: float) -> FloatArray:
        return rounds.shrunk(state[0][row, team], state[1][row, team], prior, strength)

    def by_driver(state: tuple[FloatArray, FloatArray], prior: FloatArray | float) -> FloatArray:
        return rounds.shrunk(state[0][row, driver], state[1][row, driver], prior, strength)

    team_gap = by_team(form(qualifying, teams, of_qualifying, gap, q), 2.0)
    team_rank = by_team(form(started, teams, started_lineage, rank, r), 0.7)
    team_out = by_team(form(started, teams, started_lineage, out, r), 0.15)
    rank_state = form(started, drivers, started["driver"], rank, r)
    mate_gap = _gap_to_team_mate(qualifying, gap)
    return {
        "driver_qualifying_form": by_driver(
            form(qualifying, drivers, qualifying["driver"], gap, q), team_gap
        ),
        "lineage_qualifying_form": team_gap,
        "teammate_qualifying_gap": by_driver(
            form(qualifying, drivers, qualifying["driver"], mate_gap, 2 * q), 0.0
        ),
        "recent_qualifying_gap": _mean_of_last(
            weekends.places(qualifying["weekend"]),
            drivers.places(qualifying["driver"]),
            gap,
            row,
            driver,
            n=4,
        ),
        "driver_race_form": by_driver(rank_state, team_rank),
        "lineage_race_form": team_rank,
        "driver_retirement_rate": by_driver(
            form(started, drivers, started["driver"], out, r), team_out
        ),
        "lineage_retirement_rate": team_out,
        "n_recent_races": rank_state[1][row, driver],
    }


def _scaled_rank(frame: pd.DataFrame, order: str) -> FloatArray:
    """Place within the weekend by `order`, 0 for the first, 1 for the last."""
    place = frame.groupby("weekend")[order].rank(method="first").to_numpy(dtype=float)
    n = frame.groupby("weekend")[order].transform("size").to_numpy(dtype=float)
    return np.asarray((place - 1) / np.maximum(n - 1, 1), dtype=np.float64)


def _gap_to_team_mate(qualifying: pd.DataFrame, gap: FloatArray) -> FloatArray:
    """Gap minus the mean gap of the other cars of the team; missing without one."""
    frame = qualifying[["weekend", "constructor"]].assign(gap=gap)
    groups = frame.groupby(["weekend", "constructor"])["gap"]
    n, total = groups.transform("count"), groups.transform("sum")
    others = (total - frame["gap"]) / (n - 1).where(n > 1)
    return (frame["gap"] - others).to_numpy(dtype=float)


def _mean_of_last(
    round_of: IntArray,
    name_of: IntArray,
    values: FloatArray,
    row: IntArray,
    name: IntArray,
    n: int,
) -> FloatArray:
    """Mean of a name's last `n` observed values before each row's round; missing without any."""
    present = np.isfinite(values)
    order = np.lexsort((round_of[present], name_of[present]))
    rounds_sorted, names_sorted = round_of[present][order], name_of[present][order]
    seen = values[present][order]
    width = int(max(round_of.max(initial=0), row.max(initial=0))) + 2
    keys = names_sorted * width + rounds_sorted
    end = np.searchsorted(keys, name * width + row)
    start = np.searchsorted(keys, name * width)
    total, count = np.zeros(len(row)), np.zeros(len(row))
    for back in range(1, n + 1):  # a running sum would carry the rounding of later rounds
        within = end - back >= start
        total[within] += seen[end[within] - back]
        count += within
    with np.errstate(invalid="ignore"):
        return np.where(count > 0, total / count, np.nan)


def _joined(entries: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    values = values.drop_duplicates(["weekend", "driver"])
    return entries[["weekend", "driver"]].merge(values, how="left", on=["weekend", "driver"])


def _practice(own: History, entries: pd.DataFrame) -> dict[str, FloatArray]:
    """Best gap over the sessions known (sprint qualifying counts as one), and the last one's."""
    columns = ["weekend", "driver", "session", "time_ms"]
    sprint = own["sprint_qualifying"].assign(session="SQ")
    sprint = sprint.rename(columns={"best_ms": "time_ms"})
    laps = pd.concat([own["practice"][columns], sprint[columns]], ignore_index=True)
    laps = laps.assign(gap=gap_to_fastest_pct(laps)).dropna(subset="gap")
    best = laps.groupby(["weekend", "driver"])["gap"].min().reset_index()
    order = laps.sort_values(["weekend", "driver", "session"], kind="stable")
    last = order.drop_duplicates(["weekend", "driver"], keep="last")
    return {
        "practice_gap": _joined(entries, best)["gap"].to_numpy(dtype=float),
        "last_practice_gap": _joined(entries, last)["gap"].to_numpy(dtype=float),
    }


def _grid(own: History, entries: pd.DataFrame) -> dict[str, FloatArray]:
    qualifying = own["qualifying"]
    qualifying = qualifying.assign(
        gap=gap_to_pole_pct(qualifying), rank=_scaled_rank(qualifying, "position")
    )
    gaps = _joined(entries, qualifying[["weekend", "driver", "gap", "rank", "position"]])
    grid = _joined(entries, own["grid"][["weekend", "driver", "start_order", "pit_lane"]])
    lost = (grid["start_order"] - gaps["position"]).to_numpy(dtype=float)
    last = np.maximum(entries["n_entries"].to_numpy(dtype=float) - 1, 1)
    return {
        "qualifying_gap": gaps["gap"].to_numpy(dtype=float),
        "qualifying_rank": gaps["rank"].to_numpy(dtype=float),
        "grid_order": grid["start_order"].to_numpy(dtype=float),
        "grid_places_lost": np.clip(lost / last, -1, 1),
        "pit_lane": grid["pit_lane"].fillna(value=False).to_numpy(dtype=float),
    }
