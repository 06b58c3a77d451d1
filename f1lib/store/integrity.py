"""Is the store what it should be? Looks at every row, changes nothing."""

from typing import Any

from sqlalchemy import Column, Connection, Select, Table, func, inspect, or_, select

from f1lib.store import engine as engines
from f1lib.store import outcome_log
from f1lib.store.schema import (
    DRIFT_MEASUREMENTS,
    FINDINGS,
    METADATA,
    OUTCOME_ROWS,
    OUTCOMES,
    PREDICTION_ROWS,
    PREDICTIONS,
)

ROUNDING = 1e-6  # what a sum of probabilities may be away from one


def troubles(connection: Connection) -> list[str]:
    """What is wrong with a store of today's revision, a sentence each; empty when nothing is.

    Pages and references of the file, the tables; forecasts and outcomes that lack their rows,
    probabilities of first place that do not sum to one, outcomes that are not what was recorded,
    a history of revisions with a gap, p-values of drift and findings that are none.
    """
    missing = _missing(connection)
    if missing:
        return [f"The store lacks {', '.join(missing)}."]
    found = _of_the_file(connection)
    checks = {
        "forecasts without a row": _without_rows(
            PREDICTIONS, PREDICTION_ROWS.c.prediction_id, "weekend", "stage", "model"
        ),
        "forecasts whose probabilities of first place do not sum to one": _unnormed(),
        "outcomes without a row": _without_rows(
            OUTCOMES, OUTCOME_ROWS.c.outcome_id, "weekend", "stage", "revision"
        ),
        "outcomes with a gap in their revisions": _with_gaps(),
        "drift measurements whose p or q is no probability": _improbable(
            DRIFT_MEASUREMENTS, "weekend", "feature", "metric"
        ),
        "findings whose p or q is no probability": _improbable(FINDINGS, "weekend", "rule"),
    }
    for what, question in checks.items():
        odd = connection.execute(question).all()
        if odd:
            found.append(f"There are {len(odd)} {what}, first {' '.join(map(str, odd[0]))}.")
    if found:
        return found
    changed = outcome_log.altered(connection)
    if changed:
        found.append(
            f"There are {len(changed)} outcomes that are not what was recorded, first {changed[0]}."
        )
    return found


def rows(address: str) -> dict[str, int]:
    """How many rows each log has, whatever the revision of the store; empty when there is none."""
    with engines.translated(address):
        if not engines.is_there(address):
            return {}
        with engines.reader(address).begin() as connection:
            there = set(inspect(connection).get_table_names())
            return {
                name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for name, table in METADATA.tables.items()
                if name in there
            }


def _missing(connection: Connection) -> list[str]:
    built = inspect(connection)
    there = set(built.get_table_names())
    found = [f"table {name}" for name in METADATA.tables if name not in there]
    for name, table in METADATA.tables.items():
        if name in there:
            columns = {column["name"] for column in built.get_columns(name)}
            wanted = [column.name for column in table.columns]
            found += [f"column {name}.{each}" for each in wanted if each not in columns]
    return found


def _of_the_file(connection: Connection) -> list[str]:
    """What SQLite itself says; a database server looks after its own files."""
    if connection.dialect.name != "sqlite":
        return []
    said = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
    found = [f"The file is damaged: {line}." for line in said if line != "ok"]
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        found.append(
            f"There are {len(broken)} rows that refer to nothing, first in {broken[0][0]}."
        )
    return found


def _without_rows(heads: Table, rows_of: Column[int], *named: str) -> Select[Any]:
    """The rows of `heads`, by the columns `named`, that no row of the other table refers to."""
    return (
        select(*(heads.c[name] for name in named))
        .outerjoin(rows_of.table, rows_of == heads.c.id)
        .where(rows_of.is_(None))
        .order_by(heads.c.id)
    )


def _unnormed() -> Select[Any]:
    total = func.sum(PREDICTION_ROWS.c.p_first)
    return (
        select(PREDICTIONS.c.weekend, PREDICTIONS.c.stage, PREDICTIONS.c.model)
        .join(PREDICTION_ROWS, PREDICTION_ROWS.c.prediction_id == PREDICTIONS.c.id)
        .group_by(PREDICTIONS.c.id, *PREDICTIONS.c["weekend", "stage", "model"])
        .having(func.abs(total - 1) > ROUNDING)
        .order_by(PREDICTIONS.c.id)
    )


def _improbable(log: Table, *named: str) -> Select[Any]:
    """The rows of `log`, by the columns `named`, with a p or q outside 0 to 1."""
    outside = [(log.c[name] < 0) | (log.c[name] > 1) for name in ("p", "q")]
    return select(*(log.c[name] for name in named)).where(or_(*outside)).order_by(log.c.id)


def _with_gaps() -> Select[Any]:
    """Revisions count from 0 on."""
    series = OUTCOMES.c["weekend", "stage", "simulated"]
    return (
        select(OUTCOMES.c.weekend, OUTCOMES.c.stage)
        .group_by(*series)
        .having(func.count() != func.max(OUTCOMES.c.revision) + 1)
        .order_by(OUTCOMES.c.weekend)
    )
