"""Cells that a person wrote: a csv or json file as records, a record as values of a canonical row.

In:   text such as 1:23.456, +5.123, PL, DNF.
Out:  numbers, milliseconds, flags; what cannot be read becomes a fault with its row number.
Knows nothing of: which drivers there are, in which order rows stand.
"""

import csv
import io
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from f1lib.errors import SourceError
from f1lib.tables.sessions import CLASSIFIED, STATUSES

Record = Mapping[str, object]

_TIME = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,2}):)?(\d{1,3}(?:\.\d{1,3})?)")
_NUMBER = re.compile(r"[+-]?\d{1,9}(?:\.\d{1,9})?")
_YES, _NO = frozenset({"true", "yes", "1", "x"}), frozenset({"", "false", "no", "0"})


def records(path: Path) -> list[dict[str, object]]:
    """The records of a csv file (comma or semicolon) or of a json list. Raises SourceError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise SourceError(f"{path} cannot be read ({exc}). Save it as UTF-8 text.") from exc
    if path.suffix.lower() == ".json":
        return _of_json(path, text)
    if path.suffix.lower() == ".csv":
        return _of_csv(path, text)
    raise SourceError(f"{path} is neither .csv nor .json. Save it as one of the two.")


def _of_json(path: Path, text: str) -> list[dict[str, object]]:
    try:
        found = json.loads(text)
    except ValueError as exc:
        raise SourceError(f"{path} is no json ({exc}). Correct it there.") from exc
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise SourceError(
            f"{path} should hold a list of records, such as "
            '[{"driver": "max-verstappen", "constructor": "red-bull", "q1": "1:23.456"}].'
        )
    return found


def _of_csv(path: Path, text: str) -> list[dict[str, object]]:
    header = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if ";" in header else ",")
    lines = [line for line in reader if any(cell.strip() for cell in line)]
    names = [name.strip() for name in lines[0]] if lines else []
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SourceError(f"{path} has column {', '.join(twice)} twice. Correct it there.")
    uneven = [str(i) for i, line in enumerate(lines[1:], 1) if len(line) != len(names)]
    if uneven:
        raise SourceError(
            f"{path}: row {', '.join(uneven[:5])} has another number of cells than the header "
            f"({len(names)}). Correct it there."
        )
    return [dict(zip(names, line, strict=True)) for line in lines[1:]]


@dataclass(frozen=True, slots=True)
class Row:
    """One record; what cannot be read is written to `faults`."""

    number: int
    cells: Record
    faults: list[str] = field(repr=False)

    def fault(self, text: str) -> None:
        who = self.text("driver")
        self.faults.append(f"row {self.number}{f' ({who})' if who else ''}: {text}")

    def text(self, name: str) -> str:
        value = self.cells.get(name)
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return ""
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return str(value).strip()

    def entry(self) -> dict[str, object]:
        return {
            "driver": self.text("driver"),
            "constructor": self.text("constructor"),
            "car_number": self.text("car_number") or None,
        }

    def number_of(self, name: str) -> float:
        text = self.text(name)
        if not text:
            return math.nan
        if _NUMBER.fullmatch(text) is None:
            self.fault(f"{name} '{text}' is no number")
            return math.nan
        return float(text)

    def milliseconds(self, name: str, in_ms: str) -> float:
        """Column `name` as a time, or column `in_ms` as it stands."""
        text = self.text(name)
        if not text:
            return self.number_of(in_ms)
        if self.text(in_ms):
            self.fault(f"both {name} and {in_ms} are given")
        found = _TIME.fullmatch(text)
        if found is None or (found[2] and float(found[3]) >= 60):
            self.fault(f"{name} '{text}' is no time such as 1:23.456 (milliseconds: {in_ms})")
            return math.nan
        hours, minutes, seconds = (float(part or 0) for part in found.groups())
        return round(((hours * 60 + minutes) * 60 + seconds) * 1000)

    def flag(self, name: str) -> bool:
        text = self.text(name).lower()
        if text not in _YES | _NO:
            self.fault(f"{name} '{text}' is neither yes nor no")
        return text in _YES


def _practice(row: Row) -> dict[str, object]:
    return {
        **row.entry(),
        "place": row.number_of("position"),
        "time_ms": row.milliseconds("time", "time_ms"),
        "laps": row.number_of("laps"),
    }


def _qualifying(row: Row) -> dict[str, object]:
    laps = {f"{part}_ms": row.milliseconds(part, f"{part}_ms") for part in ("q1", "q2", "q3")}
    laps["best_ms"] = row.milliseconds("time", "best_ms")
    driven = [lap for lap in laps.values() if not math.isnan(lap)]
    place = row.text("position").upper()
    return {
        **row.entry(),
        **laps,
        "best_ms": min(driven, default=math.nan),
        "place": math.nan if place in STATUSES else row.number_of("position"),
    }


def _grid(row: Row) -> dict[str, object]:
    in_pit_lane = row.text("position").upper() == "PL"
    return {
        **row.entry(),
        "place": math.nan if in_pit_lane else row.number_of("position"),
        "pit_lane": in_pit_lane or row.flag("pit_lane"),
        "penalty_places": row.number_of("penalty_places"),
    }


def _results(row: Row) -> dict[str, object]:
    letters = row.text("position").upper()
    unplaced = letters if letters in STATUSES else ""
    status = row.text("status")
    status = status.lower() if status.lower() == CLASSIFIED else status.upper()
    if status and status not in STATUSES:
        row.fault(f"status '{status}' is none of {', '.join(STATUSES)}")
    gap_text = row.text("time")
    is_gap = gap_text.startswith("+")
    cells = Row(row.number, {**row.cells, "time": gap_text.removeprefix("+")}, row.faults)
    return {
        **row.entry(),
        "place": math.nan if unplaced else row.number_of("position"),
        "status": status or unplaced or CLASSIFIED,
        "laps": row.number_of("laps"),
        "time_ms": cells.milliseconds("time", "time_ms"),
        "is_gap": is_gap,
        "gap_laps": row.number_of("gap_laps"),
        "points": row.number_of("points"),
        "retired_reason": row.text("retired_reason") or None,
    }


CANONICAL = {
    "entries": Row.entry,
    "practice": _practice,
    "qualifying": _qualifying,
    "sprint_qualifying": _qualifying,
    "grid": _grid,
    "sprint": _results,
    "results": _results,
}
