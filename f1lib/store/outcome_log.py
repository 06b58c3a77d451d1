"""What happened, with its revisions: a winner disqualified on Monday is one more revision."""

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Select, func, select

from f1lib.errors import StoreError
from f1lib.outcomes import OUTCOME_COLUMNS, Outcome
from f1lib.store import append
from f1lib.store.schema import OUTCOME_ROWS, OUTCOMES
from f1lib.weekend import RaceWeekend, Stage

NUMBERS = ("grid_order", "gap_pct", "gap_s")


def record(
    connection: Connection,
    weekend: RaceWeekend,
    stage: Stage,
    rows: pd.DataFrame,
    *,
    snapshot: str,
    simulated: bool,
    now: datetime,
) -> Outcome:
    """The newest revision, which says what `rows` (OUTCOME_COLUMNS) say.

    Appended only when they differ from the newest revision there was: equal rows from another
    snapshot are no news. The snapshot must have been recorded before.
    """
    if rows.empty:
        raise StoreError(
            f"Stage {stage} of {weekend} has no rows to record: it has not been run. "
            "Settle it when its results are there.",
            weekend=str(weekend),
        )
    newest = latest(connection, weekend, stage, simulated=simulated)
    revision = 0 if newest is None else newest.revision + 1
    outcome = Outcome(weekend, stage, revision, now, snapshot, _canonical(rows))
    if newest is not None and newest.sha256 == outcome.sha256:
        return newest
    facts = {
        "weekend": str(weekend),
        "stage": stage,
        "revision": revision,
        "sha256": outcome.sha256,
        "recorded_at": now,
        "snapshot": snapshot,
        "simulated": simulated,
    }
    identity = append.row(connection, OUTCOMES, facts)
    if identity is None:  # another writer was quicker: compare with what it wrote
        return record(
            connection, weekend, stage, rows, snapshot=snapshot, simulated=simulated, now=now
        )
    append.rows(connection, OUTCOME_ROWS, _rows(identity, outcome.rows))
    return outcome


def latest(
    connection: Connection, weekend: RaceWeekend, stage: Stage, *, simulated: bool = False
) -> Outcome | None:
    """What is known now of one stage of one weekend; None while nothing is."""
    found = revisions(connection, weekend, stage, simulated=simulated)
    return found[-1] if found else None


def revisions(
    connection: Connection, weekend: RaceWeekend, stage: Stage, *, simulated: bool = False
) -> list[Outcome]:
    """All that was ever known of one stage of one weekend, the first revision first."""
    return _outcomes(
        connection,
        select(OUTCOMES.c.id).where(
            OUTCOMES.c.weekend == str(weekend),
            OUTCOMES.c.stage == stage,
            OUTCOMES.c.simulated == simulated,
        ),
    )


def known(
    connection: Connection, *, stage: Stage | None = None, simulated: bool = False
) -> list[Outcome]:
    """What is known now of every weekend and stage, in calendar order."""
    age = func.row_number().over(
        partition_by=[OUTCOMES.c.weekend, OUTCOMES.c.stage],
        order_by=OUTCOMES.c.revision.desc(),
    )
    ranked = select(OUTCOMES.c.id, age.label("age")).where(OUTCOMES.c.simulated == simulated)
    if stage is not None:
        ranked = ranked.where(OUTCOMES.c.stage == stage)
    newest = ranked.subquery()
    return _outcomes(connection, select(newest.c.id).where(newest.c.age == 1))


def altered(connection: Connection) -> list[str]:
    """Every outcome whose rows are not those that were recorded, by weekend, stage, revision."""
    found = []
    for simulated in (False, True):
        mine = select(OUTCOMES.c.id).where(OUTCOMES.c.simulated == simulated)
        digests = connection.execute(
            select(OUTCOMES.c.sha256)
            .where(OUTCOMES.c.simulated == simulated)
            .order_by(OUTCOMES.c.weekend, OUTCOMES.c.stage, OUTCOMES.c.revision)
        ).scalars()
        found += [
            f"{outcome.weekend} {outcome.stage} revision {outcome.revision}"
            for outcome, recorded in zip(_outcomes(connection, mine), digests, strict=True)
            if outcome.sha256 != recorded
        ]
    return found


def _canonical(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` as the store gives them back, so that equal outcomes have equal digests."""
    placed = rows.sort_values("position", kind="stable")
    columns: dict[str, Any] = {name: placed[name].tolist() for name in OUTCOME_COLUMNS}
    for name in NUMBERS:
        columns[name] = placed[name].to_numpy(dtype=float, na_value=np.nan) + 0.0  # no minus zero
    return pd.DataFrame(columns).astype({"position": "int64", "classified": "bool"})


def _rows(identity: int, frame: pd.DataFrame) -> list[dict[str, Any]]:
    columns: dict[str, list[Any]] = {name: frame[name].tolist() for name in OUTCOME_COLUMNS}
    columns |= {name: append.numbers(frame[name].to_numpy(dtype=float)) for name in NUMBERS}
    return [
        {"outcome_id": identity, **dict(zip(columns, values, strict=True))}
        for values in zip(*columns.values(), strict=True)
    ]


def _outcomes(connection: Connection, chosen: Select[int]) -> list[Outcome]:
    """The chosen outcomes: one query for their origins, one for all their rows."""
    origins = connection.execute(
        select(OUTCOMES)
        .where(OUTCOMES.c.id.in_(chosen))
        .order_by(OUTCOMES.c.weekend, OUTCOMES.c.stage, OUTCOMES.c.revision)
    ).mappings()
    found = connection.execute(
        select(OUTCOME_ROWS)
        .where(OUTCOME_ROWS.c.outcome_id.in_(chosen))
        .order_by(OUTCOME_ROWS.c.outcome_id, OUTCOME_ROWS.c.position)
    ).all()
    frame = pd.DataFrame(found, columns=OUTCOME_ROWS.c.keys())
    by_outcome = {rows["outcome_id"].iloc[0]: rows for _, rows in frame.groupby("outcome_id")}
    return [
        Outcome(
            weekend=RaceWeekend.parse(origin["weekend"]),
            stage=Stage(origin["stage"]),
            revision=origin["revision"],
            recorded_at=origin["recorded_at"],
            snapshot=origin["snapshot"],
            rows=_canonical(by_outcome[origin["id"]]),
        )
        for origin in origins
    ]
