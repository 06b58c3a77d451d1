"""Site: bring the pages over all runs up to date, with what store and registry know."""

import os
from collections import defaultdict
from pathlib import Path

from sqlalchemy import Connection

from f1lib.errors import ConfigurationError, StoreError
from f1lib.pipelines import approvals, roster
from f1lib.registry import versions
from f1lib.registry.manifest import Manifest
from f1lib.reports.site import writing
from f1lib.reports.site.known import Approval, Known, Move, Version
from f1lib.runner import lock
from f1lib.settings import Settings
from f1lib.store import connection, promotion_log
from f1lib.store.decision_log import Decision
from f1lib.store.promotion_log import Action

PATIENCE_S = 60.0
_WHAT = {
    Action.PROMOTE: "Promoted",
    Action.ROLL_BACK: "Brought back",
    Action.REFUSE: "Refused",
}
_ROLES = {"previous": "former champion"}

Moves = dict[str, list[Move]]  # by version


def write(settings: Settings) -> Path:
    """Write index.html in home and the pages it leads to, as far as anything changed; its path.

    In a notebook run nothing is written: whoever runs it does so when it is over. One process
    writes at a time, so that no list is replaced by one that was made before it. A store that
    cannot be read hides no run: the pages say so. Raises OSError for a disk that is full.
    """
    if settings.run_folder is not None:
        return settings.home / "index.html"
    try:
        with lock.held(
            settings.home / ".site.lock", f"process {os.getpid()}", patience_s=PATIENCE_S
        ):
            return writing.write(settings.reports, settings.home, known(settings))
    except lock.Held:  # stopped in the middle of it; a page appears whole all the same
        return writing.write(settings.reports, settings.home, known(settings))


def refresh(settings: Settings) -> str:
    """`write`, after what is done and stays done; a sentence on what went wrong, or nothing."""
    try:
        write(settings)
    except OSError as exc:
        return (
            f"The list of reports stays as it was: {exc}. Once the disk is well, `f1lib reports "
            "open` brings it up to date."
        )
    return ""


def known(settings: Settings) -> Known:
    """What store and registry say of versions and of approvals; without the store, and why."""
    damaged = {str(version): why for version, why in versions.damaged(settings.models)}
    try:
        there = roster.roster(settings)
        moves: Moves = defaultdict(list)
        waits: list[Approval] = []
        with connection.reading(settings.store_address) as store:
            for simulated in (False, True):
                waits += _decided(store, settings, moves, simulated=simulated)
    except (StoreError, ConfigurationError) as exc:  # out of reach, or no address of a store
        mine = versions.listed(settings.models)
        return Known(tuple(_version(each, "", []) for each in mine), (), str(exc), damaged)
    told = [
        _version(each, _status(there.role(each.version), moves[str(each.version)]),
                 moves[str(each.version)])
        for each in reversed(there.manifests)
    ]  # fmt: skip
    return Known(tuple(told), tuple(waits), damaged=damaged)


def _decided(
    store: Connection, settings: Settings, moves: Moves, *, simulated: bool
) -> list[Approval]:
    """Who waits in one world; what was decided about each version goes into `moves`."""
    for row in promotion_log.decided(store, simulated=simulated):
        moves[str(row.version)].append(Move(row.at, _WHAT[row.action], row.by, row.reason))
    return [
        _approval(each) for each in approvals.waiting(store, settings.models, simulated=simulated)
    ]


def _approval(decision: Decision) -> Approval:
    return Approval(
        version=decision.model_version,
        champion=decision.champion,
        simulated=decision.origin.simulated,
        since=decision.origin.made_at,
        reason=decision.reason,
        command=approvals.command(decision.model_version),
    )


def _status(role: str, moves: list[Move]) -> str:
    """In a word, of a version with that role in the roster and that past."""
    if role:
        return _ROLES.get(role, role)
    done = [move.what for move in moves]
    if any(what != _WHAT[Action.REFUSE] for what in done):
        return "former champion"
    return "refused" if done else "undecided"


def _version(manifest: Manifest, status: str, moves: list[Move]) -> Version:
    return Version(
        version=str(manifest.version),
        simulated=manifest.simulated,
        status=status,
        trained_at=manifest.trained_at,
        facts={
            "World": "simulated" if manifest.simulated else "Formula 1",
            "Model": manifest.name,
            "Learnt from": f"{manifest.n_races} races, through {manifest.trained_through}",
            "Continues": manifest.parent and str(manifest.parent),
            "Features": ", ".join(
                f"{len(columns)} {known_when.replace('_', ' ')}"
                for known_when, columns in manifest.features.items()
            ),
            "Snapshot (sha256)": manifest.snapshot[:12],
            "Code": manifest.code_version,
        },
        scores=dict(sorted(manifest.scores.items())),
        scored_over=roster.scored_over(manifest),
        moves=tuple(moves),
    )
