"""What a season has in store beside racing: substitutes, and one disqualification on a Monday."""

from dataclasses import dataclass

import numpy as np

from f1lib.sources.simulated.calendar import SeasonCalendar
from f1lib.sources.simulated.names import N_TEAMS
from f1lib.sources.simulated.paddock import Driver, Lineup
from f1lib.sources.simulated.streams import BoolArray, Dice, FloatArray, Purpose

MONDAY_PLACES = (0.5, 0.3, 0.2)  # chance that the first, second, third car is the illegal one
SUNDAY_CHANCE = 0.003  # that a finisher is disqualified before the results appear


@dataclass(frozen=True, slots=True)
class Substitution:
    """A regular who misses one weekend; when `late`, the entry list still names the regular."""

    slot: int
    regular: str
    substitute: Driver
    late: bool


@dataclass(frozen=True, slots=True)
class SeasonEvents:
    """The substitutions of a season, and where and which podium car falls on a Monday."""

    substitutions: tuple[Substitution, ...]
    monday_slot: int
    monday_place: int

    def replaced(self, slot: int, *, announced_only: bool = False) -> dict[str, Driver]:
        """Who sits in whose car at `slot`."""
        return {
            event.regular: event.substitute
            for event in self.substitutions
            if event.slot == slot and not (announced_only and event.late)
        }


def of_season(dice: Dice, calendar: SeasonCalendar, lineup: Lineup) -> SeasonEvents:
    """One announced absence of one or two rounds, and one found out only in practice."""
    rng = dice.below(calendar.season).rng(Purpose.EVENTS)
    slots = [round_.slot for round_ in calendar.held]
    first = int(rng.integers(len(slots) - 1))
    races = 1 + int(rng.random() < 0.4)
    absent = slots[first : first + races]
    late = int(rng.choice([slot for slot in slots if slot not in absent]))
    teams = rng.choice(N_TEAMS, 2, replace=False)
    seats = rng.integers(2, size=2)
    regulars = [lineup.seats[team][seat].driver for team, seat in zip(teams, seats, strict=True)]
    reserves = rng.choice(len(lineup.reserves), 2, replace=False)
    substitutions = [
        Substitution(slot, regulars[0], lineup.reserves[reserves[0]], late=False) for slot in absent
    ]
    substitutions.append(Substitution(late, regulars[1], lineup.reserves[reserves[1]], late=True))
    return SeasonEvents(
        tuple(substitutions),
        monday_slot=int(rng.choice(slots)),
        monday_place=int(rng.choice(3, p=MONDAY_PLACES)),
    )


def disqualified_on_sunday(rng: np.random.Generator, at_the_flag: BoolArray) -> BoolArray:
    """Which finishers are excluded before the results appear."""
    return at_the_flag & (rng.random(at_the_flag.shape) < SUNDAY_CHANCE)


def monday_places(rng: np.random.Generator, replicas: int, chance: float) -> FloatArray:
    """For each replica the place (0..2) that falls on Monday, or -1."""
    places = rng.choice(3, replicas, p=MONDAY_PLACES).astype(np.float64)
    return np.where(rng.random(replicas) < chance, places, -1.0)
