"""Approvals: which challengers passed every rule and wait for a person (decision 0016)."""

from pathlib import Path

from sqlalchemy import Connection

from f1lib.registry import aliases, versions
from f1lib.store import decision_log, promotion_log
from f1lib.store.decision_log import Decision
from f1lib.versions import ModelVersion

KIND = "promotion"
WAITS = "waits"  # the outcome of such a decision


def command(version: ModelVersion | str) -> str:
    """By which a person approves."""
    return f"f1lib promote {version} --approve --by NAME"


def waiting(store: Connection, models: Path, *, simulated: bool) -> list[Decision]:
    """The last decision about each version of one world that waits, the newest version first.

    One that was promoted or refused since waits no more, nor one that is not in the registry, or
    older than the champion.
    """
    last = {
        each.model_version: each
        for each in decision_log.made(store, simulated=simulated, kind=KIND)
    }
    over = {row.version for row in promotion_log.decided(store, simulated=simulated)}
    reigning = aliases.champion(store, simulated=simulated)
    there = [manifest.version for manifest in versions.listed(models, simulated=simulated)]
    return [
        last[str(version)]
        for version in sorted(there, reverse=True)
        if version not in over
        and (reigning is None or version > reigning)
        and str(version) in last
        and last[str(version)].outcome == WAITS
    ]
