"""What is written down about one model version: `Manifest`, the content of manifest.json."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from f1lib.errors import ConfigurationError, RegistryError
from f1lib.versions import ModelVersion
from f1lib.weekend import RaceWeekend

if TYPE_CHECKING:
    from f1lib.tables.history import History

CONTRACT = 1  # raised when a state written before can no longer be read


@dataclass(frozen=True, slots=True)
class Manifest:
    """One model version: where it comes from, what it is made of, how good it was.

    `features` lists the columns of each stage; it learnt from `trained_from` to `trained_through`,
    in all `n_races`, while the policies of `policy_sha256` were in force (None, and empty: written
    before that was written down); `parent` is the version whose recipe it continues.
    `artifact_sha256` is filled in when the artifact is written, and so is `reference_sha256`: of
    what drift is measured against, empty for a version that was written without. `last_date` is
    the day of the last race it has seen anything of: rounds may be renumbered, dates are not.
    `scores` are means over the last `n_races_tested` races up to then (0: as above).
    """

    version: ModelVersion
    name: str
    trained_at: datetime
    trained_through: RaceWeekend
    last_date: str
    snapshot: str
    n_races: int
    code_version: str
    features: dict[str, list[str]]
    hyper_parameters: dict[str, Any]
    simulated: bool
    scores: dict[str, float] = field(default_factory=dict)
    n_races_tested: int = 0
    package_versions: dict[str, str] = field(default_factory=dict)
    parent: ModelVersion | None = None
    contract: int = CONTRACT
    artifact_sha256: str = ""
    reference_sha256: str = ""
    trained_from: RaceWeekend | None = None
    policy_sha256: str = ""

    def has_learnt_from(self, weekend: RaceWeekend, history: "History") -> bool:
        """Whether the version has seen anything of `weekend`, or of a later one."""
        return str(history.race(weekend)["date"]) <= self.last_date

    def as_text(self) -> str:
        """The manifest as JSON text, one fact a line."""
        plain = asdict(self)
        plain["version"] = str(self.version)
        plain["parent"] = None if self.parent is None else str(self.parent)
        plain["trained_at"] = self.trained_at.isoformat()
        plain["trained_through"] = str(self.trained_through)
        plain["trained_from"] = None if self.trained_from is None else str(self.trained_from)
        return json.dumps(plain, indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_text(cls, text: str) -> "Manifest":
        """Read a manifest back. Raises RegistryError when the text is none, or of another time."""
        try:
            plain = json.loads(text)
            contract = plain["contract"]
        except (ValueError, KeyError, TypeError) as exc:
            raise RegistryError(f"It is no manifest ({type(exc).__name__}: {exc}).") from exc
        if contract != CONTRACT:
            raise RegistryError(
                f"It follows contract {contract}, this f1lib contract {CONTRACT}.",
                contract=contract,
            )
        try:
            plain["version"] = ModelVersion.parse(plain["version"])
            plain["parent"] = plain["parent"] and ModelVersion.parse(plain["parent"])
            plain["trained_at"] = datetime.fromisoformat(plain["trained_at"])
            plain["trained_through"] = RaceWeekend.parse(plain["trained_through"])
            first = plain.get("trained_from")
            plain["trained_from"] = first and RaceWeekend.parse(first)
            return cls(**plain)
        except (AttributeError, KeyError, TypeError, ValueError, ConfigurationError) as exc:
            raise RegistryError(f"It is no manifest ({type(exc).__name__}: {exc}).") from exc
