"""F1DB's sheets as our tables.

In:   the sheets of an archive.
Out:  canonical frames, one per table of f1lib.tables; they are vouched for where they are used.
Knows nothing of: files, addresses.

What F1DB does differently, and what is done about it:

- `races.id` moves when a race is inserted: everything is keyed on (season, round).
- `year-round` of session rows must be in the calendar, and drivers and constructors of session
  rows among the names: otherwise the archive contradicts itself and is refused.
- Qualifying order comes from the qualifying session, never from the race's
  `qualificationPosition`, which in the sprint weekends of 2021-22 is the sprint's finish.
- One driver with one car number is listed twice in one qualifying (2023-10: without a place, and
  again at the end as disqualified). That is one entry: it takes the place of its last row, the
  verdict, keeps the laps of the row that has them, and the places after it close up.
- Shared cars (1950-64) list a driver twice with different numbers, or two drivers with one number:
  the key (weekend, driver, car number) keeps all of them.
- The starting order lists pit-lane starters last, also where F1DB does not (2025-01); two cars may
  be listed on one grid place (2025-09).
- Three rows (1987-10, 1988-14, 1993-15) are classified without a lap and listed last: left so.
- Dates and clock times are UTC: a race in Las Vegas has the date of the next day.
- `scheduledLaps` is not read: it is filled for shortened races only, so it tells the result.
"""

from collections.abc import Mapping

import pandas as pd

from f1lib.errors import SourceError
from f1lib.sources.f1db.archive import Sheet
from f1lib.sources.f1db.lineage import lineages
from f1lib.tables.sessions import CLASSIFIED
from f1lib.weekend import PRACTICE_SESSIONS, WeekendFormat

Sheets = Mapping[str, Sheet]

CIRCUIT_TYPES = {"RACE": "permanent", "STREET": "street", "ROAD": "road"}
_MOMENTS = {
    "fp1_at": "freePractice1",
    "fp2_at": "freePractice2",
    "fp3_at": "freePractice3",
    "sprint_qualifying_at": "sprintQualifying",
    "sprint_at": "sprintRace",
    "qualifying_at": "qualifying",
}
_KEY = ["weekend", "driver", "car_number"]


def canonical(sheets: Sheets) -> dict[str, pd.DataFrame]:
    """Every table F1DB can fill. It has no entry lists of races to come: `entries` is left out.

    Raises SourceError when the archive contradicts itself.
    """
    frames = {
        "races": _races(sheets),
        "drivers": _drivers(sheets["f1db-drivers.csv"]),
        "constructors": _constructors(sheets),
        "practice": _practice(sheets),
        "qualifying": _qualifying(sheets["f1db-races-qualifying-results.csv"]),
        "sprint_qualifying": _qualifying(sheets["f1db-races-sprint-qualifying-results.csv"]),
        "sprint": _results(sheets["f1db-races-sprint-race-results.csv"]),
        "grid": _grid(sheets["f1db-races-starting-grid-positions.csv"]),
        "results": _results(sheets["f1db-races-race-results.csv"]),
    }
    _refuse_contradictions(frames)
    return frames


def weekend_format(season: int, qualifying_format: str, sprint_format: str) -> WeekendFormat:
    """In which order that weekend ran its sessions; the shoot-out changed sides in 2024.

    >>> weekend_format(2023, "KNOCKOUT", "SPRINT_SHOOTOUT")
    <WeekendFormat.SPRINT_AFTER_QUALIFYING: 'sprint_after_qualifying'>
    """
    if "SPRINT_RACE" in (sprint_format, qualifying_format):
        return WeekendFormat.SPRINT_SETS_GRID
    if sprint_format == "SPRINT_SHOOTOUT":
        return (
            WeekendFormat.SPRINT_AFTER_QUALIFYING
            if season <= 2023
            else WeekendFormat.SPRINT_BEFORE_QUALIFYING
        )
    if sprint_format:
        raise SourceError(
            f"F1DB calls the sprint format of a race in {season} '{sprint_format}', which is not "
            "known here (SPRINT_RACE, SPRINT_SHOOTOUT): in which order did that weekend run its "
            "sessions? Update the workbench; what was imported stays.",
            season=season,
            sprint_format=sprint_format,
        )
    return WeekendFormat.STANDARD


def _weekend(sheet: Sheet) -> "pd.Series[str]":
    rounds = sheet.frame[["year", "round"]].drop_duplicates()  # far fewer than rows
    distinct = Sheet(sheet.name, rounds)
    written = {
        (year, number): f"{season}-{place:02d}"
        for year, number, season, place in zip(
            rounds["year"],
            rounds["round"],
            distinct.whole("year"),
            distinct.whole("round"),
            strict=True,
        )
    }
    pairs = sheet.frame[["year", "round"]].to_numpy(dtype=object)
    weekends = [written[year, number] for year, number in pairs]
    return pd.Series(weekends, index=sheet.frame.index, dtype="str")


def _names(sheet: Sheet, column: str) -> dict[str, str]:
    return dict(zip(sheet.text("id"), sheet.text(column), strict=True))


def _moment(sheet: Sheet, date: str, time: str) -> "pd.Series[pd.Timestamp]":
    """UTC; missing where either is not known."""
    both = (sheet.text(date) != "") & (sheet.text(time) != "")
    text = (sheet.text(date) + " " + sheet.text(time)).where(both, None)
    try:
        return pd.to_datetime(text, format="%Y-%m-%d %H:%M", utc=True)
    except ValueError as exc:
        raise SourceError(
            f"{sheet.name}: columns '{date}' and '{time}' should hold dates and times such as "
            f"2025-03-16 and 04:00, but do not ({exc}). Import another archive.",
            file=sheet.name,
        ) from exc


def _races(sheets: Sheets) -> pd.DataFrame:
    sheet = sheets["f1db-races.csv"]
    grands_prix = _names(sheets["f1db-grands-prix.csv"], "fullName")
    circuits = _names(sheets["f1db-circuits.csv"], "name")
    season = sheet.whole("year")
    formats = map(
        weekend_format, season, sheet.text("qualifyingFormat"), sheet.text("sprintQualifyingFormat")
    )
    types = sheet.text("circuitType")
    return pd.DataFrame(
        {
            "weekend": _weekend(sheet),
            "season": season,
            "round": sheet.whole("round"),
            "grand_prix": sheet.text("grandPrixId"),
            "name": sheet.text("grandPrixId").map(grands_prix),
            "date": sheet.text("date"),
            "circuit": sheet.text("circuitId"),
            "circuit_name": sheet.text("circuitId").map(circuits),
            "circuit_type": types.map(CIRCUIT_TYPES).fillna(types),
            "format": [found.value for found in formats],
            "course_length_km": sheet.number("courseLength"),
            **{
                name: _moment(sheet, f"{f1db}Date", f"{f1db}Time")
                for name, f1db in _MOMENTS.items()
            },
            "race_at": _moment(sheet, "date", "time"),
        }
    )


def _drivers(sheet: Sheet) -> pd.DataFrame:
    return sheet.frame.rename(columns={"id": "driver"})


def _constructors(sheets: Sheets) -> pd.DataFrame:
    sheet, chronology = sheets["f1db-constructors.csv"], sheets["f1db-constructors-chronology.csv"]
    spells = zip(
        chronology.text("parentConstructorId"),
        chronology.text("constructorId"),
        chronology.whole("yearFrom"),
        chronology.number("yearTo").fillna(9999).astype(int),
        strict=True,
    )
    of_constructor = lineages(sheet.text("id"), spells)
    return pd.DataFrame(
        {
            "constructor": sheet.text("id"),
            "name": sheet.text("name"),
            "lineage": sheet.text("id").map(of_constructor),
        }
    )


def _entry(sheet: Sheet) -> dict[str, "pd.Series[str]"]:
    return {
        "weekend": _weekend(sheet),
        "driver": sheet.text("driverId"),
        "constructor": sheet.text("constructorId"),
        "car_number": sheet.text_or_missing("driverNumber"),
    }


def _practice(sheets: Sheets) -> pd.DataFrame:
    return pd.concat(
        [
            pd.DataFrame(
                {
                    **_entry(sheet),
                    "session": session.value,
                    "position": sheet.whole("positionDisplayOrder"),
                    "time_ms": sheet.number("timeMillis"),
                    "laps": sheet.number("laps"),
                }
            )
            for number, session in enumerate(PRACTICE_SESSIONS, start=1)
            for sheet in [sheets[f"f1db-races-free-practice-{number}-results.csv"]]
        ],
        ignore_index=True,
    )


def _qualifying(sheet: Sheet) -> pd.DataFrame:
    segments = {name: sheet.number(f"{name}Millis") for name in ("q1", "q2", "q3")}
    frame = pd.DataFrame(
        {
            **_entry(sheet),
            "position": sheet.whole("positionDisplayOrder"),
            **{f"{name}_ms": values for name, values in segments.items()},
            # the time of a session without segments (until 2005), else the fastest of them
            "best_ms": pd.DataFrame({**segments, "time": sheet.number("timeMillis")}).min(axis=1),
        }
    )
    return _one_row_an_entry(frame)


def _one_row_an_entry(frame: pd.DataFrame) -> pd.DataFrame:
    """An entry listed twice takes the place of its last row and keeps the laps it drove."""
    if not frame.duplicated(_KEY).any():
        return frame
    frame = frame.sort_values(["weekend", "position"], kind="stable")
    laps = [str(name) for name in frame if str(name).endswith("_ms")]
    frame[laps] = frame.groupby(_KEY, dropna=False)[laps].transform("min")
    frame = frame.drop_duplicates(_KEY, keep="last")
    return frame.assign(position=frame.groupby("weekend").cumcount() + 1)


def _grid(sheet: Sheet) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            **_entry(sheet),
            "listed": sheet.whole("positionDisplayOrder"),
            "grid_position": sheet.number("positionNumber"),
            "pit_lane": sheet.text("positionText") == "PL",
            "penalty_places": sheet.number("gridPenaltyPositions"),
        }
    ).sort_values(["weekend", "pit_lane", "listed"], kind="stable")
    return frame.assign(start_order=frame.groupby("weekend").cumcount() + 1)


def _results(sheet: Sheet) -> pd.DataFrame:
    place = sheet.text("positionText")
    classified = place.str.isdigit().astype(bool)
    return pd.DataFrame(
        {
            **_entry(sheet),
            "finish_order": sheet.whole("positionDisplayOrder"),
            "position": sheet.number("positionNumber").where(classified),
            "status": place.where(~classified, CLASSIFIED),
            "laps": sheet.number("laps"),
            "time_ms": sheet.number("timeMillis"),
            "gap_laps": sheet.number("gapLaps"),
            "points": sheet.number("points"),
            "retired_reason": sheet.text_or_missing("reasonRetired"),
        }
    )


def _refuse_contradictions(frames: Mapping[str, pd.DataFrame]) -> None:
    """Rows of a weekend, driver or constructor that the archive itself does not list."""
    known = {
        "weekend": set(frames["races"]["weekend"]),
        "driver": set(frames["drivers"]["driver"]),
        "constructor": set(frames["constructors"]["constructor"]),
    }
    faults = [
        f"{name} has the unknown {noun} {', '.join(sorted(strange)[:3])}"
        f"{f' and {len(strange) - 3} more' if len(strange) > 3 else ''}"
        for name, frame in frames.items()
        for noun, names in known.items()
        if noun in frame and (strange := set(frame[noun].unique()) - names)
    ]
    races = frames["races"]
    for noun in ("name", "circuit_name"):
        if races[noun].isna().any():
            weekends = ", ".join(races.loc[races[noun].isna(), "weekend"].head(3))
            faults.append(f"races has no {noun} for {weekends}")
    if faults:
        raise SourceError(
            f"The archive contradicts itself: {'; '.join(faults)}. "
            "Fetch it again, or import another one; what was imported stays.",
            faults=faults,
        )
