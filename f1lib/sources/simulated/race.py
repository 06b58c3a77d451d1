"""The race, lap by lap, for many replicas at once.

In:   field, form, course, starting order.
Out:  `Race`: who got how far, and when; arrays (replicas, cars), times in seconds.
Each lap a car has its natural lap time; it is held up behind the car in front unless it passes.
Not modelled: tyre compounds, red flags, team orders.
"""

from dataclasses import dataclass

import numpy as np

from f1lib.sources.simulated.circuits import Circuit
from f1lib.sources.simulated.latent import Field, Form
from f1lib.sources.simulated.streams import BoolArray, FloatArray, IntArray

RUNNING, FAILED, CRASHED, NEVER_STARTED = 0, 1, 2, 3

START_SLOT_S = 0.28  # between two places of the grid
START_SD_S = 0.24
PIT_LANE_S = 8.0
FOLLOWING_S = 0.5
LAP_NOISE_PCT = 0.30
RACE_LAP_PCT = 5.0  # a race lap is slower than a qualifying lap
MISTAKE = 0.004  # a lap
FIRST_LAP_RISK = 12.0  # laps' worth of accidents
NO_START = 0.004
SAFETY_CAR_AFTER_CRASH = 0.5
SAFETY_CAR_BY_CHANCE = 0.0015  # a lap
SAFETY_CAR_LAPS = 4
SAFETY_CAR_LAP = 1.4  # times a lap
CATCHING_UP_LAP = 1.12
CHEAP_STOP = 0.55  # share of the loss under the safety car
STOP_BROUGHT_FORWARD = 14  # laps
NEVER = 9_999


@dataclass(frozen=True, slots=True)
class Course:
    """The circuit as a race meets it."""

    base_lap_s: float
    laps: int
    difficulty: float
    wear_s: float
    pit_loss_s: float
    stops: int
    rain: float

    @classmethod
    def of(cls, circuit: Circuit, *, sprint: bool) -> "Course":
        """The Grand Prix, or the sprint of a third of the distance without a stop."""
        return cls(
            base_lap_s=circuit.base_lap_s * (1 + RACE_LAP_PCT / 100),
            laps=-(-100 * circuit.laps // 305) if sprint else circuit.laps,
            difficulty=circuit.difficulty,
            wear_s=circuit.wear,
            pit_loss_s=circuit.pit_loss_s,
            stops=0 if sprint else 1 + int(circuit.wear >= 0.07),
            rain=circuit.rain,
        )


@dataclass(frozen=True, slots=True)
class Race:
    """How a race ended, arrays (replicas, cars)."""

    time_s: FloatArray  # at the flag, or when the last whole lap ended
    laps: IntArray
    end: IntArray  # RUNNING, FAILED, CRASHED or NEVER_STARTED
    safety_car_laps: IntArray  # (replicas,)

    @property
    def key(self) -> FloatArray:
        """Sorts by distance, then time; those who never started come last."""
        return np.where(
            self.end == NEVER_STARTED, np.inf, self.time_s - 1e6 * self.laps.astype(np.float64)
        )

    @property
    def at_the_flag(self) -> BoolArray:
        """Which cars were still running."""
        return np.equal(self.end, RUNNING)


@dataclass(slots=True)
class _Cars:
    """The state between two laps."""

    time: FloatArray  # since the start; infinite once out
    age: FloatArray  # of the tyres, laps
    stop: IntArray  # lap of the next stop
    later_stop: IntArray
    end: IntArray
    laps: IntArray
    last_time: FloatArray
    safety: IntArray  # laps of safety car left (replicas,)
    safety_laps: IntArray


def run(
    rng: np.random.Generator, field: Field, form: Form, course: Course, start_order: IntArray,
    pit_lane: BoolArray,
) -> Race:  # fmt: skip
    """Run the race from `start_order` (replicas, cars)."""
    replicas, n = start_order.shape
    wet = np.less(rng.random((replicas, 1)), course.rain)
    pace_pct = field.race_pct + form.race_pct + np.where(wet, field.wet_pct, 0.0)
    lap_s = course.base_lap_s * (1 + pace_pct / 100)
    noise_s = course.base_lap_s * LAP_NOISE_PCT / 100 * np.where(wet, 1.6, 1.0)
    failing = field.failing / course.laps
    crashing = field.crashing / (course.laps + FIRST_LAP_RISK) * np.where(wet, 1.8, 1.0)
    cars = _on_the_grid(rng, field, course, start_order, pit_lane)
    for lap in range(1, course.laps + 1):
        chance = rng.random((2, replicas, n))
        natural = lap_s + course.wear_s * cars.age
        first = 1.0 + FIRST_LAP_RISK * (lap == 1)
        failed = chance[0] < failing
        crashed = (chance[0] > 1 - crashing * first) & ~failed
        out = (failed | crashed) & (cars.end == RUNNING)
        cars.end = np.where(out, np.where(failed, FAILED, CRASHED), cars.end)
        mistake = (chance[0] > 0.5) & (chance[0] < 0.5 + MISTAKE)
        driven = natural + noise_s * rng.standard_normal((replicas, n))
        driven += mistake * (3 + 12 * chance[1])
        _one_lap(cars, course, lap, natural, driven, chance[1])
        _call_safety_car(rng, cars, (out & crashed).any(axis=1), course.laps - lap)
    return _at_the_end(cars, course.laps)


def _on_the_grid(
    rng: np.random.Generator, field: Field, course: Course, start_order: IntArray,
    pit_lane: BoolArray,
) -> _Cars:  # fmt: skip
    shape = start_order.shape
    reaction = rng.normal(0, START_SD_S, shape) + field.start_s
    time = START_SLOT_S * (start_order - 1) + reaction + PIT_LANE_S * pit_lane
    absent = rng.random(shape) < NO_START
    stops = np.full((2, *shape), NEVER)
    jitter = np.round(rng.normal(0, 0.05 * course.laps, (2, *shape)))
    for number in range(course.stops):
        share = (number + 1) / (course.stops + 1)
        stops[number] = np.maximum(2, np.round(share * course.laps) + jitter[number])
    stops = np.sort(stops, axis=0)
    return _Cars(
        time=np.where(absent, np.inf, time),
        age=np.zeros(shape),
        stop=stops[0],
        later_stop=stops[1],
        end=np.where(absent, NEVER_STARTED, RUNNING),
        laps=np.zeros(shape, dtype=np.int64),
        last_time=np.where(absent, 0.0, np.maximum(time, 0.0)),
        safety=np.zeros(shape[0], dtype=np.int64),
        safety_laps=np.zeros(shape[0], dtype=np.int64),
    )


def _one_lap(
    cars: _Cars, course: Course, lap: int, natural: FloatArray, driven: FloatArray,
    chance: FloatArray,
) -> None:  # fmt: skip
    """Move every car one lap on: held up, passing, in the pits, or behind the safety car."""
    running = cars.end == RUNNING
    behind_safety_car = cars.safety > 0
    pits = _stops(cars, lap, behind_safety_car) & running
    order = np.argsort(cars.time, axis=1, kind="stable")

    def in_order(values: FloatArray) -> FloatArray:
        return np.take_along_axis(values, order, axis=1)

    blocks = np.take_along_axis(running & ~pits, order, axis=1)
    reached = in_order(cars.time + driven)
    ahead = in_order(natural)
    advantage = np.zeros_like(ahead)
    advantage[:, 1:] = ahead[:, :-1] - ahead[:, 1:]
    needed = 0.30 + 1.7 * course.difficulty
    passes = in_order(chance) < 1 / (1 + np.exp(-(advantage - needed) / 0.22))
    after = reached if lap == 1 else _held_up(reached, blocks, passes)
    if behind_safety_car.any():
        queue = _queued(in_order(cars.time), course.base_lap_s)
        after = np.where(behind_safety_car[:, None], queue, after)
    time = np.empty_like(after)
    np.put_along_axis(time, order, after, axis=1)
    loss = np.where(behind_safety_car, CHEAP_STOP, 1.0)[:, None] * course.pit_loss_s
    time = np.where(running, time + pits * loss, np.inf)
    cars.laps += running
    cars.last_time = np.where(running, time, cars.last_time)
    cars.time = time
    cars.age = np.where(pits, 0.0, cars.age + np.where(behind_safety_car, 0.3, 1.0)[:, None])


def _held_up(reached: FloatArray, blocks: BoolArray, passes: BoolArray) -> FloatArray:
    """Times at the line, columns in the order on the road: who cannot pass follows."""
    spacing = FOLLOWING_S * np.arange(reached.shape[1])
    slot = reached - spacing
    wall = np.maximum.accumulate(np.where(blocks, slot, -np.inf), axis=1)
    return np.where(blocks & ~passes, np.maximum(slot, wall) + spacing, reached)


def _queued(time: FloatArray, base_lap_s: float) -> FloatArray:
    """Behind the safety car: the leader goes slowly, the rest catch up to the queue."""
    queue = time[:, :1] + SAFETY_CAR_LAP * base_lap_s + 0.9 * np.arange(time.shape[1])
    return np.maximum(queue, time + CATCHING_UP_LAP * base_lap_s)


def _stops(cars: _Cars, lap: int, behind_safety_car: BoolArray) -> BoolArray:
    """Who stops this lap: as planned, or early because the safety car makes it cheap."""
    soon = behind_safety_car[:, None] & (cars.stop - lap <= STOP_BROUGHT_FORWARD)
    pits: BoolArray = np.equal(cars.stop, lap) | (soon & (cars.age >= 8))
    cars.stop = np.where(pits, cars.later_stop, cars.stop)
    cars.later_stop = np.where(pits, NEVER, cars.later_stop)
    return pits


def _call_safety_car(
    rng: np.random.Generator, cars: _Cars, crash: BoolArray, laps_left: int
) -> None:
    """Count the running safety car down, or send it out."""
    chance = rng.random(len(crash))
    called = chance < np.where(crash, SAFETY_CAR_AFTER_CRASH, SAFETY_CAR_BY_CHANCE)
    out = cars.safety > 0
    cars.safety_laps += out
    cars.safety = np.where(out, cars.safety - 1, SAFETY_CAR_LAPS * (called & (laps_left > 0)))


def _at_the_end(cars: _Cars, laps: int) -> Race:
    """The flag falls for everyone when the winner has crossed the line."""
    running = cars.end == RUNNING
    winner = np.where(running, cars.time, np.inf).min(axis=1, keepdims=True)
    lap_s = np.where(running, cars.time, 1.0) / laps
    behind = np.where(running, cars.last_time - winner, 0.0)
    lapped = np.where(running, np.floor(behind / lap_s), 0).astype(np.int64)
    time = cars.last_time - lapped * lap_s
    return Race(time, cars.laps - lapped, cars.end.astype(np.int64), cars.safety_laps)
