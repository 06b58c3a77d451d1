"""One weekend as it was held: every session run once, each from its own stream."""

from dataclasses import dataclass

import numpy as np

from f1lib.sources.simulated import events, latent, race, sessions
from f1lib.sources.simulated.calendar import Round
from f1lib.sources.simulated.cars import CarSeason
from f1lib.sources.simulated.events import SeasonEvents
from f1lib.sources.simulated.latent import Field, Form
from f1lib.sources.simulated.paddock import Lineup
from f1lib.sources.simulated.race import Course, Race
from f1lib.sources.simulated.sessions import Practice, Qualifying, StartingGrid
from f1lib.sources.simulated.streams import BoolArray, Dice, Purpose
from f1lib.weekend import Session, WeekendFormat

PRACTICE_PURPOSES = {
    Session.FP1: Purpose.FP1,
    Session.FP2: Purpose.FP2,
    Session.FP3: Purpose.FP3,
}


@dataclass(frozen=True, slots=True)
class HeldWeekend:
    """A weekend that took place: what was latent, and what happened (one replica)."""

    round: Round
    announced: Field
    field: Field
    form: Form
    practice: dict[Session, tuple[Field, Practice]]
    sprint_qualifying: Qualifying | None
    sprint: Race | None
    qualifying: Qualifying
    grid: StartingGrid
    race: Race
    disqualified: BoolArray
    monday_place: int | None
    monday_chance: float  # what anyone could have known of it


def hold(
    dice: Dice, round_: Round, lineup: Lineup, cars: CarSeason, season: SeasonEvents,
    monday_chance: float,
) -> HeldWeekend:  # fmt: skip
    """Run all sessions of `round_`."""
    fields = [
        latent.field_of(
            lineup, cars, round_.slot, round_.circuit,
            replaced=season.replaced(round_.slot, announced_only=announced_only),
        )
        for announced_only in (True, False)
    ]  # fmt: skip
    announced, field = fields
    form = latent.draw_form(dice.rng(Purpose.FORM), field, 1)
    practice = _practice(dice, round_, announced, field, form)
    shoot_out, own_sprint = _separate_sprint(dice, round_, field, form)
    qualifying = qualify(dice, round_, field, form)
    sprint, grid = to_the_grid(dice, round_, field, form, qualifying)
    run = run_race(dice, round_, field, form, grid)
    return HeldWeekend(
        round_, announced, field, form, practice, shoot_out, sprint or own_sprint,
        qualifying, grid, run,
        events.disqualified_on_sunday(dice.rng(Purpose.STEWARDS), run.at_the_flag),
        season.monday_place if season.monday_slot == round_.slot else None,
        monday_chance,
    )  # fmt: skip


def qualify(dice: Dice, round_: Round, field: Field, form: Form) -> Qualifying:
    """The qualifying session."""
    circuit = round_.circuit
    rng = dice.rng(Purpose.QUALIFYING)
    return sessions.qualify(rng, field, form, circuit.base_lap_s, circuit.rain)


def to_the_grid(
    dice: Dice, round_: Round, field: Field, form: Form, qualifying: Qualifying
) -> tuple[Race | None, StartingGrid]:
    """The grid; where the sprint sets it, the sprint is run first."""
    rng = dice.rng(Purpose.GRID)
    if round_.format is not WeekendFormat.SPRINT_SETS_GRID:
        return None, sessions.line_up(rng, qualifying.position)
    sprint = _run_sprint(dice, round_, field, form, qualifying)
    return sprint, sessions.line_up(rng, sessions.ranks(sprint.key))


def run_race(dice: Dice, round_: Round, field: Field, form: Form, grid: StartingGrid) -> Race:
    """The Grand Prix."""
    course = Course.of(round_.circuit, sprint=False)
    return race.run(dice.rng(Purpose.RACE), field, form, course, grid.start_order, grid.pit_lane)


def _run_sprint(
    dice: Dice, round_: Round, field: Field, form: Form, qualifying: Qualifying
) -> Race:
    course = Course.of(round_.circuit, sprint=True)
    position = qualifying.position
    nobody = np.zeros(position.shape, dtype=np.bool_)
    return race.run(dice.rng(Purpose.SPRINT), field, form, course, position, nobody)


def _separate_sprint(
    dice: Dice, round_: Round, field: Field, form: Form
) -> tuple[Qualifying | None, Race | None]:
    if round_.format in {WeekendFormat.STANDARD, WeekendFormat.SPRINT_SETS_GRID}:
        return None, None
    circuit = round_.circuit
    rng = dice.rng(Purpose.SPRINT_QUALIFYING)
    shoot_out = sessions.qualify(rng, field, form, circuit.base_lap_s, circuit.rain)
    return shoot_out, _run_sprint(dice, round_, field, form, shoot_out)


def _practice(
    dice: Dice, round_: Round, announced: Field, field: Field, form: Form
) -> dict[Session, tuple[Field, Practice]]:
    """Practice; on a standard weekend a late substitute is not there before FP2."""
    held = [name for name in round_.starts() if name in PRACTICE_PURPOSES]
    result = {}
    for name in held:
        early = name is Session.FP1 and round_.format is WeekendFormat.STANDARD
        present = announced if early else field
        rng = dice.rng(PRACTICE_PURPOSES[name])
        base, last = round_.circuit.base_lap_s, name is held[-1]
        result[name] = (present, sessions.practise(rng, present, form, base, last=last))
    return result
