"""The paddock: drivers and their talent, teams and their names, and who sits where each season.

Talents are latent, in % of a lap, lower is faster. Between seasons drivers age, retire, are
dropped, poached, or make their debut; a team may be renamed and keeps its lineage.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from f1lib.errors import ConfigurationError
from f1lib.sources.simulated.names import FIRST_NAMES, N_TEAMS, SURNAMES, TEAM_NAMES, identifier
from f1lib.sources.simulated.streams import Dice, FloatArray, Purpose

N_RESERVES = 5
RETIREMENT_AGE = 35
ROOKIE_PCT = 0.12  # what the first season costs


@dataclass(frozen=True, slots=True)
class Driver:
    """A driver with the talent of one season."""

    driver: str
    name: str
    abbreviation: str
    number: int
    age: int
    qualifying_pct: float
    race_pct: float
    wet_pct: float
    carelessness: float  # factor on the hazard of an accident
    start_s: float
    rookie: bool = False

    @property
    def speed_pct(self) -> float:
        """What the paddock thinks of the driver."""
        return self.qualifying_pct + self.race_pct


@dataclass(frozen=True, slots=True)
class Team:
    """A team under its name of one season."""

    index: int  # the same in all seasons
    lineage: str
    constructor: str
    name: str


@dataclass(frozen=True, slots=True)
class Lineup:
    """Who sits where in a season: `seats[i]` are the two drivers of `teams[i]`."""

    season: int
    teams: tuple[Team, ...]
    seats: tuple[tuple[Driver, Driver], ...]
    reserves: tuple[Driver, ...]


@dataclass(slots=True)
class Market:
    """The driver market as it moves from season to season."""

    dice: Dice
    team_names: list[int] = field(default_factory=lambda: [0] * len(TEAM_NAMES))
    seats: list[list[Driver]] = field(default_factory=list)
    reserves: list[Driver] = field(default_factory=list)
    born: int = 0

    def open(self, season: int, strength: FloatArray, *, extra_team: bool) -> Lineup:
        """The line-up of `season`; `strength` (teams,) is the car pace, lower is faster."""
        rng = self.dice.below(season).rng(Purpose.PADDOCK)
        if not self.seats:
            self._found(rng, strength)
        else:
            self._age(rng)
            self._rename(rng)
            self._move(rng, strength[:N_TEAMS])
        while len(self.reserves) < N_RESERVES:
            self.reserves.append(self._debutant(rng))
        if extra_team and len(self.seats) == N_TEAMS:
            self.seats.append([replace(self._debutant(rng), rookie=True) for _ in range(2)])
        return Lineup(
            season,
            tuple(self._team(index) for index in range(len(self.seats))),
            tuple((first, second) for first, second in self.seats),
            tuple(self.reserves),
        )

    def _team(self, index: int) -> Team:
        names = TEAM_NAMES[index]
        name = names[self.team_names[index]]
        return Team(index, identifier(names[0]), identifier(name), name)

    def _debutant(self, rng: np.random.Generator) -> Driver:
        names = self.dice.rng(Purpose.NAMES)
        surnames = names.permutation(len(SURNAMES))
        numbers = names.permutation(np.arange(2, 100))
        if self.born >= len(SURNAMES):
            raise ConfigurationError(
                f"The invented championship has run out of its {len(SURNAMES)} driver names. "
                "Build a world of fewer seasons.",
                names=len(SURNAMES),
            )
        first = FIRST_NAMES[(int(names.integers(48)) + self.born) % len(FIRST_NAMES)]
        surname = SURNAMES[surnames[self.born]]
        number = int(numbers[self.born])
        self.born += 1
        qualifying = float(rng.normal(0.1, 0.20))
        return Driver(
            identifier(f"{first} {surname}"),
            f"{first} {surname}",
            surname[:3].upper(),
            number,
            age=int(rng.integers(19, 24)),
            qualifying_pct=qualifying,
            race_pct=0.7 * qualifying + float(rng.normal(0, 0.12)),
            wet_pct=float(rng.normal(0, 0.35)),
            carelessness=float(np.exp(rng.normal(0, 0.35))),
            start_s=float(rng.normal(0, 0.04)),
        )

    def _found(self, rng: np.random.Generator, strength: FloatArray) -> None:
        """The first season: better drivers tend to sit in better cars."""
        drivers = [self._debutant(rng) for _ in range(2 * N_TEAMS)]
        ages = rng.integers(20, 36, len(drivers))
        drivers = [replace(driver, age=int(age)) for driver, age in zip(drivers, ages, strict=True)]
        seen = [driver.speed_pct + rng.normal(0, 0.25) for driver in drivers]
        by_speed = [drivers[place] for place in np.argsort(seen, kind="stable")]
        attraction = np.repeat(strength[:N_TEAMS], 2) + rng.normal(0, 0.4, 2 * N_TEAMS)
        places = np.argsort(np.argsort(attraction, kind="stable"), kind="stable")
        self.seats = [
            [by_speed[places[2 * team]], by_speed[places[2 * team + 1]]] for team in range(N_TEAMS)
        ]

    def _age(self, rng: np.random.Generator) -> None:
        def older(driver: Driver) -> Driver:
            drift = rng.normal(0.02 if driver.age > 33 else -0.01, 0.05)
            return replace(
                driver,
                age=driver.age + 1,
                qualifying_pct=driver.qualifying_pct + float(drift),
                race_pct=driver.race_pct + float(drift),
                rookie=False,
            )

        self.seats = [[older(driver) for driver in pair] for pair in self.seats]
        self.reserves = [older(driver) for driver in self.reserves]

    def _rename(self, rng: np.random.Generator) -> None:
        """Each winter one team takes its next name, while it has one."""
        free = [
            team for team in range(N_TEAMS) if self.team_names[team] + 1 < len(TEAM_NAMES[team])
        ]
        if free:
            self.team_names[free[int(rng.integers(len(free)))]] += 1

    def _move(self, rng: np.random.Generator, strength: FloatArray) -> None:
        """One or two leave the sport; each empty seat is filled from a weaker team or by a rookie.

        Two teams also exchange a driver, so that every winter has a transfer.
        """
        first, second = rng.choice(N_TEAMS, 2, replace=False)
        self.seats[first][0], self.seats[second][1] = self.seats[second][1], self.seats[first][0]
        for team, seat in self._leaving(rng):
            self._fill(rng, strength, team, seat)

    def _leaving(self, rng: np.random.Generator) -> list[tuple[int, int]]:
        cells = [(team, seat) for team in range(N_TEAMS) for seat in range(2)]
        wish = np.array([
            max(self.seats[team][seat].age - RETIREMENT_AGE, 0)
            + 2 * self.seats[team][seat].speed_pct
            + rng.normal(0, 0.4)
            for team, seat in cells
        ])  # fmt: skip
        n_leaving = 1 + int(rng.random() < 0.7)
        return [cells[place] for place in np.argsort(-wish)[:n_leaving]]

    def _fill(self, rng: np.random.Generator, strength: FloatArray, team: int, seat: int) -> None:
        """Poach the best driver of a weaker team, whose seat is filled in turn; or a rookie."""
        weaker = [other for other in range(N_TEAMS) if strength[other] > strength[team]]
        if weaker and rng.random() < 0.5:
            cells = [(other, place) for other in weaker for place in range(2)]
            wanted = [self.seats[o][p].speed_pct + rng.normal(0, 0.2) for o, p in cells]
            from_team, from_seat = cells[int(np.argmin(wanted))]
            self.seats[team][seat] = self.seats[from_team][from_seat]
            self._fill(rng, strength, from_team, from_seat)
            return
        best = int(np.argmin([driver.speed_pct for driver in self.reserves]))
        self.seats[team][seat] = replace(self.reserves.pop(best), rookie=True)
