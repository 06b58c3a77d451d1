"""The one rolling-origin loop that backtest, comparison and replay share."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from f1lib.models.contract import Field, Training
from f1lib.weekend import Cutoff, RaceWeekend, Stage


@dataclass(frozen=True, slots=True)
class Origin:
    """One round seen from before it: what could be learnt, who takes part, and what happened.

    `outcomes` is for scoring only; nothing of it is in `training` or `field`.
    """

    weekend: RaceWeekend
    cutoff: Cutoff
    training: Training
    field: Field
    outcomes: dict[Stage, pd.DataFrame]


def origins(
    material: Training, weekends: Iterable[RaceWeekend], cutoff: Cutoff
) -> Iterator[Origin]:
    """Each of `weekends` as an origin at `cutoff`, in the order given."""
    happened = {stage: dict(iter(material.of(stage).groupby("weekend"))) for stage in Stage}
    for weekend in weekends:
        yield Origin(
            weekend,
            cutoff,
            material.before(weekend),
            material.field(weekend, cutoff),
            {
                stage: frames[str(weekend)]
                for stage, frames in happened.items()
                if str(weekend) in frames
            },
        )
