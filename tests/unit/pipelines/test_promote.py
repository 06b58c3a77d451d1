"""A challenger is compared, promoted or refused, and rolled back, in a simulated world."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest
from invented_arena import EQUAL, GOOD, NEWER, POOR, SAME, Arena, decided_to_train

from f1lib.decisions.promotion.decision import Case
from f1lib.decisions.trigger import Trigger
from f1lib.errors import ConfigurationError, RegistryError
from f1lib.models.two_stage import TwoStage
from f1lib.pipelines import compare, ingest, predict, promote, rollback
from f1lib.pipelines.promote import Outcome
from f1lib.store.promotion_log import Action
from f1lib.weekend import Cutoff

pytestmark = pytest.mark.slow


def test_a_worse_recipe_is_refused_with_every_rule_on_record(arena: Arena) -> None:
    done = arena.promote(POOR)
    assert done.outcome is Outcome.REFUSED
    assert done.compared.decision.case is Case.RECIPE
    assert arena.champion() == str(GOOD)
    refusal = arena.log()[-1]
    assert (refusal.action, refusal.version, refusal.by) == (Action.REFUSE, POOR, "default")
    (kept,) = arena.decisions()
    assert (kept.outcome, kept.model_version, kept.champion) == ("refused", "1.1.0", "1.0.0")
    assert kept.policy == "default"
    assert kept.origin.policy_sha256 == done.compared.policy_sha256
    rules = done.compared.decision.rules
    assert [(rule.rule, rule.fired, rule.reason) for rule in kept.rules] == [
        (rule.rule, rule.passed, rule.reason) for rule in rules
    ]


def test_a_better_recipe_is_promoted_and_the_reason_is_that_of_the_decision(arena: Arena) -> None:
    arena.reign(POOR)
    done = arena.promote(EQUAL)
    assert done.outcome is Outcome.PROMOTED
    assert arena.champion() == str(EQUAL)
    row, (kept,) = arena.log()[-1], arena.decisions()
    assert row.action is Action.PROMOTE
    assert row.previous == POOR
    assert row.reason == kept.reason == done.compared.decision.reason
    loss = done.compared.table.set_index(["metric", "cutoff"]).loc[
        ("winner_log_loss", "before_race")
    ]
    rule = next(each for each in kept.rules if each.rule == "paired.winner_log_loss")
    assert rule.value == pytest.approx(loss["difference"])
    assert rule.p == pytest.approx(loss["p_value_better"])
    assert rule.n == loss["n_races"] == 24
    index = done.compared.over_all.set_index(["metric", "model"])["value"]["skill_index"]
    (effect,) = (each for each in kept.rules if each.rule == "effect.skill_index")
    assert effect.value == pytest.approx(index["challenger"] - index["champion"])


def test_promoting_twice_is_promoting_once(arena: Arena) -> None:
    arena.reign(POOR)
    first = arena.promote(EQUAL)
    rows, decisions = arena.log(), arena.decisions()
    again = arena.promote(EQUAL, hour=2)
    assert again.outcome is Outcome.REIGNS
    assert again.compared.champion == first.compared.champion  # the one before it
    assert repr(again.compared.decision) == repr(first.compared.decision)
    assert (arena.log(), arena.decisions()) == (rows, decisions)


def test_an_equal_and_an_identical_recipe_are_refused(arena: Arena) -> None:
    equal = arena.promote(EQUAL).compared
    assert equal.decision.case is Case.RECIPE
    assert not equal.decision.promoted
    loss = equal.table[equal.table["metric"] == "winner_log_loss"].set_index("cutoff")
    assert loss.loc["before_race", "difference"] == 0.0  # nothing is drawn before the race
    arena.reign(POOR)
    same = arena.promote(SAME, hour=2).compared
    assert same.decision.case is Case.PATCH
    assert "There is no race to judge it by." in same.decision.reason


def test_a_patch_meets_the_champion_as_it_is_on_the_races_since(arena: Arena) -> None:
    done = arena.promote(NEWER, asked=Trigger.SCHEDULED).compared
    assert done.decision.case is Case.PATCH
    cases = {(each.case, each.n_races) for each in promote.planted(done)}
    assert cases == {(Case.PATCH, done.decision.n_races), (Case.RECIPE, done.policy.races)}
    others = promote.at_other_spreads(done)
    by_hand = replace(done, asked=Trigger.MANUAL)
    for told, asked in ((done, True), (by_hand, False)):  # the rates are of what was asked here
        both = (*promote.planted(told), *promote.at_other_spreads(told))
        assert {each.asked for each in both} == {asked}
    assert {(each.case, each.n_races) for each in others} == {(Case.PATCH, done.decision.n_races)}
    assert done.rounds == arena.weekends[:3]
    predictions = predict.predict(
        arena.weekends[:3], arena.settings, now=arena.now, dry_run=True,
        cutoffs=[Cutoff.BEFORE_RACE],
    )  # fmt: skip
    said = pd.concat([
        each.forecast.rows.assign(weekend=str(each.weekend)) for each in predictions
        if each.model == TwoStage.name
    ]).set_index(["weekend", "driver"])["p_first"]  # fmt: skip
    mine = done.probabilities[
        (done.probabilities["model"] == "champion")
        & (done.probabilities["cutoff"] == "before_race")
    ].set_index(["weekend", "driver"])["p_first"]
    pd.testing.assert_series_equal(mine.sort_index(), said.sort_index())
    assert not done.decision.promoted  # three races rule out nothing


def test_what_it_was_trained_for_is_read_from_the_decision_to_train(arena: Arena) -> None:
    def asked() -> Trigger | None:
        return compare.compare(NEWER, arena.under("auto"), now=arena.now).asked

    assert asked() is None
    decided_to_train(arena, "retrain", "drift", fired=("scheduled", "manual"))
    assert asked() is Trigger.DRIFT
    found = compare.compare(NEWER, arena.under("auto"), now=arena.now, asked=Trigger.MANUAL)
    assert found.asked is Trigger.MANUAL
    (who,) = (each for each in found.decision.rules if each.rule == "refresh.asked")
    assert who.reason.endswith("what had fired then: scheduled.")


def test_versions_and_triggers_are_read_as_they_are_written() -> None:
    assert promote.told("", "") == (None, None)
    assert promote.told("1.2.0", "drift") == (EQUAL, Trigger.DRIFT)
    with pytest.raises(ConfigurationError, match="'drfit' is no trigger"):
        promote.told("", "drfit")


def test_under_review_it_waits_for_a_named_person(arena: Arena) -> None:
    arena.reign(POOR)
    done = arena.promote(EQUAL, mode="review")
    assert done.outcome is Outcome.WAITS
    assert "f1lib promote 1.2.0 --approve --by NAME" in str(done)
    assert arena.champion() == str(POOR)
    assert [each.outcome for each in arena.decisions()] == ["waits"]
    with pytest.raises(ConfigurationError, match="An approval has a name"):
        arena.promote(EQUAL, mode="review", approve=True, by=" ")
    approved = arena.promote(EQUAL, hour=2, mode="review", approve=True, by="ada")
    assert approved.outcome is Outcome.APPROVED
    assert arena.champion() == str(EQUAL)
    assert arena.log()[-1].by == "ada"
    assert [(each.outcome, each.by) for each in arena.decisions()] == [
        ("waits", "review"), ("approved", "ada"),
    ]  # fmt: skip


def test_nobody_approves_what_a_rule_refuses(arena: Arena) -> None:
    done = arena.promote(POOR, mode="review", approve=True, by="ada")
    assert done.outcome is Outcome.REFUSED
    assert arena.champion() == str(GOOD)


def test_a_champion_that_changed_meanwhile_asks_for_another_comparison(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    arena.reign(POOR)
    found = compare.compare(EQUAL, arena.under("auto"), now=arena.now)

    def compared(*_: object, **__: object) -> compare.SideBySide:
        arena.reign(SAME)  # somebody else, while we were comparing
        return found

    monkeypatch.setattr(compare, "compare", compared)
    with pytest.raises(RegistryError, match=r"compared with 1\.1\.0, but 1\.1\.1 became champion"):
        arena.promote(EQUAL)
    assert arena.champion() == str(SAME)
    assert arena.decisions() == []


def test_a_dry_run_decides_and_changes_nothing(arena: Arena) -> None:
    arena.reign(POOR)
    rows = arena.log()
    done = arena.promote(EQUAL, dry_run=True)
    assert done.outcome is Outcome.PROMOTED
    assert str(done) == "1.2.0 would be champion in place of 1.1.0."
    assert (arena.log(), arena.decisions()) == (rows, [])


def test_rolling_back_restores_the_same_predictions_to_the_last_bit(arena: Arena) -> None:
    def said() -> list[bytes]:
        made = predict.predict(arena.weekends[:1], arena.settings, now=arena.now, dry_run=True)
        return [each.forecast.rows.to_csv().encode() for each in made]

    arena.reign(POOR)
    before = said()
    arena.promote(EQUAL)
    assert said() != before
    done = rollback.rollback(
        arena.settings, reason="it misled us", now=arena.now + timedelta(days=1)
    )
    assert (done.row.version, done.row.previous) == (POOR, EQUAL)
    assert said() == before
    assert arena.log()[-1].reason == "it misled us"


def test_a_roll_back_needs_a_reason_and_somebody_to_go_back_to(arena: Arena) -> None:
    with pytest.raises(ConfigurationError, match="has a reason"):
        rollback.rollback(arena.settings, reason=" ", now=arena.now)
    with pytest.raises(RegistryError, match=r"no champion before 1\.0\.0"):
        rollback.rollback(arena.settings, reason="why not", now=arena.now)


def test_a_challenger_is_found_without_being_named(arena: Arena) -> None:
    found = compare.compare(None, arena.under("auto"), now=arena.now)
    assert found.challenger.version == EQUAL


def test_without_anybody_to_compare_it_says_so(home, empty_home) -> None:
    with pytest.raises(RegistryError, match=r"no challenger of champion 1\.0\.0"):
        compare.compare(None, home.settings, now=home.now)
    with pytest.raises(RegistryError, match="is champion, and there was none before it"):
        compare.compare(GOOD, home.settings, now=home.now)
    ingest.simulate(empty_home, ingest.World(7, "stable", 3), published=None, now=home.now)
    with pytest.raises(RegistryError, match="no champion to compare with"):
        compare.compare(None, empty_home, now=home.now)


def test_a_damaged_challenger_is_refused_before_anything_is_written(arena: Arena) -> None:
    path = arena.settings.models / str(EQUAL) / "model.skops"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    rows = arena.log()
    with pytest.raises(RegistryError, match="the file was changed"):
        arena.promote(EQUAL)
    assert (arena.log(), arena.decisions()) == (rows, [])
