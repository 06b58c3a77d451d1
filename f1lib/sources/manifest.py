"""What is written down beside a kept archive: where it came from, when, and what is in it.

In:   the facts of an import.
Out:  `Manifest`, as a value and as manifest.json.
Knows nothing of: the archive's format.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from f1lib import files
from f1lib.errors import SourceError
from f1lib.tables.history import History


@dataclass(frozen=True, slots=True)
class Manifest:
    """One snapshot. `sha256` is that of its archive file, as `sha256sum` prints it."""

    sha256: str
    source: Literal["f1db", "simulated"]
    description: str
    address: str  # where it came from: a path or an address; empty for a simulated world
    credit: str
    simulated: bool
    imported_at: datetime
    counts: Mapping[str, int]  # rows of each table
    completed: int  # weekends whose race has a result
    last_completed: str  # such as 2025-24; empty when there is none
    archive_bytes: int
    facts: Mapping[str, Any] = field(default_factory=dict)  # seed, scenario, ... of a simulation


def of(
    history: History,
    path: Path,
    *,
    sha256: str,
    source: str,
    description: str,
    address: str,
    credit: str,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> Manifest:
    """The manifest of the archive at `path`, which holds `history`."""
    completed = history.completed()
    return Manifest(
        sha256=sha256,
        source="f1db" if source == "f1db" else "simulated",
        description=description,
        address=address,
        credit=credit,
        simulated=source == "simulated",
        imported_at=now,
        counts={name: len(frame) for name, frame in history.tables.items()},
        completed=len(completed),
        last_completed=str(completed[-1]) if completed else "",
        archive_bytes=path.stat().st_size,
        facts=dict(facts or {}),
    )


def write(folder: Path, manifest: Manifest) -> None:
    """manifest.json of the snapshot in `folder`."""
    record = {each.name: getattr(manifest, each.name) for each in fields(manifest)}
    record["imported_at"] = manifest.imported_at.isoformat()
    record["counts"], record["facts"] = dict(manifest.counts), dict(manifest.facts)
    files.write_text(folder / "manifest.json", json.dumps(record, indent=2) + "\n")


def read(folder: Path) -> Manifest:
    """The manifest of the snapshot in `folder`. Raises SourceError when it is damaged."""
    path = folder / "manifest.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        record["imported_at"] = datetime.fromisoformat(record["imported_at"])
        manifest = Manifest(**record)
    except (OSError, ValueError, TypeError, KeyError) as exc:
        raise SourceError(
            f"The snapshot {folder.name[:12]} is damaged: {path} cannot be read ({exc}). "
            "Import its archive again.",
            snapshot=folder.name,
        ) from exc
    if manifest.sha256 != folder.name:
        raise SourceError(
            f"The snapshot {folder.name[:12]} is damaged: its manifest is of "
            f"{manifest.sha256[:12]}. Import its archive again.",
            snapshot=folder.name,
        )
    return manifest
