"""Submissions laid over an archive: they fill what it lacks, and never contradict it in silence.

In:   the tables of an archive, and the newest submission of each session.
Out:  the tables with the sessions the archive lacks, which submissions were used for that, and
      every `Disagreement` between a submission and the archive. Where both speak the archive wins.
Knows nothing of: files, revisions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from f1lib.sources.submitted import Submission
from f1lib.tables.contract import Kind
from f1lib.tables.history import TABLES
from f1lib.weekend import RaceWeekend

_TIMES_EQUAL_MS = 1.0
_PLACES = {
    "practice": "position",
    "qualifying": "position",
    "sprint_qualifying": "position",
    "grid": "start_order",
    "sprint": "finish_order",
    "results": "finish_order",
}
# what follows from the order of the rows says nothing that the order did not
_FROM_ORDER = frozenset({"position", "grid_position"})


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One way in which a submission and the archive differ; the archive is used."""

    weekend: RaceWeekend
    session: str
    what: str  # calendar, drivers, constructor, order, status, best_ms, ...
    submitted: str
    archive: str

    @property
    def sentence(self) -> str:
        """For a person, with what to do."""
        return (
            f"The {self.session} submitted for {self.weekend} differs from the archive in "
            f"{self.what}: submitted {self.submitted}, archive {self.archive}. The archive is "
            "used; submit a corrected revision if you know better."
        )


@dataclass(frozen=True, slots=True)
class Overlaid:
    """Tables after submissions were laid over them; untouched ones are the very same frames."""

    frames: Mapping[str, pd.DataFrame]
    used: tuple[Submission, ...]
    disagreements: tuple[Disagreement, ...]


def overlay(frames: Mapping[str, pd.DataFrame], submissions: Sequence[Submission]) -> Overlaid:
    """`frames` (all canonical tables) with each session of `submissions` that they lack."""
    added: dict[str, list[pd.DataFrame]] = {}
    used: list[Submission] = []
    found: list[Disagreement] = []
    for submission in submissions:
        weekend = _weekend_now(frames["races"], submission)
        if weekend is None:
            gone = f"the {submission.grand_prix} grand prix on {submission.date}"
            found.append(
                Disagreement(submission.weekend, submission.session, "calendar", gone, "no such")
            )
            continue
        rows = submission.rows.assign(weekend=weekend)
        there = _of_session(frames[submission.table], weekend, submission.session)
        if len(there):
            found += _disagreements(submission, RaceWeekend.parse(weekend), rows, there)
            continue
        used.append(submission)
        added.setdefault(submission.table, []).append(rows)
        for name in ("drivers", "constructors"):
            if len(new := getattr(submission, name)):
                added.setdefault(name, []).append(new)
    merged = {name: _merged(name, frame, added.get(name, [])) for name, frame in frames.items()}
    return Overlaid(merged, tuple(used), tuple(found))


def _weekend_now(races: pd.DataFrame, submission: Submission) -> str | None:
    """The round that the submission's grand prix has now in that season."""
    of_season = races[races["season"] == submission.weekend.season]
    rounds = of_season.loc[of_season["grand_prix"] == submission.grand_prix, "weekend"]
    return str(rounds.iloc[0]) if len(rounds) else None


def _of_session(frame: pd.DataFrame, weekend: str, session: str) -> pd.DataFrame:
    mine = frame[frame["weekend"] == weekend]
    return mine[mine["session"] == session] if "session" in mine else mine


def _merged(name: str, frame: pd.DataFrame, added: list[pd.DataFrame]) -> pd.DataFrame:
    if not added:
        return frame
    table = TABLES[name]
    whole = pd.concat([part for part in (frame, *added) if len(part)], ignore_index=True)
    if name in {"drivers", "constructors"}:
        whole = whole.drop_duplicates(list(table.key))  # whom the archive knows, it names
    return table.build(whole)


def _disagreements(
    submission: Submission, weekend: RaceWeekend, rows: pd.DataFrame, there: pd.DataFrame
) -> Iterator[Disagreement]:
    for what, mine, theirs in _differences(submission.table, rows, there):
        yield Disagreement(weekend, submission.session, what, mine, theirs)


def _differences(
    name: str, mine: pd.DataFrame, theirs: pd.DataFrame
) -> Iterator[tuple[str, str, str]]:
    """What differs, as submitted and as in the archive; values only where both give one."""
    mine = mine.drop_duplicates("driver").set_index("driver")
    theirs = theirs.drop_duplicates("driver").set_index("driver")
    alone, missing = mine.index.difference(theirs.index), theirs.index.difference(mine.index)
    if len(alone) or len(missing):
        yield "drivers", _list(alone), _list(missing)
    both = theirs.index.intersection(mine.index, sort=False)
    mine, theirs = mine.loc[both], theirs.loc[both]
    place = _PLACES.get(name)
    if place is not None:
        my_order, their_order = mine[place].rank(), theirs[place].rank()
        moved = both[(my_order != their_order).to_numpy()]
        if len(moved):
            yield "order", _values(mine[place], moved), _values(theirs[place], moved)
    for column, promise in TABLES[name].columns.items():
        if column in {"weekend", "session", "driver", "retired_reason", place, *_FROM_ORDER}:
            continue
        given = (mine[column].notna() & theirs[column].notna()).to_numpy()
        if promise.kind is Kind.NUMBER:
            tolerance = _TIMES_EQUAL_MS if column.endswith("_ms") else 0.0
            differ = ((mine[column] - theirs[column]).abs() > tolerance).to_numpy()
        else:
            differ = (mine[column] != theirs[column]).to_numpy()
        where = both[given & differ]
        if len(where):
            yield column, _values(mine[column], where), _values(theirs[column], where)


def _values(column: "pd.Series[Any]", drivers: "pd.Index[str]") -> str:
    shown = ", ".join(f"{driver} {_text(column[driver])}" for driver in drivers[:3])
    return shown + (f" and {len(drivers) - 3} more" if len(drivers) > 3 else "")


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e5 else str(value)


def _list(drivers: "pd.Index[str]") -> str:
    return ", ".join(map(str, drivers)) or "none more"
