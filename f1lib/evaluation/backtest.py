"""The backtest: models refit as rounds go by, asked before each of them, and scored after it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from f1lib.evaluation import probabilities
from f1lib.evaluation.origins import Origin, origins
from f1lib.models.candidates import MakeModel
from f1lib.models.contract import Model, Training
from f1lib.scoring import scores, settled
from f1lib.weekend import Cutoff, RaceWeekend, Stage

SCORE_COLUMNS = ("weekend", "stage", "cutoff", "model", "metric", "value", "n")


@dataclass(frozen=True, slots=True)
class Backtest:
    """What models said about rounds and what it was worth: two long frames.

    `scores` has SCORE_COLUMNS, `probabilities` has probabilities.COLUMNS: a row for everyone who
    was forecast or took part.
    """

    scores: pd.DataFrame
    probabilities: pd.DataFrame

    @classmethod
    def stacked(cls, parts: Iterable["Backtest"]) -> "Backtest":
        """Several backtests as one, in the order given."""
        parts = list(parts)
        return cls(
            _stacked([part.scores for part in parts], SCORE_COLUMNS),
            _stacked([part.probabilities for part in parts], probabilities.COLUMNS),
        )

    def of(self, model: str, cutoff: Cutoff) -> "Backtest":
        """The part of one model at one cutoff."""
        return Backtest(
            *(
                frame[(frame["model"] == model) & (frame["cutoff"] == cutoff)].reset_index(
                    drop=True
                )
                for frame in (self.scores, self.probabilities)
            )
        )


def of_rounds(
    material: Training,
    weekends: Iterable[RaceWeekend],
    cutoffs: Iterable[Cutoff],
    makes: Iterable[MakeModel],
    *,
    refit_every: int = 1,
) -> Backtest:
    """Every round forecast at each cutoff from earlier rounds only.

    Models are refit before every `refit_every`-th of `weekends`, the first included; one fit serves
    all cutoffs, and the rounds up to the next one.
    """
    makes, cutoffs = list(makes), list(cutoffs)
    parts: list[Backtest] = []
    models: list[Model] = []
    for number, origin in enumerate(origins(material, weekends, cutoffs)):
        if number % refit_every == 0:
            fresh = [make() for make in makes]
            models = [each.fit(origin.training) for each in fresh if _speaks(each, cutoffs)]
        parts.append(of_round(origin, models))
    return Backtest.stacked(parts)


def of_round(origin: Origin, models: Iterable[Model]) -> Backtest:
    """What fitted models say about one round at each cutoff of its origin, and what it is worth."""
    score_frames, probability_frames = [], []
    for model in models:
        for cutoff, field in origin.fields.items():
            if not _speaks(model, [cutoff]):
                continue
            for stage, forecast in model.forecast(field).items():
                if stage not in origin.outcomes:
                    continue
                told = (str(origin.weekend), stage.value, cutoff.value, model.name)
                happened = origin.outcomes[stage]
                score_frames.append(_told(told, scores.scored(forecast.vouched(), happened)))
                rows = settled.joined(forecast, happened).drop(columns="actual_gap_s")
                probability_frames.append(_told(told, rows))
    return Backtest(
        _stacked(score_frames, SCORE_COLUMNS),
        _stacked(probability_frames, probabilities.COLUMNS),
    )


def _speaks(model: Model, cutoffs: Iterable[Cutoff]) -> bool:
    return any(model.covers(stage, cutoff) for stage in Stage for cutoff in cutoffs)


def _told(told: tuple[str, ...], frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` with weekend, stage, cutoff and model before its columns."""
    origin = dict(zip(SCORE_COLUMNS[: len(told)], told, strict=True))
    return frame.assign(**origin)[[*origin, *frame.columns]]


def _stacked(frames: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return pd.DataFrame(columns=list(columns))
    return pd.concat(frames, ignore_index=True)[list(columns)]
