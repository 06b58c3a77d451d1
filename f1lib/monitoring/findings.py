"""Findings: what was found after a round, by which rule, with its figures; which are alerts.

In:   what the rules of this room measured.
Out:  `Finding`s, and as a frame with the columns the store keeps.
Knows nothing of: the store, what is done about a finding.

A finding is something measured, fired or not. An alert is a finding that wants attention. What is
done about it is a decision.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum

import pandas as pd

from f1lib.weekend import RaceWeekend, Stage

NONE = float("nan")  # a number that does not apply
QUIET, FIRED, INSUFFICIENT = "quiet", "fired", "insufficient"
AT_REST = (QUIET, INSUFFICIENT, "stable")  # statuses of a rule that found nothing


class Kind(StrEnum):
    """What a finding is about; the first part of its rule's name."""

    PERFORMANCE = "performance"
    CALIBRATION = "calibration"
    DRIFT = "drift"
    NEW_CONDITIONS = "new_conditions"
    DATA_QUALITY = "data_quality"
    ANOMALY = "anomaly"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule applied to one subject over one window.

    `rule` is ``kind.name`` (``performance.winner_concordance``); `subject` the metric, feature or
    constructor it is about; `time_window` says which rounds. `status` is one word: ``quiet``,
    ``fired`` or ``insufficient``, for drift also a drift status. `n` counts what `value` was
    measured on (races unless `reason` says otherwise), `in_a_row` the evaluations with the same
    finding, this one included. `reason` is a sentence with the figures. `stage` is None for a
    finding about both.
    """

    rule: str
    subject: str
    time_window: str
    status: str
    reason: str
    alert: bool = False
    stage: Stage | None = None
    model_version: str = ""
    value: float = NONE
    threshold: float = NONE
    low: float = NONE
    high: float = NONE
    p: float = NONE
    q: float = NONE
    n: int = 0
    in_a_row: int = 0

    @property
    def fired(self) -> bool:
        """Whether its rule found something, be it small, or something wrong with the data."""
        return self.status not in AT_REST

    @property
    def kind(self) -> Kind:
        """What it is about."""
        return Kind(self.rule.partition(".")[0])

    def __str__(self) -> str:
        return f"{'ALERT ' if self.alert else ''}{self.rule} ({self.subject}): {self.reason}"


COLUMNS = tuple(each.name for each in fields(Finding))


def frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """COLUMNS, a row per finding; `stage` is empty for both."""
    rows = [
        {name: getattr(each, name) for name in COLUMNS} | {"stage": each.stage or ""}
        for each in findings
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def by_round(rows: pd.DataFrame) -> dict[RaceWeekend, list[Finding]]:
    """Findings after each weekend, from rows of COLUMNS and weekend."""
    found: dict[RaceWeekend, list[Finding]] = {}
    for row in rows.to_dict("records"):
        facts = {str(name): row[name] for name in COLUMNS}
        facts["stage"] = Stage(facts["stage"]) if facts["stage"] else None
        found.setdefault(RaceWeekend.parse(str(row["weekend"])), []).append(Finding(**facts))
    return found


def alerts(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that want attention."""
    return tuple(each for each in findings if each.alert)


@dataclass(frozen=True, slots=True)
class Episode:
    """An alert that lasts: raised after `first`, after each round up to `last`, `n_rounds` in all.

    `finding` is the one it began with.
    """

    finding: Finding
    first: RaceWeekend
    last: RaceWeekend
    n_rounds: int

    def __str__(self) -> str:
        if self.n_rounds == 1:
            return f"{self.first} {self.finding}"
        return f"{self.first} to {self.last} ({self.n_rounds} rounds) {self.finding}"


def episodes(found: Mapping[RaceWeekend, Iterable[Finding]]) -> tuple[Episode, ...]:
    """Alerts of one rule about one subject in neighbouring rounds of `found`, each told once.

    In the order in which they began.
    """
    open_: dict[tuple[str, str, Stage | None], Episode] = {}
    ended: list[Episode] = []
    for weekend in sorted(found):
        raised = {(each.rule, each.subject, each.stage): each for each in alerts(found[weekend])}
        ended += [open_.pop(key) for key in [key for key in open_ if key not in raised]]
        for key, finding in raised.items():
            before = open_.get(key, Episode(finding, weekend, weekend, 0))
            open_[key] = replace(before, last=weekend, n_rounds=before.n_rounds + 1)
    return tuple(sorted([*ended, *open_.values()], key=lambda each: (each.first, each.last)))
