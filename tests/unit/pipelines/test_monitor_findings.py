"""What monitoring finds is kept, once, under the policy in force."""

from f1lib.monitoring.findings import COLUMNS, Finding, Kind
from f1lib.pipelines import monitor, policies, predict, settle
from f1lib.store import connection, finding_log, outbox


def kept(home):
    with connection.reading(home.settings.store_address) as store:
        return finding_log.current(store, simulated=True)


def test_findings_are_recorded_under_the_policy_in_force_and_once(home, rows) -> None:
    weekend = home.weekends[1]
    review = monitor.monitor(weekend, home.settings, now=home.now)
    before = rows(home.settings)
    again = monitor.monitor(weekend, home.settings, now=home.now)
    assert rows(home.settings) == before
    assert repr(again.findings) == repr(review.findings)
    found = kept(home)
    assert len(found) == len(review.findings) > 0
    assert set(found["policy_sha256"]) == {policies.watch_policy(home.settings).sha256}
    assert set(found["weekend"]) == {str(weekend)}
    judged = found[found["rule"].str.startswith(("performance.", "calibration."))]
    assert set(judged["status"]) == {"insufficient"}
    assert found["replay"].all() and set(COLUMNS) <= set(found.columns)


def test_a_dry_run_records_nothing(home, rows) -> None:
    before = rows(home.settings)
    assert monitor.monitor(home.weekends[1], home.settings, now=home.now, dry_run=True).findings
    assert rows(home.settings) == before


def test_the_data_of_the_weekend_is_looked_at_under_no_model(home) -> None:
    found = monitor.monitor(home.weekends[1], home.settings, now=home.now, dry_run=True).findings
    of_data = {each.rule: each for each in found if each.kind is Kind.DATA_QUALITY}
    assert of_data["data_quality.values"].status == "quiet"
    assert {each.model_version for each in of_data.values()} == {""}


def test_rounds_settled_later_are_found_anew_on_the_same_data(home) -> None:
    third, fourth = home.weekends[2:]
    for weekend in (fourth, third):
        predict.predict([weekend], home.settings, now=home.now)
        settle.settle(weekend, home.settings, now=home.now)
        monitor.monitor(fourth, home.settings, now=home.now)
    found = kept(home)
    assert set(found["weekend"]) == {str(fourth)}
    found = found[found["model_version"] != ""]
    assert 4 in set(found["n"])  # and not only three, as when the third was not settled


def test_an_alert_after_a_live_weekend_is_put_into_the_outbox_once(home, monkeypatch) -> None:
    weekend = home.weekends[1]
    watched, _ = monitor.opened(weekend, weekend, home.settings, home.now)
    alert = Finding("performance.cusum", "winner_log_loss", "since 2025-01", "fired",
                    "6.1 nats are above 5.", alert=True)  # fmt: skip
    monitor.record({weekend: (alert,)}, watched)
    assert waiting(home) == []  # of a replay nothing is told
    monkeypatch.setattr(monitor, "_is_replay", lambda *_: False)
    for _ in range(2):
        monitor.record({weekend: (alert,)}, watched)
    (mail,) = waiting(home)
    assert "SIMULATED" in mail.subject
    assert "6.1 nats are above 5." in mail.body


def waiting(home):
    with connection.reading(home.settings.store_address) as store:
        return outbox.written(store, occasion="simulated alert")
