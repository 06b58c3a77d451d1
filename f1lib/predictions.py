"""Probability tables: who said it, when, and knowing what.

In:   what a model says about the entries of one weekend.
Out:  `Forecast` (the numbers) and `Prediction` (the numbers with their origin).
Knows nothing of: models, outcomes, the store.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from f1lib.errors import TableContractError
from f1lib.weekend import Cutoff, RaceWeekend, Stage

FloatArray = npt.NDArray[np.float64]

# one row per entry, in the order of the entries; a model leaves missing what it does not say
FORECAST_COLUMNS = (
    "driver",
    "constructor",
    "p_first",  # pole in stage qualifying, win in stage race
    "p_top3",
    "p_top10",  # the third segment of qualifying, the points in the race
    "expected_position",
    "gap_pct",  # expected gap to pole, % of the pole lap; stage qualifying only
)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What one model says about one stage of one weekend.

    `rows` has FORECAST_COLUMNS, one row per entry. `positions` is None or shaped
    (entries, entries): the probability that entry i ends in position k + 1; rows and columns
    sum to one.
    """

    stage: Stage
    rows: pd.DataFrame
    positions: FloatArray | None = None

    @classmethod
    def from_positions(
        cls,
        stage: Stage,
        entries: pd.DataFrame,
        positions: FloatArray,
        gap_pct: FloatArray | None = None,
    ) -> "Forecast":
        """Derive every probability from one position distribution, so that they agree."""
        n = len(entries)
        rows = pd.DataFrame(
            {
                "driver": entries["driver"].to_numpy(),
                "constructor": entries["constructor"].to_numpy(),
                "p_first": positions[:, 0],
                "p_top3": positions[:, :3].sum(axis=1),
                "p_top10": positions[:, :10].sum(axis=1),
                "expected_position": positions @ np.arange(1, n + 1),
                "gap_pct": np.nan if gap_pct is None else gap_pct,
            }
        )
        return cls(stage, rows, positions)

    def vouched(self) -> "Forecast":
        """This forecast, or TableContractError if its probabilities are no probabilities."""
        rows, faults = self.rows, []
        if rows["driver"].duplicated().any():
            faults.append("a driver stands in it twice")
        places = {"p_first": 1, "p_top3": 3, "p_top10": 10}
        for column, total in places.items():
            p = rows[column].to_numpy(dtype=float)
            if np.isnan(p).all() and column != "p_first":
                continue
            if not np.isfinite(p).all() or (p < -1e-9).any() or (p > 1 + 1e-9).any():
                faults.append(f"{column} leaves [0, 1]")
            elif abs(p.sum() - min(total, len(rows))) > 1e-6:
                faults.append(f"{column} sums to {p.sum():.6f}, not {min(total, len(rows))}")
        if faults:
            raise TableContractError(
                f"This forecast of stage {self.stage} for {len(rows)} entries is not usable: "
                f"{'; '.join(faults)}."
            )
        return self


@dataclass(frozen=True, slots=True)
class Prediction:
    """A forecast with its origin.

    `model_version` is "" for a frozen baseline. `inputs_sha256` names all that could be known
    when it was made: the same inputs give the same prediction, so asking twice changes nothing.
    `grand_prix` finds the race again when rounds are renumbered; `race_date` is for the reader. A
    prediction made after its session began, or with its result at hand, is a `replay`.
    """

    weekend: RaceWeekend
    stage: Stage
    cutoff: Cutoff
    model: str
    model_version: str
    made_at: datetime
    replay: bool
    simulated: bool
    snapshot: str
    inputs_sha256: str
    grand_prix: str
    race_date: str
    forecast: Forecast

    @property
    def key(self) -> tuple[str, ...]:
        """The natural key: what makes this prediction the same as another one."""
        return (
            str(self.weekend), self.stage, self.cutoff, self.model, self.model_version,
            self.inputs_sha256,
        )  # fmt: skip
