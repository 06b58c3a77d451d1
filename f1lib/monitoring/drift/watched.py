"""Watched: what each round showed, a row per entry, after it was run.

In:   everything known, and how features are made.
Out:  one row per entry and raced weekend: identities, and TESTED features.
Knows nothing of: models, what is significant.

Watched is what is new in each round and not what is believed after it: a driver's form after eight
races is nearly his form after seven, so that three races of it hold little more than one (see
`memory`). Of a belief its surprise is watched instead: what the round showed minus what was
believed before. Surprises of one round depend little on those of the round before.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from f1lib.features import grid, pace, practice, strengths
from f1lib.features.entries import entered, joined
from f1lib.features.rounds import FloatArray
from f1lib.features.table import Recipe
from f1lib.tables.history import History
from f1lib.tables.laps import SLOWEST_PCT
from f1lib.tables.sessions import CLASSIFIED, NOT_STARTED
from f1lib.weekend import Cutoff

SURPRISES = (  # what was shown minus what was believed before, the field's middle at 0
    "qualifying_surprise",  # % of a lap
    "practice_surprise",
    "finishing_surprise",  # normal scores
)
SIZES = tuple(f"{name}_size" for name in SURPRISES)  # without their sign: how wrong beliefs were
SHOWN = (
    "practice_to_qualifying",  # the car's best practice lap against its qualifying, % of a lap
    "grid_places_lost",  # between qualifying and the grid, share of the field
    "pit_lane",
    "places_gained",  # between grid and finish, share of the field; classified cars only
    "retired",
)
# How far the field lies apart. A season's cars stay much the same, so these do carry over, if less
# than forms do: they are measured and found, and raise no alert.
LEVELS = (
    "practice_gap",  # to the fastest of its session, % of a lap
    "qualifying_gap",  # to the pole, %
    "qualifying_depth",  # the field's median gap to the pole, % (the same for all entries)
)
TESTED = (*SURPRISES, *SIZES, *SHOWN, *LEVELS)
IDENTITIES = ("constructor", "driver", "circuit", "format", "field_size", "regulations")
COLUMNS = ("weekend", "lineage", *IDENTITIES, *TESTED)


def after_each_round(history: History, recipe: Recipe) -> pd.DataFrame:
    """COLUMNS of every raced weekend of `history`, a row per entry.

    Each row uses its own weekend and earlier ones. What a weekend did not show is missing.
    `regulations` is the season of the last reset, as text.
    """
    entries = entered(history, Cutoff.BEFORE_RACE)
    raced = set(history["results"]["weekend"])
    entries = entries[entries["weekend"].isin(raced)].reset_index(drop=True)
    size = entries.groupby("weekend")["driver"].transform("size")
    entries = entries.assign(n_entries=size)
    own = history.seen_at(Cutoff.BEFORE_RACE)
    columns = practice.columns(own, entries) | grid.columns(own, entries)
    columns |= _surprises(history, entries, recipe, columns["practice_gap"])
    columns |= {f"{name}_size": np.abs(columns[name]) for name in SURPRISES}
    columns |= _levels(history, entries, columns["qualifying_gap"]) | _race(history, entries)
    races = history["races"].set_index("weekend")
    season = entries["weekend"].str[:4].astype(int)
    return entries.assign(
        **columns,
        circuit=entries["weekend"].map(races["circuit"]),
        format=entries["weekend"].map(races["format"]),
        field_size=size.astype(str),
        regulations=[_era(one, recipe.resets) for one in season],
    )[list(COLUMNS)]


def _era(season: int, resets: Sequence[int]) -> str:
    """The season of the last reset, or `first` before any."""
    return str(max((reset for reset in resets if reset <= season), default="first"))


def _surprises(
    history: History, entries: pd.DataFrame, recipe: Recipe, practice_gap: FloatArray
) -> dict[str, FloatArray]:
    """SURPRISES of each entry; practice is compared with what is believed of qualifying."""
    found = {}
    for name, shown, dynamics in (
        ("qualifying_surprise", pace.qualifying(history), recipe.qualifying_pace),
        ("finishing_surprise", pace.finishing(history), recipe.finishing),
    ):
        believed = strengths.before_each_round(
            shown, entries, history["races"], dynamics, recipe.resets
        )
        surprise = joined(entries, shown[["weekend", "driver"]].assign(value=believed.surprise))
        found[name] = surprise["value"].to_numpy(dtype=float)
        if name == "qualifying_surprise":
            beyond = pd.Series(practice_gap - believed.lineage - believed.driver)
            middle = beyond.groupby(entries["weekend"]).transform("median")
            found["practice_surprise"] = (beyond - middle).to_numpy(dtype=float)
    return found


def _levels(
    history: History, entries: pd.DataFrame, qualifying_gap: FloatArray
) -> dict[str, FloatArray]:
    """Practice laps against the car's own in qualifying, and how far the field lies apart."""
    laps = history["practice"].groupby(["weekend", "driver"])["time_ms"].min().reset_index()
    best = joined(entries, laps)["time_ms"].to_numpy(dtype=float)
    timed = history["qualifying"]
    segments = timed[["q1_ms", "q2_ms", "q3_ms", "best_ms"]].min(axis=1)
    fastest = joined(entries, timed[["weekend", "driver"]].assign(fastest=segments))["fastest"]
    slower = 100 * (best / fastest.to_numpy(dtype=float) - 1)
    gap = pd.Series(qualifying_gap).groupby(entries["weekend"])
    return {
        "practice_to_qualifying": np.where(np.abs(slower) <= SLOWEST_PCT, slower, np.nan),
        "qualifying_depth": gap.transform("median").to_numpy(dtype=float),
    }


def _race(history: History, entries: pd.DataFrame) -> dict[str, FloatArray]:
    """What the race did to the order it started in."""
    results = history["results"]
    started = results[~results["status"].isin(NOT_STARTED)]
    finish = joined(entries, started[["weekend", "driver", "finish_order", "status"]])
    start = joined(entries, history["grid"][["weekend", "driver", "start_order"]])
    classified = (finish["status"] == CLASSIFIED).to_numpy()
    last = np.maximum(entries["n_entries"].to_numpy(dtype=float) - 1, 1)
    gained = (start["start_order"] - finish["finish_order"]).to_numpy(dtype=float) / last
    retired = np.where(finish["status"].notna(), ~classified, np.nan)
    return {
        "places_gained": np.where(classified, gained, np.nan),
        "retired": np.asarray(retired, dtype=np.float64),
    }
