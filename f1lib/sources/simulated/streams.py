"""Where chance comes from: one independent random stream for each thing that is drawn.

A stream is named by the seed and a path (season, slot, purpose), so that drawing more in one
session, or adding a session, shifts nothing anywhere else.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


class Purpose(IntEnum):
    """What a stream is for. Numbers are part of the seed: append, never renumber."""

    NAMES = 0
    CALENDAR = 1
    PADDOCK = 2
    CARS = 3
    SCENARIO = 4
    EVENTS = 5
    FORM = 6
    FP1 = 7
    FP2 = 8
    FP3 = 9
    SPRINT_QUALIFYING = 10
    SPRINT = 11
    QUALIFYING = 12
    GRID = 13
    RACE = 14
    STEWARDS = 15
    WORDING = 16
    TRUTH = 17


@dataclass(frozen=True, slots=True)
class Dice:
    """A seed and a path below it."""

    seed: int
    path: tuple[int, ...] = ()

    def below(self, *steps: int) -> "Dice":
        """The dice of a season, a weekend, a chunk of replicas."""
        return Dice(self.seed, (*self.path, *steps))

    def rng(self, purpose: Purpose) -> np.random.Generator:
        """A fresh generator, the same each time it is asked for.

        >>> dice = Dice(7).below(2025, 3)
        >>> bool(dice.rng(Purpose.RACE).random() == dice.rng(Purpose.RACE).random())
        True
        """
        sequence = np.random.SeedSequence(self.seed, spawn_key=(*self.path, int(purpose)))
        return np.random.default_rng(sequence)
