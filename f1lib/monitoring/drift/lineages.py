"""Lineages: has one team moved while the others stayed where they were believed to be?

In:   qualifying surprises of both windows, and the stratum of each race.
Out:  for each lineage of the current window how far off the belief in it was, with a p-value.
Knows nothing of: other features.

Of twenty rows a round one team has two, so its step forward hardly changes what all rows look like.
Here each lineage is looked at alone, and the p-value pays for having looked at all of them: it
compares with the furthest lineage of windows drawn by chance (max-T, Westfall and Young 1993).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from f1lib.monitoring.drift import null
from f1lib.monitoring.drift.null import BoolArray
from f1lib.predictions import FloatArray

FEATURE = "qualifying_surprise"
FURTHEST = 5.0  # standard deviations of a round; a spoilt qualifying counts as that far
MAD = 1.4826  # a normal standard deviation in median absolute deviations


@dataclass(frozen=True, slots=True)
class Lineages:
    """Mean FEATURE of each lineage's cars, (races, lineages), % of a lap; missing if absent."""

    weekends: tuple[str, ...]
    names: tuple[str, ...]
    surprise: FloatArray

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Self:
        """From watched rows (weekend, lineage, FEATURE); infinite values count as missing."""
        values = pd.to_numeric(frame[FEATURE], errors="coerce")
        finite = values.where(np.isfinite(values))
        means = finite.groupby([frame["weekend"], frame["lineage"]]).mean().unstack()
        weekends, names = (tuple(str(one) for one in axis) for axis in (means.index, means.columns))
        return cls(weekends, names, means.to_numpy(dtype=float))

    def state(self) -> dict[str, Any]:
        """All of it in lists and arrays."""
        return {"weekends": list(self.weekends), "names": list(self.names),
                "surprise": self.surprise}  # fmt: skip

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Read `state` back."""
        return cls(tuple(state["weekends"]), tuple(state["names"]),
                   np.asarray(state["surprise"], dtype=np.float64))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moved:
    """One lineage over a window: its mean surprise (% of a lap, below 0: faster), and its p."""

    lineage: str
    mean_pct: float
    p_value: float
    n_races: int


def moved(
    reference: Lineages,
    current: Lineages,
    strata: Sequence[str],
    *,
    n: int = null.PERMUTATIONS,
    seed: int = 0,
) -> tuple[Moved, ...]:
    """Every lineage of the current window, the furthest first.

    `strata` are those of the reference races, then of the current ones. Empty without races.
    """
    if not reference.weekends or not current.weekends:
        return ()
    names = sorted({*reference.names, *current.names})
    values = np.vstack([_aligned(reference, names), _aligned(current, names)])
    is_current = np.arange(len(values)) >= len(reference.weekends)
    codes, _ = null.pooled(strata, is_current)
    windows = null.drawn(codes, is_current, n=n, seed=seed)
    z = np.abs(standing(scaled(values, ~is_current), windows))
    highest = z.max(axis=1)
    now = values[is_current]
    found = [
        Moved(
            name,
            float(np.nanmean(now[:, place])),
            float((highest >= z[0, place] - 1e-9).mean()),
            int(np.isfinite(now[:, place]).sum()),
        )
        for place, name in enumerate(names)
        if np.isfinite(now[:, place]).any()
    ]
    return tuple(sorted(found, key=lambda one: (one.p_value, -abs(one.mean_pct), one.lineage)))


def level(of_drift: float) -> float:
    """The level for a team: half of drift's, which features and teams share between them."""
    return of_drift / 2


def scaled(values: FloatArray, reference: BoolArray) -> FloatArray:
    """Surprises in standard deviations of reference races (robust), FURTHEST at most."""
    known = values[reference & np.isfinite(values).any(axis=1)]
    sd = MAD * float(np.median(np.abs(known[np.isfinite(known)]))) if known.size else 0.0
    if sd <= 0:
        return np.where(np.isfinite(values), 0.0, np.nan)
    return np.clip(values / sd, -FURTHEST, FURTHEST)


def standing(scaled_values: FloatArray, windows: BoolArray) -> FloatArray:
    """Sum of each window over the root of its races, (windows, lineages); 0 where absent."""
    present = np.isfinite(scaled_values)
    chosen = windows.astype(float)
    total = chosen @ np.where(present, scaled_values, 0.0)
    return np.asarray(total / np.sqrt(np.maximum(chosen @ present, 1)), dtype=np.float64)


def _aligned(lineages: Lineages, names: Sequence[str]) -> FloatArray:
    values = np.full((len(lineages.weekends), len(names)), np.nan)
    places = [names.index(name) for name in lineages.names]
    values[:, places] = lineages.surprise
    return values
