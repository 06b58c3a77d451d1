"""Policy: when the rules of this room fire. The numbers live in configs/policies.

In:   numbers, as a policy file has them.
Out:  a frozen `WatchPolicy`; its sha256 names it in the store.
Knows nothing of: files, what follows from an alert.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Annotated

from pydantic import Field

from f1lib.monitoring.drift.verdict import Rule

ALIASES = {  # the brief's names -> ours
    "stage1_accuracy_min": "order_concordance_min",
    "stage2_accuracy_min": "winner_concordance_min",
    "drift_score_max": "drift_size",
    "drift_threshold": "drift_size",
}


Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Nats = Annotated[float, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class WatchPolicy:
    """The thresholds in force. A threshold that is None switches its rule off.

    `rounds` is the least number of settled rounds for a performance or calibration verdict and the
    length of their window. `order_evaluations` is how many evaluations in a row below a minimum of
    the order make an alert. Of winners the champion's own probabilities say what chance does: what
    fires is an alert if they give it `alert_p` at most. `cusum_*` are in nats a race.
    `drift_window` counts races, `drift_evaluations` how many evaluations in a row make drift
    sustained. `freshness_h` is how many hours after its end the data of a session may be missing.
    """

    name: str
    rounds: Count = 8
    winner_concordance_min: Share | None = 0.90
    order_concordance_min: Share | None = None
    order_skill_min: Annotated[float, Field(le=1)] | None = 0.0
    order_evaluations: Count = 8
    cusum_allowance: Nats | None = 0.10
    cusum_limit: Nats = 5.0
    log_loss_p_min: Share | None = 0.05
    alert_p: Share = 0.001
    drift_rule: Rule = Rule.PERMUTATION
    drift_size: Nats = 0.15
    drift_level: Annotated[float, Field(gt=0, le=0.5)] = 0.05
    drift_window: Annotated[int, Field(ge=3)] = 3  # fewer races never give a verdict
    drift_evaluations: Count = 3
    freshness_h: Annotated[float, Field(ge=0)] = 24.0

    @property
    def sha256(self) -> str:
        """Names this policy by its numbers, whatever the file looks like."""
        plain = {key: value for key, value in asdict(self).items() if key != "name"}
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
