"""The backtest of one round: refit, forecast, score."""

from collections.abc import Callable, Iterable

import pandas as pd

from f1lib.evaluation.origins import Origin, origins
from f1lib.models.contract import Model, Training
from f1lib.scoring import scores
from f1lib.weekend import Cutoff, RaceWeekend, Stage

MakeModel = Callable[[], Model]


def of_round(origin: Origin, makes: Iterable[MakeModel]) -> pd.DataFrame:
    """Scores of freshly fitted models in one round.

    weekend, stage, cutoff, model, metric, value, n.
    """
    frames = []
    for make in makes:
        model = make()
        if not any(model.covers(stage, origin.cutoff) for stage in Stage):
            continue
        for stage, forecast in model.fit(origin.training).forecast(origin.field).items():
            if stage in origin.outcomes:
                frames.append(
                    scores.scored(forecast.vouched(), origin.outcomes[stage]).assign(
                        weekend=str(origin.weekend),
                        stage=stage.value,
                        cutoff=origin.cutoff.value,
                        model=model.name,
                    )
                )
    return pd.concat(frames, ignore_index=True)


def of_rounds(
    material: Training,
    weekends: Iterable[RaceWeekend],
    cutoff: Cutoff,
    makes: Iterable[MakeModel],
) -> pd.DataFrame:
    """Scores of every round, each model refitted before each."""
    makes = list(makes)
    return pd.concat(
        [of_round(origin, makes) for origin in origins(material, weekends, cutoff)],
        ignore_index=True,
    )
