"""Under which circumstances something was measured, found or decided."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from f1lib.weekend import RaceWeekend


@dataclass(frozen=True, slots=True)
class Origin:
    """After which weekend, on which data, under which policy, in which world, and when.

    `snapshot` must have been recorded before. `policy_sha256` is that of the policy in force;
    empty where none was.
    """

    weekend: RaceWeekend
    snapshot: str
    policy_sha256: str
    replay: bool
    simulated: bool
    made_at: datetime

    def as_row(self) -> dict[str, Any]:
        """The columns of a row that say so."""
        return {**asdict(self), "weekend": str(self.weekend)}
