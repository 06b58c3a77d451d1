"""What each step of the weekend cycle came to, so that the next run goes on where one ended."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from f1lib.store import append
from f1lib.store.origin import Origin
from f1lib.store.schema import CYCLE_STEPS
from f1lib.weekend import RaceWeekend

SAID = ("outcome", "detail", "exit_code", "run_id")  # what makes a row news


@dataclass(frozen=True, slots=True)
class Step:
    """One step as it ended. `model_version` is the champion then, `run_id` the notebook's run.

    Both are empty where there is none.
    """

    origin: Origin
    step: str
    outcome: str
    detail: str
    exit_code: int
    run_id: str
    model_version: str
    code_version: str


def record(connection: Connection, step: Step) -> bool:
    """Append `step`; False when that is what it came to the last time, on the same grounds.

    The grounds are weekend, snapshot, policy and world.
    """
    before = [each for each in taken(connection, step.origin) if each.step == step.step]
    if before and all(getattr(before[-1], name) == getattr(step, name) for name in SAID):
        return False
    return append.row(connection, CYCLE_STEPS, _row(step)) is not None


def taken(connection: Connection, origin: Origin) -> list[Step]:
    """Every step on the grounds of `origin`, whenever it was, in the order of recording."""
    grounds = CYCLE_STEPS.c["weekend", "snapshot", "policy_sha256", "simulated"]
    facts = origin.as_row()
    found = connection.execute(
        select(CYCLE_STEPS)
        .where(*(column == facts[column.name] for column in grounds))
        .order_by(CYCLE_STEPS.c.id)
    )
    return [_step(row) for row in found.mappings()]


def weekends(
    connection: Connection, step: str, outcome: str, *, policy_sha256: str, simulated: bool
) -> list[RaceWeekend]:
    """After which weekends `step` ever came to `outcome`, on any snapshot, in calendar order."""
    wanted = {
        "step": step, "outcome": outcome, "policy_sha256": policy_sha256, "simulated": simulated,
    }  # fmt: skip
    found = connection.execute(
        select(CYCLE_STEPS.c.weekend)
        .where(*(CYCLE_STEPS.c[name] == value for name, value in wanted.items()))
        .distinct()
    )
    return sorted(RaceWeekend.parse(name) for (name,) in found)


def _row(step: Step) -> dict[str, Any]:
    facts = {name: getattr(step, name) for name in Step.__slots__ if name != "origin"}
    return {**step.origin.as_row(), **facts}


def _step(row: RowMapping) -> Step:
    origin: dict[str, Any] = {name: row[name] for name in Origin.__slots__}
    origin["weekend"] = RaceWeekend.parse(row["weekend"])
    facts: dict[str, Any] = {name: row[name] for name in Step.__slots__ if name != "origin"}
    return Step(origin=Origin(**origin), **facts)
