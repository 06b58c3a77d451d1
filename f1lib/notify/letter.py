"""Letters: an event as a mail in the outbox, and mails as the message a server is handed.

In:   an event and the link to its report; the mails of one recipient.
Out:  a `Mail` in plain text and HTML; an `EmailMessage`.
Knows nothing of: servers, the state of the outbox.
"""

import hashlib
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from f1lib.notify.events import Event
from f1lib.reports import numbers, pages
from f1lib.store.decision_log import Rule
from f1lib.store.outbox import Mail

SIMULATED = "SIMULATED"
_SEVEN_BIT = SMTP.clone(cte_type="7bit")  # what every server takes
_NOT_REAL = "SIMULATED: an invented world, not Formula 1."


def mail(event: Event, recipient: str, link: str, *, now: datetime) -> Mail:
    """The mail that tells `recipient` of `event`."""
    simulated = event.scene.simulated
    title = line(event.title)
    sentences = [line(each) for each in event.sentences if each]
    rows = [_row(rule) for rule in event.rules]
    text = [_NOT_REAL] if simulated else []
    text += [title, " ".join(sentences), "\n".join("    " + said for *_, said in rows)]
    text += [f"To do so:\n\n    {line(event.command)}" if event.command else ""]
    text += [f"Report: {line(link)}" if link else ""]
    html = pages.filled(
        "mail_event.html", title=title, sentences=sentences, rows=rows, link=link,
        command=line(event.command), simulated=simulated, is_address="://" in link,
    )  # fmt: skip
    return Mail(
        occasion=line(event.occasion),
        recipient=recipient,
        subject=f"{SIMULATED} · {title}" if simulated else title,
        body="\n\n".join(part for part in text if part) + "\n",
        simulated=simulated,
        made_at=now,
        html=str(html),
    )


def message(mails: Sequence[Mail], sender: str, *, now: datetime) -> EmailMessage:
    """One message with all of `mails`, which have one recipient and tell of one world."""
    subject = line(mails[0].subject)
    if len(mails) > 1:
        title = subject.removeprefix(f"{SIMULATED} · ")
        world = f"{SIMULATED} · " if mails[0].simulated else ""
        subject = f"{world}{len(mails)} events, the first: {title}"
    made = EmailMessage(policy=_SEVEN_BIT)
    made["Subject"] = subject
    made["From"] = sender
    made["To"] = mails[0].recipient
    made["Date"] = format_datetime(now)
    made["Message-ID"] = _message_id(mails, sender)
    made["Auto-Submitted"] = "auto-generated"
    made.set_content("\n\n".join(each.body for each in mails))
    if all(each.html for each in mails):
        sections = [pages.trusted(each.html) for each in mails]
        page = pages.filled("mail.html", subject=subject, sections=sections)
        made.add_alternative(str(page), subtype="html")
    return made


def line(text: str) -> str:
    """`text` in one line without control characters, so that no name can begin a header.

    >>> line("Ada\\r\\nBcc: eve@example.org\\x00")
    'Ada Bcc: eve@example.org'
    """
    kept = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in text)
    return " ".join(kept.split())


def _row(rule: Rule) -> tuple[str, str, str, str, str]:
    """Name, value, threshold and n of a rule for a table, and all of it in a line of text."""
    value, threshold = numbers.written(rule.value), numbers.written(rule.threshold)
    if rule.low is not None and rule.high is not None:
        (span,) = numbers.intervals([rule.low], [rule.high], "{:.3f}")
        value = f"{value} ({span})" if span != numbers.MISSING else value
    name = line(rule.rule)
    text = f"{name}: {value}; threshold {threshold}; n {rule.n}"
    return name, value, threshold, str(rule.n), text


def _message_id(mails: Sequence[Mail], sender: str) -> str:
    """The same for the same events to the same recipient, whenever it is sent."""
    said = "\n".join([mails[0].recipient, *(each.occasion for each in mails)])
    return f"<{hashlib.sha256(said.encode()).hexdigest()[:32]}@{sender.partition('@')[2]}>"
