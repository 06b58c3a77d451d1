"""A run that died with its machine is found, and told with all it had reached; others are not."""

import json
import os
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import lock, lost, run_folder
from f1lib.runner.catalogue import NotebookEntry
from f1lib.runner.run_folder import RunFolder
from f1lib.settings import Settings
from f1lib.weekend import RaceWeekend

WriteNotebook = Callable[..., NotebookEntry]

BEGUN = datetime(2025, 5, 26, 6, tzinfo=UTC)
RECORD = RunRecord(
    run_id="r1", notebook="small", weekend=RaceWeekend(2025, 8), status=RunStatus.RUNNING,
    started_at=BEGUN, ended_at=None, now=BEGUN, parameters={}, code_version="1a2b3c",
    package_versions={}, folder="reports/small/2025-08/r1",
)  # fmt: skip


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """With a catalogue that knows the notebook `small`, and asks a report.md of it."""
    catalogue = tmp_path / "notebooks.toml"
    catalogue.write_text(
        '[small]\ntitle = "Small"\nquestion = "Does it run?"\npath = "small.ipynb"\n'
        "deadline_s = 60\ncell_timeout_s = 30\nmarkdown = true\n"
    )
    return settings.model_copy(update={"catalogue": catalogue})


def left(settings: Settings, entry: NotebookEntry, record: RunRecord = RECORD) -> RunFolder:
    """The folder of a run as a machine left it that went down."""
    folder = run_folder.opened(settings.home / record.folder)
    folder.notebook.write_bytes(entry.path.read_bytes())
    folder.request.write_text("{}")
    folder.write_record(record.as_json())
    return folder


def test_a_lost_run_is_in_place_with_its_report(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    folder = left(settings, write_notebook("1"))
    died = BEGUN + timedelta(minutes=4)
    for path in folder.work.iterdir():
        os.utime(path, (died.timestamp(), died.timestamp()))
    (record,) = lost.ended(settings)
    assert (record.status, record.ended_at) == (RunStatus.LOST, died)
    assert record.status.exit_code == 17
    assert run_folder.record_in(folder.place) == record
    assert sorted(path.name for path in folder.place.iterdir()) == [
        "notebook.ipynb", "report.html", "report.md", "run.json",
    ]  # fmt: skip
    report = (folder.place / "report.html").read_text()
    assert "it was killed, or its machine went down" in report
    assert "2 cells did not run" in report
    assert not folder.place.with_name("latest").is_symlink()
    assert lost.ended(settings) == []


def test_a_lost_run_that_had_said_nothing_keeps_what_was_in_use_when_it_began(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    began = replace(RECORD, simulated=True, provenance={"snapshot_sha256": "ab12"})
    folder = left(settings, write_notebook("1"), began)
    (record,) = lost.ended(settings)
    assert (record.simulated, record.provenance) == (True, {"snapshot_sha256": "ab12"})
    assert "SIMULATED" in (folder.place / "report.md").read_text()


@pytest.mark.parametrize(
    ("request_", "outcome", "whole"),
    [
        ({"knows_secrets": True}, None, False),
        ({"knows_secrets": True}, {"status": "ok", "cleaned": False}, False),
        ({"knows_secrets": True}, {"status": "cancelled", "cleaned": True}, True),
        ({"knows_secrets": False}, None, True),
        ({}, None, False),
    ],
)
def test_what_nobody_took_secrets_out_of_is_left_out_of_a_lost_run(
    request_: dict[str, object],
    outcome: dict[str, object] | None,
    whole: bool,
    settings: Settings,
    write_notebook: WriteNotebook,
) -> None:
    folder = left(settings, write_notebook("'reached'"))
    folder.request.write_text(json.dumps(request_))
    if outcome is not None:
        folder.outcome.write_text(json.dumps(outcome))
    folder.log.write_text("rawsecret999")
    said = {"headline": "rawsecret999", "simulated": True, "metrics": [], "sentences": []}
    (folder.work / "results.json").write_text(json.dumps(said))
    (folder.work / "deep").mkdir()
    (folder.work / "deep" / "plot.csv").write_text("rawsecret999")
    (record,) = lost.ended(settings)
    assert record.simulated
    kept = {path: path.read_text() for path in folder.place.rglob("*") if path.is_file()}
    assert any("rawsecret999" in text for text in kept.values()) is whole
    assert (folder.place / "log.txt").exists() is whole
    assert (folder.place / "deep").exists() is whole
    assert (lost.LEFT_OUT in record.problem) is not whole
    assert "reached" in kept[folder.place / "report.html"]


def test_a_run_under_way_is_not_touched(settings: Settings, write_notebook: WriteNotebook) -> None:
    folder = left(settings, write_notebook("1"))
    with lock.held(run_folder.lock_of(folder.place), "run r1"):
        assert lost.ended(settings) == []
    assert run_folder.record_in(folder.work) == RECORD


def test_only_runs_of_that_notebook_and_weekend_are_asked_for(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    left(settings, write_notebook("1"))
    assert lost.ended(settings, notebook="small", weekend="2025-09") == []
    assert lost.ended(settings, notebook="other", weekend="2025-08") == []
    assert len(lost.ended(settings, notebook="small", weekend="2025-08")) == 1


def test_a_run_that_died_between_its_ending_and_its_place_ended_so(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    good = replace(RECORD, status=RunStatus.OK, ended_at=BEGUN)
    folder = left(settings, write_notebook("1"), good)
    assert lost.ended(settings) == [good]
    assert folder.place.with_name("latest").readlink() == Path("r1")


def test_a_link_that_leads_nowhere_is_no_obstacle(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    folder = left(settings, write_notebook("1"))
    (folder.work / "plot.svg").symlink_to("not-there")
    assert [record.status for record in lost.ended(settings)] == [RunStatus.LOST]


@pytest.mark.parametrize(
    ("name", "beside", "goes"),
    [("f1lib-x", None, True), ("f1lib-x", "mine.txt", False), ("x", None, False)],
)
def test_the_sockets_of_a_killed_run_go_and_no_other_folder(
    name: str,
    beside: str | None,
    goes: bool,
    settings: Settings,
    write_notebook: WriteNotebook,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    sockets = tmp_path / name
    sockets.mkdir()
    (sockets / "kernel.json").write_text("{}")
    monkeypatch.chdir(sockets)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("kernel-ipc-1")
    if beside:
        (sockets / beside).touch()
    before = set(sockets.iterdir())
    folder = left(settings, write_notebook("1"))
    folder.request.write_text(json.dumps({"sockets": str(sockets)}))
    assert [record.status for record in lost.ended(settings)] == [RunStatus.LOST]
    assert sockets.exists() is not goes
    assert goes or set(sockets.iterdir()) == before


def test_a_link_to_a_folder_of_sockets_stays(
    settings: Settings, write_notebook: WriteNotebook, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "f1lib-x").symlink_to("elsewhere")
    folder = left(settings, write_notebook("1"))
    folder.request.write_text(json.dumps({"sockets": str(tmp_path / "f1lib-x")}))
    assert len(lost.ended(settings)) == 1
    assert (tmp_path / "f1lib-x").is_symlink()


@pytest.mark.parametrize("text", ["", '{"cells": ['])
def test_a_notebook_that_cannot_be_read_hides_nothing_else(
    text: str, settings: Settings, write_notebook: WriteNotebook
) -> None:
    folder = left(settings, write_notebook("1"))
    folder.notebook.write_text(text)
    (record,) = lost.ended(settings)
    assert record.status is RunStatus.LOST
    assert "its machine went down" in (folder.place / "report.html").read_text()


@pytest.mark.parametrize(
    "text", ['{"metrics', "[]", '{"provenance": null}', '{"gaps": [1]}', '{"metrics": [{}]}']
)
@pytest.mark.parametrize("knows_secrets", [False, True])
def test_results_that_cannot_be_read_keep_no_lost_run_from_its_place(
    text: str, knows_secrets: bool, settings: Settings, write_notebook: WriteNotebook
) -> None:
    folder = left(settings, write_notebook("1"))
    folder.request.write_text(json.dumps({"knows_secrets": knows_secrets}))
    (folder.work / "results.json").write_text(text)
    (record,) = lost.ended(settings)
    assert (record.status, record.headline, record.provenance) == (RunStatus.LOST, "", {})
    assert run_folder.record_in(folder.place) == record
    assert lost.ended(settings) == []


def test_a_notebook_that_the_catalogue_no_longer_has_is_no_obstacle(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    folder = left(settings, write_notebook("1"))
    settings.catalogue.write_text("")
    assert len(lost.ended(settings)) == 1
    assert not (folder.place / "report.md").exists()


def test_what_cannot_be_read_and_what_is_being_removed_stays(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    folder = left(settings, write_notebook("1"))
    (folder.work / "run.json").write_text("[]")
    gone = replace(RECORD, folder="reports/small/2025-08/gone-r2")
    left(settings, write_notebook("1"), gone)
    assert lost.ended(settings) == []
    assert folder.work.exists()
