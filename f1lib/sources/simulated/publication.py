"""What of a weekend is published when: rows for the ledger, and the list of moments.

In:   calendars, line-ups, held weekends, the scenario's scale of practice.
Out:  rows in a `Ledger`; `Publication`s of a weekend in order.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from f1lib.sources.simulated import classification
from f1lib.sources.simulated.calendar import Round, SeasonCalendar
from f1lib.sources.simulated.held import HeldWeekend
from f1lib.sources.simulated.latent import Field
from f1lib.sources.simulated.ledger import Ledger, moment
from f1lib.sources.simulated.race import Race
from f1lib.sources.simulated.sessions import Practice, Qualifying
from f1lib.sources.simulated.streams import BoolArray, Dice, FloatArray, IntArray, Purpose
from f1lib.weekend import RaceWeekend, Session

SHARED_SLOT = 0.015  # chance that a grid lists two cars in one place
NOT_LISTED = 0.2  # chance that a car without a lap is missing from the qualifying list

_MOMENTS = {
    "fp1_at": Session.FP1, "fp2_at": Session.FP2, "fp3_at": Session.FP3,
    "sprint_qualifying_at": Session.SPRINT_QUALIFYING, "sprint_at": Session.SPRINT,
    "qualifying_at": Session.QUALIFYING, "race_at": Session.RACE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Publication:
    """Something of a weekend appears: a session's result or `entries`; revision 0 is the first."""

    session: str  # a Session, or "entries"
    at: datetime
    revision: int = 0


def moments(held: HeldWeekend) -> list[Publication]:
    """Everything published of a weekend, in order."""
    round_ = held.round
    found = [Publication("entries", round_.entries_at)]
    found += [Publication(name, round_.published_at(name)) for name in round_.starts()]
    if held.monday_place is not None:
        found.append(Publication(Session.RACE, round_.revised_at, revision=1))
    return sorted(found, key=lambda publication: publication.at)


def write_calendar(ledger: Ledger, calendar: SeasonCalendar) -> None:
    """The season's rows of `races`, before and after a cancellation."""
    changed = calendar.cancellation_at
    for round_ in calendar.rounds:
        if round_.weekend == round_.planned:
            _write_round(ledger, round_, round_.planned, since=calendar.published_at)
            continue
        _write_round(ledger, round_, round_.planned, since=calendar.published_at, until=changed)
        if round_.weekend is not None and changed is not None:
            _write_round(ledger, round_, round_.weekend, since=changed)


def _write_round(
    ledger: Ledger,
    round_: Round,
    weekend: RaceWeekend,
    *,
    since: datetime,
    until: datetime | None = None,
) -> None:
    circuit, starts = round_.circuit, round_.starts()
    none = np.datetime64("NaT", "ns")
    row: dict[str, object] = {
        "weekend": [str(weekend)],
        "season": weekend.season,
        "round": weekend.round,
        "grand_prix": circuit.grand_prix,
        "name": circuit.name,
        "date": round_.race_at.date().isoformat(),
        "circuit": circuit.circuit,
        "circuit_name": circuit.circuit_name,
        "circuit_type": circuit.circuit_type,
        "format": str(round_.format),
        "course_length_km": circuit.length_km,
    }
    for column, name in _MOMENTS.items():
        row[column] = np.array([moment(starts[name]) if name in starts else none])
    ledger.add("races", row, since=since, until=until)


def _who(weekend: RaceWeekend, field: Field, cars: IntArray) -> dict[str, object]:
    return {
        "weekend": str(weekend),
        "driver": [field.drivers[car].driver for car in cars],
        "constructor": [field.teams[car].constructor for car in cars],
        "car_number": [str(field.drivers[car].number) for car in cars],
    }


@dataclass(frozen=True, slots=True)
class WeekendPress:
    """Writes all sessions of one held weekend into the ledger."""

    ledger: Ledger
    dice: Dice
    held: HeldWeekend
    weekend: RaceWeekend
    practice_gap_factor: float = 1.0
    practice_offset_s: float = 0.0

    def write(self) -> None:
        """Everything of the weekend, each at its moment."""
        held, round_ = self.held, self.held.round
        rng = self.dice.rng(Purpose.WORDING)
        everyone = np.arange(len(held.announced))
        entries = _who(self.weekend, held.announced, everyone)
        self.ledger.add("entries", entries, since=round_.entries_at)
        for name, (field, practice) in held.practice.items():
            self._practice(name, field, practice)
        listed = rng.random(len(held.field)) >= NOT_LISTED
        self._qualifying(Session.QUALIFYING, held.qualifying, listed)
        if held.sprint_qualifying is not None:
            self._qualifying(
                Session.SPRINT_QUALIFYING, held.sprint_qualifying, np.ones_like(listed)
            )
        self._grid(shared=rng.random() < SHARED_SLOT, place=int(rng.integers(5, 15)))
        why = classification.reasons(rng, held.race)
        if held.sprint is not None:
            nobody = np.zeros_like(held.disqualified[0])
            scale = classification.sprint_scale(self.weekend.season)
            sprint_why = classification.reasons(rng, held.sprint)
            self._result(Session.SPRINT, "sprint", held.sprint, nobody, sprint_why, scale)
        self._race(why)

    def _practice(self, name: Session, field: Field, practice: Practice) -> None:
        order = np.argsort(practice.best_s, kind="stable")
        best = practice.best_s[order]
        published = best[0] + (best - best[0]) * self.practice_gap_factor
        times = published + self.practice_offset_s
        self.ledger.add(
            "practice",
            {
                **_who(self.weekend, field, order.astype(np.int64)),
                "session": str(name),
                "position": np.arange(1, len(order) + 1),
                "time_ms": _milliseconds(times),
                "laps": practice.laps[order].astype(np.float64),
            },
            since=self.held.round.published_at(name),
        )

    def _qualifying(self, name: Session, run: Qualifying, listed: BoolArray) -> None:
        order = np.argsort(run.position[0], kind="stable")
        best = run.segment_s[0].min(axis=0)
        order = order[np.isfinite(best[order]) | listed[order]]
        segments = {
            f"q{number + 1}_ms": _milliseconds(run.segment_s[0, number, order])
            for number in range(3)
        }
        self.ledger.add(
            str(name),
            {
                **_who(self.weekend, self.held.field, order.astype(np.int64)),
                "position": np.arange(1, len(order) + 1),
                **segments,
                "best_ms": _milliseconds(best[order]),
            },
            since=self.held.round.published_at(name),
        )

    def _grid(self, *, shared: bool, place: int) -> None:
        """The grid; now and then the stewards list two cars in one place."""
        grid = self.held.grid
        order = np.argsort(grid.start_order[0], kind="stable")
        pit_lane = grid.pit_lane[0][order]
        places = grid.penalty_places[0][order].astype(np.float64)
        position = np.arange(1.0, len(order) + 1)
        if shared:
            position[place] = position[place - 1]
        self.ledger.add(
            "grid",
            {
                **_who(self.weekend, self.held.field, order.astype(np.int64)),
                "start_order": np.arange(1, len(order) + 1),
                "grid_position": np.where(pit_lane, np.nan, position),
                "pit_lane": pit_lane,
                "penalty_places": np.where(places > 0, places, np.nan),
            },
            since=self.held.round.published_at(Session.GRID),
        )

    def _race(self, why: list[str]) -> None:
        """Sunday's result; on Monday the illegal car goes, and everyone behind it moves up."""
        held, scale = self.held, classification.POINTS
        out = held.disqualified[0]
        if held.monday_place is None:
            self._result(Session.RACE, "results", held.race, out, why, scale)
            return
        sunday = classification.classify(held.race, out, why, scale)
        fallen = out.copy()
        fallen[sunday.car[held.monday_place]] = True
        revised = held.round.revised_at
        self._result(Session.RACE, "results", held.race, out, why, scale, until=revised)
        self._result(Session.RACE, "results", held.race, fallen, why, scale, since=revised)

    def _result(
        self,
        name: Session,
        table: str,
        race: Race,
        out: BoolArray,
        why: list[str],
        scale: tuple[int, ...],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> None:
        result = classification.classify(race, out, why, scale)
        self.ledger.add(
            table,
            {
                **_who(self.weekend, self.held.field, result.car),
                "finish_order": np.arange(1, len(result.car) + 1),
                "position": result.position,
                "status": result.status,
                "laps": result.laps,
                "time_ms": result.time_ms,
                "gap_laps": result.gap_laps,
                "points": result.points,
                "retired_reason": result.reason,
            },
            since=since or self.held.round.published_at(name),
            until=until,
        )


def _milliseconds(seconds: FloatArray) -> FloatArray:
    return np.where(np.isfinite(seconds), np.round(1000 * seconds), np.nan)
