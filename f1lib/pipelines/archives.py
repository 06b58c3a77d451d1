"""What a backup holds, and the file it is kept in: store, registry and submissions together.

A state is a folder laid out as a home is: `store.sqlite`, `models/`, `submissions/`. An archive is
a zip of a state and of `backup.json`, which says when it was made and names each file with its
sha256, so that a damaged archive is known before anything is replaced.
"""

import json
import os
import shutil
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import SecretStr

from f1lib import files
from f1lib.errors import StoreError
from f1lib.pipelines import check
from f1lib.pipelines.check import Checkup
from f1lib.settings import Settings
from f1lib.store import copies, engine, revision

FORMAT = 1
FACTS = "backup.json"
STORE = "store.sqlite"
TREES = ("models", "submissions")


@dataclass(frozen=True, slots=True)
class Facts:
    """What an archive says of itself: when it was made, and its files, each with its sha256."""

    made_at: datetime
    files: dict[str, str]


def settings_of(state: Path, settings: Settings) -> Settings:
    """The settings under which a state is a home like any other."""
    return settings.model_copy(update={"home": state, "store_url": SecretStr("")})


def collect(settings: Settings, state: Path) -> None:
    """Copy what cannot be made again into the folder `state`.

    The store comes first: every version its promotion log names is on disk by then, and versions
    never change. Raises StoreError when the store cannot be read.
    """
    state.mkdir(parents=True)
    if engine.is_there(settings.store_address):
        copies.copy(settings.store_address, state / STORE)
    collect_trees(settings, state)


def collect_trees(settings: Settings, state: Path) -> None:
    """Copy registry and submissions; what is being written meanwhile (hidden) is left out."""
    for name in TREES:
        if (settings.home / name).is_dir():
            shutil.copytree(settings.home / name, state / name, ignore=shutil.ignore_patterns(".*"))


def checked(state: Path, settings: Settings) -> Checkup:
    """What `f1lib db check` says of a state; its store is brought to today's revision for it."""
    mine = settings_of(state, settings)
    if (state / STORE).exists():
        revision.upgrade(mine.store_address)
        copies.alone(state / STORE)
    return check.check(mine)


def contents(state: Path) -> dict[str, str]:
    """The files of a state by name, each with its sha256."""
    found = sorted(path for path in state.rglob("*") if path.is_file())
    return {path.relative_to(state).as_posix(): files.sha256_of(path) for path in found}


def pack(state: Path, archive: Path, *, now: datetime) -> Facts:
    """Write a state into the file `archive`."""
    facts = Facts(now, contents(state))
    said = {"format": FORMAT, "made_at": now.isoformat(), "files": facts.files}
    with archive.open("wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(FACTS, json.dumps(said, indent=1) + "\n")
            for name in facts.files:
                packed.write(state / name, name)
        file.flush()
        os.fsync(file.fileno())
    return facts


def unpack(archive: Path, state: Path) -> Facts:
    """Lay the state in `archive` out in the new folder `state`.

    Raises StoreError when it is no archive of this kind, or not to the byte what was written.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            facts = _facts(json.loads(packed.read(FACTS)), archive)
            wanted = {FACTS, *facts.files}
            if set(packed.namelist()) != wanted or not all(map(_inside, facts.files)):
                raise _refused(archive, "its files are not those that backup.json names")
            state.mkdir(parents=True)
            packed.extractall(state, members=list(facts.files))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError) as exc:
        raise _refused(archive, f"it is no backup of f1lib, or damaged ({exc})") from exc
    changed = [name for name, sha256 in contents(state).items() if facts.files[name] != sha256]
    if changed:
        raise _refused(archive, f"{changed[0]} is not what was written")
    return facts


def _facts(said: dict[str, Any], archive: Path) -> Facts:
    if said["format"] != FORMAT:
        raise _refused(archive, f"it has format {said['format']}, and this f1lib reads {FORMAT}")
    return Facts(datetime.fromisoformat(said["made_at"]), dict(said["files"]))


def _inside(name: str) -> bool:
    """Whether a name leads into the state and not out of it."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and path.parts[0] in {STORE, *TREES}


def _refused(archive: Path, why: str) -> StoreError:
    return StoreError(
        f"The archive {archive} cannot be restored: {why}. Nothing was changed; take another one.",
        archive=str(archive),
    )
