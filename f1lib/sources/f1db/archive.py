"""The F1DB archive as a file: is it one, is it whole, and the few columns of it that we read.

In:   a zip file, or a folder of csv files to be packed into one.
Out:  `Sheet`s: the needed columns of the needed files, as text; or SourceError.
Knows nothing of: what the columns mean, where the archive came from.

Only what is listed in `NEEDED` is read. Columns that already know the future of a row (totals,
bests, standings, laps and distance run, pole position, fastest lap, ...) are not in the list, nor
is `scheduledLaps`: it is filled in for shortened races only, so its presence tells the result.
"""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from f1lib import files
from f1lib.errors import SourceError

CREDIT = (
    "Data: F1DB (https://github.com/f1db/f1db), "
    "CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/)"
)
DESCRIPTION = "F1DB, every Formula 1 season since 1950"
LARGEST_BYTES = 2 * 1024**3  # of all needed files, unpacked; the real ones have 18 MB

_ENTRY = (
    "year", "round", "positionDisplayOrder", "positionNumber", "positionText",
    "driverNumber", "driverId", "constructorId",
)  # fmt: skip
_PRACTICE = (*_ENTRY, "timeMillis", "laps")
_QUALIFYING = (*_ENTRY, "timeMillis", "q1Millis", "q2Millis", "q3Millis")
_RESULTS = (*_ENTRY, "laps", "timeMillis", "gapLaps", "points", "reasonRetired")

NEEDED: dict[str, tuple[str, ...]] = {
    "f1db-races.csv": (
        "year", "round", "date", "time", "grandPrixId", "qualifyingFormat",
        "sprintQualifyingFormat", "circuitId", "circuitType", "courseLength",
        "freePractice1Date", "freePractice1Time", "freePractice2Date", "freePractice2Time",
        "freePractice3Date", "freePractice3Time", "sprintQualifyingDate", "sprintQualifyingTime",
        "sprintRaceDate", "sprintRaceTime", "qualifyingDate", "qualifyingTime",
    ),
    "f1db-grands-prix.csv": ("id", "fullName"),
    "f1db-circuits.csv": ("id", "name"),
    "f1db-drivers.csv": ("id", "name", "abbreviation"),
    "f1db-constructors.csv": ("id", "name"),
    "f1db-constructors-chronology.csv": (
        "parentConstructorId", "constructorId", "yearFrom", "yearTo",
    ),
    "f1db-races-free-practice-1-results.csv": _PRACTICE,
    "f1db-races-free-practice-2-results.csv": _PRACTICE,
    "f1db-races-free-practice-3-results.csv": _PRACTICE,
    "f1db-races-free-practice-4-results.csv": _PRACTICE,
    "f1db-races-qualifying-results.csv": _QUALIFYING,
    "f1db-races-sprint-qualifying-results.csv": _QUALIFYING,
    "f1db-races-sprint-race-results.csv": _RESULTS,
    "f1db-races-starting-grid-positions.csv": (*_ENTRY, "gridPenaltyPositions"),
    "f1db-races-race-results.csv": _RESULTS,
}  # fmt: skip

_REMEDY = "Give the CSV release of F1DB (f1db-csv.zip, or its folder); what was imported stays."


@dataclass(frozen=True, slots=True)
class Sheet:
    """One csv file: its name and the needed columns, all text, empty where it says nothing."""

    name: str
    frame: pd.DataFrame

    def text(self, column: str) -> "pd.Series[str]":
        """The column as it stands."""
        return self.frame[column]

    def text_or_missing(self, column: str) -> "pd.Series[str]":
        """The column, missing where it is empty."""
        values = self.frame[column]
        return values.where(values != "", None)

    def number(self, column: str) -> "pd.Series[float]":
        """The column as numbers, missing where it is empty."""
        numbers = pd.to_numeric(self.frame[column], errors="coerce").astype(float)
        wrong = numbers.isna() & (self.frame[column] != "")
        self._refuse(column, wrong, "numbers")
        return numbers

    def whole(self, column: str) -> "pd.Series[int]":
        """The column as whole numbers; it may have no empty cell."""
        numbers = pd.to_numeric(self.frame[column], errors="coerce").astype(float)
        self._refuse(column, numbers.isna() | (numbers % 1 != 0), "whole numbers")
        return numbers.astype("int64")

    def _refuse(self, column: str, wrong: "pd.Series[bool]", should: str) -> None:
        if wrong.any():
            found = ", ".join(map(repr, self.frame.loc[wrong, column].unique()[:3]))
            raise SourceError(
                f"{self.name}: column '{column}' should hold {should}, but {int(wrong.sum())} of "
                f"{len(wrong)} cells do not ({found}). {_REMEDY}",
                file=self.name,
                column=column,
            )


def pack(folder: Path, target: Path) -> None:
    """The needed files of `folder` as one zip with bytes that depend on their content only."""
    there = {path.name: path for path in sorted(folder.iterdir()) if path.is_file()}
    _refuse_missing(str(folder), there)
    files.write_zip(target, ((name, there[name].read_bytes()) for name in sorted(NEEDED)))


def read(path: Path, *, called: str) -> dict[str, Sheet]:
    """The sheets of the zip at `path`, by file name; `called` names it in messages.

    Raises SourceError when it is no zip, is damaged, lacks files or columns, or is empty.
    """
    texts = _unpacked(path, called)
    headers = {name: _header(text) for name, text in texts.items()}
    _refuse_schema(called, headers)
    sheets = {name: _sheet(name, text, called) for name, text in texts.items()}
    empty = [
        name
        for name in ("f1db-races.csv", "f1db-races-race-results.csv", "f1db-drivers.csv")
        if sheets[name].frame.empty
    ]
    if empty:
        raise SourceError(
            f"{called} is empty: there is no row in {', '.join(empty)}. {_REMEDY}", empty=empty
        )
    return sheets


def _unpacked(path: Path, called: str) -> dict[str, bytes]:
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            begin = file.read(24)
        raise SourceError(
            f"{called} is not a zip archive, or its end is cut off: {path.stat().st_size} bytes "
            f"that begin with {begin!r}. {_REMEDY}",
            address=called,
        )
    try:
        with zipfile.ZipFile(path) as archive:
            members = {
                PurePosixPath(member.filename).name: member
                for member in archive.infolist()
                if not member.is_dir()
            }
            _refuse_missing(called, members)
            size = sum(members[name].file_size for name in NEEDED)
            if size > LARGEST_BYTES:
                raise SourceError(
                    f"{called} would unpack to {size} bytes; more than {LARGEST_BYTES} is no F1DB "
                    f"archive. {_REMEDY}",
                    bytes=size,
                )
            return {name: archive.read(members[name]) for name in NEEDED}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as exc:
        # RuntimeError: a member needs a password; its subclass NotImplementedError: a compression
        # that zipfile does not know
        raise SourceError(
            f"{called} is a damaged zip archive ({exc}). Fetch it again. {_REMEDY}", address=called
        ) from exc


def _refuse_missing(called: str, there: "dict[str, Path] | dict[str, zipfile.ZipInfo]") -> None:
    missing = sorted(set(NEEDED) - set(there))
    if missing:
        found = ", ".join(sorted(there)[:4]) or "nothing"
        more = f" and {len(there) - 4} more" if len(there) > 4 else ""
        raise SourceError(
            f"{called} lacks {len(missing)} of the {len(NEEDED)} files needed "
            f"({', '.join(missing)}); it has {found}{more}. {_REMEDY}",
            missing=missing,
        )


def _header(text: bytes) -> list[str]:
    first = text.split(b"\n", 1)[0].decode("utf-8-sig", errors="replace")
    return next(csv.reader([first.rstrip("\r")]), [])


def _refuse_schema(called: str, headers: dict[str, list[str]]) -> None:
    lacking = {
        name: [column for column in NEEDED[name] if column not in header]
        for name, header in headers.items()
    }
    faults = [f"{name} lacks {', '.join(columns)}" for name, columns in lacking.items() if columns]
    if faults:
        raise SourceError(
            f"{called} has the wrong schema: {'; '.join(faults)}. It may be of another F1DB "
            f"version (6.x is read here). {_REMEDY}",
            lacking=lacking,
        )


def _sheet(name: str, text: bytes, called: str) -> Sheet:
    try:
        frame = pd.read_csv(
            io.BytesIO(text),
            usecols=list(NEEDED[name]),
            dtype=str,
            keep_default_na=False,
            encoding="utf-8-sig",
        )
    except (pd.errors.ParserError, UnicodeDecodeError) as exc:
        raise SourceError(
            f"{called}: {name} is no readable csv file ({exc}). {_REMEDY}", file=name
        ) from exc
    short = frame.isna().any(axis=1)
    if short.any() or _last_line_is_cut(text):
        row = int(short.to_numpy().argmax()) + 2 if short.any() else len(frame) + 1
        raise SourceError(
            f"{called}: {name} is cut off in line {row}, which has fewer cells than the header. "
            f"{_REMEDY}",
            file=name,
        )
    return Sheet(name, frame)


def _last_line_is_cut(text: bytes) -> bool:
    rows = list(_cells(text))
    return len(rows) == 2 and len(rows[1]) != len(rows[0])


def _cells(text: bytes) -> Iterator[list[str]]:
    """The cells of the first and of the last line."""
    lines = text.rstrip(b"\r\n")
    first, last = lines.split(b"\n", 1)[0], lines.rsplit(b"\n", 1)[-1]
    if first != last:
        yield from csv.reader(line.decode(errors="replace").rstrip("\r") for line in (first, last))
