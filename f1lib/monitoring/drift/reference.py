"""Reference: the races that a model's drift is measured against, kept with the model.

In:   watched rows of the races before a training.
Out:  `Reference`: their profile and the surprises of each lineage.
Knows nothing of: files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import pandas as pd

from f1lib.monitoring.drift import forecasts
from f1lib.monitoring.drift.lineages import Lineages
from f1lib.monitoring.drift.profile import Profile
from f1lib.monitoring.drift.watched import IDENTITIES, TESTED

RACES = 120  # the latest before the training: about five seasons


@dataclass(frozen=True, slots=True)
class Reference:
    """The last RACES races a model has learnt from, counted.

    `forecasts` is the profile of what the model itself says of them; None where that is not kept.
    """

    profile: Profile
    lineages: Lineages
    forecasts: Profile | None = None

    @classmethod
    def of(
        cls, rows: pd.DataFrame, strata: Mapping[str, str], said: pd.DataFrame | None = None
    ) -> Self:
        """From watched rows of all races known at the training; `strata` are circuit types.

        `said` holds the model's own forecasts, as from forecasts.rows.
        """
        mine = rows[rows["weekend"].isin(sorted(rows["weekend"].unique())[-RACES:])]
        profile = Profile.of(mine, features=TESTED, strata=strata, identities=IDENTITIES)
        told = None if said is None else forecasts.profile(said, strata)
        return cls(profile, Lineages.of(mine), told)

    def state(self) -> dict[str, Any]:
        """All of it in dicts, lists, texts and arrays."""
        told = {} if self.forecasts is None else {"forecasts": self.forecasts.state()}
        return {"profile": self.profile.state(), "lineages": self.lineages.state(), **told}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Read `state` back."""
        told = state.get("forecasts")
        return cls(
            Profile.from_state(state["profile"]),
            Lineages.from_state(state["lineages"]),
            None if told is None else Profile.from_state(told),
        )
