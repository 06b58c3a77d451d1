"""Everything that is known, and what of it was known at a given time.

In:   the canonical tables of one snapshot.
Out:  `History`; `as_of(weekend, cutoff)` is the only way models see it, so they cannot leak.
Knows nothing of: files, vendors, features.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd

from f1lib.errors import ConfigurationError, TableContractError
from f1lib.tables import calendar, sessions
from f1lib.tables.contract import Table, vouch
from f1lib.weekend import (
    PRACTICE_SESSIONS,
    Cutoff,
    RaceWeekend,
    Session,
    Stage,
    WeekendFormat,
    sessions_known,
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        calendar.RACES,
        calendar.DRIVERS,
        calendar.CONSTRUCTORS,
        sessions.ENTRIES,
        sessions.PRACTICE,
        sessions.QUALIFYING,
        sessions.SPRINT_QUALIFYING,
        sessions.SPRINT,
        sessions.GRID,
        sessions.RESULTS,
    )
}

# the table a session is published in; practice sessions share one
SESSION_TABLES: dict[str, Session] = {
    "qualifying": Session.QUALIFYING,
    "sprint_qualifying": Session.SPRINT_QUALIFYING,
    "sprint": Session.SPRINT,
    "grid": Session.GRID,
    "results": Session.RACE,
}


_QUALIFY_ON_FRIDAY = {WeekendFormat.SPRINT_SETS_GRID, WeekendFormat.SPRINT_AFTER_QUALIFYING}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which data this is: named by the sha256 of what was imported (64 hex digits).

    `sha256` covers archive and submissions; `archive_sha256` the archive alone, so that a reader
    can compare it with `sha256sum` of the file.
    """

    sha256: str
    source: Literal["f1db", "simulated"]
    description: str
    credit: str
    archive_sha256: str
    simulated: bool = False
    submissions: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """The canonical tables of one snapshot, each sorted by weekend."""

    snapshot: Snapshot
    tables: Mapping[str, pd.DataFrame]

    @classmethod
    def of(cls, snapshot: Snapshot, frames: Mapping[str, pd.DataFrame]) -> "History":
        """Build and vouch every table; tables without rows may be left out of `frames`."""
        unknown = sorted(set(frames) - set(TABLES))
        if unknown:
            raise TableContractError(f"No such table: {', '.join(unknown)}.", tables=unknown)
        built = {
            name: vouch(table, frames[name]) if name in frames else table.empty()
            for name, table in TABLES.items()
        }
        weekends = set(built["races"]["weekend"])
        for name, frame in built.items():
            strays = set(frame.get("weekend", ())) - weekends
            if strays:
                raise TableContractError(
                    f"Table '{name}' has rows of {', '.join(sorted(strays)[:3])}, which the "
                    "calendar does not have. Correct the source, or import another archive.",
                    table=name,
                )
        return cls(snapshot, built)

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name]

    def race(self, weekend: RaceWeekend) -> "pd.Series[Any]":
        """The calendar row of `weekend`. Raises ConfigurationError when there is none."""
        races = self.tables["races"]
        found = races[races["weekend"] == str(weekend)]
        if not len(found):
            ends = list(races["weekend"].iloc[[0, -1]]) if len(races) else ["nothing"]
            raise ConfigurationError(
                f"There is no weekend {weekend} in snapshot {self.snapshot.sha256[:12]}, whose "
                f"calendar has {' to '.join(ends)}. Name one of these, or "
                "run `f1lib data pull`.",
                weekend=str(weekend),
            )
        row: pd.Series[Any] = found.iloc[0]
        return row

    def format(self, weekend: RaceWeekend) -> WeekendFormat:
        """In which order `weekend` runs its sessions."""
        return WeekendFormat(str(self.race(weekend)["format"]))

    def weekend(self, text: str) -> RaceWeekend:
        """The weekend that `text` names: ``2025-08``, or by the calendar ``latest`` or ``next``.

        ``latest`` is the last one with a race result, ``next`` the first one after it. Raises
        ConfigurationError when there is none, or when the calendar has no such weekend.
        """
        completed = self.completed()
        if text == "latest":
            if not completed:
                raise ConfigurationError(
                    "There is no latest weekend: no race has a result. Run `f1lib data pull`."
                )
            return completed[-1]
        if text == "next":
            after = str(completed[-1]) if completed else ""
            coming = [name for name in self.tables["races"]["weekend"] if name > after]
            if not coming:
                raise ConfigurationError(
                    f"There is no next weekend: the calendar ends with {after or 'nothing'}. Run "
                    "`f1lib data pull` when the new schedule is published."
                )
            return RaceWeekend.parse(coming[0])
        weekend = RaceWeekend.parse(text)
        self.race(weekend)
        return weekend

    def starts_at(self, weekend: RaceWeekend, stage: Stage) -> datetime:
        """When the session that decides `stage` starts, UTC."""
        return self.session_starts_at(
            weekend, Session.RACE if stage is Stage.RACE else Session.QUALIFYING
        )

    def session_starts_at(self, weekend: RaceWeekend, session: Session) -> datetime:
        """When `session` starts, UTC; the grid is made when qualifying starts.

        Where the clock time is not known: midnight UTC that begins the day of the race; for
        qualifying (and a sprint) the day before it, two days before where a sprint follows
        qualifying; for practice three days before.
        """
        race = self.race(weekend)
        decided_by = Session.QUALIFYING if session is Session.GRID else session
        moment = race.get(f"{decided_by.value.lower()}_at")
        if moment is not None and not pd.isna(moment):
            return pd.Timestamp(moment).to_pydatetime()
        day = datetime.fromisoformat(race["date"]).replace(tzinfo=UTC)
        if decided_by is Session.RACE:
            return day
        if decided_by in PRACTICE_SESSIONS:
            return day - timedelta(days=3)
        return day - timedelta(days=2 if self.format(weekend) in _QUALIFY_ON_FRIDAY else 1)

    def reached(self, weekend: RaceWeekend) -> list[Cutoff]:
        """The cutoffs of `weekend` that have been reached: something new was known at each."""
        key, found = str(weekend), [Cutoff.BEFORE_WEEKEND]
        before_qualifying = self.as_of(weekend, Cutoff.BEFORE_QUALIFYING)
        run = (*SESSION_TABLES, "practice")
        if any((before_qualifying[name]["weekend"] == key).any() for name in run):
            found.append(Cutoff.BEFORE_QUALIFYING)
        if (self.tables["grid"]["weekend"] == key).any():
            found.append(Cutoff.BEFORE_RACE)
        return found

    def completed(self) -> list[RaceWeekend]:
        """The weekends whose race has a result, in order."""
        return [RaceWeekend.parse(text) for text in self.tables["results"]["weekend"].unique()]

    def as_of(self, weekend: RaceWeekend, cutoff: Cutoff) -> "History":
        """All that was known of the world at `cutoff` of `weekend`, and nothing else.

        Earlier weekends whole; of this one its calendar row and the sessions run by then; of
        later ones nothing. Announced entries of this weekend are known at every cutoff.
        """
        known = sessions_known(self.format(weekend), cutoff)
        key = str(weekend)
        seen: dict[str, pd.DataFrame] = {}
        for name, frame in self.tables.items():
            if "weekend" not in frame:
                seen[name] = frame  # names and lineages say nothing about results
                continue
            weekends = frame["weekend"].to_numpy(dtype=object)
            start = int(np.searchsorted(weekends, key, side="left"))
            end = int(np.searchsorted(weekends, key, side="right"))
            if name == "practice":
                of_weekend = frame.iloc[start:end]
                visible = of_weekend[of_weekend["session"].isin(known)]
                seen[name] = pd.concat([frame.iloc[:start], visible], ignore_index=True)
            elif name in SESSION_TABLES and SESSION_TABLES[name] not in known:
                seen[name] = frame.iloc[:start]
            else:
                seen[name] = frame.iloc[:end]
        return replace(self, tables=seen)

    def seen_at(self, cutoff: Cutoff) -> "History":
        """Of every weekend only its own sessions that had been run at `cutoff` of that weekend.

        What `as_of` shows of its last weekend, for all weekends at once.
        """
        formats = self.tables["races"].set_index("weekend")["format"]
        seen: dict[str, pd.DataFrame] = {}
        for name, frame in self.tables.items():
            if name == "practice" or name in SESSION_TABLES:
                sessions_of_rows = (
                    frame["session"] if name == "practice" else SESSION_TABLES[name].value
                )
                rows = pd.DataFrame(
                    {"format": frame["weekend"].map(formats), "session": sessions_of_rows}
                )
                visible = np.zeros(len(frame), dtype=bool)
                for weekend_format in WeekendFormat:
                    known = sessions_known(weekend_format, cutoff)
                    visible |= (
                        (rows["format"] == weekend_format) & rows["session"].isin(known)
                    ).to_numpy()
                seen[name] = frame[visible]
            else:
                seen[name] = frame
        return replace(self, tables=seen)

    def since(self, season: int) -> "History":
        """The same history without the seasons before `season`."""
        first = f"{season}-00"
        return replace(
            self,
            tables={
                name: frame[frame["weekend"] >= first] if "weekend" in frame else frame
                for name, frame in self.tables.items()
            },
        )
