"""Which challengers are promoted, and what is said about it."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from f1lib.decisions.promotion import rule
from f1lib.decisions.promotion.decision import Case, PromotionDecision
from f1lib.decisions.promotion.evidence import Evidence, sign_flip_p
from f1lib.decisions.promotion.policy import PromotionPolicy
from f1lib.decisions.trigger import Trigger
from f1lib.evaluation.plausibility import LeakSuspicion
from f1lib.scoring.calibration import Slope

Build = Callable[..., Evidence]
POLICY = PromotionPolicy()
BRIEF = PromotionPolicy(guarded=False)


def judged(evidence: Evidence, case: Case = Case.RECIPE, **more: Any) -> PromotionDecision:
    return rule.decided(evidence, more.pop("policy", POLICY), case, **more)


def failed(decision: PromotionDecision) -> set[str]:
    return {each.rule for each in decision.rules if not each.passed}


def test_a_clearly_better_recipe_is_promoted(a_comparison: Build) -> None:
    decision = judged(a_comparison(loss=0.1))
    assert decision.promoted
    assert decision.reason.startswith("Promoted, as better than the champion.")
    assert decision.as_better
    # 0.4 * 0.1 / 1.3 of the index
    effect = next(each for each in decision.rules if each.rule == "effect.skill_index")
    assert effect.value == pytest.approx(0.4 * 0.1 / 1.3)
    assert effect.low < effect.value < effect.high


def test_an_effect_above_a_floor_that_luck_explains_is_refused_where_the_brief_promotes(
    a_comparison: Build,
) -> None:
    decision = judged(a_comparison(loss=0.04, spread=5.0))
    assert decision.brief
    assert not decision.promoted
    assert "paired.winner_log_loss" in failed(decision)
    assert judged(a_comparison(loss=0.04, spread=5.0), policy=BRIEF).promoted


def test_a_gain_that_is_certain_but_too_small_is_refused(a_comparison: Build) -> None:
    decision = judged(a_comparison(loss=0.005, spread=0.001))
    assert failed(decision) >= {"effect.skill_index", "effect.gap_mae_pct", "effect.winner_hit"}
    assert not failed(decision) & {"paired.winner_log_loss", "paired.skill_index"}
    assert not decision.brief
    assert not decision.promoted
    assert "the floor is +0.010" in decision.reason


def test_identical_models_are_refused_by_every_policy(a_comparison: Build) -> None:
    for policy in (POLICY, BRIEF):
        decision = judged(a_comparison(spread=0.0), policy=policy)
        assert not decision.promoted
        assert not decision.brief


def test_fewer_races_than_a_season_show_nothing_to_be_better(a_comparison: Build) -> None:
    assert judged(a_comparison(24, loss=0.1)).promoted
    decision = judged(a_comparison(23, loss=0.1))
    assert not decision.promoted
    assert "23 races are compared; 24 are needed" in decision.reason


@pytest.mark.parametrize(
    ("worse", "guard"),
    [({"gap": -0.02}, "guard.qualifying"), ({"rps": -0.002}, "guard.race")],
    ids=["qualifying", "race"],
)
def test_a_stage_that_got_significantly_worse_is_a_guard_rail(
    a_comparison: Build, worse: dict[str, float], guard: str
) -> None:
    decision = judged(a_comparison(loss=0.2, **worse))
    assert not decision.promoted
    assert failed(decision) & {"guard.qualifying", "guard.race"} == {guard}


def test_a_challenger_that_lost_its_touch_of_late_is_refused(a_comparison: Build) -> None:
    loss = np.where(np.arange(48) < 40, 0.2, -0.2)
    decision = judged(a_comparison(loss=loss))
    assert failed(decision) & {"guard.latest"}
    assert not decision.promoted


def test_bad_calibration_refuses_and_unknown_calibration_does_not(a_comparison: Build) -> None:
    better = a_comparison(loss=0.1)
    assert judged(better, slope=Slope(0.6, 0.4, 0.8, 95)).promoted  # too few races to judge
    assert judged(better, slope=Slope(0.95, 0.8, 1.1, 96)).promoted
    decision = judged(better, slope=Slope(0.6, 0.4, 0.8, 96))
    assert failed(decision) >= {"guard.calibration"}
    assert not decision.promoted


def test_a_challenger_too_good_to_be_true_is_refused(a_comparison: Build) -> None:
    leak = LeakSuspicion("two_stage", "winner_log_loss", 0.3, 0.6, 48)
    decision = judged(a_comparison(loss=0.1), leaks=[leak])
    assert not decision.promoted
    assert "Leak suspected" in decision.reason


def test_a_patch_with_few_races_is_promoted_only_if_asked_for(a_comparison: Build) -> None:
    few = a_comparison(10, loss=0.01, spread=0.1)
    newer = judged(few, Case.PATCH, asked=Trigger.DRIFT)
    assert newer.promoted
    assert not newer.as_better
    assert judged(few, Case.PATCH, asked=Trigger.SCHEDULED).promoted
    for nobody in (None, Trigger.MANUAL):
        decision = judged(few, Case.PATCH, asked=nobody)
        assert not decision.promoted
        assert "refresh.asked" in failed(decision)
    assert not judged(few, Case.RECIPE, asked=Trigger.DRIFT).promoted


def test_a_patch_trained_by_hand_says_which_rule_had_fired_all_the_same(
    a_comparison: Build,
) -> None:
    def said(**more: Any) -> str:
        found = judged(a_comparison(10), Case.PATCH, **more)
        return next(each.reason for each in found.rules if each.rule == "refresh.asked")

    assert said(asked=Trigger.MANUAL, fired=("scheduled",)) == (
        "It was trained by hand, not because a rule asked for it; what had fired then: scheduled."
    )
    assert said(asked=Trigger.MANUAL).endswith("asked for it, and no rule had fired.")
    assert said().startswith("What it was trained for is not known, not because")
    assert said(asked=Trigger.DRIFT, fired=("drift.feature (grid)",)).endswith("for it: drift.")


def test_a_patch_with_a_negative_effect_is_refused_though_asked_for(a_comparison: Build) -> None:
    decision = judged(a_comparison(10, loss=-0.01, spread=0.1), Case.PATCH, asked=Trigger.DRIFT)
    assert not decision.promoted
    assert failed(decision) >= {"refresh.effect"}
    assert "refresh.not_inferior" not in failed(decision)


def test_a_patch_has_to_rule_out_that_it_is_inferior(a_comparison: Build) -> None:
    wild = a_comparison(10, loss=0.01, spread=5.0)
    decision = judged(wild, Case.PATCH, asked=Trigger.DRIFT)
    assert failed(decision) >= {"refresh.not_inferior"}
    assert not decision.promoted


def test_four_races_cannot_rule_out_anything(a_comparison: Build) -> None:
    """One flip in sixteen is p = .0625; one in 32 is .031."""
    for n, promoted in ((4, False), (5, True)):
        decision = judged(
            a_comparison(n, loss=0.02, spread=0.1), Case.PATCH, asked=Trigger.SCHEDULED
        )
        assert decision.promoted is promoted


@given(
    n=st.integers(0, 23),
    loss=st.floats(-0.3, 0.3),
    spread=st.floats(0.01, 3.0),
    asked=st.sampled_from([None, *Trigger]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_below_24_races_a_patch_passes_only_asked_for_not_negative_and_not_inferior(
    a_comparison: Build, n: int, loss: float, spread: float, asked: Trigger | None
) -> None:
    evidence = a_comparison(n, loss=loss, spread=spread)
    decision = judged(evidence, Case.PATCH, asked=asked)
    gains = evidence.gain("winner_log_loss")
    asked_for = asked not in {None, Trigger.MANUAL}
    allowed = (
        asked_for
        and n > 0
        and evidence.gain("skill_index").mean() >= 0
        and sign_flip_p(gains + POLICY.inferiority_margin) < POLICY.level
        and not decision.failed("guard")
    )
    assert decision.promoted == allowed
    assert "as better than the champion" not in decision.reason


def test_a_challenger_from_the_shadow_is_judged_as_any_and_held_for_a_person(
    a_comparison: Build,
) -> None:
    shadow = "On watch in 5 evaluations in a row."
    held = judged(a_comparison(loss=0.1), shadow=shadow)
    assert held.promoted
    assert held.held
    assert held.reason.startswith("Promoted, as better than the champion.")
    assert held.reason.endswith(f"so a person has to approve: {shadow}")
    open_ = judged(a_comparison(loss=0.1))
    assert list(map(str, held.rules[:-1])) == list(map(str, open_.rules))
    assert not open_.held
    refused = judged(a_comparison(loss=-0.1), shadow=shadow)
    assert not refused.promoted
    assert shadow not in refused.reason  # it is refused for what it is worth


def test_other_columns_are_judged_as_a_recipe_is(a_comparison: Build) -> None:
    few = a_comparison(10, loss=0.01, spread=0.1)
    assert not judged(few, Case.FEATURES, asked=Trigger.DRIFT).promoted
    assert judged(a_comparison(24, loss=0.1), Case.FEATURES).promoted


def test_a_patch_that_is_better_over_a_season_needs_nobody_to_ask(a_comparison: Build) -> None:
    assert judged(a_comparison(24, loss=0.1), Case.PATCH).promoted


def test_without_a_race_nothing_is_promoted_and_said_so(a_comparison: Build) -> None:
    for case in (Case.RECIPE, Case.PATCH):
        decision = judged(a_comparison(0), case, asked=Trigger.DRIFT)
        assert not decision.promoted
        assert not decision.brief
        assert math.isnan(decision.detectable)
        assert "There is no race to judge it by." in decision.reason


def test_every_rule_says_its_figures(a_comparison: Build) -> None:
    decision = judged(a_comparison(loss=0.1), Case.PATCH, asked=Trigger.DRIFT)
    assert len({each.rule for each in decision.rules}) == len(decision.rules) == 14
    for each in decision.rules:
        assert each.reason.endswith(".")
        if each.kind in {"paired", "refresh"} and each.rule not in {
            "refresh.asked", "refresh.effect",
        }:  # fmt: skip
            assert 0 < each.p <= 1
            assert f"one-sided p {rule.p_value(each.p)}" in each.reason
    # (t_.95 + t_.80 of 47 degrees) * sd / sqrt(48), of an sd of .1 * sqrt(48 / 47)
    assert decision.detectable == pytest.approx(2.5269 * 0.1 / math.sqrt(47), rel=1e-3)


def test_changing_one_prediction_changes_the_comparison(a_comparison: Build) -> None:
    loss = np.full(48, 0.1)
    before = judged(a_comparison(loss=loss))
    loss[10] -= 0.5
    after = judged(a_comparison(loss=loss))
    changed = {
        one.rule
        for one, other in zip(before.rules, after.rules, strict=True)
        if one.value != other.value and not math.isnan(one.value)
    }
    assert changed == {"effect.skill_index", "paired.winner_log_loss", "paired.skill_index"}
