"""The list of runs: newest first, by weekend, quick also with a thousand of them."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from f1lib.reports import site
from f1lib.run_record import RunRecord, RunStatus
from f1lib.weekend import RaceWeekend

STARTED = datetime(2025, 12, 8, 10, 15, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def stored(
    home: Path, round_: int, minutes: int, notebook: str = "race_preview", **more: Any
) -> str:
    started = STARTED + timedelta(minutes=minutes)
    record = RunRecord(
        run_id=f"r{minutes}", notebook=notebook, weekend=RaceWeekend(2025, round_),
        status=more.pop("status", RunStatus.OK), started_at=started,
        ended_at=started + timedelta(seconds=2), now=started, parameters={}, code_version="1a2b",
        package_versions={}, folder="", headline=f"Said at {minutes}.", **more,
    )  # fmt: skip
    folder = home / "reports" / notebook / str(record.weekend) / record.run_id
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(record.as_json()))
    metric = {"label": "Winner hit", "value": 0.5833, "digits": 3, "unit": ""}
    (folder / "results.json").write_text(json.dumps({"metrics": [metric]}))
    return folder.relative_to(home).as_posix()


def page(home: Path) -> str:
    return site.write(home / "reports", home).read_text()


def test_runs_are_grouped_by_weekend_newest_first(home: Path) -> None:
    stored(home, 8, 1)
    stored(home, 9, 2)
    stored(home, 9, 3, "monitoring_analysis")
    html = page(home)
    assert re.findall(r"<h2>(.*?)</h2>", html) == ["2025-09", "2025-08"]
    assert re.findall(r"Said at (\d)", html) == ["3", "2", "1"]
    assert "3 runs" in html


def test_earlier_runs_of_a_notebook_are_folded(home: Path) -> None:
    for minutes in (1, 2, 3):
        stored(home, 8, minutes)
    html = page(home)
    assert "2 earlier runs" in html
    assert html.index("Said at 3") < html.index("2 earlier runs") < html.index("Said at 2")


def test_an_entry_links_to_its_report_and_says_its_key_numbers(home: Path) -> None:
    folder = stored(home, 8, 1, simulated=True, replay=True, provenance={"credit": "Data: F1DB"})
    html = page(home)
    assert f'href="{folder}/report.html"' in html
    assert "Winner hit <b>0.583</b>" in html
    for words in ("SIMULATED", "REPLAY", "Completed", "Data: F1DB", "8 Dec 2025 10:16 UTC"):
        assert words in html


def test_a_failed_run_says_its_problem_and_no_numbers(home: Path) -> None:
    stored(home, 8, 1, status=RunStatus.CELL_ERROR, problem="KeyError: <x>")
    html = page(home)
    assert "KeyError: &lt;x&gt;" in html
    assert "Winner hit" not in html
    assert "Said at" not in html


def test_runs_in_progress_and_the_latest_link_are_not_listed(home: Path) -> None:
    folder = home / stored(home, 8, 1)
    folder.with_name("latest").symlink_to(folder.name)
    (home / stored(home, 8, 2)).rename(folder.with_name(".r2"))
    assert "1 run," in page(home)


def test_an_empty_home_says_how_to_begin(home: Path) -> None:
    assert "No run yet." in page(home)


BAD = {
    "nothing": "",
    "half of it": '{"run_id": "r2", "notebo',
    "another thing": "[]",
    "no bytes of text": b"\xff\xfe",
    "of an older f1lib": '{"run_id": "r2", "notebook": "race_preview"}',
    "a status to come": {"status": "paused"},
    "a weekend that is none": {"weekend": "Monaco"},
    "no start": {"started_at": None},
    "a start without a zone": {"started_at": "2025-12-08T10:15:00"},
    "an end without a zone": {"ended_at": "2025-12-08T10:15:00"},
    "a problem that is no text": {"problem": 5},
    "a provenance that is none": {"provenance": []},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=list(BAD))
def test_a_run_that_cannot_be_read_is_named_and_hides_no_other(
    home: Path, bad: str | bytes | dict[str, Any]
) -> None:
    stored(home, 8, 1)
    folder = stored(home, 8, 2)
    path = home / folder / "run.json"
    if isinstance(bad, dict):
        bad = json.dumps(json.loads(path.read_text()) | bad)
    path.write_bytes(bad if isinstance(bad, bytes) else bad.encode())
    html = page(home)
    assert "1 run," in html
    assert "Said at 1" in html
    assert f"<code>{folder}</code> cannot be read." in html


def test_numbers_that_cannot_be_read_hide_no_other_run(home: Path) -> None:
    stored(home, 8, 1)
    folder = stored(home, 8, 2)
    (home / folder / "results.json").write_text('{"metrics": [{"value": 1}]}')
    html = page(home)
    assert "Said at 1" in html
    assert f"<code>{folder}</code> cannot be read." in html


def test_a_run_removed_meanwhile_hides_no_other(home: Path) -> None:
    there = home / stored(home, 8, 1)
    gone = home / "reports" / "race_preview" / "2025-08" / "gone"
    entries, unreadable = site.listed([gone, there], home)
    assert [entry.record.run_id for entry in entries] == ["r1"]
    assert unreadable == ["reports/race_preview/2025-08/gone"]


def test_a_thousand_runs_are_listed_in_a_moment(home: Path) -> None:
    for number in range(1000):
        stored(home, 1 + number % 24, number)
    began = time.process_time()
    html = page(home)
    assert time.process_time() - began < 2
    assert html.count('class="entry"') == 1000
    assert len(html) < 1_000_000
