"""The report: one file that fetches nothing, says the truth, and can be read by anyone."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

from f1lib.reports import charts, pages, render
from f1lib.reports.fragments import Fragment
from f1lib.reports.metrics import Metric, Results
from f1lib.run_record import RunRecord, RunStatus
from f1lib.weekend import RaceWeekend

STARTED = datetime(2025, 12, 8, 10, 15, tzinfo=UTC)
RECORD = RunRecord(
    run_id="20251208T101500Z-1a2b3c",
    notebook="race_preview",
    weekend=RaceWeekend(2025, 8),
    status=RunStatus.OK,
    started_at=STARTED,
    ended_at=STARTED + timedelta(seconds=12.3),
    now=STARTED,
    parameters={"weekend": "2025-08", "dry_run": False},
    code_version="1a2b3c4d5e6f",
    package_versions={"numpy": "2.4.6"},
    folder="reports/race_preview/2025-08/20251208T101500Z-1a2b3c",
    headline="Norris is the favourite.",
    provenance={"snapshot_sha256": "9f2c", "credit": "Data: F1DB, CC BY 4.0"},
)
VOID = {"meta", "link", "input", "img", "br", "hr", "path", "use"}


class Outline(HTMLParser):
    """Headings, ids, links and unclosed tags of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        self.ids += [values["id"] or ""] if "id" in values else []
        self.links += [values["href"] or ""] if tag == "a" else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag, tag


def text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def code(source: str, *outputs: dict[str, Any] | Fragment, fate: str = "completed") -> Any:
    return {
        "cell_type": "code",
        "metadata": {"papermill": {"status": fate}},
        "source": source,
        "outputs": [_output(each) for each in outputs],
        "execution_count": None,
    }


def _output(given: dict[str, Any] | Fragment) -> dict[str, Any]:
    if isinstance(given, Fragment):
        data, metadata = given._repr_mimebundle_()
        return {"output_type": "display_data", "data": data, "metadata": metadata}
    return given


def report(*cells: dict[str, Any], record: RunRecord = RECORD, **results: Any) -> str:
    return render.render({"cells": list(cells)}, record, results)


@pytest.fixture
def whole() -> str:
    said = Results.opened(None, notebook="race_preview", weekend="2025-08")
    fig, axes = charts.figure()
    axes.plot([1, 2, 3])
    return report(
        text("# Race preview\n\nWho wins?"),
        code('weekend: str = "latest"'),
        text("## Setup"),
        code("import pandas"),
        code("a", said.provenance(model_version="1.0.0")),
        code("b", said.headline("Norris is the favourite.")),
        code("c", said.metrics([Metric("m", "Winner hit", 0.58, n=24)])),
        text("## Who wins"),
        code("d", said.table(pd.DataFrame({"Driver": ["Norris"], "Win": [0.5]}), "Chances")),
        text("#### Too deep\n\nRead **this**."),
        code("e", said.figure(fig, "A line.", "A line going up.")),
        text("# Another title"),
        code("f", said.conclusion("All is well.")),
    )


def test_the_report_fetches_nothing_and_runs_nothing(whole: str) -> None:
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in whole
    assert "<script" not in whole
    assert not re.search(r'(?:src|href)="(?!#|data:)', whole)
    assert not re.search(r"@import|url\((?!#)", whole)
    assert len(whole.encode()) < 150_000


def test_the_outline_has_one_h1_and_skips_no_level(whole: str) -> None:
    outline = Outline(whole)
    assert outline.open == []
    assert outline.levels.count(1) == 1
    body = outline.levels
    assert all(after <= before + 1 for before, after in pairwise(body)), body
    assert len(outline.ids) == len(set(outline.ids))
    assert {link[1:] for link in outline.links} <= set(outline.ids)
    assert '<html lang="en"' in whole


def test_the_answer_comes_first(whole: str) -> None:
    order = [
        whole.index(words)
        for words in ("<h1>Race preview", "Who wins?", "Completed", "12.3 s", 'class="headline"',
                      "Winner hit", "Parameters and provenance", 'id="who-wins"')
    ]  # fmt: skip
    assert order == sorted(order)
    assert whole.count('class="headline"') == 1
    assert whole.count('class="tiles"') == 1


def test_a_section_that_shows_nothing_appears_only_with_the_code(whole: str) -> None:
    assert re.search(r'class="cell quiet">\s*<div class="prose"><h2 id="setup">', whole)
    assert 'href="#setup"' not in whole
    assert whole.count('href="#who-wins"') == 2  # beside the text, and folded on a phone


def test_what_several_charts_of_a_section_lack_is_said_once() -> None:
    said = Results.opened(None, notebook="race_preview", weekend="2025-08")
    nothing = said.figure(*charts.nothing("There is no race."))
    html = report(
        text("# Race preview"), text("## One"), code("a", nothing), code("b", nothing),
        text("## Other"), code("c", nothing),
    )  # fmt: skip
    assert html.count('<p class="sentence">There is no race.</p>') == 2
    assert "<svg" not in html and "<figure" not in html


def test_the_footer_credits_the_data_and_names_the_code(whole: str) -> None:
    footer = whole[whole.index("<footer>") :]
    for words in ("Data: F1DB, CC BY 4.0", "1a2b3c4d5e6f", "snapshot 9f2c"):
        assert words in footer


def test_an_invented_world_cannot_be_overlooked() -> None:
    html = report(text("# Race preview"), record=replace(RECORD, simulated=True))
    assert "<title>SIMULATED · Race preview 2025-08" in html
    assert '<aside class="simulated" aria-label="About this world"><strong>SIMULATED<' in html
    assert "SIMULATED" not in report(text("# Race preview"))


def test_a_tile_tells_the_change_against_the_run_before() -> None:
    def said(*found: Metric) -> tuple[Fragment, dict[str, Any]]:
        results = Results.opened(None, notebook="race_preview", weekend="2025-08")
        return results.metrics(found), results.as_json()

    _, then = said(Metric("hit", "Winner hit", 0.5), Metric("p", "Ada wins", 30, "%"),
                   Metric("gain", "Gain", 12, "%"), Metric("same", "Pairs", 0.8))  # fmt: skip
    tiles, now = said(Metric("hit", "Winner hit", 0.42), Metric("p", "Ben wins", 40, "%"),
                      Metric("gain", "Gain", 14, "%"), Metric("same", "Pairs", 0.8004))  # fmt: skip
    earlier = replace(RECORD, weekend=RaceWeekend(2025, 7), run_id="20251201T101500Z-3c2b1a")

    def drawn(before: RunRecord | None, found: dict[str, Any] = then) -> list[str]:
        cells = {"cells": [code("a", tiles)]}
        html = render.render(cells, RECORD, now, (before, found) if before else None)
        assert "<!--" not in html
        assert (earlier.run_id in html) == (before == earlier and bool(found))
        return re.findall('<p class="detail">([^<]*(?:since|±)[^<]*)</p>', html)

    assert drawn(earlier) == [
        "\N{MINUS SIGN}0.080 since 2025-07",
        "+2\u00a0percentage points since 2025-07",
        "±0 since 2025-07",
    ]  # the favourite is another one: no change of the same thing
    again = drawn(replace(RECORD, run_id="other"))
    assert again[1] == "+2\u00a0percentage points since the run before"
    assert drawn(None) == drawn(earlier, {}) == []
    assert drawn(earlier, now) == []  # one sentence says it of all
    html = render.render({"cells": [code("a", tiles)]}, RECORD, now, (earlier, now))
    assert "None of these numbers has changed since the last good run" in html


def test_a_failed_run_says_where_and_how_much_is_missing() -> None:
    error = {"output_type": "error", "ename": "KeyError", "evalue": "'Grd'",
             "traceback": ["\x1b[31mKeyError\x1b[0m: 'Grd'"]}  # fmt: skip
    record = replace(RECORD, status=RunStatus.CELL_ERROR, problem="KeyError: 'Grd'")
    html = report(
        text("# Race preview"),
        code("1"),
        code("2", error, fate="failed"),
        code("3", fate="pending"),
        code("4", fate="pending"),
        record=record,
    )
    assert 'role="alert"' in html
    assert '<a href="#failed">Cell 2 of 4</a> did not finish; 2 cells did not run' in html
    assert '<div class="cell failed" id="failed">' in html
    assert "Failed: a cell raised an error" in html
    assert "\x1b" not in html


def test_a_run_that_never_began_is_reported_too() -> None:
    record = replace(RECORD, status=RunStatus.IO_ERROR, problem="No space left.", ended_at=None)
    html = report({**text("# Race preview")}, {**code("1"), "metadata": {}}, record=record)
    assert "No space left." in html
    assert "No cell failed; 1 cell did not run" in html


@pytest.mark.parametrize("status", list(RunStatus))
def test_every_status_has_a_pill_with_words(status: RunStatus) -> None:
    html = report(text("# Race preview"), record=replace(RECORD, status=status))
    assert f"{render.STATUSES[status].text}</span>" in html


def test_foreign_html_is_shown_as_text() -> None:
    data = {"text/html": "<b onclick=x>bold</b>", "text/plain": "<b>plain</b>"}
    foreign = {"output_type": "execute_result", "metadata": {}, "data": data}
    html = report(text("# Race preview"), code("1", foreign))
    assert "<b" not in html[html.index("<main") :]
    assert "&lt;b&gt;plain&lt;/b&gt;" in html


def test_raw_html_in_prose_and_names_is_escaped() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    record = replace(RECORD, parameters={"weekend": hostile}, headline=hostile, problem=hostile)
    html = report(
        text(f"# Race {hostile}\n\n{hostile} [link](javascript:alert(1))"),
        text(f"## {hostile}\n\nText."),
        code(hostile, {"output_type": "stream", "name": "stdout", "text": hostile}),
        record=record,
    )
    assert "<img src=x" not in html
    assert "javascript:" not in html


def test_no_line_ends_within_a_weekend_or_before_what_p_is() -> None:
    said = str(pages.filled("sentence.html", sentence="Up to 2025-24 it falls (p < 0.01), n = 8."))
    assert re.findall('<span class="whole">([^<]*)</span>', said) == ["2025-24", "p &lt; 0.01"]


def test_pictures_of_other_libraries_are_embedded() -> None:
    png = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "aGk=\n"}}
    svg = {"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": ["<svg/>"]}}
    html = report(text("# Race preview"), code("1", png, svg))
    assert 'src="data:image/png;base64,aGk="' in html
    assert 'src="data:image/svg+xml;base64,PHN2Zy8+"' in html


def test_a_notebook_without_a_title_is_called_by_its_name() -> None:
    assert "<h1>Race preview</h1>" in report(code("1"))


def test_the_body_has_what_the_notebook_said_and_nothing_about_the_run() -> None:
    said = Results.opened(None, notebook="race_preview", weekend="2025-08")
    passed = code('weekend = "2025-08"')
    passed["metadata"]["tags"] = ["injected-parameters"]
    cells = [
        text("# Race preview\n\nWho wins?"),
        passed,
        code("a", said.metrics([Metric("m", "Winner hit", 0.58, n=24)])),
        code("b", said.sentence("Norris leads."), said.aside("Nothing was backed up.")),
    ]
    body = render.body({"cells": cells})
    assert all(each in body for each in ("Who wins?", "Winner hit", "Norris leads."))
    assert not any(each in body for each in ('weekend = "2025-08"', "backed up", RECORD.run_id))
    page = unescape(report(*cells))
    assert all(each in page for each in ('weekend = "2025-08"', "Nothing was backed up."))
    lines = unescape(body).splitlines()
    assert [line for line in lines if line not in page] == []


def test_what_a_run_used_stands_among_its_facts_if_it_is_known() -> None:
    later = replace(
        RECORD, seed=7, lock_sha256="ab12", peak_memory_mib=241.6, decision="refused"
    )  # fmt: skip
    known = render.run_facts(later)
    assert (known["Seed"], known["requirements.lock (sha256)"]) == ("7", "ab12")
    assert (known["Peak memory"], known["Decision"]) == ("242 MiB", "refused")
    assert not {"Seed", "Peak memory", "Decision"} & set(render.run_facts(RECORD))
