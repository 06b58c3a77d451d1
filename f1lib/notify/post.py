"""Post: one conversation with a mail server, over in time whatever the server does.

In:   where the server is and who logs in; messages, one after the other.
Out:  nothing where the server took a message; else `NotSentError`, or `UncertainError`.
Knows nothing of: the outbox, what the messages say.

Every step runs in a thread of its own and is left to itself when time is up: a name that does not
resolve or a server that sends a byte now and then would outlast any timeout of a socket.
"""

import re
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from queue import Empty, Queue
from types import TracebackType

from pydantic import SecretStr

from f1lib.errors import WorkbenchError
from f1lib.notify.letter import line

_TROUBLE = (smtplib.SMTPException, OSError, ValueError)  # ValueError: a host that cannot be one
_GRACE_S = 0.5  # for a step to notice that time is up
_TAKEN = 250
_FORWARDED = 251
_GO_ON = 354


class NotSentError(WorkbenchError):
    """A message was not sent."""


class UncertainError(NotSentError):
    """A message was handed over whole, and the server's word on it is missing."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in. `security` is starttls, tls or none; without `user` no login."""

    host: str
    port: int
    security: str
    user: str
    password: SecretStr
    timeout_s: float
    ca: Path | None = None


class Conversation:
    """`with Conversation(server) as post: post.send(message)`.

    Entering connects, encrypts and logs in, and raises NotSentError when that fails.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._end = time.monotonic() + server.timeout_s
        self._smtp: smtplib.SMTP | None = None
        self.over = False  # nothing more can be sent
        self._handed_over = False

    def __enter__(self) -> "Conversation":
        try:
            self._within_time(self._connect)
        except NotSentError:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._smtp is not None and not self.over:
            with suppress(NotSentError):  # what was to be said is said
                self._within_time(self._smtp.quit)
        self._close()

    def send(self, message: EmailMessage) -> None:
        """Hand in `message`. Raises NotSentError; UncertainError when it may have been sent."""
        self._handed_over = False
        try:
            self._within_time(lambda: self._hand_in(message))
        except NotSentError as exc:
            if self._handed_over:
                raise UncertainError(f"{exc} It may have been sent.") from exc
            raise

    def _connect(self) -> None:
        server = self._server
        context = ssl.create_default_context()
        if server.ca is not None:
            context.load_verify_locations(server.ca)
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout_s, context=context
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout_s)
        self._smtp = smtp
        if server.security == "starttls":
            smtp.starttls(context=context)  # an error where the server does not offer it
        if server.user:
            smtp.login(server.user, server.password.get_secret_value())

    def _hand_in(self, message: EmailMessage) -> None:
        smtp = self._smtp
        if smtp is None or self.over:
            raise smtplib.SMTPServerDisconnected("The conversation is over.")
        smtp.ehlo_or_helo_if_needed()
        self._asked(smtp.mail(str(message["From"])), "the sender")
        self._asked(smtp.rcpt(str(message["To"])), "the recipient")
        self._asked(smtp.docmd("DATA"), "any message")
        self._handed_over = True
        smtp.send(re.sub(rb"(?m)^\.", b"..", message.as_bytes()).removesuffix(b"\r\n"))
        smtp.send(b"\r\n.\r\n")
        answer = smtp.getreply()
        self._handed_over = False
        self._asked(answer, "the message")

    def _asked(self, answer: tuple[int, bytes], what: str) -> None:
        code, said = answer
        if code in {_TAKEN, _FORWARDED, _GO_ON}:
            return
        if self._smtp is not None:
            self._smtp.rset()
        raise smtplib.SMTPResponseException(
            code, f"refused {what}: {said.decode(errors='replace')}"
        )

    def _within_time(self, step: Callable[[], object]) -> None:
        """Do `step`; its trouble as NotSentError. When time is up the conversation is over."""
        ended: Queue[BaseException | None] = Queue(1)

        def run() -> None:
            try:
                step()
            except _TROUBLE as exc:
                ended.put(exc)
            else:
                ended.put(None)
            if self.over:  # nobody waits for this any more
                self._close()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            trouble = ended.get(timeout=max(0.0, self._end - time.monotonic()))
        except Empty:
            self._cut(thread)
            raise NotSentError(
                f"{self._where} did not finish within {self._server.timeout_s:g} s."
            ) from None
        if trouble is None:
            return
        self.over = not isinstance(trouble, smtplib.SMTPResponseException)
        raise NotSentError(f"{self._where} {_said(trouble)}") from trouble

    def _cut(self, thread: threading.Thread) -> None:
        """Hang up while `thread` waits for the server, so that it waits no more."""
        self.over = True
        connected = None if self._smtp is None else self._smtp.sock
        if connected is not None:
            with suppress(OSError):  # it was over already
                socket.socket.shutdown(connected, socket.SHUT_RDWR)
        thread.join(_GRACE_S)

    def _close(self) -> None:
        if self._smtp is not None:
            self._smtp.close()

    @property
    def _where(self) -> str:
        return f"The mail server {self._server.host}:{self._server.port}"


def _said(trouble: BaseException) -> str:
    """What went wrong, in one line that goes on from the name of the server."""
    if isinstance(trouble, smtplib.SMTPResponseException):
        reply = trouble.smtp_error
        text = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
        return f"answered {trouble.smtp_code}: {line(text)[:300]}"
    if isinstance(trouble, UnicodeError):  # its text may show a piece of the password
        return "could not be used: a host, user or password holds characters it cannot be told."
    return f"could not be used: {line(str(trouble) or type(trouble).__name__)[:300]}"
