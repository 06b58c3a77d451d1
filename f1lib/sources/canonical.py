"""Canonical tables as one zip file, and back without loss.

In:   frames of our own tables, and the facts of the world they come from.
Out:  a zip of csv files and `world.json`, its bytes decided by their content alone.
Knows nothing of: F1DB, snapshots.
"""

import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from f1lib import files
from f1lib.errors import SourceError
from f1lib.tables.contract import Kind, Table
from f1lib.tables.history import TABLES

_WORLD = "world.json"


def write(path: Path, frames: Mapping[str, pd.DataFrame], facts: Mapping[str, Any]) -> None:
    """Every table of `frames` as csv, built and sorted as its contract says, in table order."""
    files.write_zip(path, _members(frames, facts))


def _members(
    frames: Mapping[str, pd.DataFrame], facts: Mapping[str, Any]
) -> Iterator[tuple[str, bytes]]:
    yield _WORLD, (json.dumps(dict(facts), sort_keys=True, indent=1) + "\n").encode()
    for name, table in TABLES.items():
        if name in frames:
            text = table.build(frames[name]).to_csv(index=False, lineterminator="\n")
            yield f"{name}.csv", text.encode()


def read(path: Path, *, called: str) -> dict[str, pd.DataFrame]:
    """The frames that `write` wrote, value for value. Raises SourceError when they are damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            there = set(archive.namelist())
            return {
                name: _frame(table, archive.read(f"{name}.csv"))
                for name, table in TABLES.items()
                if f"{name}.csv" in there
            }
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as exc:
        raise SourceError(
            f"{called} cannot be read ({exc}). Make the snapshot again.", path=str(path)
        ) from exc


def _frame(table: Table, text: bytes) -> pd.DataFrame:
    numbers = {
        name: column.kind.value
        for name, column in table.columns.items()
        if column.kind in {Kind.INTEGER, Kind.NUMBER, Kind.FLAG}
    }
    frame = pd.read_csv(
        io.BytesIO(text),
        dtype={name: numbers.get(name, "str") for name in table.columns},
        keep_default_na=False,
        na_values={name: [""] for name in table.columns},
    )
    plain = [name for name, column in table.columns.items() if column.kind is Kind.TEXT]
    obliged = [name for name in plain if not table.columns[name].nullable]
    frame[obliged] = frame[obliged].fillna("")
    moments = [name for name, column in table.columns.items() if column.kind is Kind.MOMENT]
    for name in moments:
        frame[name] = pd.to_datetime(frame[name], format="ISO8601", utc=True)
    return frame
