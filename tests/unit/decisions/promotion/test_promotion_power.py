"""Promised: equal recipes pass in at most 5 %, one better by 0.10 nats in at least 80 %."""

import numpy as np
import pytest

from f1lib.decisions.promotion import power, rule
from f1lib.decisions.promotion.decision import Case
from f1lib.decisions.promotion.evidence import Evidence
from f1lib.decisions.promotion.policy import PromotionPolicy
from f1lib.decisions.trigger import Trigger, of_a_rule

POLICY = PromotionPolicy()


@pytest.fixture(scope="module")
def rates() -> dict[str, power.Planted]:
    return {each.name: each for each in power.rates(POLICY, Case.RECIPE, n_races=48, asked=False)}


def test_an_equal_recipe_is_rarely_promoted(rates: dict[str, power.Planted]) -> None:
    assert rates["equal"].comparisons == 500
    assert rates["equal"].promoted <= 0.05
    assert rates["equal"].brief > 0.3  # what the guards are for


def test_a_better_recipe_is_mostly_promoted(rates: dict[str, power.Planted]) -> None:
    assert (rates["better"].gain, rates["better"].sd) == (0.10, 0.15)
    assert rates["better"].promoted >= 0.80


def test_a_worse_and_an_identical_recipe_never_are(rates: dict[str, power.Planted]) -> None:
    assert rates["worse"].promoted == rates["identical"].promoted == 0.0
    assert rates["identical"].brief == 0.0


def test_power_falls_as_races_differ_more() -> None:
    found = [
        power.planted(
            POLICY, Case.RECIPE, "better", gain=0.1, sd=sd, n_races=48, asked=False
        ).promoted
        for sd in (0.1, 0.25, 0.5)
    ]
    assert found == sorted(found, reverse=True)
    assert found[0] > 2 * found[-1]


def test_other_spreads_are_told_and_that_of_the_comparison_where_there_is_one() -> None:
    found = power.at_other_spreads(POLICY, Case.RECIPE, n_races=48, asked=False, observed=0.07)
    assert [(each.name, each.sd) for each in found] == [
        ("equal", 0.10), ("better", 0.10), ("equal", 0.25), ("better", 0.25),
        ("equal, differing as these do", 0.07), ("better, differing as these do", 0.07),
    ]  # fmt: skip
    assert all(each.comparisons == 500 for each in found)
    assert max(each.promoted for each in found if each.gain == 0) <= 0.05
    for nothing in (0.0, np.nan):
        few = power.at_other_spreads(POLICY, Case.RECIPE, n_races=48, asked=False, observed=nothing)
        assert len(few) == 4


def test_a_patch_is_judged_as_a_patch() -> None:
    """No worse is enough, so an equal one passes in about half, one worse by the margin hardly."""
    found = {each.name: each for each in power.rates(POLICY, Case.PATCH, n_races=12, asked=True)}
    assert 0.4 < found["equal"].promoted < 0.55
    assert 0.2 < found["slightly worse"].promoted < found["equal"].promoted
    assert found["worse"].promoted <= POLICY.level
    assert found["identical"].promoted == 1.0
    assert {(each.case, each.n_races) for each in found.values()} == {(Case.PATCH, 12)}
    names = {each.name.partition(",")[0] for each in power.at_other_spreads(
        POLICY, Case.PATCH, n_races=6, asked=True, observed=0.03)}  # fmt: skip
    assert names == {"slightly worse", "equal", "better"}


def test_a_patch_that_no_rule_asked_for_has_to_be_better() -> None:
    rates = power.rates(POLICY, Case.PATCH, n_races=24, asked=False)
    found = {each.name: each for each in rates}
    assert found["identical"].promoted == 0.0
    assert found["equal"].promoted <= 0.06
    assert found["better"].promoted >= 0.75
    near = power.at_other_spreads(POLICY, Case.PATCH, n_races=24, asked=False, observed=0.03)
    assert all(each.promoted <= 0.06 for each in near if each.gain <= 0)
    assert not any(each.asked for each in (*rates, *near))


@pytest.mark.parametrize(
    ("case", "n_races", "asked"),
    [
        (Case.RECIPE, 48, Trigger.SCHEDULED),
        (Case.PATCH, 12, Trigger.SCHEDULED),
        (Case.PATCH, 24, Trigger.MANUAL),
    ],
)
def test_the_rates_are_those_of_the_rule_itself(case: Case, n_races: int, asked: Trigger) -> None:
    """Each of the simulated comparisons, judged alone by the rule that judges real ones."""
    rng = np.random.default_rng(4)
    many = power.drawn(0.05, 0.15, (60, n_races), rng)
    alone = [
        Evidence(
            many.weekends,
            *({name: values[number] for name, values in of.items()}
              for of in (many.champion, many.challenger, many.baseline)),
        )
        for number in range(60)
    ]  # fmt: skip
    promoted = [rule.decided(each, POLICY, case, asked=asked).promoted for each in alone]
    found = power.planted(
        POLICY, case, "x", gain=0.05, sd=0.15, n_races=n_races, asked=of_a_rule(asked),
        comparisons=60, seed=4,
    )  # fmt: skip
    assert found.promoted == pytest.approx(np.mean(promoted))
    assert 0.2 < found.promoted < 0.9
