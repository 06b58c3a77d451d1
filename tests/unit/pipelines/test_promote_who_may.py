"""Who is judged, who has to wait for a person, and who is told: in a simulated world."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from invented_arena import EQUAL, GOOD, NEWER, POOR, Arena, decided_to_train, plant

from f1lib.decisions.promotion.decision import Case
from f1lib.errors import RegistryError
from f1lib.pipelines import compare, ingest, promote, rollback
from f1lib.pipelines import recipe as recipes
from f1lib.pipelines.promote import Outcome
from f1lib.registry import versions
from f1lib.store.promotion_log import Action
from f1lib.versions import ModelVersion

pytestmark = pytest.mark.slow

LENIENT = """
[promotion]
mode = "auto"
guarded = false
skill_index_gain = 0.0
gap_mae_gain = 0.0
winner_hit_gain = 0.0
"""


@pytest.fixture
def told(arena: Arena) -> Arena:
    """Mail is set up, and waits: a digest is delivered by others."""
    more = {"smtp_host": "127.0.0.1", "mail_from": "f1@example.org", "mail_to": "ada@example.org"}
    settings = arena.settings.model_copy(update={**more, "mail_digest": True})
    return Arena(settings, arena.now, arena.weekends)


def lenient(arena: Arena) -> Arena:
    """Under a policy that promotes whatever gains anything."""
    folder = arena.settings.home / "policies"
    folder.mkdir(exist_ok=True)
    (folder / "lenient.toml").write_text(LENIENT)
    settings = arena.settings.model_copy(update={"policies": folder, "policy": "lenient"})
    return Arena(settings, arena.now, arena.weekends)


def test_a_challenger_trained_in_shadow_is_judged_and_waits_for_a_person(told: Arena) -> None:
    arena = lenient(told)
    decided_to_train(arena, "shadow", "drift")
    found = compare.compare(NEWER, arena.settings, now=arena.now)
    assert found.decision.promoted, "nothing to be held back"
    assert found.asked == "drift"
    done = promote.promote(NEWER, arena.settings, now=arena.now)
    assert done.outcome is Outcome.WAITS
    assert arena.champion() == str(GOOD)
    said = "It was trained in shadow, so a person has to approve: It drifted."
    (kept,) = arena.decisions()
    assert said in kept.reason
    assert [(rule.fired, rule.reason) for rule in kept.rules if rule.rule == "person.shadow"] == [
        (False, said)
    ]
    (mail,) = arena.mails()
    assert "f1lib promote 1.0.1 --approve --by NAME" in mail.body
    assert said in mail.body

    by_name = promote.promote(NEWER, arena.settings, now=arena.now, approve=True, by="ada")
    assert by_name.outcome is Outcome.APPROVED
    assert arena.champion() == str(NEWER)
    assert said in arena.log()[-1].reason


def test_after_a_roll_back_a_person_lets_the_next_one_pass(told: Arena) -> None:
    arena = lenient(told)
    arena.reign(POOR)
    rollback.rollback(arena.settings, reason="It misled us.", by="ada", now=arena.now)
    later = arena.now + timedelta(days=7)
    done = promote.promote(NEWER, arena.settings, now=later)
    assert (done.outcome, arena.champion()) == (Outcome.WAITS, str(GOOD))
    said = f"ada rolled back to 1.0.0 on {arena.now:%Y-%m-%d}: It misled us."
    assert said in done.compared.decision.reason
    assert said in arena.mails()[-1].body
    by_name = promote.promote(NEWER, arena.settings, now=later, approve=True, by="ada")
    assert by_name.outcome is Outcome.APPROVED
    assert "person.rolled_back" not in {
        rule.rule for rule in compare.compare(EQUAL, arena.settings, now=later).decision.rules
    }


def test_a_challenger_that_a_rule_asked_for_since_is_no_shadow_any_more(arena: Arena) -> None:
    arena = lenient(arena)
    decided_to_train(arena, "retrain", "scheduled")
    decided_to_train(arena, "shadow", "drift", hour=1)
    assert promote.promote(NEWER, arena.settings, now=arena.now).outcome is Outcome.PROMOTED


def test_who_was_judged_is_not_judged_again_unless_named(arena: Arena) -> None:
    first = promote.promote(None, arena.under("auto"), now=arena.now)
    assert first.compared.challenger.version == EQUAL
    assert first.outcome is Outcome.REFUSED
    for version in (POOR, ModelVersion(1, 1, 1), NEWER):
        shutil.rmtree(arena.settings.models / str(version))
    rows, decisions = arena.log(), arena.decisions()
    again = promote.promote(None, arena.under("auto"), now=arena.now)
    assert again.outcome is Outcome.NOBODY
    assert str(again) == (
        "There is no challenger to compare: no version newer than champion 1.0.0 is undecided."
    )
    assert again.compared.decision.case is Case.NOBODY
    assert again.compared.scores.empty
    assert promote.provenance(again)["rounds"] == "none"
    # a report may show the last one again, and so may who names it; nothing new is written
    shown = compare.compare(None, arena.under("auto"), now=arena.now)
    assert shown.challenger.version == EQUAL
    assert arena.promote(EQUAL, hour=2).outcome is Outcome.REFUSED
    assert (arena.log(), arena.decisions()) == (rows, decisions)


def test_without_a_champion_nobody_is_an_error(empty_home, arena: Arena) -> None:
    ingest.simulate(empty_home, ingest.World(7, "stable", 3), published=None, now=arena.now)
    with pytest.raises(RegistryError, match="There is no champion"):
        promote.promote(None, empty_home, now=arena.now)


def test_other_columns_are_another_recipe_and_meet_the_champion_as_it_is(arena: Arena) -> None:
    """The recipe of the champion, but for a column that the champion was not fitted on."""
    champion = versions.listed(arena.settings.models)[0]
    columns = {name: [*of, "new_column"] for name, of in champion.features.items()}
    other = ModelVersion(1, 3, 0)
    plant(
        arena.settings, arena.weekends[2], other, recipes.recipe(arena.settings), features=columns
    )
    found = compare.compare(other, arena.under("auto"), now=arena.now)
    assert found.decision.case is Case.FEATURES
    assert found.rounds == arena.weekends[:2]  # what the champion has not seen
    assert not any(rule.kind == "refresh" for rule in found.decision.rules)
    assert "2 races are compared; 24 are needed" in found.decision.reason


def test_what_came_of_it_is_mailed_once_with_its_rules(told: Arena) -> None:
    told.promote(POOR)
    told.promote(POOR, hour=2)
    (refused,) = told.mails()
    assert refused.subject == "SIMULATED · Challenger 1.1.0 refused"
    (kept,) = told.decisions()
    assert kept.reason in refused.body
    assert all(f"{rule.rule}: " in refused.body for rule in kept.rules)

    told.reign(POOR)
    told.promote(EQUAL, mode="review", dry_run=True)
    assert told.mails() == [refused]
    waits = told.promote(EQUAL, mode="review")
    told.promote(EQUAL, hour=3, mode="review")
    assert [mail.subject for mail in told.mails()[1:]] == [
        "SIMULATED · Challenger 1.2.0 waits for approval"
    ]
    assert waits.approve == "f1lib promote 1.2.0 --approve --by NAME"
    assert waits.approve in told.mails()[-1].body

    told.promote(EQUAL, hour=4, mode="review", approve=True, by="ada")
    assert told.mails()[-1].subject == "SIMULATED · 1.2.0 is champion"
    assert "Decided by ada" in told.mails()[-1].body
    rollback.rollback(told.settings, reason="it misled us", now=told.now.replace(year=2030))
    assert told.mails()[-1].subject == "SIMULATED · Rolled back to 1.1.0"
    assert "it misled us" in told.mails()[-1].body
    assert [row.action for row in told.log()[-2:]] == [Action.PROMOTE, Action.ROLL_BACK]
    assert len(told.mails()) == 4


def test_of_a_replay_nothing_is_mailed(told: Arena) -> None:
    told.promote(POOR, hour=-24 * 30)
    assert told.decisions()[-1].origin.replay
    assert told.mails() == []


def test_a_report_of_the_run_is_named_in_the_mail(told: Arena, tmp_path: Path) -> None:
    running = told.settings.home / "reports" / "deployment_comparison" / "2025-23" / ".run"
    settings = told.under("auto").model_copy(update={"run_folder": running})
    promote.promote(POOR, settings, now=told.now)
    (mail,) = told.mails()
    assert "reports/deployment_comparison/2025-23/run/report.html" in mail.body
