"""Every move of the champion, and every refusal to move it: this log is the state.

Who is champion is read from it by f1lib.registry.aliases, which is also all that appends to it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select

from f1lib.store import append
from f1lib.store.schema import PROMOTIONS
from f1lib.versions import ModelVersion


class Action(StrEnum):
    """What was done with a version."""

    PROMOTE = "promote"  # it became champion
    ROLL_BACK = "roll_back"  # it became champion again
    REFUSE = "refuse"  # it did not; the champion stayed


@dataclass(frozen=True, slots=True)
class Promotion:
    """One decision about who is champion. `previous` was champion before it.

    `manifest_sha256` names the very version that was decided about; its manifest its artifact.
    """

    at: datetime
    action: Action
    version: ModelVersion
    manifest_sha256: str
    previous: ModelVersion | None
    by: str
    reason: str
    simulated: bool


def record(connection: Connection, promotion: Promotion) -> bool:
    """Remember `promotion`; False when it was there already."""
    facts: dict[str, Any] = {name: getattr(promotion, name) for name in Promotion.__slots__}
    facts["version"] = str(promotion.version)
    facts["previous"] = None if promotion.previous is None else str(promotion.previous)
    return append.row(connection, PROMOTIONS, facts) is not None


def decided(connection: Connection, *, simulated: bool) -> list[Promotion]:
    """Every decision of one world, in the order in which they were recorded."""
    found = connection.execute(
        select(PROMOTIONS).where(PROMOTIONS.c.simulated == simulated).order_by(PROMOTIONS.c.id)
    )
    return [
        Promotion(
            at=row["at"],
            action=Action(row["action"]),
            version=ModelVersion.parse(row["version"]),
            manifest_sha256=row["manifest_sha256"],
            previous=None if row["previous"] is None else ModelVersion.parse(row["previous"]),
            by=row["by"],
            reason=row["reason"],
            simulated=row["simulated"],
        )
        for row in found.mappings()
    ]
