"""Running a notebook: runner, store, list; a store out of reach does not lose the run."""

import ast
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from invented_notebook import CATALOGUE, NOW, WEEKEND, settings_with

from f1lib.pipelines import in_use, ingest, run
from f1lib.registry import aliases
from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import ending, run_folder
from f1lib.store import connection, outbox, run_log


def test_a_notebook_need_not_wait_for_what_remembers_its_run() -> None:
    """Store, pages and mail take longer to import than the runner takes to start the worker."""
    said = "import sys, f1lib.pipelines.run; print([*sys.modules])"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    slow = {"sqlalchemy", "pandas", "scipy", "jinja2", "papermill"}
    assert [name for name in ast.literal_eval(done.stdout) if name in slow] == []


def test_a_run_is_in_its_folder_in_the_store_and_in_the_list(tmp_path: Path) -> None:
    settings = settings_with(tmp_path)
    record = run.run("small", WEEKEND, {}, settings, now=NOW)
    assert record.status is RunStatus.OK
    assert record.provenance == {}  # nothing is imported, and the notebook says nothing
    with connection.reading(settings.store_address) as store:
        kept = run_log.find(store, record.run_id)
    assert kept == replace(record, lock_sha256="", seed=None, peak_memory_mib=None)
    assert record.run_id in (settings.home / "index.html").read_text()


@pytest.mark.parametrize(
    "store_url", ["sqlite:////proc/x.sqlite", "sqlite:////dev/null/x.sqlite", "oracle://u:pw@h/d"]
)
def test_a_store_out_of_reach_does_not_lose_the_run(tmp_path: Path, store_url: str) -> None:
    settings = settings_with(tmp_path, store_url=store_url)
    record = run.run("small", WEEKEND, {}, settings, now=NOW)
    assert record.status is RunStatus.DEGRADED
    assert record.status.exit_code == 0
    assert record.problem.startswith("Not in the store: ")
    assert "pw" not in record.problem
    assert run_folder.record_in(settings.home / record.folder) == record
    report = (settings.home / record.folder / "report.html").read_text()
    assert "Completed with gaps" in report
    assert "Not in the store: " in report
    assert record.run_id in (settings.home / "index.html").read_text()


def test_a_folder_that_cannot_be_made_is_told_like_any_other_failure(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, mail_to="ada@example.org")
    settings.home.mkdir()
    settings.reports.write_text("in the way")
    record = run.run("small", WEEKEND, {}, settings, now=NOW)
    assert (record.status, record.folder) == (RunStatus.IO_ERROR, "")
    with connection.reading(settings.store_address) as store:
        kept = run_log.find(store, record.run_id)
        (mail,) = outbox.written(store)
    assert kept is not None
    assert kept.status is RunStatus.IO_ERROR
    assert mail.subject == "small for 2025-08 failed: io_error"


def test_a_signal_that_comes_as_a_run_ends_waits_until_it_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = ending.published

    def interrupted(*args: Any, **facts: Any) -> RunRecord:
        signal.raise_signal(signal.SIGINT)
        return published(*args, **facts)

    monkeypatch.setattr(ending, "published", interrupted)
    settings = settings_with(tmp_path)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # also in a background job
    try:
        with pytest.raises(KeyboardInterrupt):
            run.run("small", WEEKEND, {}, settings, now=NOW)
    finally:
        signal.signal(signal.SIGINT, before)
    with connection.reading(settings.store_address) as store:
        (kept,) = run_log.ended(store)
    assert kept.status is RunStatus.OK
    assert kept.run_id in (settings.home / "index.html").read_text()


def test_an_older_run_that_cannot_be_read_does_not_break_the_next(tmp_path: Path) -> None:
    settings = settings_with(tmp_path)
    older = settings.reports / "small" / "2025-07" / "older"
    older.mkdir(parents=True)
    (older / "run.json").write_text("{}")
    record = run.run("small", WEEKEND, {}, settings, now=NOW)
    page = (settings.home / "index.html").read_text()
    assert record.run_id in page
    assert "reports/small/2025-07/older" in page


def test_a_failed_run_is_told_and_a_dead_mail_server_changes_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = settings_with(
        tmp_path, last="1 / 0", smtp_host="127.0.0.1", smtp_port=port, mail_from="f1@example.org",
        mail_to="ada@example.org", base_url="https://example.org",
    )  # fmt: skip
    record = run.run("small", WEEKEND, {}, settings, now=NOW)
    assert record.status is RunStatus.CELL_ERROR
    assert "mail" not in record.problem
    with connection.reading(settings.store_address) as store:
        (mail,) = outbox.written(store)
        (attempt,) = outbox.attempts(store, mail)
    assert mail.subject == "small for 2025-08 failed: cell_error"
    assert record.problem.split("\n")[0] in mail.body
    assert f"https://example.org/{record.folder}/report.html" in mail.body
    assert "refused" in attempt.problem


def test_a_run_that_fails_before_it_says_anything_tells_data_champion_and_world(home) -> None:
    settings = settings_with(home.settings.home.parent, last="1 / 0", mail_to="ada@example.org")
    record = run.run("small", home.weekends[2], {}, settings, now=home.now)
    assert record.status is RunStatus.CELL_ERROR
    snapshot = ingest.known(settings).snapshot
    with connection.reading(settings.store_address) as store:
        version = str(aliases.champion(store, simulated=True))
        (mail,) = outbox.written(store, occasion=f"simulated run failed {record.run_id}")
    kept = run_folder.record_in(settings.home / record.folder)
    assert kept == record
    assert kept.provenance["snapshot_sha256"] == snapshot.sha256
    assert kept.provenance["model_version"] == version
    assert (kept.simulated, kept.replay) == (True, False)
    report = (settings.home / record.folder / "report.html").read_text()
    assert "SIMULATED" in report
    assert snapshot.sha256 in report
    page = (settings.home / "index.html").read_text()
    assert 'data-world="simulated live"' in page
    assert mail.simulated
    assert mail.subject.startswith("SIMULATED")


def test_a_run_that_is_refused_is_mailed_with_its_world(home) -> None:
    settings = settings_with(home.settings.home.parent, mail_to="ada@example.org")
    record = run.run("small", home.weekends[2], {"dry": True}, settings, now=home.now)
    assert (record.status, record.simulated) == (RunStatus.BAD_PARAMETERS, True)
    with connection.reading(settings.store_address) as store:
        (mail,) = outbox.written(store, occasion=f"simulated run failed {record.run_id}")
    assert mail.subject.startswith("SIMULATED")


def test_what_is_in_use_leaves_out_what_is_not_there(home, tmp_path: Path) -> None:
    settings = home.settings
    assert in_use.facts(settings_with(tmp_path / "new")) == {}
    assert {"snapshot_sha256", "champion"} <= in_use.facts(settings).keys()
    out_of_reach = settings_with(tmp_path, store_url="sqlite:////dev/null/x.sqlite")
    found = in_use.facts(out_of_reach)  # of the same home
    assert found["simulated"]
    assert "champion" not in found
    (settings.snapshots / "current").write_text("nonsense")
    assert in_use.facts(settings) == {}


OUT_OF_REACH = 'from f1lib.errors import SourceError; raise SourceError("No answer.")'


@pytest.mark.slow
def test_every_attempt_is_recorded_and_only_the_last_is_told(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, last=OUT_OF_REACH, mail_to="ada@example.org")
    settings.catalogue.write_text(f"{CATALOGUE}retries = 1\n")
    record = run.run("small", WEEKEND, {}, settings, now=NOW)
    assert (record.status, record.attempt) == (RunStatus.CELL_ERROR, 2)
    with connection.reading(settings.store_address) as store:
        assert len(run_log.ended(store)) == 2
        (mail,) = outbox.written(store)
    assert record.run_id in mail.body or record.folder in mail.body


QUEUES = """\
from datetime import UTC, datetime
from f1lib import settings as configuration
from f1lib.notify.events import Event
from f1lib.pipelines import notify
from f1lib.store import connection
settings, moment = configuration.read(), datetime(2025, 5, 26, 6, tzinfo=UTC)
scene = notify.scene(settings, simulated=False, replay=False)
with connection.connect(settings.store_address) as store:
    notify.queue(store, [Event(scene, "x", "Told", ())], settings, now=moment)
notify.deliver_now(settings, now=moment)"""


def test_what_a_notebook_tells_is_delivered_when_its_report_is_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = settings_with(
        tmp_path, last=QUEUES, smtp_host="127.0.0.1", smtp_port=port, mail_from="f1@example.org",
        mail_to="ada@example.org",
    )  # fmt: skip
    record = run.run("small", WEEKEND, {}, settings, now=NOW)
    assert record.status is RunStatus.OK
    with connection.reading(settings.store_address) as store:
        (mail,) = outbox.written(store)
        (attempt,) = outbox.attempts(store, mail)  # by the run, which knows the password
    assert str(settings.home / record.folder / "report.html") in mail.body
    assert (settings.home / record.folder / "report.html").is_file()
    assert "refused" in attempt.problem


def test_no_notebook_sees_the_password_of_the_mail_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("F1LIB_SMTP_PASSWORD", "hunter2")
    monkeypatch.setenv("f1lib_smtp_password", "hunter2")
    look = "import os\nassert 'hunter2' not in os.environ.values()"
    settings = settings_with(tmp_path, last=look)
    assert settings.smtp_password.get_secret_value() == "hunter2"
    assert run.run("small", WEEKEND, {}, settings, now=NOW).status is RunStatus.OK


def test_an_earlier_run_that_died_with_its_machine_is_marked_lost_and_told(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, mail_to="ada@example.org")
    lost = RunRecord(
        run_id="r1", notebook="small", weekend=WEEKEND, status=RunStatus.RUNNING, started_at=NOW,
        ended_at=None, now=NOW, parameters={}, code_version="1a2b3c", package_versions={},
        folder="reports/small/2025-08/r1",
    )  # fmt: skip
    run_folder.opened(settings.home / lost.folder).write_record(lost.as_json())
    record = run.run("small", WEEKEND, {}, settings, now=NOW)
    assert record.status is RunStatus.OK
    with connection.reading(settings.store_address) as store:
        found = run_log.find(store, "r1")
        (mail,) = outbox.written(store)
    assert found is not None
    assert found.status is RunStatus.LOST
    assert mail.subject == "small for 2025-08 failed: lost"
    assert "r1" in (settings.home / "index.html").read_text()
