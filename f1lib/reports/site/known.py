"""Known: what store and registry say of versions and approvals, as whoever asked hands it over."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Move:
    """Something that was decided about a version: when, what, by whom, why."""

    at: datetime
    what: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Version:
    """One model version. `status` is empty where nobody can say: the store cannot be read.

    `facts` are what it was made from, `scores` the means of its backtest over `scored_over`.
    """

    version: str
    simulated: bool
    status: str
    trained_at: datetime
    facts: dict[str, object]
    scores: dict[str, float]
    scored_over: str
    moves: tuple[Move, ...] = ()

    @property
    def tone(self) -> str:
        """Of the pill that says its status."""
        return {"champion": "good", "challenger": "warn"}.get(self.status, "plain")


@dataclass(frozen=True, slots=True)
class Approval:
    """A challenger that passed every rule against `champion` and waits for a person.

    `command` is what that person runs.
    """

    version: str
    champion: str
    simulated: bool
    since: datetime
    reason: str
    command: str


@dataclass(frozen=True, slots=True)
class Known:
    """Versions, the newest first; who waits; and why that cannot be said, if it cannot."""

    versions: tuple[Version, ...] = ()
    approvals: tuple[Approval, ...] = ()
    problem: str = ""
    damaged: dict[str, str] = field(default_factory=dict)  # version: why
