"""Decisions keep their reasons; mails wait until they are sent; requests are forgotten in time."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from f1lib.errors import StoreError
from f1lib.store import connection, decision_log, outbox, request_log
from f1lib.store.decision_log import Decision, Rule
from f1lib.store.origin import Origin
from f1lib.store.outbox import Attempt, Mail
from f1lib.store.request_log import Request
from f1lib.tables.history import Snapshot
from f1lib.weekend import RaceWeekend


@pytest.fixture
def decision(now: datetime, snapshot: Snapshot) -> Decision:
    return Decision(
        origin=Origin(
            RaceWeekend(2025, 8), snapshot.sha256, "p" * 64, replay=False, simulated=True,
            made_at=now,
        ),
        kind="retraining", model_version="", champion="1.0.0", outcome="retrain",
        by="auto", reason="Winner concordance fell below 0.90.", policy="default",
        rules=(
            Rule("winner_concordance", 0.88, 0.9, 8, fired=True, low=0.8, high=0.93, p=0.01),
            Rule("manual", None, None, 0, fired=False, reason="Nobody asked."),
        ),
    )  # fmt: skip


@pytest.fixture
def mail(now: datetime) -> Mail:
    return Mail("alert 2025-08", "ada@example.org", "Alert", "It drifts.", True, now, "<p>It")


@pytest.fixture
def request_made(now: datetime) -> Request:
    return Request("r1", now, "POST", "/predict", 200, 12.5, "dashboard", "1.0.0", 20, True)


def test_a_decision_comes_back_with_its_rules_in_order(address: str, decision: Decision) -> None:
    other = replace(decision, kind="promotion", model_version="1.0.1", rules=())
    with connection.connect(address) as store:
        assert decision_log.record(store, decision)
        assert decision_log.record(store, other)
    with connection.reading(address) as store:
        assert decision_log.made(store, simulated=True) == [decision, other]
        assert decision_log.made(store, simulated=True, kind="promotion") == [other]
        assert decision_log.made(store, simulated=True, weekend=RaceWeekend(2025, 9)) == []
        assert decision_log.made(store, simulated=False) == []


def test_the_same_decision_on_the_same_grounds_is_there_once(
    address: str, decision: Decision
) -> None:
    later = replace(decision.origin, made_at=decision.origin.made_at + timedelta(hours=1))
    with connection.connect(address) as store:
        assert decision_log.record(store, decision)
        assert not decision_log.record(store, replace(decision, origin=later))
        assert decision_log.record(store, replace(decision, outcome="keep"))
        assert len(decision_log.made(store, simulated=True)) == 2


def test_a_figure_that_is_not_a_number_is_stored_as_none(address: str, decision: Decision) -> None:
    unmeasured = Rule("kl", float("nan"), 0.15, 0, fired=False)
    with connection.connect(address) as store:
        decision_log.record(store, replace(decision, rules=(unmeasured,)))
        (read,) = decision_log.made(store, simulated=True)
    assert read.rules == (replace(unmeasured, value=None),)


def test_a_mail_waits_until_it_is_sent(address: str, mail: Mail, now: datetime) -> None:
    other = replace(mail, recipient="bob@example.org")
    with connection.connect(address) as store:
        assert [outbox.write(store, each) for each in (mail, other, mail)] == [True, True, False]
        assert outbox.waiting(store) == [mail, other]
        outbox.tried(store, mail, sent=False, now=now, problem="refused")
        assert outbox.waiting(store) == [mail, other]
        assert outbox.tried(store, mail, sent=True, now=now) == Attempt(2, now, True, "")
        assert outbox.waiting(store) == [other]
        said = [(each.sent, each.problem) for each in outbox.attempts(store, mail)]
    assert said == [(False, "refused"), (True, "")]


def test_a_mail_that_failed_too_often_waits_no_more(
    address: str, mail: Mail, now: datetime
) -> None:
    with connection.connect(address) as store:
        outbox.write(store, mail)
        for _ in range(3):
            outbox.tried(store, mail, sent=False, now=now, problem="no such host")
        assert outbox.waiting(store, patience=3) == []
        assert outbox.waiting(store, patience=4) == [mail]


def test_an_attempt_is_claimed_once_and_one_that_was_cut_off_is_not_repeated(
    address: str, mail: Mail, now: datetime
) -> None:
    with connection.connect(address) as store:
        outbox.write(store, mail)
        assert outbox.begin(store, mail, now=now)
        assert not outbox.begin(store, mail, now=now)
        assert outbox.waiting(store) == []
    later = now + timedelta(minutes=1)
    with connection.connect(address) as store:
        ended = outbox.tried(store, mail, sent=False, now=later, problem="refused")
        assert ended == Attempt(1, now, False, "refused")  # when it was made, not when it ended
        assert outbox.waiting(store) == [mail]
        assert outbox.begin(store, mail, now=later)
        assert outbox.tried(store, mail, sent=True, now=later).attempt == 2
        assert not outbox.begin(store, mail, now=later)


def test_a_mail_to_nobody_never_waits_and_occasions_are_found_by_their_beginning(
    address: str, mail: Mail
) -> None:
    nobody = replace(mail, recipient="", occasion="alert_x")
    with connection.connect(address) as store:
        assert [outbox.write(store, each) for each in (mail, nobody)] == [True, True]
        assert outbox.waiting(store) == [mail]
        assert outbox.written(store) == [mail, nobody]
        assert outbox.written(store, occasion="alert_") == [nobody]  # no wildcard


def test_a_mail_that_was_never_written_cannot_be_sent(
    address: str, mail: Mail, now: datetime
) -> None:
    with (
        connection.connect(address) as store,
        pytest.raises(
            StoreError, match=r"'alert 2025-08' to ada@example\.org is not in the outbox"
        ),
    ):
        outbox.tried(store, mail, sent=True, now=now)


def test_requests_are_listed_newest_first_and_forgotten_when_old(
    address: str, request_made: Request
) -> None:
    later = replace(
        request_made, request_id="r2", at=request_made.at + timedelta(days=2), route="/health"
    )
    with connection.connect(address) as store:
        assert [request_log.record(store, each) for each in (request_made, later, later)] == [
            True, True, False,
        ]  # fmt: skip
        assert request_log.answered(store) == [later, request_made]
        assert request_log.answered(store, since=later.at) == [later]
        assert request_log.answered(store, route="/predict", limit=1) == [request_made]
        assert request_log.forget(store, before=later.at) == 1
        assert request_log.answered(store) == [later]
