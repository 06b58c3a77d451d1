"""Races with rows that depend on each other, for tests of drift.

Every feature is standard normal over all rows. `icc`, the intra-race correlation, is the share of
its variance that all rows of a race have in common; part of that follows the circuit type.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

TYPES = ("permanent", "street", "road")
MIX = (0.65, 0.28, 0.07)
CARS = 20
ICC = (0.0, 0.0, 0.0, 0.05, 0.1, 0.2, 0.3, 0.6)  # of features in turn
BY_TYPE = 0.5  # standard deviations between circuit types, of every other feature


def weekends(n: int, first: int = 2015) -> list[str]:
    """`n` weekends, 22 a season."""
    return [f"{first + i // 22}-{i % 22 + 1:02d}" for i in range(n)]


def names(n_features: int) -> list[str]:
    return [f"feature_{i:02d}" for i in range(n_features)]


def races(
    rng: np.random.Generator,
    named: Sequence[str],
    *,
    n_features: int = 40,
    mix: Sequence[float] = MIX,
    icc: Sequence[float] = ICC,
    moved: Mapping[str, float] | None = None,
) -> tuple[pd.DataFrame, dict[str, str]]:
    """A feature table of CARS rows a race, and the circuit type of each weekend.

    `moved` adds standard deviations to features by name.
    """
    types = rng.choice(len(TYPES), p=mix, size=len(named))
    common = np.sqrt(np.resize(icc, n_features))
    alone = np.sqrt(1 - common**2)
    by_type = np.outer([0.0, 1.0, -1.0], BY_TYPE * (np.arange(n_features) % 2))
    of_race = rng.standard_normal((len(named), n_features)) * common + by_type[types]
    own = rng.standard_normal((len(named), CARS, n_features)) * alone
    values = (of_race[:, None] + own).reshape(-1, n_features)
    frame = pd.DataFrame(values, columns=names(n_features))
    for name, by in (moved or {}).items():
        frame[name] += by
    frame.insert(0, "weekend", np.repeat(list(named), CARS))
    return frame, {name: TYPES[t] for name, t in zip(named, types, strict=True)}
