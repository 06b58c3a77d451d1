"""Replays as a home keeps them: `replays/<season>/replay.json`, beside the homes of the policies.

In:   a home and a weekend.
Out:  what a replay of it came to, as frames; nothing where there was none.
Knows nothing of: how a season is replayed.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from f1lib import files
from f1lib.pipelines import replayed
from f1lib.pipelines.replayed import Alert, Decision, Replay
from f1lib.runner import lock
from f1lib.weekend import RaceWeekend

COLUMNS: Mapping[str, Sequence[str]] = {
    "policies": ("policy", "rounds", replayed.METRIC, "alerts", "retrainings", "promotions"),
    "worth": replayed.WORTH_COLUMNS,
    "effects": replayed.EFFECT_COLUMNS,
    "alerts": tuple(each.name for each in fields(Alert)),
    "decisions": tuple(each.name for each in fields(Decision)),
    "rounds": ("weekend", "model_version", "metric", "value", "policy"),
}  # fmt: skip
NUMBERS = {
    "difference", "low", "high", "p_value_better", "n_races", "value", "never", "rounds_later",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """A replay of `season` as it was kept; every frame (COLUMNS) is empty where none was.

    `snapshot` is the sha256 of the data it was made from, `shown_from` its last round where that is
    still to come: then nothing else of it is here.
    """

    season: int
    snapshot: str
    policies: pd.DataFrame
    worth: pd.DataFrame
    effects: pd.DataFrame
    alerts: pd.DataFrame
    decisions: pd.DataFrame
    rounds: pd.DataFrame
    shown_from: str = ""


def folder(home: Path, season: int) -> Path:
    """Where the replay of a season is kept."""
    return home / "replays" / str(season)


def keep(found: Replay, home: Path) -> None:
    """Keep what a replay came to."""
    text = json.dumps(replayed.plain(found), indent=1, allow_nan=False)
    files.write_text(folder(home, found.season) / "replay.json", text + "\n")


def show_to(policy_home: Path, season: int) -> None:
    """Let the home of a policy see the replay it is part of."""
    place = folder(policy_home, season)
    place.mkdir(parents=True)
    (place / "replay.json").symlink_to(Path("../../../replay.json"))


def kept(home: Path, weekend: RaceWeekend, *, simulated: bool) -> Kept:
    """The replay of the season of `weekend` in this world, if all of it was raced by then.

    A file that cannot be read counts as none.
    """
    season, shown_from = weekend.season, ""
    try:
        text = (folder(home, season) / "replay.json").read_text(encoding="utf-8")
        found: dict[str, Any] = json.loads(text)
        frames = {name: _frame(name, found[name]) for name in COLUMNS}
        snapshot = str(found["snapshot"])
        known = found["simulated"] == simulated
    except (OSError, ValueError, LookupError, TypeError):
        known = False
    if known and (last := frames["rounds"]["weekend"].max()) > str(weekend):
        known, shown_from = False, str(last)
    if not known:
        snapshot, frames = "", {name: _frame(name, []) for name in COLUMNS}
    return Kept(season, snapshot, **frames, shown_from=shown_from)


def _frame(name: str, rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    columns = COLUMNS[name]
    frame = pd.DataFrame([[row[each] for each in columns] for row in rows], columns=list(columns))
    return frame.astype({column: float for column in columns if column in NUMBERS})


def remove_old(home: Path, *, before: datetime) -> list[Path]:
    """Remove replays, homes of policies and all, ended earlier than `before`; which those were.

    One that is under way stays.
    """
    gone = []
    for place in sorted((home / "replays").glob("*/.lock")):
        with suppress(lock.Held, FileNotFoundError):  # somebody else removed it meanwhile
            if place.stat().st_mtime < before.timestamp():
                with lock.held(place, "f1lib db prune"):
                    shutil.rmtree(place.parent)
                gone.append(place.parent)
    return gone
