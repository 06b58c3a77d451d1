"""Practice, qualifying and the grid, for many replicas at once.

Times are in seconds, arrays (replicas, cars); a missing lap is infinite here.
"""

from dataclasses import dataclass

import numpy as np

from f1lib.sources.simulated.latent import Field, Form
from f1lib.sources.simulated.streams import BoolArray, FloatArray, IntArray

TRACK_EVOLUTION_PCT = 0.22  # a segment
LAP_NOISE_PCT = 0.17
WET_NOISE_PCT = 0.45
NO_TIME = 0.012  # chance of a car without a lap in the first segment
SPOILT = 0.025  # chance that both laps of a segment are spoilt
IN_THE_LAST_SEGMENT = 10
PENALTY_PLACES = (3, 5, 10, 15)
PENALTY_CHANCES = (0.015, 0.012, 0.018, 0.006)
PIT_LANE = 0.012


@dataclass(frozen=True, slots=True)
class Qualifying:
    """Lap times (replicas, 3 segments, cars) and listed positions (replicas, cars) from 1."""

    segment_s: FloatArray
    position: IntArray
    wet: BoolArray  # (replicas,)


@dataclass(frozen=True, slots=True)
class Practice:
    """One practice session: best laps and laps run, arrays (cars,)."""

    best_s: FloatArray
    laps: IntArray


def ranks(values: FloatArray) -> IntArray:
    """Places along the last axis, 1 for the smallest."""
    order = np.argsort(values, axis=-1, kind="stable")
    return (np.argsort(order, axis=-1, kind="stable") + 1).astype(np.int64)


def practise(
    rng: np.random.Generator, field: Field, form: Form, base_s: float, *, last: bool
) -> Practice:
    """A practice session; programmes differ less in the last one before qualifying."""
    n = len(field)
    programme = rng.normal(0, 0.22 if last else 0.40, n)
    noise = rng.normal(0, 0.2, n)
    spare = rng.random((2, n))
    pct = 1.2 + field.qualifying_pct + form.qualifying_pct[0] + programme + noise
    best = base_s * (1 + (pct - (0.6 if last else 0.0)) / 100)
    best = np.where(spare[0] < 0.015, np.inf, best)
    laps = np.where(np.isinf(best), 2, 14 + np.floor(14 * spare[1]))
    return Practice(best, laps.astype(np.int64))


def qualify(
    rng: np.random.Generator, field: Field, form: Form, base_s: float, rain: float
) -> Qualifying:
    """Three segments; the slowest of the first two are out, ten run in the last."""
    replicas, n = form.qualifying_pct.shape
    wet: BoolArray = np.less(rng.random(replicas), rain)
    noise = rng.standard_normal((3, replicas, n, 2)).min(axis=-1)
    chance = rng.random((3, replicas, n))
    slower = np.where(wet, rng.uniform(9, 16, replicas), 0.0)[:, None]
    spread = np.where(wet, WET_NOISE_PCT, LAP_NOISE_PCT)[:, None]
    skill = np.where(wet[:, None], 1.4 * field.wet_pct, 0.0)
    pace = field.qualifying_pct + form.qualifying_pct + skill + slower
    evolution = -TRACK_EVOLUTION_PCT * np.arange(3)[:, None, None]
    times = base_s * (1 + (pace + evolution + spread * noise) / 100)
    times = np.where(chance < SPOILT, times * 1.006, times)
    times = np.where(chance > 1 - NO_TIME, np.inf, times)
    return _knockout(times, wet)


def _knockout(times: FloatArray, wet: BoolArray) -> Qualifying:
    n = times.shape[-1]
    place = ranks(times[0])
    for segment, allowed in ((1, in_second_segment(n)), (2, IN_THE_LAST_SEGMENT)):
        in_it = place <= allowed
        times[segment] = np.where(in_it, times[segment], np.inf)
        # those without a lap in this segment keep their order behind the others of it
        key = np.where(np.isfinite(times[segment]), times[segment], 1e5 + place)
        place = ranks(np.where(in_it, key, 1e6 + place))
    return Qualifying(np.moveaxis(times, 0, 1), place, wet)


def in_second_segment(n_cars: int) -> int:
    """How many cars run in Q2: half of those beyond ten are out in Q1.

    >>> in_second_segment(20), in_second_segment(22)
    (15, 16)
    """
    return IN_THE_LAST_SEGMENT + (n_cars - IN_THE_LAST_SEGMENT + 1) // 2


@dataclass(frozen=True, slots=True)
class StartingGrid:
    """Starting order 1..n, penalty places and pit-lane starters, arrays (replicas, cars)."""

    start_order: IntArray
    penalty_places: IntArray
    pit_lane: BoolArray


def line_up(rng: np.random.Generator, position: IntArray) -> StartingGrid:
    """The grid from the order it is based on: penalties drop cars, the pit lane comes last."""
    chance = rng.random(position.shape)
    places = np.zeros(position.shape, dtype=np.int64)
    upto = 0.0
    for drop, share in zip(PENALTY_PLACES, PENALTY_CHANCES, strict=True):
        places = np.where((chance >= upto) & (chance < upto + share), drop, places)
        upto += share
    pit_lane = chance > 1 - PIT_LANE
    key = position + places + 0.5 * (places > 0) + 1000.0 * pit_lane
    return StartingGrid(ranks(key), places, pit_lane)
