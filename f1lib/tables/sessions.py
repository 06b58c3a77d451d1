"""What happened in the sessions of a weekend, one row per entry and session.

Tables: `ENTRIES` (announced), `PRACTICE`, `QUALIFYING`, `SPRINT_QUALIFYING`, `SPRINT`, `GRID`,
`RESULTS`. Lap times are in milliseconds and missing where none was set.
"""

from f1lib.tables.calendar import NAME, WEEKEND
from f1lib.tables.contract import Column, Kind, Table
from f1lib.weekend import PRACTICE_SESSIONS

CLASSIFIED = "classified"
STATUSES = (CLASSIFIED, "DNF", "NC", "DSQ", "DNS", "DNQ", "DNPQ", "DNP", "EX")
NOT_STARTED = frozenset({"DNP", "DNPQ", "DNQ", "DNS", "EX"})  # the rest took the start

_ENTRY = {
    "weekend": WEEKEND,
    "driver": NAME,
    "constructor": NAME,
    "car_number": Column(Kind.TEXT, nullable=True),
}
_KEY = ("weekend", "driver", "car_number")  # shared cars of 1950-64: the number tells them apart
_TIME_MS = Column(Kind.NUMBER, nullable=True, low=20_000, high=3_600_000)
_PLACE = Column(Kind.INTEGER, low=1, high=200)

ENTRIES = Table("entries", key=_KEY, columns=_ENTRY)

PRACTICE = Table(
    "practice",
    key=("weekend", "session", "driver", "car_number"),
    columns={
        **_ENTRY,
        "session": Column(Kind.TEXT, among=tuple(PRACTICE_SESSIONS)),
        "position": _PLACE,
        "time_ms": _TIME_MS,
        "laps": Column(Kind.NUMBER, nullable=True, low=0),
    },
    order=("weekend", "session", "position"),
)


def _qualifying(name: str) -> Table:
    return Table(
        name,
        key=_KEY,
        columns={
            **_ENTRY,
            "position": _PLACE,  # as listed, also for those without a classified time
            "q1_ms": _TIME_MS,
            "q2_ms": _TIME_MS,
            "q3_ms": _TIME_MS,
            "best_ms": _TIME_MS,  # the fastest lap of the whole session
        },
        order=("weekend", "position"),
    )


QUALIFYING = _qualifying("qualifying")
SPRINT_QUALIFYING = _qualifying("sprint_qualifying")

GRID = Table(
    "grid",
    key=_KEY,
    columns={
        **_ENTRY,
        "start_order": _PLACE,  # 1..n, pit lane last; never missing, never shared
        "grid_position": Column(Kind.NUMBER, nullable=True, low=1, high=60),  # may be shared
        "pit_lane": Column(Kind.FLAG),
        "penalty_places": Column(Kind.NUMBER, nullable=True, low=0),
    },
    order=("weekend", "start_order"),
)


def _results(name: str) -> Table:
    return Table(
        name,
        key=_KEY,
        columns={
            **_ENTRY,
            "finish_order": _PLACE,  # as listed: the classified, then those out by distance
            "position": Column(Kind.NUMBER, nullable=True, low=1, high=60),  # only if classified
            "status": Column(Kind.TEXT, among=STATUSES),
            "laps": Column(Kind.NUMBER, nullable=True, low=0, high=250),
            "time_ms": Column(Kind.NUMBER, nullable=True, low=0),  # the lapped have none
            "gap_laps": Column(Kind.NUMBER, nullable=True, low=0),
            "points": Column(Kind.NUMBER, nullable=True, low=0, high=60),
            "retired_reason": Column(Kind.TEXT, nullable=True),  # also of some classified cars
        },
        order=("weekend", "finish_order"),
    )


RESULTS = _results("results")
SPRINT = _results("sprint")
