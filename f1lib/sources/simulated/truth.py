"""The true probabilities of a weekend, by Monte Carlo from what is not yet decided at a cutoff.

The oracle knows every latent parameter (talents, cars with all development and scenario changes,
hazards, circuits) and everything published by the cutoff. It conditions on:

    before_weekend      the announced entries; form of the weekend, weather, all sessions are open
    before_qualifying   those who really drive, and the form of the weekend exactly (practice only
                        hints at it); weather, qualifying, penalties, race are open
    before_race         the form, and the grid with its pit-lane starters; the race is open

In each of them a disqualification on Sunday or on Monday is open: the winner is the one of the
last revision. That a regular falls ill during practice is left out before the weekend. No one who
sees only tables can do better on average.
"""

import numpy as np
import pandas as pd

from f1lib.sources.simulated import events, held, latent
from f1lib.sources.simulated.held import HeldWeekend
from f1lib.sources.simulated.latent import Field, Form
from f1lib.sources.simulated.race import Race
from f1lib.sources.simulated.sessions import StartingGrid
from f1lib.sources.simulated.streams import Dice, IntArray, Purpose
from f1lib.weekend import Cutoff

CHUNK = 500  # replicas at a time: their arrays stay in the processor's cache
_NUMBER = {cutoff: number for number, cutoff in enumerate(Cutoff)}


def probabilities(dice: Dice, weekend: HeldWeekend, cutoff: Cutoff, replicas: int) -> pd.DataFrame:
    """`driver`, `p_win`, `p_pole` of each entry, sorted by driver; p_pole missing before_race."""
    field = weekend.announced if cutoff is Cutoff.BEFORE_WEEKEND else weekend.field
    wins, poles = np.zeros(len(field)), np.zeros(len(field))
    below = dice.below(int(Purpose.TRUTH), _NUMBER[cutoff])
    for start in range(0, replicas, CHUNK):
        n = min(CHUNK, replicas - start)
        won, pole = _chunk(below.below(start), weekend, field, cutoff, n)
        wins += np.bincount(won, minlength=len(field))
        if pole is not None:
            poles += np.bincount(pole, minlength=len(field))
    frame = pd.DataFrame(
        {
            "driver": [driver.driver for driver in field.drivers],
            "p_win": wins / replicas,
            "p_pole": np.nan if cutoff is Cutoff.BEFORE_RACE else poles / replicas,
        }
    )
    return frame.sort_values("driver", ignore_index=True)


def _chunk(
    dice: Dice, weekend: HeldWeekend, field: Field, cutoff: Cutoff, n: int
) -> tuple[IntArray, IntArray | None]:
    """Winner and pole sitter (car indices) of `n` replicas of what is open."""
    if cutoff is Cutoff.BEFORE_WEEKEND:
        form = latent.draw_form(dice.rng(Purpose.FORM), field, n)
    else:
        form = Form(
            np.repeat(weekend.form.qualifying_pct, n, axis=0),
            np.repeat(weekend.form.race_pct, n, axis=0),
        )
    return played(dice, weekend, field, cutoff, form)


def played(
    dice: Dice, weekend: HeldWeekend, field: Field, cutoff: Cutoff, form: Form
) -> tuple[IntArray, IntArray | None]:
    """Winner and pole sitter (car indices, (replicas,)) when what is open is run in each form."""
    round_, n = weekend.round, len(form.qualifying_pct)
    if cutoff is Cutoff.BEFORE_RACE:
        pole = None
        grid = StartingGrid(
            np.repeat(weekend.grid.start_order, n, axis=0),
            np.repeat(weekend.grid.penalty_places, n, axis=0),
            np.repeat(weekend.grid.pit_lane, n, axis=0),
        )
    else:
        qualifying = held.qualify(dice, round_, field, form)
        pole = qualifying.position.argmin(axis=1)
        grid = held.to_the_grid(dice, round_, field, form, qualifying)[1]
    race = held.run_race(dice, round_, field, form, grid)
    return _winner(dice, race, weekend.monday_chance), pole


def _winner(dice: Dice, race: Race, monday_chance: float) -> IntArray:
    """The winner of the last revision."""
    rng = dice.rng(Purpose.STEWARDS)
    out = events.disqualified_on_sunday(rng, race.at_the_flag)
    order = np.argsort(np.where(out, np.inf, race.key), axis=1, kind="stable")
    falls = events.monday_places(rng, len(order), monday_chance) == 0
    return np.where(falls, order[:, 1], order[:, 0])
