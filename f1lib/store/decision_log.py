"""What was decided, with every rule that was looked at and its figures."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from f1lib.store import append
from f1lib.store.origin import Origin
from f1lib.store.schema import DECISION_RULES, DECISIONS
from f1lib.weekend import RaceWeekend


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a policy: what was measured on how much, against what, and whether it fired.

    A number that does not apply is None.
    """

    rule: str
    value: float | None
    threshold: float | None
    n: int
    fired: bool
    low: float | None = None
    high: float | None = None
    p: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision: of which kind, about which version, who was champion, what came of it.

    `kind` is retraining or promotion; `model_version` and `champion` are empty where there is
    none. `by` is a person, or the policy's mode.
    """

    origin: Origin
    kind: str
    model_version: str
    champion: str
    outcome: str
    by: str
    reason: str
    policy: str
    rules: tuple[Rule, ...]


def record(connection: Connection, decision: Decision) -> bool:
    """Remember `decision`; False when the same one on the same grounds is there already.

    The same has the same outcome by the same trigger, mode or person. The grounds are kind,
    weekend, version, champion, policy and snapshot.
    """
    facts: dict[str, Any] = {
        name: getattr(decision, name)
        for name in Decision.__slots__
        if name not in {"origin", "rules"}
    }
    identity = append.row(connection, DECISIONS, {**decision.origin.as_row(), **facts})
    if identity is None:
        return False
    append.rows(connection, DECISION_RULES, [
        {"decision_id": identity, "place": place, **_finite(asdict(rule))}
        for place, rule in enumerate(decision.rules)
    ])  # fmt: skip
    return True


def made(
    connection: Connection,
    *,
    simulated: bool,
    replay: bool | None = None,
    kind: str | None = None,
    weekend: RaceWeekend | None = None,
    model_version: str | None = None,
) -> list[Decision]:
    """Every decision of one world, in the order in which they were recorded. None: any."""
    wanted = {
        "simulated": simulated, "replay": replay, "kind": kind, "model_version": model_version,
        "weekend": None if weekend is None else str(weekend),
    }  # fmt: skip
    limits = [DECISIONS.c[name] == value for name, value in wanted.items() if value is not None]
    chosen = select(DECISIONS.c.id).where(*limits)
    rules: dict[int, list[Rule]] = {}
    for row in connection.execute(
        select(DECISION_RULES)
        .where(DECISION_RULES.c.decision_id.in_(chosen))
        .order_by(DECISION_RULES.c.decision_id, DECISION_RULES.c.place)
    ).mappings():
        rule = Rule(**{name: row[name] for name in Rule.__slots__})
        rules.setdefault(row["decision_id"], []).append(rule)
    found = connection.execute(select(DECISIONS).where(*limits).order_by(DECISIONS.c.id))
    return [_decision(row, rules.get(row["id"], [])) for row in found.mappings()]


def _finite(facts: dict[str, Any]) -> dict[str, Any]:
    """NaN is stored as NULL."""
    numbers = ("value", "threshold", "low", "high", "p")
    plain = append.numbers([float("nan") if facts[n] is None else facts[n] for n in numbers])
    return facts | dict(zip(numbers, plain, strict=True))


def _decision(row: RowMapping, rules: list[Rule]) -> Decision:
    origin = {name: row[name] for name in Origin.__slots__}
    origin["weekend"] = RaceWeekend.parse(row["weekend"])
    names = [name for name in Decision.__slots__ if name not in {"origin", "rules"}]
    facts: dict[str, Any] = {name: row[name] for name in names}
    return Decision(origin=Origin(**origin), rules=tuple(rules), **facts)
