"""The tables of the store. A change here needs a migration in migrations/versions.

Portable types only: moments are ISO text in UTC (they sort), numbers are doubles, and a number
that is not a number is NULL.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeDecorator

from f1lib.errors import StoreError

REVISION = "0001"  # the newest migration; a contract test compares it with migrations/versions


class NaiveMomentError(StoreError, DontWrapMixin):
    """A moment without a time zone was about to be stored."""


class Moment(TypeDecorator[datetime]):
    """An aware moment, as ISO text in UTC with microseconds, so that text order is time order."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """The text of `value`. Raises NaiveMomentError when it has no time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise NaiveMomentError(
                f"The moment {value.isoformat()} has no time zone and cannot be stored. "
                "Pass an aware datetime, such as datetime.now(UTC).",
                value=value,
            )
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """The aware moment that was stored."""
        return None if value is None else datetime.fromisoformat(value)


METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


def _text(name: str) -> "Column[str]":
    return Column(name, String, nullable=False)


def _flag(name: str) -> "Column[bool]":
    return Column(name, Boolean, nullable=False)


def _whole(name: str) -> "Column[int]":
    return Column(name, Integer, nullable=False)


def _moment(name: str, *, nullable: bool = False) -> "Column[datetime]":
    return Column(name, Moment, nullable=nullable)


def _number(name: str) -> "Column[float]":
    return Column(name, Double, nullable=True)


def _id() -> "Column[int]":
    return Column("id", Integer, primary_key=True)


def _refers(name: str, target: str, kind: type[Integer | String]) -> "Column[Any]":
    return Column(name, kind, ForeignKey(target), nullable=False)


SNAPSHOTS = Table(
    "snapshots",
    METADATA,
    Column("sha256", String, primary_key=True),
    _text("archive_sha256"),
    _text("source"),
    _text("description"),
    _text("credit"),
    _flag("simulated"),
    _whole("submissions"),
    _moment("recorded_at"),
)

PREDICTIONS = Table(
    "predictions",
    METADATA,
    _id(),
    _text("weekend"),  # 2025-08
    _text("stage"),
    _text("cutoff"),
    _text("model"),
    _text("model_version"),  # empty for a frozen baseline
    _text("inputs_sha256"),
    _moment("made_at"),
    _flag("replay"),
    _flag("simulated"),
    _refers("snapshot", "snapshots.sha256", String),
    _text("grand_prix"),
    _text("race_date"),
    UniqueConstraint(
        "weekend", "stage", "cutoff", "model", "model_version",
        "inputs_sha256", "replay", "simulated",
    ),
)  # fmt: skip

PREDICTION_ROWS = Table(
    "prediction_rows",
    METADATA,
    _refers("prediction_id", "predictions.id", Integer),
    _whole("entry_index"),
    _text("driver"),
    _text("constructor"),
    _number("p_first"),
    _number("p_top3"),
    _number("p_top10"),
    _number("expected_position"),
    _number("gap_pct"),
    Column("positions", Text, nullable=True),  # JSON: this entry's probability of each place
    PrimaryKeyConstraint("prediction_id", "entry_index"),
    UniqueConstraint("prediction_id", "driver"),
)

OUTCOMES = Table(
    "outcomes",
    METADATA,
    _id(),
    _text("weekend"),
    _text("stage"),
    _whole("revision"),  # 0 is the first
    _text("sha256"),
    _moment("recorded_at"),
    _refers("snapshot", "snapshots.sha256", String),
    _flag("simulated"),
    UniqueConstraint("weekend", "stage", "revision", "simulated"),
)

OUTCOME_ROWS = Table(
    "outcome_rows",
    METADATA,
    _refers("outcome_id", "outcomes.id", Integer),
    _text("driver"),
    _text("constructor"),
    _whole("position"),
    _flag("classified"),
    _text("status"),
    _number("grid_order"),
    _number("gap_pct"),
    _number("gap_s"),
    PrimaryKeyConstraint("outcome_id", "driver"),
)

SCORES = Table(
    "scores",
    METADATA,
    _refers("prediction_id", "predictions.id", Integer),
    _refers("outcome_id", "outcomes.id", Integer),
    _text("metric"),
    _number("value"),
    _whole("n"),
    PrimaryKeyConstraint("prediction_id", "outcome_id", "metric"),
)

RUNS = Table(
    "runs",
    METADATA,
    Column("run_id", String, primary_key=True),
    _text("notebook"),
    _text("weekend"),
    _text("status"),
    _moment("started_at"),
    _moment("ended_at", nullable=True),
    _moment("now"),
    Column("parameters", JSON, nullable=False),
    _text("code_version"),
    Column("package_versions", JSON, nullable=False),
    _text("folder"),
    _flag("simulated"),
    _flag("replay"),
    _text("headline"),
    _text("problem"),
    Column("provenance", JSON, nullable=False),
)

PROMOTIONS = Table(
    "promotions",
    METADATA,
    _id(),
    _moment("at"),
    _text("action"),  # promote, roll_back or refuse
    _text("version"),
    _text("manifest_sha256"),
    Column("previous", String, nullable=True),  # the champion before
    _text("by"),
    _text("reason"),
    _flag("simulated"),
    UniqueConstraint("at", "action", "version", "simulated"),
)
