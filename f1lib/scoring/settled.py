"""One forecast beside what happened: everyone who was forecast or took part."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from f1lib.predictions import FORECAST_COLUMNS, FloatArray, Forecast
from f1lib.weekend import Stage

BoolArray = npt.NDArray[np.bool_]

ACTUAL_COLUMNS = ("position", "classified", "actual_gap_pct", "actual_gap_s")


@dataclass(frozen=True, slots=True)
class Settled:
    """One forecast beside what happened, entry by entry.

    Arrays run over everyone who was forecast or took part. `place` is the actual position (1..n),
    missing for those who did not take part; `expected` orders the forecast, the first lowest;
    `cumulative` (entries, entries) is P(position <= k + 1), or None.
    """

    stage: Stage
    p_first: FloatArray
    p_top3: FloatArray
    p_top10: FloatArray
    expected: FloatArray
    gap_pct: FloatArray
    place: FloatArray
    classified: BoolArray
    actual_gap_pct: FloatArray
    actual_gap_s: FloatArray
    cumulative: FloatArray | None

    @property
    def forecast(self) -> BoolArray:
        """True where the entry was forecast."""
        return np.isfinite(self.expected) | np.isfinite(self.p_first)


def joined(forecast: Forecast, outcome: pd.DataFrame) -> pd.DataFrame:
    """A forecast beside the outcome of its stage and weekend: a row for everyone in either.

    FORECAST_COLUMNS and ACTUAL_COLUMNS; those who were forecast in their order, then the others
    by position. Missing is what was not said or did not happen.
    """
    said = forecast.rows
    happened = outcome.sort_values("position")
    place = {driver: place for place, driver in enumerate(happened["driver"])}
    took_part = np.array([place.get(driver, -1) for driver in said["driver"]], dtype=np.int64)
    others = np.setdiff1d(np.arange(len(happened)), took_part)
    theirs = np.concatenate([took_part, others])
    whole = {}
    for name in FORECAST_COLUMNS:
        left = said[name].to_numpy()
        if name in {"driver", "constructor"}:
            right = happened[name].to_numpy()[others]
        else:
            left, right = left.astype(float), np.full(len(others), np.nan)
        whole[name] = np.concatenate([left, right])
    actual = {"position": "position", "actual_gap_pct": "gap_pct", "actual_gap_s": "gap_s"}
    for name, column in actual.items():
        values = happened[column].to_numpy(dtype=float)
        whole[name] = np.append(values, np.nan)[theirs]
    classified = happened["classified"].to_numpy(dtype=bool)
    whole["classified"] = np.append(classified, False)[theirs]
    return pd.DataFrame(whole, columns=[*FORECAST_COLUMNS, *ACTUAL_COLUMNS])


def settled(forecast: Forecast, outcome: pd.DataFrame) -> Settled:
    """Join a forecast with the outcome rows of its stage and weekend."""
    both, n_said = joined(forecast, outcome), len(forecast.rows)

    def column(name: str) -> FloatArray:
        return both[name].to_numpy(dtype=float)

    expected = column("expected_position")
    if np.isnan(expected).all():  # a model that only names winners orders by them
        expected = np.where(np.isfinite(column("p_first")), -column("p_first"), np.nan)
    cumulative = None
    if forecast.positions is not None:
        cumulative = np.full((len(both), n_said), np.nan)
        cumulative[:n_said] = np.cumsum(forecast.positions, axis=1)
    return Settled(
        stage=forecast.stage,
        p_first=column("p_first"),
        p_top3=column("p_top3"),
        p_top10=column("p_top10"),
        expected=expected,
        gap_pct=column("gap_pct"),
        place=column("position"),
        classified=both["classified"].to_numpy(dtype=bool),
        actual_gap_pct=column("actual_gap_pct"),
        actual_gap_s=column("actual_gap_s"),
        cumulative=cumulative,
    )
