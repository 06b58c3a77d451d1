"""Columns as every table of the store has them.

Portable types only: moments are ISO text in UTC (they sort), numbers are doubles, and a number
that is not a number is NULL.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, Column, Dialect, Double, ForeignKey, Integer, String
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeDecorator

from f1lib.errors import StoreError


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


def text(name: str) -> "Column[str]":
    """Text that must be there; it may be empty."""
    return Column(name, String, nullable=False)


def flag(name: str) -> "Column[bool]":
    """True or false."""
    return Column(name, Boolean, nullable=False)


def whole(name: str) -> "Column[int]":
    """A whole number that must be there."""
    return Column(name, Integer, nullable=False)


def moment(name: str, *, nullable: bool = False) -> "Column[datetime]":
    """An aware moment."""
    return Column(name, Moment, nullable=nullable)


def number(name: str) -> "Column[float]":
    """A double; NULL where it is not a number."""
    return Column(name, Double, nullable=True)


def identity() -> "Column[int]":
    """The number of a row, given by the database."""
    return Column("id", Integer, primary_key=True)


def refers(name: str, target: str, kind: type[Integer | String]) -> "Column[Any]":
    """A column that names a row of another table, as `table.column`."""
    return Column(name, kind, ForeignKey(target), nullable=False)
