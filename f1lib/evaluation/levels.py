"""Levels: every headline score over many races, with interval, baseline and skill."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from f1lib.evaluation import probabilities
from f1lib.models import baselines
from f1lib.scoring import calibration, summary
from f1lib.scoring.scores import METRICS
from f1lib.weekend import Cutoff, Stage

COLUMNS = (
    "model", "stage", "cutoff", "metric", "value", "low", "high", "n",
    "skill", "skill_low", "skill_high",
)  # fmt: skip

CALIBRATION = ("calibration_slope", "calibration_score", "ece_excess")
HEADLINE_SCORES = (*METRICS, "skill_index", *CALIBRATION)

# the cutoff each stage is judged at: the latest that still is a forecast
HEADLINE_CUTOFF = {Stage.QUALIFYING: Cutoff.BEFORE_QUALIFYING, Stage.RACE: Cutoff.BEFORE_RACE}


def table(scores: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS for every model, stage, cutoff and score of a backtest (its two long frames).

    `value` is the mean over `n` races with its 95 % bootstrap interval; skill is against the frozen
    baseline on the same races, 0 for that baseline itself, missing where there is none. Then
    `skill_index` (of both stages; it stands at stage race before the race) for models that have
    all its parts; and of the probabilities of first place `calibration_slope` with its interval,
    `calibration_score` and `ece_excess`.
    """
    rows = [_with_skill(scores, row) for row in summary.summarised(scores).to_dict("records")]
    return _in_order([*rows, *_over_all(scores, said)], scores)


def over_all(scores: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    """The rows of `table` that are no mean over races: `skill_index` and those of CALIBRATION."""
    return _in_order(_over_all(scores, said), scores)


def _over_all(scores: pd.DataFrame, said: pd.DataFrame) -> list[tuple[Any, ...]]:
    rows = [row for model in scores["model"].unique() for row in _index(scores, model)]
    for (model, stage, cutoff), group in said.groupby(["model", "stage", "cutoff"]):
        rows += [(model, stage, cutoff, *row) for row in _calibration(group)]
    return rows


def _in_order(told: Sequence[tuple[Any, ...]], scores: pd.DataFrame) -> pd.DataFrame:
    """Models as they stand in `scores`, stages and cutoffs as they come, HEADLINE_SCORES too."""
    rows = [dict(zip(COLUMNS, row, strict=False)) for row in told]
    models = list(scores["model"].unique())

    def place(row: dict[str, Any]) -> tuple[int, ...]:
        return (
            models.index(row["model"]),
            list(Stage).index(row["stage"]),
            list(Cutoff).index(row["cutoff"]),
            HEADLINE_SCORES.index(row["metric"]),
        )

    rows.sort(key=place)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def beside_baseline(scores: pd.DataFrame, model: str, metric: str, cutoff: Cutoff) -> pd.DataFrame:
    """A model and the frozen baseline of `metric` on the same races: weekend, model, baseline.

    No rows where there is no baseline.
    """
    baseline = baselines.for_metric(metric, cutoff) or ""
    return summary.paired(scores[scores["cutoff"] == cutoff], model, baseline, metric)


def skill_index(scores: pd.DataFrame, model: str) -> tuple[float, float, float]:
    """The skill index of `model` with its interval, each part at the cutoff its stage is judged at.

    Missing unless it has all parts.
    """
    return summary.skill_index_interval(_parts(scores, model))


def _parts(scores: pd.DataFrame, model: str) -> dict[str, pd.DataFrame]:
    return {
        metric: beside_baseline(scores, model, metric, HEADLINE_CUTOFF[METRICS[metric].stage])
        for metric in summary.SKILL_WEIGHTS
    }


def _index(scores: pd.DataFrame, model: str) -> list[tuple[Any, ...]]:
    """The row of the skill index, if the model has one."""
    parts = _parts(scores, model)
    value, low, high = summary.skill_index_interval(parts)
    if np.isnan(value):
        return []
    n = len(set.intersection(*(set(pairs["weekend"]) for pairs in parts.values())))
    origin = model, Stage.RACE.value, HEADLINE_CUTOFF[Stage.RACE].value
    return [(*origin, "skill_index", value, low, high, n)]


def _with_skill(scores: pd.DataFrame, row: dict[Any, Any]) -> tuple[Any, ...]:
    pairs = beside_baseline(scores, row["model"], row["metric"], Cutoff(row["cutoff"]))
    own = ("model", "stage", "cutoff", "metric", "value", "low", "high", "n_races")
    return (*(row[name] for name in own), *summary.skill_interval(pairs, row["metric"]))


def _calibration(rows: pd.DataFrame) -> list[tuple[Any, ...]]:
    """metric, value, low, high, n of one model, stage and cutoff."""
    p, won = probabilities.of_first(rows)
    slope = calibration.slope(p, won)
    ece = calibration.ece_test(p, won)
    return [
        ("calibration_slope", slope.value, slope.low, slope.high, slope.n_races),
        ("calibration_score", slope.score, np.nan, np.nan, slope.n_races),
        ("ece_excess", ece.excess, np.nan, np.nan, ece.n_races),
    ]
