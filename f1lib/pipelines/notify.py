"""Notify: put what happened into the outbox, and deliver what waits there.

An event is written in the transaction that remembers what happened, so a mail never tells of what
is not stored. Nobody is told of an event twice: an attempt is written down before it is made, and
one that was cut off between handing the message over and hearing that it was taken (a kill, a
server that falls silent) is not repeated. At most once, then: the event itself stands in store and
report, and a mail that comes twice teaches people to read none. Whatever fails before that is
tried again, with longer and longer pauses, PATIENCE times in all.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection

from f1lib.errors import ConfigurationError, StoreError
from f1lib.monitoring.findings import Finding
from f1lib.notify import alerts, letter, post
from f1lib.notify.events import Event, Scene, occasion
from f1lib.runner import run_folder
from f1lib.settings import Settings
from f1lib.store import connection, engine, outbox
from f1lib.store.outbox import Mail
from f1lib.weekend import RaceWeekend

PATIENCE = 8  # attempts
FIRST_PAUSE = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(days=1)
_NEEDED = ("smtp_host", "mail_from", "mail_to")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of the mails that were due: how many were sent, failed, may have been sent.

    `problems` are the different reasons, in sentences.
    """

    sent: int = 0
    failed: int = 0
    uncertain: int = 0
    problems: tuple[str, ...] = ()

    def __add__(self, other: "Delivery") -> "Delivery":
        return Delivery(
            self.sent + other.sent,
            self.failed + other.failed,
            self.uncertain + other.uncertain,
            tuple(dict.fromkeys((*self.problems, *other.problems))),
        )


def unset(settings: Settings) -> str:
    """Why nothing is mailed at all; empty when mail is set up."""
    missing = [name for name in _NEEDED if not getattr(settings, name).strip()]
    said = ", ".join(f"F1LIB_{name.upper()}" for name in missing)
    return f"Nothing is mailed: {said} not set." if missing else ""


def queue(store: Connection, events: Iterable[Event], settings: Settings, *, now: datetime) -> int:
    """Write a mail to each recipient for each of `events`; how many are new.

    Of a replay nothing is told. Where mail is not set up, the outbox keeps the event with that
    reason, and it is never sent.
    """
    problem, new = unset(settings), 0
    for event in events:
        if event.scene.replay:
            continue
        for recipient in ("",) if problem else settings.recipients:
            mail = letter.mail(event, recipient, _link(event, settings), now=now)
            if not outbox.write(store, mail):
                continue
            new += 1
            if problem:
                outbox.tried(store, mail, sent=False, now=now, problem=problem)
    return new


def standing_alerts(store: Connection, *, simulated: bool) -> dict[alerts.Series, RaceWeekend]:
    """The alerts of one world that people know of, and after which weekend they began."""
    told = outbox.written(store, occasion=occasion(alerts.PREFIX, simulated=simulated))
    cut = len(occasion("", simulated=simulated))
    return alerts.open_alerts(mail.occasion[cut:] for mail in told)


def alert_events(
    store: Connection, findings: Sequence[Finding], weekend: RaceWeekend, scene: Scene
) -> list[Event]:
    """The alerts that begin or end with all the findings after `weekend`; to be queued."""
    standing = standing_alerts(store, simulated=scene.simulated)
    return alerts.events(findings, standing, weekend, scene)


def deliver(settings: Settings, *, now: datetime) -> Delivery:
    """Hand the mails that are due to the mail server; how that went.

    No server makes it fail, nor last longer than `smtp_timeout_s` and a moment. Raises StoreError.
    """
    if unset(settings) or not engine.is_there(settings.store_address):
        return Delivery()
    with connection.reading(settings.store_address) as store:
        due = [
            mail for mail in outbox.waiting(store, patience=PATIENCE) if _is_due(store, mail, now)
        ]
    if not due:
        return Delivery()
    done = Delivery()
    try:
        with post.Conversation(server(settings)) as conversation:
            for mails in _bundles(due, digest=settings.mail_digest):
                done += _sent(conversation, mails, settings, now)
                if conversation.over:
                    break
    except post.NotSentError as exc:
        done += _not_sent(due, str(exc), settings, now)
    return done


def deliver_now(settings: Settings, *, now: datetime) -> None:
    """Deliver what was queued just now; whatever goes wrong, the mails wait for the next delivery.

    A digest waits for whoever delivers. A notebook does not deliver, since it has no password:
    whoever runs it does.
    """
    if settings.mail_digest or settings.run_folder is not None:
        return
    with suppress(StoreError, ConfigurationError):  # a store out of reach, an address of none
        deliver(settings, now=now)


def scene(settings: Settings, *, simulated: bool, replay: bool) -> Scene:
    """Where something happens: in a notebook run its report is where more is said.

    With settings of a replay it is one, whatever `replay` says.
    """
    report = ""
    if settings.run_folder is not None:
        folder = run_folder.place_of(settings.run_folder)
        if folder.is_relative_to(settings.home):
            report = f"{folder.relative_to(settings.home)}/report.html"
    return Scene(simulated, replay or settings.is_replay, report)


def send_test(settings: Settings, *, now: datetime) -> None:
    """Send a mail past the outbox, to learn whether mail works.

    Raises ConfigurationError when it is not set up, or no server takes it.
    """
    if problem := unset(settings):
        raise ConfigurationError(f"{problem} Set them, then try again.")
    scene = Scene(simulated=False, replay=False)
    event = Event(scene, "test", "Mail works", ("Nothing has happened; somebody tried it out.",))
    try:
        with post.Conversation(server(settings)) as conversation:
            for recipient in settings.recipients:
                mail = letter.mail(event, recipient, "", now=now)
                conversation.send(letter.message([mail], settings.mail_from.strip(), now=now))
    except post.NotSentError as exc:
        raise ConfigurationError(f"{exc} Correct the F1LIB_SMTP_* variables.") from exc


def server(settings: Settings) -> post.Server:
    """The mail server of these settings."""
    return post.Server(
        settings.smtp_host, settings.smtp_port, settings.smtp_security, settings.smtp_user,
        settings.smtp_password, settings.smtp_timeout_s, settings.smtp_ca,
    )  # fmt: skip


def _sent(
    conversation: post.Conversation, mails: Sequence[Mail], settings: Settings, now: datetime
) -> Delivery:
    """Claim `mails` of one recipient, send them as one message, remember what came of it."""
    with connection.connect(settings.store_address) as store:
        mine = [mail for mail in mails if outbox.begin(store, mail, now=now)]
    if not mine:
        return Delivery()
    problem = ""
    try:
        conversation.send(letter.message(mine, settings.mail_from.strip(), now=now))
    except post.UncertainError as exc:
        return Delivery(uncertain=len(mine), problems=(str(exc),))
    except post.NotSentError as exc:
        problem = str(exc)
    with connection.connect(settings.store_address) as store:
        for mail in mine:
            outbox.tried(store, mail, sent=not problem, now=now, problem=problem)
    if problem:
        return Delivery(failed=len(mine), problems=(problem,))
    return Delivery(sent=len(mine))


def _not_sent(due: Sequence[Mail], problem: str, settings: Settings, now: datetime) -> Delivery:
    """No conversation came about: an attempt for each, that the pauses grow."""
    with connection.connect(settings.store_address) as store:
        mine = [mail for mail in due if outbox.begin(store, mail, now=now)]
        for mail in mine:
            outbox.tried(store, mail, sent=False, now=now, problem=problem)
    return Delivery(failed=len(mine), problems=(problem,))


def _is_due(store: Connection, mail: Mail, now: datetime) -> bool:
    made = outbox.attempts(store, mail)
    return not made or now >= made[-1].at + pause_after(len(made))


def pause_after(attempts: int) -> timedelta:
    """How long a mail rests after so many attempts.

    >>> [str(pause_after(n)) for n in (1, 2, 3, 4, 5)]
    ['0:10:00', '0:40:00', '2:40:00', '10:40:00', '1 day, 0:00:00']
    """
    return min(FIRST_PAUSE * float(4 ** (attempts - 1)), LONGEST_PAUSE)


def _bundles(due: Sequence[Mail], *, digest: bool) -> list[list[Mail]]:
    """What goes into one message: a mail, or all to one recipient of one world."""
    if not digest:
        return [[mail] for mail in due]
    ordered = sorted(due, key=_addressee)
    return [list(mails) for _, mails in groupby(ordered, key=_addressee)]


def _addressee(mail: Mail) -> tuple[str, bool]:
    return mail.recipient, mail.simulated


def _link(event: Event, settings: Settings) -> str:
    """Where the report is: its web address, or its path."""
    place = event.scene.report
    if not place:
        return ""
    base = settings.base_url.rstrip("/")
    return f"{base}/{place}" if base else str(settings.home / place)
