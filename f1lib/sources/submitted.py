"""What was submitted by hand, before the archive has it: kept as revisions, never changed.

In:   the rows of one session of one weekend, as a person or a program wrote them.
Out:  `<submissions>/<weekend>/<session>/<revision>.json`, and the newest of them as `Submission`s.
Knows nothing of: how they are laid over an archive.

A submission belongs to the world it was made for (F1DB, or a simulated one) and to its grand prix,
not to its round: a calendar that is renumbered takes it along. A disqualification on Monday is
revision 2; submitting the same rows again changes nothing.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from f1lib import files
from f1lib.errors import LeakageError, SourceError, TableContractError
from f1lib.sources import submission_form, submission_rows
from f1lib.sources.submission_rows import Record
from f1lib.tables import calendar
from f1lib.tables.history import TABLES, History
from f1lib.weekend import RaceWeekend, Session

LATE_ABSENCES = 2  # cars that may be missing from a session without a question


@dataclass(frozen=True, slots=True)
class Submission:
    """One revision of one session. `sha256` is that of its content, whenever submitted."""

    weekend: RaceWeekend
    session: str  # entries, FP1 .. FP4, qualifying, sprint_qualifying, sprint, grid, results
    revision: int
    source: str
    simulated: bool
    grand_prix: str
    date: str
    submitted_at: datetime
    sha256: str
    rows: pd.DataFrame
    drivers: pd.DataFrame  # names that were new
    constructors: pd.DataFrame
    new: bool = False  # True as returned by the call that wrote it

    @property
    def table(self) -> str:
        """The table its rows belong to."""
        return submission_form.table_of(self.session)

    @property
    def sentence(self) -> str:
        """What happened, for a person."""
        what = f"{self.session} of {self.weekend}, revision {self.revision}, {len(self.rows)} rows"
        return f"Kept {what}." if self.new else f"Nothing changed: {what}, says the same already."


def submit(
    folder: Path,
    history: History,
    weekend: RaceWeekend,
    session: str,
    file: Path,
    *,
    now: datetime,
    allow_new: bool = False,
    partial: bool = False,
) -> Submission:
    """Keep the csv or json `file` as the newest revision of `session`; see submission_form.

    `history` is the snapshot it is made for. Raises SourceError when the file cannot be read,
    TableContractError naming every fault in it; then nothing is kept.
    """
    rows = submission_rows.records(file)
    return keep(
        folder, history, weekend, session, rows, now=now, allow_new=allow_new, partial=partial
    )


def keep(
    folder: Path,
    history: History,
    weekend: RaceWeekend,
    session: str,
    rows: Sequence[Record],
    *,
    now: datetime,
    allow_new: bool = False,
    partial: bool = False,
) -> Submission:
    """`submit`, of rows that need no file.

    Raises LeakageError before the session has begun. A session that lacks more than LATE_ABSENCES
    of the field is refused with those missing, unless `partial` says that it is meant.
    """
    race = history.race(weekend)
    session = submission_form.session_named(session, history, weekend)
    _refuse_the_future(history, weekend, session, now)
    form = submission_form.read(rows, history, weekend, session, allow_new=allow_new)
    if not partial:
        _refuse_a_part(history, weekend, session, form.rows)
    content = {
        "weekend": str(weekend),
        "session": session,
        "source": history.snapshot.source,
        "simulated": history.snapshot.simulated,
        "grand_prix": race["grand_prix"],
        "date": race["date"],
        "rows": _plain(form.rows),
        "drivers": _plain(form.drivers),
        "constructors": _plain(form.constructors),
    }
    place = folder / str(weekend) / session
    while True:
        earlier = _revisions(place)
        same = [each for each in earlier if _world(each) == _world(content)]
        if same and same[-1].sha256 == _sha256(content):
            return same[-1]
        revision = earlier[-1].revision + 1 if earlier else 1
        record = {
            "revision": revision,
            "submitted_at": now.isoformat(),
            "sha256": _sha256(content),
            **content,
        }
        if _created(place / f"{revision}.json", record):
            return _submission(record, new=True)


def _refuse_the_future(history: History, weekend: RaceWeekend, session: str, now: datetime) -> None:
    if session == "entries":
        return
    starts_at = history.session_starts_at(
        weekend, Session.RACE if session == "results" else Session(session)
    )
    if now < starts_at:
        raise LeakageError(
            f"{session} of {weekend} begins at {starts_at:%Y-%m-%d %H:%M} UTC and it is "
            f"{now:%Y-%m-%d %H:%M}: nothing of it can be known yet. Submit it afterwards.",
            weekend=str(weekend),
        )


def _refuse_a_part(
    history: History, weekend: RaceWeekend, session: str, rows: pd.DataFrame
) -> None:
    """Whole sessions only: a forecast among three cars would look like a certainty."""
    if session == "entries" or submission_form.table_of(session) == "practice":
        return
    announced = history["entries"]
    field = announced.loc[announced["weekend"] == str(weekend), "driver"]
    if field.empty:
        results = history["results"]
        earlier = results[results["weekend"] < str(weekend)]
        field = earlier.loc[earlier["weekend"] == earlier["weekend"].max(), "driver"]
    missing = sorted(set(field) - set(rows["driver"]))
    if len(field) - len(rows) > LATE_ABSENCES:
        raise TableContractError(
            f"{session} of {weekend} has {len(rows)} rows, but about {len(field)} cars take part; "
            f"missing are {', '.join(missing[:5])}{' and others' if len(missing) > 5 else ''}. "
            "Complete the file, or say that it is meant with --partial.",
            weekend=str(weekend),
        )


def listed(folder: Path) -> list[Submission]:
    """Every revision of everything, by weekend, session and revision."""
    places = sorted(path for path in folder.glob("*/*") if path.is_dir())
    return [each for place in places for each in _revisions(place)]


def newest(folder: Path, *, source: str, simulated: bool) -> list[Submission]:
    """The newest revision of each session that was submitted for that world.

    Of one session submitted under two rounds, because the calendar was renumbered in between, that
    which was submitted last.
    """
    of_world = [each for each in listed(folder) if _world(each) == (source, simulated)]
    revisions = {(each.weekend, each.session): each for each in of_world}
    by_time = sorted(revisions.values(), key=lambda each: each.submitted_at)
    sessions = {(each.weekend.season, each.grand_prix, each.session): each for each in by_time}
    return sorted(sessions.values(), key=lambda each: (each.weekend, each.session))


def _world(submission: "Submission | dict[str, Any]") -> tuple[str, bool]:
    if isinstance(submission, Submission):
        return submission.source, submission.simulated
    return submission["source"], submission["simulated"]


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as json has them: null where a value is missing."""
    objects = frame.astype(object).where(frame.notna(), None)
    names = [str(name) for name in frame]
    return [dict(zip(names, row, strict=True)) for row in objects.to_numpy().tolist()]


def _sha256(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _created(path: Path, record: dict[str, Any]) -> bool:
    """False when somebody else took that revision meanwhile."""
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.create_text(path, text)
    except FileExistsError:
        return False
    except OSError as exc:
        raise SourceError(f"The submission could not be kept: {exc}.", path=str(path)) from exc
    return True


def _revisions(place: Path) -> list[Submission]:
    paths = [path for path in place.glob("*.json") if path.stem.isdigit()]
    return [_read(path) for path in sorted(paths, key=lambda path: int(path.stem))]


def _read(path: Path) -> Submission:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        apart = {"revision", "submitted_at", "sha256"}
        content = {name: value for name, value in record.items() if name not in apart}
        whole = _sha256(content) == record["sha256"]
        submission = _submission(record, new=False)
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise SourceError(
            f"The submission {path} is damaged ({exc}). Delete it and submit the session again.",
            path=str(path),
        ) from exc
    if not whole:
        raise SourceError(
            f"The submission {path} was changed after it was kept: its sha256 is not "
            f"{submission.sha256[:12]}. Delete it and submit the session again.",
            path=str(path),
        )
    return submission


def _submission(record: dict[str, Any], *, new: bool) -> Submission:
    table = TABLES[submission_form.table_of(record["session"])]
    return Submission(
        weekend=RaceWeekend.parse(record["weekend"]),
        session=record["session"],
        revision=record["revision"],
        source=record["source"],
        simulated=record["simulated"],
        grand_prix=record["grand_prix"],
        date=record["date"],
        submitted_at=datetime.fromisoformat(record["submitted_at"]),
        sha256=record["sha256"],
        rows=table.build(pd.DataFrame(record["rows"], columns=list(table.columns))),
        drivers=_names(record["drivers"], calendar.DRIVERS.columns),
        constructors=_names(record["constructors"], calendar.CONSTRUCTORS.columns),
        new=new,
    )


def _names(rows: list[dict[str, Any]], columns: Any) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns), dtype="str")
