"""What store and registry say on the pages over all runs, and what happens without them."""

import pytest
from invented_arena import EQUAL, GOOD, POOR, Arena

from f1lib.pipelines import rollback, site
from f1lib.runner import lock
from f1lib.settings import Settings


def statuses(settings: Settings) -> dict[str, str]:
    return {each.version: each.status for each in site.known(settings).versions}


def index(settings: Settings) -> str:
    return (settings.home / "index.html").read_text()


def test_a_home_with_a_champion_and_nobody_who_waits(home) -> None:
    found = site.known(home.settings)
    assert statuses(home.settings) == {"1.0.0": "champion"}
    assert (found.approvals, found.problem, found.damaged) == ((), "", {})
    (version,) = found.versions
    assert version.simulated
    assert [move.what for move in version.moves] == ["Promoted"]
    assert version.scores


def test_who_waits_is_on_the_list_until_a_person_has_approved(arena: Arena) -> None:
    arena.reign(POOR)
    waits = arena.promote(EQUAL, mode="review")
    (approval,) = site.known(arena.settings).approvals
    assert (approval.version, approval.champion) == (str(EQUAL), str(POOR))
    assert approval.reason == waits.compared.decision.reason
    assert f"<code>{waits.approve}</code>" in index(arena.settings)
    assert "SIMULATED" in index(arena.settings)
    arena.promote(EQUAL, hour=2, mode="review", approve=True, by="ada")
    assert site.known(arena.settings).approvals == ()
    assert "Nothing waits for approval" in index(arena.settings)
    assert statuses(arena.settings)[str(EQUAL)] == "champion"


def test_who_was_refused_does_not_wait(arena: Arena) -> None:
    arena.promote(POOR)
    assert site.known(arena.settings).approvals == ()
    assert statuses(arena.settings)[str(POOR)] == "refused"


def test_a_roll_back_is_on_the_pages_at_once(arena: Arena) -> None:
    arena.reign(POOR)
    rollback.rollback(arena.settings, reason="It misled us.", now=arena.now)
    found = statuses(arena.settings)
    assert (found[str(GOOD)], found[str(POOR)]) == ("champion", "former champion")
    page = (arena.settings.home / "site" / "models" / f"{GOOD}.html").read_text()
    assert "It misled us." in page


def test_a_dry_run_writes_no_page(arena: Arena) -> None:
    arena.promote(EQUAL, mode="review", dry_run=True)
    assert not (arena.settings.home / "index.html").exists()


def test_without_the_store_versions_are_there_and_the_reason(home) -> None:
    (home.settings.home / "store.sqlite").write_bytes(b"nonsense" * 2_000)
    found = site.known(home.settings)
    assert "is damaged" in found.problem
    assert statuses(home.settings) == {"1.0.0": ""}
    site.write(home.settings)
    assert "is damaged" in index(home.settings)


def test_a_damaged_version_is_on_the_list_with_the_reason(home) -> None:
    (home.settings.models / "1.0.0" / "manifest.json").write_text("{}")
    site.write(home.settings)
    assert "Damaged" in index(home.settings)


def test_an_empty_home_has_a_list_that_says_how_to_begin(empty_home: Settings) -> None:
    assert site.write(empty_home) == empty_home.home / "index.html"
    assert "No run yet." in index(empty_home)


def test_a_notebook_leaves_the_pages_to_whoever_runs_it(empty_home: Settings) -> None:
    inside = empty_home.model_copy(update={"run_folder": empty_home.home / "x"})
    site.write(inside)
    assert not empty_home.home.exists()


def test_pages_that_cannot_be_written_are_a_sentence(empty_home: Settings) -> None:
    assert site.refresh(empty_home) == ""
    (empty_home.home / ".site.lock").unlink()
    (empty_home.home / ".site.lock").mkdir()  # in the way
    assert site.refresh(empty_home) == (
        "The list of reports stays as it was: [Errno 21] Is a directory: "
        f"'{empty_home.home / '.site.lock'}'. Once the disk is well, `f1lib reports open` brings "
        "it up to date."
    )


def test_one_writes_at_a_time_and_nobody_waits_for_ever(
    empty_home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "PATIENCE_S", 0.0)
    with lock.held(empty_home.home / ".site.lock", "somebody"):
        site.write(empty_home)
    assert "No run yet." in index(empty_home)
