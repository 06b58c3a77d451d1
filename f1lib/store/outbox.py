"""Mails to be sent, and every attempt to send them: a mail waits until an attempt succeeds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from f1lib.errors import StoreError
from f1lib.store import append
from f1lib.store.schema import MAIL_ATTEMPTS, MAILS


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one recipient. `occasion` is what it tells of, such as `drift 2025-08 1.0.0`:
    the same occasion is told to nobody twice. Without `html` it is plain text only."""

    occasion: str
    recipient: str
    subject: str
    body: str
    simulated: bool
    made_at: datetime
    html: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to send a mail: the how manieth, when, whether it went, and if not, why."""

    attempt: int
    at: datetime
    sent: bool
    problem: str


def write(connection: Connection, mail: Mail) -> bool:
    """Put `mail` into the outbox; False when its recipient is told of its occasion already."""
    facts: dict[str, Any] = {name: getattr(mail, name) for name in Mail.__slots__}
    return append.row(connection, MAILS, facts) is not None


def waiting(connection: Connection, *, patience: int = 5) -> list[Mail]:
    """The mails that were not sent in fewer than `patience` attempts, the oldest first."""
    attempts = (
        select(
            MAIL_ATTEMPTS.c.mail_id,
            func.max(MAIL_ATTEMPTS.c.attempt).label("tried"),
            func.sum(MAIL_ATTEMPTS.c.sent.cast(MAIL_ATTEMPTS.c.attempt.type)).label("sent"),
        )
        .group_by(MAIL_ATTEMPTS.c.mail_id)
        .subquery()
    )
    found = connection.execute(
        select(MAILS)
        .outerjoin(attempts, attempts.c.mail_id == MAILS.c.id)
        .where(func.coalesce(attempts.c.sent, 0) == 0)
        .where(func.coalesce(attempts.c.tried, 0) < patience)
        .order_by(MAILS.c.id)
    )
    return [Mail(**{name: row[name] for name in Mail.__slots__}) for row in found.mappings()]


def tried(
    connection: Connection, mail: Mail, *, sent: bool, now: datetime, problem: str = ""
) -> Attempt:
    """Remember an attempt to send `mail`, and say which it was.

    Raises StoreError when the mail is not in the outbox.
    """
    attempt = Attempt(len(attempts(connection, mail)) + 1, now, sent, problem)
    facts = {name: getattr(attempt, name) for name in Attempt.__slots__}
    append.rows(connection, MAIL_ATTEMPTS, [{"mail_id": _id(connection, mail), **facts}])
    return attempt


def attempts(connection: Connection, mail: Mail) -> list[Attempt]:
    """Every attempt to send `mail`, the first one first."""
    found = connection.execute(
        select(MAIL_ATTEMPTS)
        .where(MAIL_ATTEMPTS.c.mail_id == _id(connection, mail))
        .order_by(MAIL_ATTEMPTS.c.attempt)
    )
    return [Attempt(**{name: row[name] for name in Attempt.__slots__}) for row in found.mappings()]


def _id(connection: Connection, mail: Mail) -> int:
    found = connection.execute(
        select(MAILS.c.id).where(
            MAILS.c.occasion == mail.occasion, MAILS.c.recipient == mail.recipient
        )
    ).scalar_one_or_none()
    if found is None:
        raise StoreError(
            f"The mail about '{mail.occasion}' to {mail.recipient} is not in the outbox. "
            "Write it there first."
        )
    return int(found)
