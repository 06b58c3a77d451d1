"""The pages that the list leads to, and which of them a run touches."""

import re
import shutil
from datetime import UTC, datetime

import pytest

from f1lib.reports.site.known import Approval, Known, Move, Version
from f1lib.run_record import RunStatus

AT = datetime(2025, 12, 8, 12, tzinfo=UTC)
CHANGES = "site/changes/race_preview/2025-08"


def told(html: str) -> str:
    """What a reader sees of a page, without its style."""
    text = re.sub(r"<(style|script)>.*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL)
    return " ".join(text.split()).replace(" ,", ",")


def version(name: str, status: str) -> Version:
    return Version(
        name, simulated=False, status=status, trained_at=AT, facts={"Learnt from": "48 races"},
        scores={"winner_log_loss": 1.25}, scored_over="the last 48 races",
        moves=(Move(AT, "Promoted", "ada", "It was <better>."),),
    )  # fmt: skip


WAITS = Approval(
    "1.0.1", "1.0.0", simulated=False, since=AT, reason="It passed.",
    command="f1lib promote 1.0.1 --approve --by NAME",
)  # fmt: skip


def test_who_waits_for_a_person_is_on_top_with_the_command(site) -> None:
    site.run(8, 1)
    site.known = Known((version("1.0.1", "challenger"),), (WAITS,))
    html = site.write()
    assert html.index("<code>f1lib promote 1.0.1 --approve --by NAME</code>") < html.index(
        "2025-08"
    )
    assert "Nothing waits for approval" not in html
    assert WAITS.command in site.page("site/models/1.0.1.html")


def test_where_nobody_waits_that_is_said(site) -> None:
    assert "Nothing waits for approval." in site.write()


def test_without_the_store_the_page_says_so_and_the_runs_are_there(site) -> None:
    site.run(8, 1, provenance={"model_version": "1.0.0"})
    site.known = Known((version("1.0.0", ""),), problem="The store is damaged.")
    html = site.write()
    assert "is not known: The store is damaged." in html
    assert "Nothing waits" not in html
    assert "Said at 1" in html
    assert "is not known: The store is damaged." in site.page("site/models/1.0.0.html")


def test_a_weekend_has_every_run_and_every_number(site) -> None:
    for minutes in (1, 2):
        site.run(8, minutes)
    site.run(8, 3, "retraining")
    text = told(site.page("site/weekends/2025-08.html"))
    assert "3 runs of 2 notebooks" in text
    assert "Winner hit 0.583 – – – 0.033 better than baseline 0.550" in text
    for minutes in (1, 2, 3):
        assert f"Said at {minutes}." in text


def test_a_version_says_its_status_what_was_decided_and_which_runs_are_about_it(site) -> None:
    site.run(8, 1, provenance={"model_version": "1.0.0"})
    site.run(8, 2, provenance={"model_version": "1.0.1", "champion": "1.0.0"})
    site.run(8, 3, provenance={"model_version": "none"})
    site.known = Known((version("1.0.1", "challenger"), version("1.0.0", "champion")))
    text = told(site.page("site/models/1.0.0.html"))
    for words in ("Champion", "Promoted 8 Dec 2025 12:00 UTC, by ada", "It was &lt;better&gt;.",
                  "48 races", "winner_log_loss 1.2500", "Said at 1.", "Said at 2."):  # fmt: skip
        assert words in text
    assert "Said at 3." not in text
    assert "Said at 1." not in told(site.page("site/models/1.0.1.html"))
    assert len(site.pages()) == 2 + 2 + 1 + 1  # list, changes, versions, weekend: r2 and r3 follow


def test_a_version_that_is_gone_is_told_of_by_its_runs(site) -> None:
    site.run(8, 1, provenance={"model_version": "1.0.0"})
    site.known = Known(damaged={"1.0.1": "No manifest."})
    assert "has no such version any more" in site.page("site/models/1.0.0.html")
    assert "No manifest." in site.page("site/models/1.0.1.html")


def test_what_changed_is_said_beside_the_last_good_run(site) -> None:
    site.run(7, 1, hit=0.5, sentences=["As ever.", "Old."], seed=8)
    site.run(8, 2, status=RunStatus.LOST)
    site.run(8, 3, hit=0.6, sentences=["As ever.", "New <i>."], seed=6)
    html = site.page(f"{CHANGES}/r3.html")
    text = told(html)
    assert "2025-07, run r1" in text
    assert "Winner hit 0.500 0.600 +0.100 worse → better" in text
    assert "Seed 8 6" in text
    assert "Only now Said at 3. New &lt;i&gt;." in text
    assert "Only before Said at 1. Old." in text
    assert "As ever." not in text


def test_numbers_of_a_run_that_was_asked_otherwise_are_shown_without_a_difference(site) -> None:
    site.run(8, 1, hit=0.5, parameters={"window": 8})
    site.run(8, 2, hit=0.6, parameters={"window": 6})
    text = told(site.page(f"{CHANGES}/r2.html"))
    assert "Winner hit 0.500 0.600 – worse → better" in text
    assert "Window 8 6" in text


def test_the_same_twice_has_not_changed(site) -> None:
    site.run(8, 1, headline="So it is.")
    site.run(8, 2, headline="So it is.")
    text = told(site.page(f"{CHANGES}/r2.html"))
    assert "Nothing changed" in text
    assert "All 1 are the same." in text


def test_a_failed_run_shows_what_was_otherwise_and_no_numbers(site) -> None:
    site.run(8, 1)
    site.run(8, 2, status=RunStatus.CELL_ERROR, problem="KeyError", code_version="3c4d")
    text = told(site.page(f"{CHANGES}/r2.html"))
    assert "It failed, so it has no numbers to compare. KeyError" in text
    assert "Code 1a2b 3c4d" in text
    assert "Said at 1." not in text


def test_the_simulated_world_is_not_set_beside_formula_1(site) -> None:
    site.run(8, 1)
    site.run(8, 2, simulated=True, provenance={"races": 48})
    assert "what changed" not in site.write()


def test_the_nearest_earlier_weekend_counts_and_none_that_is_later(site) -> None:
    for minutes, round_ in enumerate((7, 6, 9, 8)):
        site.run(round_, minutes)
    assert "2025-07, run r0" in told(site.page(f"{CHANGES}/r3.html"))
    assert not (site.home / "site/changes/race_preview/2025-06").exists()


def test_a_run_that_failed_before_it_said_of_which_world_stands_beside_any(site) -> None:
    site.run(8, 1, simulated=True, provenance={"races": 48})
    site.run(8, 2, status=RunStatus.LOST)
    assert "2025-08, run r1" in told(site.page(f"{CHANGES}/r2.html"))


def test_a_good_run_that_says_no_provenance_stands_beside_none_of_another_world(site) -> None:
    site.run(8, 1, simulated=True, provenance={"races": 48})
    site.run(8, 2)
    assert "what changed" not in site.write()


def test_what_was_decided_and_what_a_report_lacks_is_on_the_list(site) -> None:
    site.run(8, 1, decision="promoted")
    site.run(8, 2, status=RunStatus.DEGRADED, problem="Not in the store: <locked>")
    html = site.write()
    assert "Decided: <b>promoted</b>" in html
    assert '<p class="said gaps">Not in the store: &lt;locked&gt;</p>' in html
    assert "Decision promoted –" in told(site.page(f"{CHANGES}/r2.html"))


@pytest.mark.parametrize("place", ["index.html", "site/weekends/2025-08.html"])
def test_every_link_leads_to_a_page(site, place: str) -> None:
    for minutes in (1, 2):
        report = site.run(8, minutes, provenance={"model_version": "1.0.0"})
        (site.home / report / "report.html").touch()
    html = site.page(place)
    links = [link for link in re.findall(r'href="([^"#]+)"', html) if not link.startswith("data:")]
    assert len(links) > 3
    for link in links:
        assert ((site.home / place).parent / link).exists(), link


def test_only_pages_that_show_a_new_run_are_written(site) -> None:
    site.run(7, 1)
    site.run(8, 2)
    site.write()
    before = site.pages()
    site.write()
    assert site.pages() == before
    site.run(8, 3)
    site.write()
    after = site.pages()
    assert {place for place in after if after[place] != before.get(place)} == {
        "index.html", "site/weekends/2025-08.html", f"{CHANGES}/r3.html",
    }  # fmt: skip


def test_pages_of_a_run_that_is_gone_go_and_those_beside_it_are_made_anew(site) -> None:
    gone = site.run(7, 1)
    site.run(8, 2)
    site.run(8, 3)
    site.write()
    (site.home / "site" / "weekends" / ".2025-08.html-x").touch()  # of a write that was killed
    shutil.rmtree(site.home / gone)
    html = site.write()
    assert set(site.pages()) == {"index.html", "site/weekends/2025-08.html", f"{CHANGES}/r3.html"}
    assert html.count("what changed") == 1
    assert not list((site.home / "site").rglob(".*"))
