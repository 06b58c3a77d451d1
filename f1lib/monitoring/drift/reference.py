"""Reference: the races that a model's drift is measured against, kept with the model.

In:   watched rows of the races before a training.
Out:  `Reference`: their profile and the surprises of each lineage.
Knows nothing of: files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import pandas as pd

from f1lib.monitoring.drift.lineages import Lineages
from f1lib.monitoring.drift.profile import Profile
from f1lib.monitoring.drift.watched import IDENTITIES, TESTED

RACES = 120  # the latest before the training: about five seasons


@dataclass(frozen=True, slots=True)
class Reference:
    """The last RACES races a model has learnt from, counted."""

    profile: Profile
    lineages: Lineages

    @classmethod
    def of(cls, rows: pd.DataFrame, strata: Mapping[str, str]) -> Self:
        """From watched rows of all races known at the training; `strata` are circuit types."""
        mine = rows[rows["weekend"].isin(sorted(rows["weekend"].unique())[-RACES:])]
        profile = Profile.of(mine, features=TESTED, strata=strata, identities=IDENTITIES)
        return cls(profile, Lineages.of(mine))

    def state(self) -> dict[str, Any]:
        """All of it in dicts, lists, texts and arrays."""
        return {"profile": self.profile.state(), "lineages": self.lineages.state()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Read `state` back."""
        return cls(Profile.from_state(state["profile"]), Lineages.from_state(state["lineages"]))
