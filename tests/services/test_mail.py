"""Mail against a real SMTP server: what arrives, what is tried again, and what never is."""

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr

from f1lib.monitoring.findings import Finding
from f1lib.notify import events
from f1lib.notify.events import Event, Scene
from f1lib.pipelines import mail_status, notify
from f1lib.settings import Settings
from f1lib.store import connection
from f1lib.weekend import RaceWeekend

NOW = datetime(2025, 5, 26, 6, tzinfo=UTC)
WEEKEND = RaceWeekend(2025, 8)
SCENE = Scene(simulated=False, replay=False, report="reports/x/report.html")
EVENT = events.retraining_started(
    SCENE, WEEKEND, "drift", "1.0.0", "Form has drifted for 3 rounds."
)
OTHER = events.retraining_failed(SCENE, WEEKEND, "drift", "1.0.0", "The disk is full.")
ADA, BOB, EVE = "ada@example.org", "bob@example.org", "eve@example.org"


@dataclass
class Mailbox:
    """What the server has taken, and whom it does not know."""

    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    after_data: Callable[[], str] = lambda: "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.unknown:
            return f"550 5.1.1 No such user: {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        self.taken += [(recipient, message) for recipient in envelope.rcpt_tos]
        return self.after_data()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """Certificates to trust, and the server's side of them."""
    made = trustme.CA()
    trusted = tmp_path_factory.mktemp("ca") / "ca.pem"
    made.cert_pem.write_to_path(str(trusted))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.issue_cert("localhost").configure_cert(context)
    return trusted, context


@contextmanager
def running(mailbox: Mailbox, context: ssl.SSLContext, **more: Any) -> Iterator[int]:
    """A server with STARTTLS, by its port."""
    facts = {"tls_context": context, "require_starttls": True, **more}
    encrypted = facts.pop("ssl_context", None)
    loop = asyncio.new_event_loop()
    serving = loop.run_until_complete(
        loop.create_server(
            lambda: SMTP(mailbox, hostname="localhost", loop=loop, **facts),
            host="127.0.0.1",
            ssl=encrypted,
        )
    )
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield serving.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_ended(serving), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _ended(serving: asyncio.Server) -> None:
    """Take no more calls, and end those that go on."""
    serving.close()
    going_on = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in going_on:
        task.cancel()
    await asyncio.gather(*going_on, return_exceptions=True)


@contextmanager
def speaking(said: bytes, *, then: float | None = None) -> Iterator[int]:
    """A server of another kind, by its port: it says something to each who calls, and no more."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)

        def answer() -> None:
            calls: list[socket.socket] = []
            while not over.is_set():
                with suppress(TimeoutError):
                    calls.append(listening.accept()[0])
                    calls[-1].sendall(said)
                for call in calls if then is not None else ():
                    with suppress(OSError):
                        call.sendall(b"x")
            for call in calls:
                call.close()

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            thread.join()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox, authority: tuple[Path, ssl.SSLContext]) -> Iterator[int]:
    with running(mailbox, authority[1]) as port:
        yield port


@pytest.fixture
def settings(tmp_path: Path, authority: tuple[Path, ssl.SSLContext], port: int) -> Settings:
    return Settings(
        home=tmp_path / "home", f1db="", smtp_host="localhost", smtp_port=port,
        smtp_ca=authority[0], mail_from="f1@example.org", mail_to=f"{ADA}, {BOB}",
    )  # fmt: skip


def but(settings: Settings, **other: object) -> Settings:
    return settings.model_copy(update=other)


def queue(settings: Settings, *told: Event, now: datetime = NOW) -> int:
    with connection.connect(settings.store_address) as store:
        return notify.queue(store, told or [EVENT], settings, now=now)


def states(settings: Settings) -> dict[str, int]:
    return mail_status.mail_status(settings).counts


# --- what arrives ---------------------------------------------------------------------------------


def test_each_recipient_gets_an_event_once_encrypted_in_text_and_html(
    settings: Settings, mailbox: Mailbox
) -> None:
    assert queue(settings) == 2
    assert notify.deliver(settings, now=NOW) == notify.Delivery(sent=2)
    assert [recipient for recipient, _ in mailbox.taken] == [ADA, BOB]
    message = mailbox.taken[0][1]
    assert message["Subject"] == "Retraining started after 2025-08 (drift)"
    assert (message["From"], message["To"]) == ("f1@example.org", ADA)
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        assert "Form has drifted for 3 rounds." in part.get_content()
        assert str(settings.home / "reports/x/report.html") in part.get_content()
    assert states(settings) == {"sent": 2}


def test_an_event_is_told_once_also_after_a_restart(settings: Settings, mailbox: Mailbox) -> None:
    queue(settings)
    notify.deliver(settings, now=NOW)
    again = Settings(**settings.model_dump())
    assert queue(again, now=NOW + timedelta(days=7)) == 0
    assert notify.deliver(again, now=NOW + timedelta(days=7)) == notify.Delivery()
    assert len(mailbox.taken) == 2


def test_a_server_that_encrypts_from_the_first_byte_is_spoken_to_so(
    settings: Settings, mailbox: Mailbox, authority: tuple[Path, ssl.SSLContext]
) -> None:
    queue(settings)
    with running(
        mailbox, authority[1], tls_context=None, require_starttls=False, ssl_context=authority[1]
    ) as port:
        encrypted = but(settings, smtp_port=port, smtp_security="tls")
        assert notify.deliver(encrypted, now=NOW).sent == 2


def test_the_simulated_world_says_so_in_the_subject_and_a_replay_is_not_told(
    settings: Settings, mailbox: Mailbox
) -> None:
    simulated = replace(EVENT, scene=replace(SCENE, simulated=True))
    replayed = replace(OTHER, scene=replace(SCENE, replay=True))
    assert queue(settings, simulated, replayed) == 2
    notify.deliver(settings, now=NOW)
    message = mailbox.taken[0][1]
    assert message["Subject"].startswith("SIMULATED · ")
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        assert "an invented world, not Formula 1" in part.get_content()
    assert queue(settings, EVENT) == 2  # the same of the real world is another event


def test_names_of_any_alphabet_arrive(settings: Settings, mailbox: Mailbox) -> None:
    name = "Kimi Räikkönen, 角田裕毅"
    queue(settings, replace(EVENT, title=name, sentences=(f"{name} < all.\n.\n.. and dots",)))
    notify.deliver(settings, now=NOW)
    message = mailbox.taken[0][1]
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert message["Subject"] == name
    assert f"{name} < all. . .. and dots" in plain.get_content()
    assert f"{name} &lt; all." in html.get_content()


def test_a_name_cannot_begin_a_header_or_an_element(settings: Settings, mailbox: Mailbox) -> None:
    name = "Ada\r\nBcc: eve@example.org\r\n\r\n<script>alert(1)</script>"
    queue(settings, replace(EVENT, name=name, title=name, sentences=(name,)))
    notify.deliver(settings, now=NOW)
    assert {recipient for recipient, _ in mailbox.taken} == {ADA, BOB}
    message = mailbox.taken[0][1]
    assert message["Bcc"] is None
    assert message["Subject"].startswith("Ada Bcc: eve@example.org <script>")
    html = message.get_body(("html",))
    assert html is not None
    assert "<script" not in html.get_content()


def test_a_digest_is_one_message_and_counts_as_told(settings: Settings, mailbox: Mailbox) -> None:
    digest = but(settings, mail_digest=True)
    queue(digest, EVENT, OTHER)
    assert notify.deliver(digest, now=NOW).sent == 4
    assert [recipient for recipient, _ in mailbox.taken] == [ADA, BOB]
    message = mailbox.taken[0][1]
    assert message["Subject"] == "2 events, the first: Retraining started after 2025-08 (drift)"
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        assert "Form has drifted" in part.get_content()
        assert "The disk is full." in part.get_content()
    assert queue(digest, EVENT, OTHER) == 0


def test_an_alert_is_mailed_when_it_begins_and_when_it_ends(
    settings: Settings, mailbox: Mailbox
) -> None:
    for number, fired in ((8, True), (9, True), (9, True), (10, False)):
        found = Finding(
            "performance.winner_concordance", "winner", "last 8 rounds",
            "fired" if fired else "quiet", "It was 0.88 over 8 races.", alert=fired,
        )  # fmt: skip
        with connection.connect(settings.store_address) as store:
            told = notify.alert_events(store, [found], RaceWeekend(2025, number), SCENE)
            notify.queue(store, told, but(settings, mail_to=ADA), now=NOW)
        notify.deliver(settings, now=NOW)
    assert [message["Subject"] for _, message in mailbox.taken] == [
        "Performance alert after 2025-08: winner",
        "Over after 2025-10: performance alert, winner",
    ]


# --- login ----------------------------------------------------------------------------------------


@pytest.fixture
def guarded(
    settings: Settings, mailbox: Mailbox, authority: tuple[Path, ssl.SSLContext]
) -> Iterator[Settings]:
    """A server that wants a login; the settings know it."""

    def known(
        server: SMTP, session: Session, envelope: Envelope, how: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        well = (data.login, data.password) == (b"f1", b"hunter2")
        return AuthResult(success=well, handled=False)

    with running(mailbox, authority[1], authenticator=known, auth_required=True) as port:
        yield but(settings, smtp_port=port, smtp_user="f1", smtp_password=SecretStr("hunter2"))


def test_who_logs_in_may_send(guarded: Settings, mailbox: Mailbox) -> None:
    queue(guarded)
    assert notify.deliver(guarded, now=NOW).sent == 2


def test_a_refused_login_is_said_without_the_password_and_tried_again(
    guarded: Settings, mailbox: Mailbox
) -> None:
    queue(guarded)
    done = notify.deliver(but(guarded, smtp_password=SecretStr("hunter3")), now=NOW)
    assert (done.failed, len(mailbox.taken)) == (2, 0)
    assert "answered 535" in done.problems[0]
    assert "hunter" not in done.problems[0]
    later = NOW + notify.pause_after(1)
    assert notify.deliver(guarded, now=later - timedelta(seconds=1)) == notify.Delivery()
    assert notify.deliver(guarded, now=later).sent == 2


def test_no_mail_is_sent_in_clear_to_a_server_that_does_not_encrypt(
    settings: Settings, mailbox: Mailbox, authority: tuple[Path, ssl.SSLContext]
) -> None:
    queue(settings)
    with running(mailbox, authority[1], tls_context=None, require_starttls=False) as port:
        done = notify.deliver(but(settings, smtp_port=port), now=NOW)
    assert (done.failed, mailbox.taken) == (2, [])
    assert "STARTTLS" in done.problems[0]


def test_no_mail_is_sent_to_a_server_whose_certificate_is_not_trusted(
    settings: Settings, mailbox: Mailbox
) -> None:
    queue(settings)
    done = notify.deliver(but(settings, smtp_ca=None), now=NOW)
    assert (done.failed, mailbox.taken) == (2, [])
    assert "CERTIFICATE_VERIFY_FAILED" in done.problems[0]


# --- trouble --------------------------------------------------------------------------------------


def test_a_dead_server_is_tried_again_with_pauses_and_an_end(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        dead = but(settings, smtp_port=free.getsockname()[1])
    queue(dead)
    now = NOW
    for attempt in range(1, notify.PATIENCE + 1):
        assert notify.deliver(dead, now=now).failed == 2
        assert notify.deliver(dead, now=now) == notify.Delivery()
        now += notify.pause_after(attempt)
    assert notify.deliver(settings, now=now + timedelta(days=30)) == notify.Delivery()
    assert states(dead) == {"given up": 2}


@pytest.mark.parametrize(
    ("said", "then"),
    [(b"", None), (b"220 localhost ESMTP\r\n", None), (b"220-", 0.05)],
    ids=["silent", "half a conversation", "a byte now and then"],
)
def test_a_server_that_does_not_answer_holds_nobody_up(
    settings: Settings, said: bytes, then: float | None
) -> None:
    queue(settings)
    with speaking(said, then=then) as port:
        done = notify.deliver(but(settings, smtp_port=port, smtp_timeout_s=0.3), now=NOW)
    assert done.failed == 2
    assert "did not finish within 0.3 s" in done.problems[0]
    assert states(settings) == {"waiting": 2}


def test_a_name_of_no_server_is_a_problem_like_another(settings: Settings) -> None:
    queue(settings)
    done = notify.deliver(but(settings, smtp_host="x" * 70 + ".invalid"), now=NOW)
    assert (done.failed, states(settings)) == (2, {"waiting": 2})


def test_a_refused_recipient_keeps_the_mail_from_nobody_else(
    settings: Settings, mailbox: Mailbox
) -> None:
    mailbox.unknown = {ADA}
    queue(settings)
    done = notify.deliver(settings, now=NOW)
    assert (done.sent, done.failed) == (1, 1)
    assert f"answered 550: refused the recipient: 5.1.1 No such user: {ADA}" in done.problems[0]
    assert [recipient for recipient, _ in mailbox.taken] == [BOB]
    mailbox.unknown = set()
    assert notify.deliver(settings, now=NOW + notify.pause_after(1)).sent == 1
    assert [recipient for recipient, _ in mailbox.taken] == [BOB, ADA]


def test_a_message_the_server_turns_down_is_tried_again(
    settings: Settings, mailbox: Mailbox
) -> None:
    mailbox.after_data = lambda: "451 4.3.0 Come back later"
    queue(settings)
    assert notify.deliver(settings, now=NOW).failed == 2
    assert states(settings) == {"waiting": 2}


def test_a_mail_whose_answer_is_missing_is_not_sent_again(
    settings: Settings, mailbox: Mailbox
) -> None:
    answer = threading.Event()

    def late() -> str:
        answer.wait(20)
        return "250 OK"

    mailbox.after_data = late
    queue(settings)
    done = notify.deliver(but(settings, smtp_timeout_s=3.0), now=NOW)
    answer.set()
    assert (done.sent, done.uncertain) == (0, 1)
    assert "It may have been sent." in done.problems[0]
    assert states(settings) == {"uncertain": 1, "waiting": 1}
    assert notify.deliver(settings, now=NOW + timedelta(days=1)).sent == 1
    assert [recipient for recipient, _ in mailbox.taken] == [ADA, BOB]


def test_after_a_death_between_sending_and_recording_nothing_is_sent_twice(
    settings: Settings, mailbox: Mailbox
) -> None:
    queue(settings)
    variables = {
        "HOME": settings.home, "SMTP_HOST": "localhost", "SMTP_PORT": settings.smtp_port,
        "SMTP_CA": settings.smtp_ca, "MAIL_FROM": settings.mail_from, "MAIL_TO": settings.mail_to,
    }  # fmt: skip

    def kill() -> str:
        delivering.kill()  # nothing happens where it is dead already
        return "250 OK"

    mailbox.after_data = kill
    delivering = subprocess.Popen(
        [str(Path(sys.executable).with_name("f1lib")), "mail", "deliver"],
        env={**os.environ, **{f"F1LIB_{name}": str(value) for name, value in variables.items()}},
    )
    assert delivering.wait() == -signal.SIGKILL
    assert states(settings) == {"uncertain": 1, "waiting": 1}
    assert notify.deliver(settings, now=NOW + timedelta(days=1)).sent == 1
    assert [recipient for recipient, _ in mailbox.taken] == [ADA, BOB]
    assert states(settings) == {"uncertain": 1, "sent": 1}


def test_two_deliveries_at_once_send_every_mail_once(settings: Settings, mailbox: Mailbox) -> None:
    queue(settings, EVENT, OTHER)
    deliveries = [
        threading.Thread(target=lambda: notify.deliver(settings, now=NOW)) for _ in range(3)
    ]
    for each in deliveries:
        each.start()
    for each in deliveries:
        each.join()
    assert sorted(recipient for recipient, _ in mailbox.taken) == [ADA, ADA, BOB, BOB]


# --- nothing set up -------------------------------------------------------------------------------


def test_without_settings_nothing_is_sent_and_the_outbox_says_so(tmp_path: Path) -> None:
    bare = Settings(home=tmp_path / "home", f1db="")
    assert queue(bare) == 1
    assert notify.deliver(bare, now=NOW) == notify.Delivery()
    (one,) = mail_status.mail_status(bare).mails
    assert one.state == "unaddressed"
    assert one.problem == (
        "Nothing is mailed: F1LIB_SMTP_HOST, F1LIB_MAIL_FROM, F1LIB_MAIL_TO not set."
    )


def test_a_link_leads_to_where_home_is_served(settings: Settings, mailbox: Mailbox) -> None:
    served = but(settings, base_url="https://f1.example.org/runs/")
    queue(served)
    notify.deliver(served, now=NOW)
    html = mailbox.taken[0][1].get_body(("html",))
    assert html is not None
    assert 'href="https://f1.example.org/runs/reports/x/report.html"' in html.get_content()
