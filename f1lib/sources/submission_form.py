"""What a person writes down about a session, read as rows of a canonical table.

In:   records of a session; a history, which knows the names.
Out:  the canonical frame of that session, and the names it adds; or every fault at once, by row.
Knows nothing of: where submissions are kept.

Columns, beside `driver` and `constructor` (ids such as max-verstappen, red-bull):

    all                 car_number
    new names           driver_name, abbreviation; constructor_name, lineage
    FP1 .. FP4          position, time | time_ms, laps
    (sprint) qualifying position, q1 | q1_ms, q2 | q2_ms, q3 | q3_ms, time | best_ms
    grid                position (a number, or PL), pit_lane, penalty_places
    sprint, results     position (a number, or DNF, DSQ, ...), status, laps, time | time_ms,
                        gap_laps, points, retired_reason

Without positions the order of the rows is the order. Times are written 1:23.456 or 83.456; that of
a finisher may be a gap to the winner, +5.123. A missing car number is taken from the driver's last
session of the season.
"""

import difflib
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from f1lib.errors import TableContractError
from f1lib.sources.submission_rows import CANONICAL, Record, Row
from f1lib.tables.contract import vouch
from f1lib.tables.history import TABLES, History
from f1lib.tables.sessions import CLASSIFIED
from f1lib.weekend import PRACTICE_SESSIONS, SESSION_ORDER, RaceWeekend, Session

LAST_FP4 = 2005  # the last season with a fourth practice session
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

_OF_ALL = (
    "driver", "constructor", "car_number",
    "driver_name", "abbreviation", "constructor_name", "lineage",
)  # fmt: skip
_OF_LAPS = ("position", "q1", "q1_ms", "q2", "q2_ms", "q3", "q3_ms", "time", "best_ms")
_OF_RACES = (
    "position", "status", "laps", "time", "time_ms", "gap_laps", "points", "retired_reason",
)  # fmt: skip
_COLUMNS: dict[str, tuple[str, ...]] = {
    "entries": (),
    "practice": ("position", "time", "time_ms", "laps"),
    "qualifying": _OF_LAPS,
    "sprint_qualifying": _OF_LAPS,
    "grid": ("position", "pit_lane", "penalty_places"),
    "sprint": _OF_RACES,
    "results": _OF_RACES,
}


@dataclass(frozen=True, slots=True)
class Form:
    """One session as submitted: rows of a canonical table, and the names new to the history."""

    rows: pd.DataFrame
    drivers: pd.DataFrame
    constructors: pd.DataFrame


def table_of(session: str) -> str:
    """The table that a session is published in.

    >>> table_of("FP2"), table_of("results")
    ('practice', 'results')
    """
    return "practice" if session in set(PRACTICE_SESSIONS) else session


def session_named(text: str, history: History, weekend: RaceWeekend) -> str:
    """``fp1`` as FP1, ``race`` as results. Raises TableContractError when that weekend has none."""
    known = ["entries"] + [
        "results" if session == "race" else session.value
        for session in SESSION_ORDER[history.format(weekend)]
        if session is not Session.FP4 or weekend.season <= LAST_FP4
    ]
    wanted = "results" if text.strip().lower() == "race" else text.strip().lower()
    for name in known:
        if name.lower() == wanted:
            return name
    raise TableContractError(
        f"Weekend {weekend} has no session '{text}'; it has {', '.join(known)}. "
        "Submit one of these.",
        session=text,
    )


def read(
    rows: Sequence[Record],
    history: History,
    weekend: RaceWeekend,
    session: str,
    *,
    allow_new: bool = False,
) -> Form:
    """`rows` as the canonical rows of `session`.

    Raises TableContractError naming every fault with its row. Ids the history does not know are
    faults too, with the closest known ones, unless `allow_new`.
    """
    name = table_of(session)
    faults = _faults_of_columns(rows, name)
    written = [Row(i, row, faults) for i, row in enumerate(rows, start=1)]
    drivers, constructors = _new_names(written, history, allow_new, faults)
    frame = pd.DataFrame([CANONICAL[name](row) for row in written])
    faults += _faults_of_order(written, name, frame) if len(frame) else ["there is no row"]
    if faults:
        raise TableContractError(
            f"The {session} submitted for {weekend} cannot be used: {'; '.join(faults)}. "
            "Nothing was kept; correct the rows and submit them again.",
            faults=faults,
        )
    numbers = frame["driver"].map(_car_numbers(history, weekend))
    frame = _ordered(frame, name).assign(
        weekend=str(weekend),
        session=session,
        car_number=frame["car_number"].where(frame["car_number"].notna(), numbers),
    )
    return Form(vouch(TABLES[name], frame), drivers, constructors)


def _faults_of_columns(rows: Sequence[Record], name: str) -> list[str]:
    accepted = (*_OF_ALL, *_COLUMNS[name])
    there = dict.fromkeys(column for row in rows for column in row)
    strange = [str(column) for column in there if column not in accepted]
    faults = []
    if strange:
        faults.append(f"unknown column {', '.join(strange)} (known: {', '.join(accepted)})")
    faults += [
        f"there is no column {column}"
        for column in ("driver", "constructor")
        if rows and column not in there
    ]
    return faults


def _new_names(
    rows: Sequence[Row], history: History, allow_new: bool, faults: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The drivers and constructors that the history does not know."""
    drivers, constructors = history["drivers"], history["constructors"]
    new_drivers: dict[str, dict[str, str]] = {}
    new_constructors: dict[str, dict[str, str]] = {}
    for row in rows:
        driver, constructor = row.text("driver"), row.text("constructor")
        if _is_new(row, "driver", drivers, allow_new):
            name = row.text("driver_name") or driver.replace("-", " ").title()
            short = row.text("abbreviation") or name.split()[-1][:3].upper()
            new_drivers[driver] = {"driver": driver, "name": name, "abbreviation": short}
        if _is_new(row, "constructor", constructors, allow_new):
            lineage = row.text("lineage") or constructor
            if lineage != constructor and lineage not in set(constructors["lineage"]):
                row.fault(f"lineage '{lineage}' is unknown{_closest(lineage, constructors)}")
            name = row.text("constructor_name") or constructor.replace("-", " ").title()
            new_constructors[constructor] = {
                "constructor": constructor, "name": name, "lineage": lineage,
            }  # fmt: skip
    faults.extend(
        f"{noun} {name} is listed {n} times"
        for noun, n_of in [("driver", Counter(row.text("driver") for row in rows))]
        for name, n in n_of.items()
        if name and n > 1
    )
    return (
        pd.DataFrame(list(new_drivers.values()), columns=list(drivers.columns)),
        pd.DataFrame(list(new_constructors.values()), columns=list(constructors.columns)),
    )


def _is_new(row: Row, noun: str, known: pd.DataFrame, allow_new: bool) -> bool:
    name = row.text(noun)
    if not name:
        row.fault(f"there is no {noun}")
        return False
    if name in set(known[noun]):
        return False
    if not allow_new:
        row.fault(f"{noun} '{name}' is unknown{_closest(name, known)}; a new one needs --new")
        return False
    if not _ID.fullmatch(name):
        row.fault(f"{noun} '{name}' is no id: small letters, digits and hyphens only")
        return False
    return True


def _closest(name: str, known: pd.DataFrame) -> str:
    """A question naming the ids that come closest to `name`, or whose name it is."""
    noun = known.columns[0]
    wanted = name.lower()
    same = [str(each) for each in known.loc[known["name"].str.lower() == wanted, noun]]
    if "abbreviation" in known:
        short = known["abbreviation"].str.lower() == wanted
        same += [str(each) for each in known.loc[short, noun].tail(3)]
    alike = difflib.get_close_matches(wanted.replace(" ", "-"), list(known[noun]), n=3, cutoff=0.5)
    closest = list(dict.fromkeys([*same, *alike]))[:3]
    return f", did you mean {' or '.join(closest)}?" if closest else ""


def _faults_of_order(rows: Sequence[Row], name: str, frame: pd.DataFrame) -> list[str]:
    """Places given for some rows only, twice, or with gaps; gaps without a winner's time."""
    if "place" not in frame:
        return []
    faults = []
    for row, place in zip(rows, frame["place"], strict=True):
        if place < 1 or (not math.isnan(place) and place % 1):
            row.fault(f"position {place:g} is no place")
    placed = frame["place"].dropna()
    if name == "grid":
        unplaced = frame["place"].isna() & ~frame["pit_lane"]
    elif "status" in frame:
        unplaced = frame["place"].isna() & (frame["status"] == CLASSIFIED)
    else:
        unplaced = frame["place"].isna() & pd.Series([not row.text("position") for row in rows])
    if len(placed) and unplaced.any():
        faults.append(f"position is missing for {', '.join(frame.loc[unplaced, 'driver'])}")
    if name != "grid" and len(placed):
        twice = sorted(placed[placed.duplicated()].unique())
        faults += [f"position {place:g} is given twice" for place in twice]
        missing = sorted(set(range(1, min(int(placed.max()), 200) + 1)) - set(placed))
        if missing:
            faults.append(f"position {', '.join(map(str, missing))} is missing")
    if "is_gap" in frame and frame["is_gap"].any():
        winner = frame.loc[_order_of(frame, frame["status"] != CLASSIFIED)[0]]
        if winner["is_gap"] or pd.isna(winner["time_ms"]):
            faults.append("there are gaps to the winner, but the winner has no time")
    return faults


def _ordered(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The places 1..n: by position, then as listed; pit lane and unclassified rows last."""
    if "place" not in frame:
        return frame
    last = pd.Series(False, index=frame.index)
    if name == "grid":
        last = frame["pit_lane"]
    if "status" in frame:
        last = frame["status"] != CLASSIFIED
    order = _order_of(frame, last)
    rank = pd.Series(range(1, len(order) + 1), index=order).sort_index()
    if name == "grid":
        given = frame["place"] if frame["place"].notna().any() else rank.astype(float)
        return frame.assign(start_order=rank, grid_position=given.where(~last))
    if "status" not in frame:
        return frame.assign(position=rank)
    winner = frame["time_ms"].loc[order[0]]
    return frame.assign(
        finish_order=rank,
        position=rank.astype(float).where(~last),
        time_ms=frame["time_ms"].where(~frame["is_gap"], frame["time_ms"] + winner),
    )


def _order_of(frame: pd.DataFrame, last: "pd.Series[bool]") -> "pd.Index[int]":
    """The rows by place, then as listed; those of `last` behind the others."""
    by = pd.DataFrame({"last": last, "place": frame["place"]})
    return by.sort_values(["last", "place"], kind="stable", na_position="last").index


def _car_numbers(history: History, weekend: RaceWeekend) -> dict[str, Any]:
    """Each driver's car number in the last session of this season that tells it."""
    first, last = f"{weekend.season}-00", str(weekend)
    told = pd.concat(
        frame.loc[
            (frame["weekend"] >= first) & (frame["weekend"] <= last) & frame["car_number"].notna(),
            ["weekend", "driver", "car_number"],
        ]
        for frame in history.tables.values()
        if "car_number" in frame
    )
    newest = told.sort_values("weekend", kind="stable").drop_duplicates("driver", keep="last")
    return dict(zip(newest["driver"], newest["car_number"], strict=True))
