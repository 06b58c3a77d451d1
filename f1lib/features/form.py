"""Form: how driver and lineage did lately, as decayed means of gaps and finishing places.

The frozen baselines read these columns, so their constants are fixed (docs/decisions/0003); which
seasons were reset is a fact about the sport and comes from outside. What the model believes of
strengths is in `strengths`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from f1lib.features import rounds
from f1lib.features.entries import lineages
from f1lib.features.rounds import Axis, FloatArray
from f1lib.tables.history import History
from f1lib.tables.laps import gap_to_pole_pct
from f1lib.tables.sessions import CLASSIFIED, NOT_STARTED

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

QUALIFYING_HALF_LIFE = 6.0  # rounds
RACE_HALF_LIFE = 10.0
TEAM_MATE_HALF_LIFE = 12.0
SEASON_WEIGHT = 0.6  # what an old round keeps on the way into a new season
RESET_WEIGHT = 0.25  # ... and into one whose regulations were reset
STRENGTH = 1.0  # rounds that a prior is worth
PRIOR_GAP = 2.0  # %, of a team never seen
PRIOR_RANK = 0.7  # its scaled finishing place
PRIOR_RETIRED = 0.15  # its share of retirements
RECENT = 4  # qualifyings in `recent_qualifying_gap`


def columns(
    history: History, entries: pd.DataFrame, resets: Sequence[int]
) -> dict[str, FloatArray]:
    """FORM of each entry, as it stood before its round."""
    states = _States(history, entries, resets)
    return states.of_qualifying() | states.of_races()


class _States:
    """Where the rows of the entries stand on the axes of rounds, drivers and lineages."""

    def __init__(self, history: History, entries: pd.DataFrame, resets: Sequence[int]) -> None:
        results, races = history["results"], history["races"]
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
            season_weight=SEASON_WEIGHT,
            reset_weight=RESET_WEIGHT,
            resets=resets,
        )

    def of_qualifying(self) -> dict[str, FloatArray]:
        """Form in gaps to pole, against the team-mate, and of the last few sessions."""
        gap, life = gap_to_pole_pct(self.qualifying), QUALIFYING_HALF_LIFE
        team = self._state("lineage", self.qualifying, gap, life).shrunk(PRIOR_GAP)
        mate = _gap_to_team_mate(self.qualifying, gap)
        return {
            "driver_qualifying_form": self._state("driver", self.qualifying, gap, life).shrunk(
                team
            ),
            "lineage_qualifying_form": team,
            "teammate_qualifying_gap": self._state(
                "driver", self.qualifying, mate, TEAM_MATE_HALF_LIFE
            ).shrunk(0.0),
            "recent_qualifying_gap": rounds.mean(
                *rounds.sum_of_last(
                    self.rounds.places(self.qualifying["weekend"]),
                    self.axes["driver"].places(self.qualifying["driver"]),
                    gap,
                    self.row,
                    self.column["driver"],
                    n=RECENT,
                )
            ),
        }

    def of_races(self) -> dict[str, FloatArray]:
        """Form in finishing places, and how often the car did not last."""
        life = RACE_HALF_LIFE
        rank = rounds.scaled_rank(self.started, "finish_order")
        out = (self.started["status"].to_numpy() != CLASSIFIED).astype(float)
        driver = self._state("driver", self.started, rank, life)
        team = self._state("lineage", self.started, rank, life).shrunk(PRIOR_RANK)
        team_out = self._state("lineage", self.started, out, life).shrunk(PRIOR_RETIRED)
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
        return _State(total[place], weight[place], STRENGTH)


@dataclass(frozen=True, slots=True)
class _State:
    """One running mean per entry: its weighted total, its weight, what a prior is worth."""

    total: FloatArray
    weight: FloatArray
    strength: float

    def shrunk(self, prior: FloatArray | float) -> FloatArray:
        return rounds.shrunk(self.total, self.weight, prior, self.strength)


def _gap_to_team_mate(qualifying: pd.DataFrame, gap: FloatArray) -> FloatArray:
    """Gap minus the mean gap of the other cars of the team; missing without one."""
    frame = qualifying[["weekend", "constructor"]].assign(gap=gap)
    groups = frame.groupby(["weekend", "constructor"])["gap"]
    n, total = groups.transform("count"), groups.transform("sum")
    others = (total - frame["gap"]) / (n - 1).where(n > 1)
    return (frame["gap"] - others).to_numpy(dtype=float)
