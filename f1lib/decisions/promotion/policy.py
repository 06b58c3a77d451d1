"""The numbers of promotion. They live in the table [promotion] of configs/policies."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from f1lib.errors import ConfigurationError


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
    skill_index_gain: float = 0.01
    gap_mae_gain: float = 0.002
    winner_hit_gain: float = 0.02
    races: int = 48
    races_min: int = 24
    level: float = 0.05
    latest_races: int = 8
    inferiority_margin: float = 0.10
    calibration_races: int = 96

    @classmethod
    def from_plain(cls, name: str, plain: Mapping[str, Any]) -> "PromotionPolicy":
        """Read the table [promotion] of policy `name`. Raises ConfigurationError."""
        kinds = {field: type(getattr(cls(), field)) for field in cls.__slots__}
        values: dict[str, Any] = {}
        for given, value in plain.items():
            if given not in kinds:
                raise ConfigurationError(
                    f"Policy {name} sets {given} = {value!r} in [promotion], which no rule reads. "
                    f"Known: {', '.join(kinds)}."
                )
            kind = kinds[given]
            accepted = (int, float) if kind is float else (str,) if kind is Mode else (kind,)
            wrong = type(value) not in accepted or (kind is Mode and value not in set(Mode))
            if wrong or (kind in {int, float} and value < 0):
                wanted = {
                    bool: "true or false",
                    int: "a whole number from 0 on",
                    float: "a number from 0 on",
                    Mode: f"one of {', '.join(Mode)}",
                }[kind]
                raise ConfigurationError(
                    f"Policy {name} sets {given} = {value!r} in [promotion]; it is {wanted}."
                )
            values[given] = kind(value)
        return cls(**values)
