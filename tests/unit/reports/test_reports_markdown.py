"""report.md says what report.html says, in characters that mean nothing else."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import mistune
import pandas as pd
import pytest

from f1lib.reports import markdown, metrics
from f1lib.reports.metrics import Metric, Results
from f1lib.run_record import RunRecord, RunStatus
from f1lib.weekend import RaceWeekend

AT = datetime(2025, 5, 26, 6, tzinfo=UTC)
RECORD = RunRecord(
    "r1", "retraining", RaceWeekend(2025, 8), RunStatus.OK, AT, AT, AT, {"force": False}, "c0de",
    {"numpy": "2.4"}, "reports/r1", headline="Challenger 1.0.1 is trained.",
)  # fmt: skip
HOSTILE = "<script>alert('x')</script> | *b* _i_ `c` [l](m) & more"


@pytest.fixture
def results(tmp_path: Path) -> Results:
    found = Results.opened(tmp_path, notebook="retraining", weekend="2025-08")
    found.provenance(snapshot_sha256="9f2c", n_rows=7)
    found.metrics(
        [
            Metric("loss", "Log loss", 1.5551, "nats", n=48, low=1.3, high=1.8, better="lower",
                   baseline=1.755, gain_low=0.1, gain_high=0.3),
            Metric("slope", "Slope", None, note="no race"),
        ]
    )  # fmt: skip
    found.sentence("One of 30 rules fired.")
    found.table(
        pd.DataFrame({"Rule": ["drift_a", HOSTILE], "Value": [0.31, None]}), "Every rule.",
        {"Value": ".2f"},
    )  # fmt: skip
    found.conclusion("1.0.1 is compared next.")
    return found


def text_of(results: Results, record: RunRecord = RECORD) -> str:
    assert results.run_folder is not None
    said = metrics.read(results.run_folder)
    return markdown.rendered(record, said, title="Retraining", question="What came of it?")


def test_it_holds_everything_in_the_order_of_the_report(results: Results) -> None:
    text = text_of(results)
    said = [
        "# Retraining 2025-08", "What came of it?", "Completed.",
        "**Challenger 1.0.1 is trained.**", "| Log loss |", "One of 30 rules fired.",
        "Every rule.", "| drift_a |", "## Conclusion", "1.0.1 is compared next.",
        "## Parameters and provenance", "| force | False |", "| Snapshot (sha256) | 9f2c |",
    ]  # fmt: skip
    places = [text.index(each) for each in said]
    assert places == sorted(places)
    assert text.count("1.0.1 is compared next.") == 1


def test_its_numbers_are_those_of_results_json(results: Results) -> None:
    assert results.run_folder is not None
    said = json.loads((results.run_folder / "results.json").read_text())
    text = text_of(results)
    for metric in said["metrics"]:
        row = next(line for line in text.splitlines() if line.startswith(f"| {metric['label']} |"))
        shown = [cell.strip() for cell in row.strip("|").split("|")]
        if metric["value"] is None:
            assert shown[1:] == ["–", "–", "–", "–", metric["note"]]
            continue
        assert shown[1] == f"{metric['value']:.3f}\u00a0nats".replace("\u00a0", " ")
        assert shown[2] == f"{metric['low']:.3f} to {metric['high']:.3f}"
        assert shown[3] == str(metric["n"])
        assert shown[4] == "0.200 better than baseline 1.755 nats"
    for table in said["tables"]:
        for row in table["rows"]:
            assert f"| {' | '.join(map(markdown.escaped, row))} |" in text


def test_nothing_that_was_computed_is_taken_for_markup(results: Results) -> None:
    text = text_of(results, replace(RECORD, headline=HOSTILE))
    html = mistune.create_markdown(plugins=["table"], escape=False)(text)
    assert "<script>" not in html
    assert "<em>" not in html
    assert "<a " not in html
    assert html.count("<code>") == 0
    assert "&lt;script&gt;alert('x')&lt;/script&gt; | *b* _i_ `c` [l](m) &amp; more" in html


@pytest.mark.parametrize("text", ["# 1", "- one", "+ one", "1. one", "2) two", "---", "=="])
def test_a_line_does_not_begin_a_list_or_a_heading(text: str) -> None:
    html = mistune.create_markdown()(f"before\n\n{markdown.escaped(text)}")
    assert html == f"<p>before</p>\n<p>{text}</p>\n"


def test_a_failed_run_says_so_and_shows_what_there_is() -> None:
    failed = replace(
        RECORD, status=RunStatus.CELL_ERROR, problem="KeyError: 'x'", headline="", simulated=True
    )
    text = markdown.rendered(failed, {}, title="Retraining", question="What came of it?")
    assert "**Failed: a cell raised an error.** KeyError: 'x' The numbers below" in text
    assert "**SIMULATED**" in text
    assert "## Conclusion" not in text
