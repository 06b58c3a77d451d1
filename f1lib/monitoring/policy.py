"""Policy: when the rules of this room fire. The numbers live in configs/policies.

In:   a plain mapping, as read from a policy file.
Out:  a frozen `WatchPolicy`; its sha256 names it in the store.
Knows nothing of: files, what follows from an alert.
"""

import difflib
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from f1lib.errors import ConfigurationError
from f1lib.monitoring.drift.verdict import Rule

ALIASES = {  # the brief's names -> ours
    "stage1_accuracy_min": "order_concordance_min",
    "stage2_accuracy_min": "winner_concordance_min",
    "drift_score_max": "drift_size",
    "drift_threshold": "drift_size",
}


LIMITS = {  # others: from 1 on if whole, else from 0 on
    "winner_concordance_min": (0.0, 1.0),
    "order_concordance_min": (0.0, 1.0),
    "order_skill_min": (-10.0, 1.0),
    "log_loss_p_min": (0.0, 1.0),
    "alert_p": (0.0, 1.0),
    "drift_level": (1e-6, 0.5),
    "drift_window": (3, 100),  # fewer races never give a verdict
}


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
    rounds: int = 8
    winner_concordance_min: float | None = 0.90
    order_concordance_min: float | None = None
    order_skill_min: float | None = 0.0
    order_evaluations: int = 8
    cusum_allowance: float | None = 0.10
    cusum_limit: float = 5.0
    log_loss_p_min: float | None = 0.05
    alert_p: float = 0.001
    drift_rule: Rule = Rule.PERMUTATION
    drift_size: float = 0.15
    drift_level: float = 0.05
    drift_window: int = 3
    drift_evaluations: int = 3
    freshness_h: float = 24.0

    @classmethod
    def from_plain(cls, name: str, plain: Mapping[str, Any]) -> "WatchPolicy":
        """Read the table [watch] of a policy file; the brief's names are accepted as aliases.

        ``false`` switches a rule off. Raises ConfigurationError for a name nobody knows or a value
        of another type.
        """
        types = {field.name: field.type for field in fields(cls)}
        values: dict[str, Any] = {}
        for given, value in plain.items():
            ours = ALIASES.get(given, given)
            if ours not in types or ours == "name":
                near = difflib.get_close_matches(given, [*types, *ALIASES], n=1)
                raise ConfigurationError(
                    f"Policy {name} sets {given} = {value!r}, which no rule reads"
                    + (f"; did you mean {near[0]}?" if near else ".")
                    + f" Known: {', '.join(sorted(set(types) - {'name'}))}.",
                    policy=name,
                    name=given,
                )
            values[ours] = _checked(name, given, ours, value, str(types[ours]))
        return cls(name=name, **values)

    @property
    def sha256(self) -> str:
        """Names this policy by its numbers, whatever the file looks like."""
        plain = {key: value for key, value in asdict(self).items() if key != "name"}
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _checked(policy: str, given: str, ours: str, value: object, kind: str) -> object:
    """`value` as the field wants it."""
    if "Rule" in kind and value in set(Rule):
        return Rule(str(value))
    if "None" in kind and value is False:
        return None
    whole = "int" in kind
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        wanted = "a whole number" if whole else "a number"
        if "Rule" in kind:
            wanted = f"one of {', '.join(Rule)}"
        raise ConfigurationError(
            f"Policy {policy} sets {given} = {value!r}; {ours} is {wanted}"
            f"{', or false to switch the rule off' if 'None' in kind else ''}.",
            policy=policy,
            name=given,
        )
    least, most = LIMITS.get(ours, (1.0 if whole else 0.0, math.inf))
    if not least <= value <= most:
        raise ConfigurationError(
            f"Policy {policy} sets {given} = {value!r}; {ours} lies between {least:g} and "
            f"{most:g}.",
            policy=policy,
            name=given,
        )
    return value if whole else float(value)
