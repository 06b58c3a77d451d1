"""Mail status: what was told by mail, what waits, and what was given up."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from f1lib.pipelines import notify
from f1lib.settings import Settings
from f1lib.store import connection, outbox
from f1lib.store.outbox import UNDER_WAY, Attempt, Mail

NEWEST = 20  # mails that are listed


class State(StrEnum):
    """What has become of a mail."""

    SENT = "sent"
    WAITING = "waiting"
    UNCERTAIN = "uncertain"  # being sent just now, or cut off: it may have arrived
    GIVEN_UP = "given up"
    UNADDRESSED = "unaddressed"  # mail was not set up


@dataclass(frozen=True, slots=True)
class Standing:
    """One mail, what has become of it, and when it is tried next."""

    mail: Mail
    state: State
    attempts: int
    problem: str
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class MailStatus:
    """How many mails there are of each state, and the newest of them."""

    counts: dict[str, int]
    mails: tuple[Standing, ...]


def mail_status(settings: Settings) -> MailStatus:
    """Look at the outbox. Raises StoreError when it cannot be read."""
    with connection.reading(settings.store_address) as store:
        found = [_standing(mail, outbox.attempts(store, mail)) for mail in outbox.written(store)]
    counts = Counter(each.state.value for each in found)
    return MailStatus(dict(counts), tuple(reversed(found[-NEWEST:])))


def _standing(mail: Mail, made: list[Attempt]) -> Standing:
    last = made[-1] if made else None
    problem, next_at = last.problem if last else "", None
    if not mail.recipient:
        state = State.UNADDRESSED
    elif last is None:
        state, next_at = State.WAITING, mail.made_at
    elif last.sent:
        state = State.SENT
    elif last.problem == UNDER_WAY:
        state, problem = State.UNCERTAIN, "The last attempt did not end, or it has only just begun."
    elif len(made) >= notify.PATIENCE:
        state = State.GIVEN_UP
    else:
        state, next_at = State.WAITING, last.at + notify.pause_after(len(made))
    return Standing(mail, state, len(made), problem, next_at)
