"""Letters: one line a header, everything escaped, seven bits, the same id whenever it is sent."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

from hypothesis import given
from hypothesis import strategies as st

from f1lib.notify import letter
from f1lib.notify.events import Event, Scene
from f1lib.store.decision_log import Rule
from f1lib.store.outbox import Mail

NOW = datetime(2025, 5, 26, 6, tzinfo=UTC)
SENDER, ADA = "f1@example.org", "ada@example.org"


def mail(title: str = "Title", *, simulated: bool = False, command: str = "") -> Mail:
    scene = Scene(simulated=simulated, replay=False)
    rules = (
        Rule("skill_index", 0.0314, 0.01, 48, fired=True, low=-0.002, high=0.06),
        Rule("manual", None, None, 0, fired=False),
    )
    event = Event(scene, title, title, (f"A sentence about {title}.",), rules, command)
    return letter.mail(event, ADA, "https://example.org/report.html", now=NOW)


def test_the_numbers_stand_in_text_and_html() -> None:
    made = mail()
    assert "skill_index: 0.031 (−0.002 to 0.060); threshold 0.010; n 48" in made.body
    assert "manual: –; threshold –; n 0" in made.body
    for said in ("skill_index", "0.031 (−0.002 to 0.060)", "0.010", "48"):
        assert f">{said}<" in made.html


def test_a_command_stands_alone_in_its_line() -> None:
    made = mail(command="f1lib promote 1.0.1 --approve --by NAME")
    assert "\n    f1lib promote 1.0.1 --approve --by NAME\n" in made.body
    assert ">f1lib promote 1.0.1 --approve --by NAME</pre>" in made.html


def test_the_page_sets_no_colour_that_dark_mode_would_hide() -> None:
    html = letter.message([mail()], SENDER, now=NOW).get_body(("html",))
    assert html is not None
    page = html.get_content()
    assert 'name="color-scheme" content="light dark"' in page
    assert "background" not in page
    assert ";color:" not in page.replace(" ", "")
    assert "<link" not in page
    assert "<style" not in page


@given(st.text(max_size=80))
def test_no_title_breaks_out_of_its_header(title: str) -> None:
    sent = letter.message([mail(f"x{title}", simulated=True)], SENDER, now=NOW).as_bytes()
    assert all(byte < 128 for byte in sent)
    read = message_from_bytes(sent, policy=default)
    assert set(read.keys()) == {
        "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
        "Content-Type",
    }  # fmt: skip
    assert read["Subject"].startswith("SIMULATED")
    assert read["To"] == ADA


def test_the_same_events_have_the_same_id_whenever_they_are_sent() -> None:
    first, later = (
        letter.message([mail(), mail("Other")], SENDER, now=now)
        for now in (NOW, NOW + timedelta(days=1))
    )
    assert first["Message-ID"] == later["Message-ID"]
    assert first["Message-ID"] != letter.message([mail()], SENDER, now=NOW)["Message-ID"]


def test_a_digest_of_the_simulated_world_says_so_once() -> None:
    subject = letter.message([mail(simulated=True)] * 2, SENDER, now=NOW)["Subject"]
    assert subject == "SIMULATED · 2 events, the first: Title"
