"""The numbers of promotion. They live in the table [promotion] of configs/policies."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import Field

Gain = Annotated[float, Field(ge=0)]
Races = Annotated[int, Field(ge=1)]


class Mode(StrEnum):
    """What follows when every rule has passed."""

    AUTO = "auto"  # the challenger becomes champion
    REVIEW = "review"  # it waits for a named person


@dataclass(frozen=True, slots=True)
class PromotionPolicy:
    """When a challenger is promoted.

    Floors on the effect, of which one has to be passed: `skill_index_gain` (points of the index),
    `gap_mae_gain` (share of the champion's), `winner_hit_gain` (share of races). `races` are
    compared for a recipe, `races_min` needed to call anything better. `level` is that of every
    one-sided test; `latest_races` and `inferiority_margin` (nats a race of winner log loss) say
    what not inferior means. `calibration_races` are looked at by the gates of calibration and
    leak. Without `guarded` the floors stand alone, as the brief words them.
    """

    mode: Mode = Mode.AUTO
    guarded: bool = True
    skill_index_gain: Gain = 0.01
    gap_mae_gain: Gain = 0.002
    winner_hit_gain: Gain = 0.02
    races: Races = 48
    races_min: Races = 24
    level: Annotated[float, Field(gt=0, le=0.5)] = 0.05
    latest_races: Races = 8
    inferiority_margin: Gain = 0.10
    calibration_races: Races = 96
