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

RECENT = 4  # qualifyings in `recent_qualifying_gap`, which a frozen baseline reads
REGULATION_RESETS = (2009, 2014, 2017, 2022, 2026)


@dataclass(frozen=True, slots=True)
class Recipe:
    """The constants of the features; part of a model's recipe, so that they are versioned."""

    qualifying_half_life: float = 6.0  # rounds
    race_half_life: float = 10.0
    season_weight: float = 0.6
    reset_weight: float = 0.25
    team_mate_half_life: float = 12.0
    strength: float = 1.0  # rounds that a prior is worth
    prior_gap: float = 2.0  # %, of a team never seen
    prior_rank: float = 0.7  # its scaled finishing place
    prior_retired: float = 0.15  # its share of retirements
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
    """Running states of driver and lineage in qualifyings and races, as they stood before."""
    states = _States(history, entries, recipe)
    return states.of_qualifying() | states.of_races()


class _States:
    """Where the rows of the entries stand on the axes of rounds, drivers and lineages."""

    def __init__(self, history: History, entries: pd.DataFrame, recipe: Recipe) -> None:
        results, races = history["results"], history["races"]
        self.recipe = recipe
        self.qualifying = history["qualifying"].assign(
            lineage=lineages(history, history["qualifying"]["constructor"])
        )
        started = results[~results["status"].isin(NOT_STARTED)]
        self.started = started.assign(lineage=lineages(history, started["constructor"]))
        self.rounds = Axis(races["weekend"].to_numpy(dtype=object))
        self.axes = {
            name: Axis.of(entries[name], self.started[name], self.qualifying[name])
            for name in ("driver", "lineage")
        }
        self.row = self.rounds.places(entries["weekend"])
        self.column = {name: axis.places(entries[name]) for name, axis in self.axes.items()}
        self.keep = rounds.carry_over(
            races["season"].to_numpy(),
            season_weight=recipe.season_weight,
            reset_weight=recipe.reset_weight,
            resets=recipe.resets,
        )

    def of_qualifying(self) -> dict[str, FloatArray]:
        """Form in gaps to pole, against the team-mate, and of the last few sessions."""
        recipe, gap = self.recipe, gap_to_pole_pct(self.qualifying)
        life = recipe.qualifying_half_life
        team = self._state("lineage", self.qualifying, gap, life).shrunk(recipe.prior_gap)
        mate = _gap_to_team_mate(self.qualifying, gap)
        return {
            "driver_qualifying_form": self._state("driver", self.qualifying, gap, life).shrunk(
                team
            ),
            "lineage_qualifying_form": team,
            "teammate_qualifying_gap": self._state(
                "driver", self.qualifying, mate, recipe.team_mate_half_life
            ).shrunk(0.0),
            "recent_qualifying_gap": _mean_of_last(
                self.rounds.places(self.qualifying["weekend"]),
                self.axes["driver"].places(self.qualifying["driver"]),
                gap,
                self.row,
                self.column["driver"],
                n=RECENT,
            ),
        }

    def of_races(self) -> dict[str, FloatArray]:
        """Form in finishing places, and how often the car did not last."""
        recipe, life = self.recipe, self.recipe.race_half_life
        rank = _scaled_rank(self.started, "finish_order")
        out = (self.started["status"].to_numpy() != CLASSIFIED).astype(float)
        driver = self._state("driver", self.started, rank, life)
        team = self._state("lineage", self.started, rank, life).shrunk(recipe.prior_rank)
        team_out = self._state("lineage", self.started, out, life).shrunk(recipe.prior_retired)
        return {
            "driver_race_form": driver.shrunk(team),
            "lineage_race_form": team,
            "driver_retirement_rate": self._state("driver", self.started, out, life).shrunk(
                team_out
            ),
            "lineage_retirement_rate": team_out,
            "n_recent_races": driver.weight,
        }

    def _state(self, name: str, frame: pd.DataFrame, values: FloatArray, life: float) -> "_State":
        axis = self.axes[name]
        cells = rounds.mean_by_round(
            self.rounds.places(frame["weekend"]),
            axis.places(frame[name]),
            values,
            (len(self.rounds.names), len(axis.names)),
        )
        total, weight = rounds.decayed_before(cells, half_life=life, keep=self.keep)
        place = self.row, self.column[name]
        return _State(total[place], weight[place], self.recipe.strength)


@dataclass(frozen=True, slots=True)
class _State:
    """One running mean per entry: its weighted total, its weight, what a prior is worth."""

    total: FloatArray
    weight: FloatArray
    strength: float

    def shrunk(self, prior: FloatArray | float) -> FloatArray:
        return rounds.shrunk(self.total, self.weight, prior, self.strength)


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
