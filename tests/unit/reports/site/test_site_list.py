"""The list of runs: newest first, by weekend, whatever one of them is like."""

import base64
import hashlib
import json
import re
from typing import Any

import pytest

from f1lib.reports.site import entries
from f1lib.run_record import RunStatus


def test_runs_are_grouped_by_weekend_newest_first(site) -> None:
    site.run(8, 1)
    site.run(9, 2)
    site.run(9, 3, "monitoring_analysis")
    html = site.write()
    assert re.findall(r"<h2><a .*?>(.*?)</a></h2>", html) == ["2025-09", "2025-08"]
    assert re.findall(r"Said at (\d)", html) == ["3", "2", "1"]
    assert "3 runs" in html


def test_earlier_runs_of_a_notebook_are_folded(site) -> None:
    for minutes in (1, 2, 3):
        site.run(8, minutes)
    html = site.write()
    assert "2 earlier runs" in html
    assert html.index("Said at 3") < html.index("2 earlier runs") < html.index("Said at 2")


def test_an_entry_links_to_its_report_and_says_its_key_numbers(site) -> None:
    folder = site.run(8, 1, simulated=True, replay=True, provenance={"credit": "Data: F1DB"})
    html = site.write()
    assert f'href="{folder}/report.html"' in html
    assert "Winner hit <b>0.583</b>" in html
    for words in ("SIMULATED", "REPLAY", "Completed", "Data: F1DB", "8 Dec 2025 10:16 UTC"):
        assert words in html


def test_a_failed_run_says_its_problem_and_no_numbers(site) -> None:
    site.run(8, 1, status=RunStatus.CELL_ERROR, problem="KeyError: <x>")
    html = site.write()
    assert "KeyError: &lt;x&gt;" in html
    assert "Winner hit" not in html
    assert "Said at" not in html


def test_runs_in_progress_and_the_latest_link_are_not_listed(site) -> None:
    folder = site.home / site.run(8, 1)
    folder.with_name("latest").symlink_to(folder.name)
    (site.home / site.run(8, 2)).rename(folder.with_name(".r2"))
    assert "1 run," in site.write()


def test_text_from_data_is_text(site) -> None:
    evil = "<script>alert(1)</script>"
    site.run(8, 1, headline=evil, notebook="<b>", provenance={"credit": evil})
    site.run(8, 2, status=RunStatus.LOST, problem=evil, run_id='"><i>')
    html = site.write()
    assert html.count("<script>") == 1  # our own
    assert html.count("&lt;script&gt;alert(1)") == 3
    assert "<b>:" not in html
    assert "<i>" not in html


def test_only_our_own_script_may_run(site) -> None:
    site.run(8, 1)
    html = site.write()
    script = html.partition("<script>")[2].partition("</script>")[0]
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; script-src 'sha256-{hashed}'; style-src" in html


def test_without_a_script_every_run_is_there_and_no_control_that_does_nothing(site) -> None:
    site.run(8, 1)
    html = site.write()
    assert re.search(r'<form id="filters"[^>]* hidden>', html)
    assert not re.search(r'class="entry"[^>]* hidden', html)


def test_filters_offer_what_there_is(site) -> None:
    site.run(8, 1)
    site.run(1, 2, "retraining", status=RunStatus.CELL_ERROR)
    site.run(1, 3, "retraining", status=RunStatus.KERNEL_DIED)
    html = site.write()
    assert re.findall(r"<option[^>]*>(.*?)</option>", html) == [
        "All", "Race preview", "Retraining", "All", "Completed", "Failed",
        "All", "Season 2025", "2025-08", "2025-01",
        "All", "Formula 1", "Simulated", "Live", "Replay",
    ]  # fmt: skip


def test_an_empty_home_says_how_to_begin(site) -> None:
    assert "No run yet." in site.write()


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
    site, bad: str | bytes | dict[str, Any]
) -> None:
    site.run(8, 1)
    folder = site.run(8, 2)
    path = site.home / folder / "run.json"
    if isinstance(bad, dict):
        bad = json.dumps(json.loads(path.read_text()) | bad)
    path.write_bytes(bad if isinstance(bad, bytes) else bad.encode())
    html = site.write()
    assert "1 run," in html
    assert "Said at 1" in html
    assert f"<code>{folder}</code> cannot be read." in html


@pytest.mark.parametrize(
    "text", ['{"metrics": [{"value": 1}]}', '{"sentences": [5]}', '{"provenance": null}', "[1]"]
)
def test_numbers_that_cannot_be_read_hide_no_other_run(site, text: str) -> None:
    site.run(8, 1)
    folder = site.run(8, 2)
    (site.home / folder / "results.json").write_text(text)
    html = site.write()
    assert "Said at 1" in html
    assert f"<code>{folder}</code> cannot be read." in html


def test_a_run_removed_meanwhile_hides_no_other(site) -> None:
    there = site.home / site.run(8, 1)
    gone = site.home / "reports" / "race_preview" / "2025-08" / "gone"
    found, unreadable = entries.listed([gone, there], site.home)
    assert [entry.record.run_id for entry in found] == ["r1"]
    assert unreadable == ["reports/race_preview/2025-08/gone"]
