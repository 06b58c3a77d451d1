"""The simulated world: seasons of an invented championship, what was published when, the truth.

In:   seed, scenario, seasons.
Out:  `SimulatedWorld`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import pandas as pd

from f1lib.errors import ConfigurationError
from f1lib.sources.simulated import calendar, cars, events, held, publication, scenarios, truth
from f1lib.sources.simulated.calendar import SeasonCalendar
from f1lib.sources.simulated.cars import CarSeason
from f1lib.sources.simulated.held import HeldWeekend
from f1lib.sources.simulated.ledger import Ledger, Shelf
from f1lib.sources.simulated.paddock import Lineup, Market
from f1lib.sources.simulated.publication import Publication, WeekendPress
from f1lib.sources.simulated.scenarios import Scenario, ScenarioFacts
from f1lib.sources.simulated.streams import Dice
from f1lib.weekend import Cutoff, RaceWeekend

MOST_SEASONS = 15


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedWorld:
    """An invented championship that has been run, and can be looked at from any moment."""

    seed: int
    scenario_facts: ScenarioFacts
    held: Mapping[RaceWeekend, HeldWeekend] = field(repr=False)
    shelves: Mapping[str, Shelf] = field(repr=False)
    calendars: tuple[SeasonCalendar, ...] = field(repr=False)

    @property
    def weekends(self) -> tuple[RaceWeekend, ...]:
        """All weekends held, in order."""
        return tuple(self.held)

    @property
    def last_race_at(self) -> datetime:
        """When the last race starts."""
        return self.held[self.weekends[-1]].round.race_at

    def tables(self, now: datetime | None = None) -> dict[str, pd.DataFrame]:
        """The canonical tables as published at `now` (aware); None: everything, revised."""
        if now is not None and now.tzinfo is None:
            raise ConfigurationError(
                f"The moment {now.isoformat()} has no time zone. Pass an aware moment, in UTC.",
                now=now,
            )
        return {name: shelf.at(now) for name, shelf in self.shelves.items()}

    def publications(self, weekend: RaceWeekend) -> list[Publication]:
        """What appears of `weekend`, in order: entries, sessions, grid, race, revisions."""
        return publication.moments(self._held(weekend))

    def truth(self, weekend: RaceWeekend, cutoff: Cutoff, replicas: int = 20_000) -> pd.DataFrame:
        """The true p_win and p_pole of each driver at `cutoff`; see `truth` for what is known."""
        weekend_held = self._held(weekend)
        dice = Dice(self.seed).below(weekend.season, weekend_held.round.slot)
        return truth.probabilities(dice, weekend_held, cutoff, replicas)

    def _held(self, weekend: RaceWeekend) -> HeldWeekend:
        if weekend not in self.held:
            raise ConfigurationError(
                f"The simulated world has no weekend {weekend}; it runs from {self.weekends[0]} "
                f"to {self.weekends[-1]}.",
                weekend=str(weekend),
            )
        return self.held[weekend]


def build(
    seed: int, scenario: str = "stable", seasons: int = 8, last_season: int = 2025
) -> SimulatedWorld:
    """Run `seasons` seasons up to `last_season`; the same arguments give the same world.

    Raises ConfigurationError for an unknown scenario or a number of seasons outside 1..15.
    """
    story = scenarios.named(scenario)
    if not 1 <= seasons <= MOST_SEASONS:
        raise ConfigurationError(
            f"A simulated world has 1 to {MOST_SEASONS} seasons, not {seasons}.", seasons=seasons
        )
    making = _Making(Dice(seed), story, last_season)
    for season in range(last_season - seasons + 1, last_season + 1):
        making.add_season(season)
    return SimulatedWorld(
        seed, making.facts, making.held, making.ledger.shelves(), tuple(making.calendars)
    )


@dataclass(slots=True)
class _Making:
    """A world in the making, season after season."""

    dice: Dice
    scenario: Scenario
    last_season: int
    facts: ScenarioFacts = field(init=False)
    market: Market = field(init=False)
    ledger: Ledger = field(default_factory=Ledger)
    held: dict[RaceWeekend, HeldWeekend] = field(default_factory=dict)
    calendars: list[SeasonCalendar] = field(default_factory=list)
    cars: CarSeason | None = None
    named: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.facts = ScenarioFacts(self.scenario)
        self.market = Market(self.dice)

    def add_season(self, season: int) -> None:
        """Plan the season, build its cars, fill its seats, hold its rounds, publish it all."""
        last = season == self.last_season
        plan = calendar.planned(self.dice, season, last_season=self.last_season)
        before = self.cars
        new_cars = cars.of_season(
            self.dice, season, len(plan.rounds), before,
            reshuffled=last and self.scenario.reshuffles_cars,
            extra_team=last and self.scenario.adds_team,
        )  # fmt: skip
        strength = new_cars.pace_pct[0] if before is None else before.pace_pct[-1]
        lineup = self.market.open(season, strength, extra_team=last and self.scenario.adds_team)
        if last:
            self.facts, new_cars = _told(self.scenario, plan, new_cars, lineup)
        self.cars = new_cars
        self.calendars.append(plan)
        publication.write_calendar(self.ledger, plan)
        self._name(lineup, plan.published_at)
        self._hold(plan, new_cars, lineup)

    def _hold(self, plan: SeasonCalendar, season_cars: CarSeason, lineup: Lineup) -> None:
        season_events = events.of_season(self.dice, plan, lineup)
        for round_ in plan.held:
            weekend = round_.weekend
            if weekend is None:
                continue
            dice = self.dice.below(plan.season, round_.slot)
            run = held.hold(dice, round_, lineup, season_cars, season_events, 1 / len(plan.held))
            self.held[weekend] = run
            changed = self.facts.weekend is not None and weekend >= self.facts.weekend
            WeekendPress(
                self.ledger, dice, run, weekend,
                self.scenario.practice_gap_factor if changed else 1.0,
                self.scenario.practice_offset_s if changed else 0.0,
            ).write()  # fmt: skip

    def _name(self, lineup: Lineup, at: datetime) -> None:
        """Drivers (reserves too) and constructors are named when their first season is."""
        people = [*(driver for pair in lineup.seats for driver in pair), *lineup.reserves]
        new = [one for one in people if ("driver", one.driver) not in self.named]
        if new:
            columns = {
                "driver": [one.driver for one in new],
                "name": [one.name for one in new],
                "abbreviation": [one.abbreviation for one in new],
            }
            self.ledger.add("drivers", columns, since=at)
        teams = [one for one in lineup.teams if ("team", one.constructor) not in self.named]
        if teams:
            columns = {
                "constructor": [one.constructor for one in teams],
                "name": [one.name for one in teams],
                "lineage": [one.lineage for one in teams],
            }
            self.ledger.add("constructors", columns, since=at)
        self.named |= {("driver", one.driver) for one in new}
        self.named |= {("team", one.constructor) for one in teams}


def _told(
    scenario: Scenario, plan: SeasonCalendar, season_cars: CarSeason, lineup: Lineup
) -> tuple[ScenarioFacts, CarSeason]:
    """What the scenario does to the last season, and its cars with the upgrade in them."""
    if scenario.begins == "never":
        return ScenarioFacts(scenario), season_cars
    first = plan.held[len(plan.held) // 2 if scenario.begins == "mid_season" else 0]
    lineage = lineup.teams[-1].lineage if scenario.adds_team else None
    if scenario.upgrade_pct:
        team = cars.midfield_team(season_cars, first.slot)
        lineage = lineup.teams[team].lineage
        pace = season_cars.pace_pct.copy()
        pace[first.slot :, team] -= scenario.upgrade_pct
        season_cars = replace(season_cars, pace_pct=pace)
    return ScenarioFacts(scenario, first.weekend, lineage), season_cars
