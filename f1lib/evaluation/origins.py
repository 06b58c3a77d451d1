"""The one rolling-origin loop that backtest, comparison and replay share."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from f1lib.models.contract import Field, Training
from f1lib.weekend import Cutoff, RaceWeekend, Stage


@dataclass(frozen=True, slots=True)
class Origin:
    """One round seen from before it: what could be learnt, who takes part, and what happened.

    `outcomes` is for scoring only; nothing of it is in `training` or `fields`.
    """

    weekend: RaceWeekend
    training: Training
    fields: Mapping[Cutoff, Field]
    outcomes: Mapping[Stage, pd.DataFrame]


def origins(
    material: Training, weekends: Iterable[RaceWeekend], cutoffs: Iterable[Cutoff]
) -> Iterator[Origin]:
    """Each of `weekends` as an origin with its field at each of `cutoffs`, in the order given."""
    cutoffs = list(cutoffs)
    happened = {stage: dict(iter(material.of(stage).groupby("weekend"))) for stage in Stage}
    for weekend in weekends:
        yield Origin(
            weekend,
            material.before(weekend),
            {cutoff: material.field(weekend, cutoff) for cutoff in cutoffs},
            {
                stage: frames[str(weekend)]
                for stage, frames in happened.items()
                if str(weekend) in frames
            },
        )
