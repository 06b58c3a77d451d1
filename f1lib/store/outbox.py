"""Mails to be sent, and every attempt to send them: a mail waits until an attempt succeeds.

An attempt is written down before it is made and completed after it. So two processes never make
the same one, and a mail whose attempt was cut off waits no more: it may have arrived.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, case, func, select, update

from f1lib.errors import StoreError
from f1lib.store import append
from f1lib.store.schema import MAIL_ATTEMPTS, MAILS

UNDER_WAY = "under way"  # what stands for the problem of an attempt that is not over


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one recipient. `occasion` is what it tells of, such as `drift 2025-08 1.0.0`:
    the same occasion is told to nobody twice. Without `html` it is plain text only; else `html`
    is what stands in the body of its page. No `recipient`: there was nobody to tell."""

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
    """The mails that were not sent in fewer than `patience` attempts, the oldest first.

    One without a recipient never waits, nor one with an attempt under way.
    """
    attempts = (
        select(
            MAIL_ATTEMPTS.c.mail_id,
            func.max(MAIL_ATTEMPTS.c.attempt).label("tried"),
            func.sum(
                case((MAIL_ATTEMPTS.c.sent | (MAIL_ATTEMPTS.c.problem == UNDER_WAY), 1), else_=0)
            ).label("over"),
        )
        .group_by(MAIL_ATTEMPTS.c.mail_id)
        .subquery()
    )
    found = connection.execute(
        select(MAILS)
        .outerjoin(attempts, attempts.c.mail_id == MAILS.c.id)
        .where(MAILS.c.recipient != "")
        .where(func.coalesce(attempts.c.over, 0) == 0)
        .where(func.coalesce(attempts.c.tried, 0) < patience)
        .order_by(MAILS.c.id)
    )
    return [_mail(row) for row in found.mappings()]


def written(connection: Connection, *, occasion: str = "") -> list[Mail]:
    """Every mail, sent or not, whose occasion begins with `occasion`; the oldest first."""
    found = connection.execute(
        select(MAILS)
        .where(MAILS.c.occasion.startswith(occasion, autoescape=True))
        .order_by(MAILS.c.id)
    )
    return [_mail(row) for row in found.mappings()]


def begin(connection: Connection, mail: Mail, *, now: datetime) -> bool:
    """Claim the next attempt to send `mail`; False when there is one under way, or it is sent.

    Raises StoreError when the mail is not in the outbox.
    """
    made = attempts(connection, mail)
    if made and (made[-1].sent or made[-1].problem == UNDER_WAY):
        return False
    return _append(connection, mail, Attempt(len(made) + 1, now, False, UNDER_WAY))


def tried(
    connection: Connection, mail: Mail, *, sent: bool, now: datetime, problem: str = ""
) -> Attempt:
    """Remember how the attempt under way (or one told of afterwards) ended; which it was.

    Raises StoreError when the mail is not in the outbox.
    """
    made = attempts(connection, mail)
    if not made or made[-1].problem != UNDER_WAY:
        told = Attempt(len(made) + 1, now, sent, problem)
        _append(connection, mail, told)
        return told
    attempt = Attempt(made[-1].attempt, made[-1].at, sent, problem)
    connection.execute(
        update(MAIL_ATTEMPTS)
        .where(
            MAIL_ATTEMPTS.c.mail_id == _id(connection, mail),
            MAIL_ATTEMPTS.c.attempt == attempt.attempt,
        )
        .values(sent=sent, problem=problem)
    )
    return attempt


def attempts(connection: Connection, mail: Mail) -> list[Attempt]:
    """Every attempt to send `mail`, the first one first."""
    found = connection.execute(
        select(MAIL_ATTEMPTS)
        .where(MAIL_ATTEMPTS.c.mail_id == _id(connection, mail))
        .order_by(MAIL_ATTEMPTS.c.attempt)
    )
    return [Attempt(**{name: row[name] for name in Attempt.__slots__}) for row in found.mappings()]


def _append(connection: Connection, mail: Mail, attempt: Attempt) -> bool:
    """False when another process made this attempt."""
    facts = {name: getattr(attempt, name) for name in Attempt.__slots__}
    row = {"mail_id": _id(connection, mail), **facts}
    return append.rows(connection, MAIL_ATTEMPTS, [row]) == 1


def _mail(row: RowMapping) -> Mail:
    return Mail(**{name: row[name] for name in Mail.__slots__})


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
