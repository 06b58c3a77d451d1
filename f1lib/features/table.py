"""The feature table: one row per entry, everything known of it at a cutoff.

Gaps are % of a lap (to the pole sitter, or to the fastest of a session), places are scaled to
0 (first) .. 1 (last), strengths are gaps or normal scores against the field's middle, so that
fields of 18 to 26 cars compare. Missing stays missing: the models decide what to make of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from f1lib.features import circuits, form, grid, pace, practice, strengths
from f1lib.features.entries import entered
from f1lib.features.rounds import FloatArray
from f1lib.features.strengths import Dynamics
from f1lib.tables.history import History
from f1lib.weekend import Cutoff, RaceWeekend

ENTRY_COLUMNS = ("weekend", "driver", "constructor", "lineage")
# lower is better; `_sd` is what is not known of lineage and driver together
STRENGTH = tuple(
    f"{noun}_{part}"
    for noun in ("qualifying_pace", "finishing", "race_pace")
    for part in ("lineage", "driver", "sd")
)
PAST = (*form.FORM, *STRENGTH, *circuits.CIRCUIT)
FEATURES: dict[Cutoff, tuple[str, ...]] = {
    Cutoff.BEFORE_WEEKEND: PAST,
    Cutoff.BEFORE_QUALIFYING: (*PAST, *practice.PRACTICE),
    Cutoff.BEFORE_RACE: (*PAST, *practice.PRACTICE, *grid.GRID),
}

REGULATION_RESETS = (2009, 2014, 2017, 2022, 2026)

# chosen on 2014-2021; how flat the choice is: docs/decisions/0008
QUALIFYING_PACE = Dynamics(  # % of a lap
    lineage_step=0.08, driver_step=0.02, lineage_season=0.3, driver_season=0.1, lineage_reset=0.8,
    keep_season=0.8, keep_reset=0.8, noise=0.4, team_luck=0.3, trusted=1.5,
    lineage_prior=(0.5, 1.2), driver_prior=(0.15, 0.2),
)  # fmt: skip
FINISHING = Dynamics(  # normal scores
    lineage_step=0.08, driver_step=0.02, lineage_season=0.3, driver_season=0.1, lineage_reset=0.6,
    keep_season=0.8, keep_reset=0.5, noise=0.6, team_luck=0.3, trusted=2.0,
    lineage_prior=(0.3, 0.8), driver_prior=(0.1, 0.3),
)  # fmt: skip
RACE_PACE = FINISHING  # in spreads of the field: as wide as normal scores


@dataclass(frozen=True, slots=True)
class Recipe:
    """The constants of the features; part of a model's recipe, so that they are versioned."""

    qualifying_pace: Dynamics = QUALIFYING_PACE
    finishing: Dynamics = FINISHING
    race_pace: Dynamics = RACE_PACE
    resets: tuple[int, ...] = REGULATION_RESETS

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Recipe":
        """Read `dataclasses.asdict` back, tuples also where JSON made lists of them."""
        values: dict[str, Any] = {
            name: Dynamics.from_plain(value) if isinstance(value, Mapping) else tuple(value)
            for name, value in plain.items()
        }
        return cls(**values)


def at(history: History, weekend: RaceWeekend, cutoff: Cutoff, recipe: Recipe) -> pd.DataFrame:
    """The feature table of `weekend` and of all before it, from what was known at `cutoff`."""
    return build(history.as_of(weekend, cutoff), cutoff, recipe)


def build(history: History, cutoff: Cutoff, recipe: Recipe) -> pd.DataFrame:
    """ENTRY_COLUMNS and FEATURES of the cutoff, for every weekend of the calendar of `history`.

    Each row uses earlier weekends, and of its own only what `cutoff` allows.
    """
    entries = entered(history, cutoff)
    entries = entries.assign(n_entries=entries.groupby("weekend")["driver"].transform("size"))
    columns = form.columns(history, entries, recipe.resets) | _past(history, entries, recipe)
    own = history.seen_at(cutoff)
    if cutoff is not Cutoff.BEFORE_WEEKEND:
        columns |= practice.columns(own, entries)
    if cutoff is Cutoff.BEFORE_RACE:
        columns |= grid.columns(own, entries)
    return entries.assign(**columns)[[*ENTRY_COLUMNS, "n_entries", *FEATURES[cutoff]]]


def _past(history: History, entries: pd.DataFrame, recipe: Recipe) -> dict[str, FloatArray]:
    """STRENGTH and CIRCUIT: beliefs from earlier rounds."""
    columns: dict[str, FloatArray] = {}
    for noun, shown, dynamics in (
        ("qualifying_pace", pace.qualifying(history), recipe.qualifying_pace),
        ("finishing", pace.finishing(history), recipe.finishing),
        ("race_pace", pace.race(history), recipe.race_pace),
    ):
        found = strengths.before_each_round(
            shown, entries, history["races"], dynamics, recipe.resets
        )
        columns |= {
            f"{noun}_lineage": found.lineage,
            f"{noun}_driver": found.driver,
            f"{noun}_sd": found.sd,
        }
        if noun == "qualifying_pace":
            columns |= circuits.columns(history, entries, shown, found.surprise)
    return columns
