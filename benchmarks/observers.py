"""Observers of the simulated world: what can be known of a weekend, and by whom.

The oracle (f1lib/sources/simulated/truth.py) knows what no table shows. Two observers between it
and a model tell what that is worth. Both see the sessions published by the cutoff and then run
the true sessions many times:

    insider    knows cars, talents, hazards and circuits as the oracle does, but has to learn the
               form of the weekend from its sessions. No forecast can be better on average.
    attentive  has to learn cars and talents too, from all sessions so far, with a Kalman filter
               that knows how the world is made (how much cars develop, how noisy laps are). About
               what a perfect model of this world could reach.

Paces are in % of a lap, lower is faster; only differences count, so every session has an unknown
offset. Wet sessions count as noisier ones.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from f1lib.sources.simulated import cars, latent, sessions, truth
from f1lib.sources.simulated.circuits import Circuit
from f1lib.sources.simulated.held import HeldWeekend
from f1lib.sources.simulated.latent import Field, Form
from f1lib.sources.simulated.paddock import ROOKIE_PCT
from f1lib.sources.simulated.race import RUNNING
from f1lib.sources.simulated.sessions import Qualifying
from f1lib.sources.simulated.streams import Dice, FloatArray, Purpose
from f1lib.sources.simulated.world import SimulatedWorld
from f1lib.weekend import Cutoff, RaceWeekend, Session, Stage, sessions_known

Name = tuple[str, str | int]  # of a part of a pace: ("car", 3), ("talent", "some-driver")

OBSERVED = 99  # a branch of the dice of its own
OFFSET_VARIANCE = 1e4  # of a whole session: nothing is known of it
OUTLIER = 3.3  # standard deviations: a spoilt lap
BEST_OF_TWO = 0.826  # standard deviation of the smaller of two standard normals
DRY_LAP_SD = BEST_OF_TWO * sessions.LAP_NOISE_PCT
WET_LAP_SD = 0.6  # with what rain does to each driver
PRACTICE_SD = {False: np.hypot(0.40, 0.2), True: np.hypot(0.22, 0.2)}  # the last one: True
RACE_SD = 0.25  # of a race's mean lap: traffic, safety cars, stops

# variance when first met; what a season keeps, and the variance it adds; the variance of a round
_SPREAD: dict[str, tuple[float, float, float, float]] = {
    "car": (
        cars.PACE_SD**2,
        cars.PERSISTENCE,
        cars.PACE_SD**2 * (1 - cars.PERSISTENCE**2),
        cars.DEVELOPMENT_SD**2,
    ),
    "power": (0.15**2, 0.6, 0.12**2, 0.0),
    "street": (0.10**2, 0.6, 0.08**2, 0.0),
    "kindness": (0.10**2, 0.0, 0.10**2, 0.0),  # of a car to its tyres, in races
    "talent": (0.20**2, 1.0, 0.05**2, 0.0),
    "race_talent": (0.12**2, 1.0, 0.0, 0.0),
}
_FORM = {
    "team_form": latent.TEAM_FORM_SD**2,
    "own_form": latent.DRIVER_FORM_SD**2,
    "race_form": latent.RACE_FORM_SD**2,
}


@dataclass
class Beliefs:
    """What is believed of the parts of all paces: a normal distribution over named parts.

    With `latents_known` only the form of the weekend is believed; the rest is read off the field.
    """

    latents_known: bool
    place: dict[Name, int] = field(default_factory=dict)
    mean: FloatArray = field(default_factory=lambda: np.zeros(0))
    covariance: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))

    def meet(self, cars_entered: Field) -> None:
        """Think of whoever takes part for the first time."""
        for driver, team in zip(cars_entered.drivers, cars_entered.team.tolist(), strict=True):
            of_team = ["car", "power", "street", "kindness", "team_form", "race_form"]
            of_driver = ["talent", "race_talent", "own_form"]
            names: list[Name] = [(kind, team) for kind in of_team]
            names += [(kind, driver.driver) for kind in of_driver]
            for name in names:
                self._add(name)

    def _add(self, name: Name) -> None:
        kind = name[0]
        if name in self.place or (self.latents_known and kind not in _FORM):
            return
        n = self.place[name] = len(self.mean)
        variance = _FORM[kind] if kind in _FORM else _SPREAD[kind][0]
        self.mean = np.append(self.mean, 0.1 if kind == "talent" else 0.0)
        self.covariance = np.pad(self.covariance, (0, 1))
        self.covariance[n, n] = variance

    def new_season(self) -> None:
        """Over the winter cars change and drivers age."""
        self._move({kind: (keeps, adds) for kind, (_, keeps, adds, _) in _SPREAD.items()})

    def new_weekend(self) -> None:
        """Since the last round cars were developed; the form is a new one."""
        moves = {kind: (1.0, adds) for kind, (*_, adds) in _SPREAD.items()}
        self._move(moves | {kind: (0.0, variance) for kind, variance in _FORM.items()})

    def _move(self, moves: dict[str, tuple[float, float]]) -> None:
        steps = np.array([moves.get(str(kind), (1.0, 0.0)) for kind, _ in self.place])
        keeps, adds = steps.reshape(-1, 2).T
        self.mean = self.mean * keeps
        self.covariance = self.covariance * np.outer(keeps, keeps) + np.diag(adds)

    def design(self, entered: Field, circuit: Circuit) -> tuple[FloatArray, FloatArray]:
        """Which parts make up the pace of each car: in qualifying, and in the race."""
        lap = np.zeros((len(entered), len(self.mean)))
        race = np.zeros_like(lap)
        for car, (driver, team) in enumerate(zip(entered.drivers, entered.team, strict=True)):
            parts: dict[Name, tuple[float, float]] = {
                ("car", team): (1, 1),
                ("power", team): (-circuit.power, -circuit.power),
                ("street", team): (circuit.circuit_type == "street",) * 2,
                ("kindness", team): (0, 1),
                ("talent", driver.driver): (1, 0.7),
                ("race_talent", driver.driver): (0, 1),
                ("team_form", team): (1, 1),
                ("own_form", driver.driver): (1, 1),
                ("race_form", team): (0, 1),
            }
            for name, (in_lap, in_race) in parts.items():
                if name in self.place:
                    lap[car, self.place[name]], race[car, self.place[name]] = in_lap, in_race
        return lap, race

    def known(self, entered: Field) -> tuple[FloatArray, FloatArray]:
        """What of the paces is no matter of belief: in qualifying, and in the race."""
        if self.latents_known:
            return entered.qualifying_pct, entered.race_pct
        rookies = ROOKIE_PCT * np.array([driver.rookie for driver in entered.drivers])
        return rookies, rookies

    def learn(self, design: FloatArray, known: FloatArray, pace: FloatArray, sd: float) -> None:
        """Update on the paces of one session; missing ones and outliers are left out."""
        use = np.isfinite(pace)
        while use.sum() >= 3:
            h, residual = design[use], (pace - known)[use] - design[use] @ self.mean
            own = h @ self.covariance @ h.T + sd**2 * np.eye(len(h))
            weights = np.linalg.solve(own, np.ones(len(h)))
            offset = weights @ residual / weights.sum()
            z = np.abs(residual - offset) / np.sqrt(np.diag(own))
            if z.max() <= OUTLIER:
                gain = np.linalg.solve(own + OFFSET_VARIANCE, h @ self.covariance).T
                self.mean = self.mean + gain @ residual
                left = self.covariance - gain @ h @ self.covariance
                self.covariance = (left + left.T) / 2
                return
            use[np.flatnonzero(use)[z.argmax()]] = False

    def forms(self, entered: Field, circuit: Circuit, n: int, rng: np.random.Generator) -> Form:
        """`n` draws of the paces, as what they add to those of the field."""
        root = np.linalg.cholesky(self.covariance + 1e-9 * np.eye(len(self.mean)))
        drawn = self.mean + rng.standard_normal((n, len(self.mean))) @ root.T
        lap, race = self.design(entered, circuit)
        lap_known, race_known = self.known(entered)
        return Form(
            drawn @ lap.T + lap_known - entered.qualifying_pct,
            drawn @ race.T + race_known - entered.race_pct,
        )


def _watch_practice(beliefs: Beliefs, weekend: HeldWeekend, seen: Iterable[Session]) -> None:
    names = list(weekend.practice)
    for name in seen:
        entered, practice = weekend.practice[name]
        lap, _ = beliefs.design(entered, weekend.round.circuit)
        pace = _in_pct(practice.best_s, weekend)
        beliefs.learn(lap, beliefs.known(entered)[0], pace, PRACTICE_SD[name is names[-1]])


def _watch_qualifying(beliefs: Beliefs, weekend: HeldWeekend, session: Qualifying) -> None:
    lap, _ = beliefs.design(weekend.field, weekend.round.circuit)
    for times in session.segment_s[0]:
        sd = WET_LAP_SD if session.wet[0] else DRY_LAP_SD
        known = beliefs.known(weekend.field)[0]
        beliefs.learn(lap, known, _in_pct(times, weekend), sd)


def _watch_race(beliefs: Beliefs, weekend: HeldWeekend) -> None:
    race, entered = weekend.race, weekend.field
    finished = race.end[0] == RUNNING
    mean_lap = np.where(finished, race.time_s[0] / np.maximum(race.laps[0], 1), np.inf)
    _, design = beliefs.design(entered, weekend.round.circuit)
    beliefs.learn(design, beliefs.known(entered)[1], _in_pct(mean_lap, weekend), RACE_SD)


def _in_pct(times_s: FloatArray, weekend: HeldWeekend) -> FloatArray:
    pct = 100 * times_s / weekend.round.circuit.base_lap_s
    return np.where(np.isfinite(pct), pct, np.nan)


def _watch(beliefs: Beliefs, weekend: HeldWeekend, *, before_qualifying: bool) -> None:
    """The sessions run before qualifying, or those from qualifying to the grid."""
    known = sessions_known(weekend.round.format, Cutoff.BEFORE_QUALIFYING)
    _watch_practice(
        beliefs,
        weekend,
        [name for name in weekend.practice if (name in known) == before_qualifying],
    )
    shoot_out = weekend.sprint_qualifying
    if shoot_out is not None and (Session.SPRINT_QUALIFYING in known) == before_qualifying:
        _watch_qualifying(beliefs, weekend, shoot_out)
    if not before_qualifying:
        _watch_qualifying(beliefs, weekend, weekend.qualifying)


def _said(
    beliefs: Beliefs, dice: Dice, weekend: HeldWeekend, cutoff: Cutoff, replicas: int
) -> pd.DataFrame:
    """stage, driver, p_first of each entry: the true sessions run with believed paces."""
    entered = weekend.announced if cutoff is Cutoff.BEFORE_WEEKEND else weekend.field
    firsts: dict[Stage, FloatArray] = {stage: np.zeros(len(entered)) for stage in Stage}
    for start in range(0, replicas, truth.CHUNK):
        below = dice.below(start)
        n = min(truth.CHUNK, replicas - start)
        form = beliefs.forms(entered, weekend.round.circuit, n, below.rng(Purpose.FORM))
        won, pole = truth.played(below, weekend, entered, cutoff, form)
        firsts[Stage.RACE] += np.bincount(won, minlength=len(entered))
        if pole is not None:
            firsts[Stage.QUALIFYING] += np.bincount(pole, minlength=len(entered))
    drivers = [driver.driver for driver in entered.drivers]
    frames = [
        # a car that never won in the replicas is given a little: nothing is impossible
        pd.DataFrame({"driver": drivers, "p_first": (n + 0.02) / (n + 0.02).sum()}).assign(
            stage=stage.value
        )
        for stage, n in firsts.items()
        if n.any()
    ]
    return pd.concat(frames, ignore_index=True)


def said(
    world: SimulatedWorld, weekends: Iterable[RaceWeekend], replicas: int
) -> Iterator[pd.DataFrame]:
    """What both observers say of each of `weekends` at every cutoff, having watched all before.

    weekend, stage, cutoff, model, driver, p_first.
    """
    asked = set(weekends)
    attentive, season = Beliefs(latents_known=False), None
    for weekend, run in world.held.items():
        insider = Beliefs(latents_known=True)
        for beliefs in (attentive, insider):
            beliefs.meet(run.announced)
            beliefs.meet(run.field)
        if season not in {None, weekend.season}:
            attentive.new_season()
        season = weekend.season
        attentive.new_weekend()
        dice = Dice(world.seed).below(weekend.season, run.round.slot, OBSERVED)
        for number, cutoff in enumerate(Cutoff):
            for name, beliefs in (("attentive", attentive), ("insider", insider)):
                if cutoff is not Cutoff.BEFORE_WEEKEND:
                    before_qualifying = cutoff is Cutoff.BEFORE_QUALIFYING
                    _watch(beliefs, run, before_qualifying=before_qualifying)
                if weekend in asked:
                    frame = _said(beliefs, dice.below(number), run, cutoff, replicas)
                    yield frame.assign(weekend=str(weekend), cutoff=cutoff.value, model=name)
        _watch_race(attentive, run)
