"""Who is champion, who was before, and the only code that changes it.

The append-only promotion log is the state: one more row moves the champion, at once and whole.
The simulated world and the real one have a champion each.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from f1lib.errors import RegistryError
from f1lib.registry import artifacts, versions
from f1lib.registry.manifest import CONTRACT, Manifest
from f1lib.store import promotion_log
from f1lib.store.promotion_log import Action, Promotion
from f1lib.versions import ModelVersion

Opened = Callable[[artifacts.State], object]


def champion(connection: Connection, *, simulated: bool) -> ModelVersion | None:
    """The version that forecasts now; None before the first promotion."""
    line = _line(connection, simulated=simulated)
    return line[-1] if line else None


def opponent(connection: Connection, *, simulated: bool) -> ModelVersion | None:
    """The champion whom a new version has to beat; None also where this code reads it no more.

    Whoever follows a champion of a retired contract is judged as the first one is.
    """
    reigning = champion(connection, simulated=simulated)
    return None if reigning is None or reigning.major != CONTRACT else reigning


def previous(connection: Connection, *, simulated: bool) -> ModelVersion | None:
    """The version that a roll-back would bring back; None when there is none.

    A version that was rolled back is not in this line any more, unless promoted anew.
    """
    line = _line(connection, simulated=simulated)
    return line[-2] if len(line) > 1 else None


def challenger(connection: Connection, models: Path, *, simulated: bool) -> ModelVersion | None:
    """The newest version that nobody has decided about, if it is newer than the champion."""
    rows = promotion_log.decided(connection, simulated=simulated)
    decided = {row.version for row in rows}
    undecided = [
        manifest.version
        for manifest in versions.listed(models, simulated=simulated)
        if manifest.version not in decided
    ]
    newest, reigning = max(undecided, default=None), champion(connection, simulated=simulated)
    return newest if newest and (reigning is None or newest > reigning) else None


def last_judged(connection: Connection, *, simulated: bool) -> ModelVersion | None:
    """The version that was promoted or refused last; None where a roll-back came after it."""
    rows = promotion_log.decided(connection, simulated=simulated)
    return rows[-1].version if rows and rows[-1].action is not Action.ROLL_BACK else None


def promote(
    connection: Connection,
    models: Path,
    version: ModelVersion,
    *,
    opened: Opened,
    by: str,
    reason: str,
    now: datetime,
    simulated: bool,
) -> bool:
    """Make `version` champion of its world; False when it is champion already.

    `opened` makes a model of the state, or raises. Raises RegistryError when the version cannot be
    loaded or belongs to the other world; then nothing moves.
    """
    reigning = champion(connection, simulated=simulated)
    if version == reigning:
        return False
    sha256 = _checked(models, version, opened, simulated=simulated)
    row = Promotion(now, Action.PROMOTE, version, sha256, reigning, by, reason, simulated)
    _move(connection, row)
    return True


def roll_back(
    connection: Connection,
    models: Path,
    *,
    opened: Opened,
    to: ModelVersion | None = None,
    by: str,
    reason: str,
    now: datetime,
    simulated: bool,
) -> ModelVersion:
    """Bring back the champion `to` (None: the one before this one), and say which it is.

    Raises RegistryError when it was none before this one, or cannot be loaded; then nothing moves.
    """
    line = _line(connection, simulated=simulated)
    reigning, former = (line[-1] if line else None), line[:-1]
    if not former or to not in {None, *former}:
        before = ", ".join(map(str, dict.fromkeys(former))) or "none"
        raise RegistryError(
            f"There is no champion {to or ''}".rstrip()
            + f" before {reigning or 'the first one'} to roll back to (there were: {before}). "
            "Promote another version instead; `f1lib models list` shows those there are."
        )
    version = to or former[-1]
    sha256 = _checked(models, version, opened, simulated=simulated)
    row = Promotion(now, Action.ROLL_BACK, version, sha256, reigning, by, reason, simulated)
    _move(connection, row)
    return version


def refuse(
    connection: Connection,
    models: Path,
    version: ModelVersion,
    *,
    by: str,
    reason: str,
    now: datetime,
    simulated: bool,
) -> bool:
    """Write down that `version` was not promoted, and why; False when that stands there already."""
    reigning = champion(connection, simulated=simulated)
    sha256 = artifacts.manifest_sha256(models, version)
    row = Promotion(now, Action.REFUSE, version, sha256, reigning, by, reason, simulated)
    return promotion_log.record(connection, row)


def _line(connection: Connection, *, simulated: bool) -> list[ModelVersion]:
    """The champions one behind the other, the reigning one last."""
    line: list[ModelVersion] = []
    for row in promotion_log.decided(connection, simulated=simulated):
        if row.action is Action.PROMOTE:
            line.append(row.version)
        elif row.action is Action.ROLL_BACK:
            while line and line[-1] != row.version:
                line.pop()
            line = line or [row.version]
    return line


def _move(connection: Connection, row: Promotion) -> None:
    if not promotion_log.record(connection, row):
        raise RegistryError(
            f"Model version {row.version} was made champion at {row.at.isoformat()} before, and "
            "has been replaced since. Try again with another --now.",
            version=str(row.version),
        )


def loaded(
    connection: Connection, models: Path, *, simulated: bool
) -> tuple[artifacts.State, Manifest] | None:
    """State and manifest of the champion, exactly as they were promoted; None without one.

    Raises RegistryError when the version of that number is not the one that was promoted.
    """
    version = champion(connection, simulated=simulated)
    if version is None:
        return None
    promoted = [
        row.manifest_sha256
        for row in promotion_log.decided(connection, simulated=simulated)
        if row.version == version and row.action is not Action.REFUSE
    ]
    if artifacts.manifest_sha256(models, version) != promoted[-1]:
        raise RegistryError(
            f"Model version {version} in {models} is not the one that was promoted: its manifest "
            "was changed. Put its folder back from a copy.",
            version=str(version),
        )
    return artifacts.read(models, version)


def _checked(models: Path, version: ModelVersion, opened: Opened, *, simulated: bool) -> str:
    """The sha256 of the manifest of a version that loads and belongs to this world."""
    state, manifest = artifacts.read(models, version)
    if manifest.simulated != simulated:
        worlds = ("the real", "the simulated")
        raise RegistryError(
            f"Model version {version} was trained on {worlds[manifest.simulated]} world and cannot "
            f"be champion of {worlds[simulated]} one. Train one on the right snapshot.",
            version=str(version),
        )
    opened(state)
    return artifacts.manifest_sha256(models, version)
