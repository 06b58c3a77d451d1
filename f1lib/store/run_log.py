"""Which notebooks ran, how they ended, and what they said.

Kept is what the table has columns for; decision, seed, memory and the hash of requirements.lock
stand in run.json only.
"""

from typing import Any

from sqlalchemy import Connection, RowMapping, select

from f1lib.errors import StoreError
from f1lib.run_record import RunRecord, RunStatus
from f1lib.store import append
from f1lib.store.schema import RUNS
from f1lib.weekend import RaceWeekend


def record(connection: Connection, run: RunRecord) -> bool:
    """Remember a run that has ended; False when it was there already."""
    if run.status is RunStatus.RUNNING:
        raise StoreError(
            f"Run {run.run_id} has not ended and cannot be recorded. Record it when it has.",
            run_id=run.run_id,
        )
    facts: dict[str, Any] = {column.name: getattr(run, column.name) for column in RUNS.columns}
    facts["weekend"] = str(run.weekend)
    return append.rows(connection, RUNS, [facts]) == 1


def find(connection: Connection, run_id: str) -> RunRecord | None:
    """The run of that id; None when it is unknown."""
    row = connection.execute(select(RUNS).where(RUNS.c.run_id == run_id)).mappings().one_or_none()
    return None if row is None else _run(row)


def ended(
    connection: Connection,
    *,
    notebook: str | None = None,
    weekend: RaceWeekend | None = None,
    simulated: bool | None = None,
    limit: int | None = None,
) -> list[RunRecord]:
    """The runs that have ended, the newest first. None: any."""
    chosen = select(RUNS).order_by(RUNS.c.started_at.desc(), RUNS.c.run_id.desc()).limit(limit)
    if notebook is not None:
        chosen = chosen.where(RUNS.c.notebook == notebook)
    if weekend is not None:
        chosen = chosen.where(RUNS.c.weekend == str(weekend))
    if simulated is not None:
        chosen = chosen.where(RUNS.c.simulated == simulated)
    return [_run(row) for row in connection.execute(chosen).mappings()]


def _run(row: RowMapping) -> RunRecord:
    facts: dict[str, Any] = dict(row)
    facts["weekend"] = RaceWeekend.parse(facts["weekend"])
    facts["status"] = RunStatus(facts["status"])
    return RunRecord(**facts)
