"""What the report says follows from the decision, whichever way it goes."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from f1lib.decisions.promotion import power
from f1lib.decisions.promotion.decision import Case, PromotionDecision, Rule
from f1lib.decisions.promotion.policy import PromotionPolicy
from f1lib.evaluation import levels
from f1lib.reports import tables
from f1lib.reports.deployment_comparison import figures, headlines, listings, tiles
from f1lib.scoring.calibration import Slope
from f1lib.scoring.scores import METRICS


def rule(name: str, *, passed: bool, reason: str = "It is so.") -> Rule:
    return Rule(name, 0.02, 0.01, 48, passed, reason, low=-0.01, high=0.05, p=0.2)


RULES = (
    rule("effect.skill_index", passed=True),
    rule("paired.winner_log_loss", passed=False),
    rule("guard.race", passed=True),
    rule("guard.latest", passed=False, reason="It lost of late."),
)
REFUSED = PromotionDecision(
    Case.RECIPE, promoted=False, reason="Refused. It is so.", rules=RULES, n_races=48,
    brief=True, detectable=0.055,
)  # fmt: skip
REFRESHED = (
    *RULES[:3],
    rule("refresh.effect", passed=True),
    replace(rule("refresh.not_inferior", passed=True), threshold=-0.1),
)
PROMOTED = replace(REFUSED, promoted=True, reason="Promoted, as better than the champion.")


def test_the_headline_is_the_outcome_and_its_reasons() -> None:
    said = headlines.verdict("1.1.0 is refused; 1.0.0 stays champion.", REFUSED)
    assert said == (
        "1.1.0 is refused; 1.0.0 stays champion. It lost of late. (2 of 4 rules stand in its way.)"
    )
    missed_one_effect = (rule("effect.winner_hit", passed=False, reason="No more hits."), *RULES)
    said = headlines.verdict("Refused.", replace(REFUSED, rules=missed_one_effect))
    assert said == "Refused. It lost of late. (2 of 5 rules stand in its way.)"


def test_the_headline_of_a_promotion_is_one_effect_beside_its_floor_and_what_else_passed() -> None:
    passed = tuple(replace(each, passed=True) for each in RULES)
    said = headlines.verdict("1.1.0 is champion.", replace(PROMOTED, rules=passed))
    assert said == (
        "1.1.0 is champion. Better, but narrowly, over 48 races: skill index +0.020 (95 % interval "
        "-0.010 to +0.050; floor +0.010); the paired test and both guards "
        "passed."
    )
    sure = (replace(passed[0], low=0.011), *passed[1:])
    said = headlines.verdict("1.1.0 is champion.", replace(PROMOTED, rules=sure))
    assert "champion. Better over 48 races: skill index +0.020 (95 % interval +0.011" in said
    few = (replace(passed[0], low=math.nan), *passed[1:])
    said = headlines.verdict("1.1.0 is champion.", replace(PROMOTED, rules=few))
    assert "champion. Better over 48 races: skill index +0.020 (floor +0.010);" in said


def test_the_headline_of_a_patch_that_is_no_worse_does_not_call_it_better() -> None:
    refreshed = replace(PROMOTED, case=Case.PATCH, rules=REFRESHED)
    assert headlines.verdict("1.0.1 is champion.", refreshed) == (
        "1.0.1 is champion. No worse over 48 races, and on newer data: skill index +0.020 (95 % "
        "interval -0.010 to +0.050), and a loss of 0.100 nats a race is ruled out (one-sided p = "
        "0.200); the guard passed."
    )


def test_which_way_it_passed_is_told_and_what_failed_without_being_decisive() -> None:
    refreshed = replace(PROMOTED, case=Case.PATCH, rules=REFRESHED)
    assert headlines.way(refreshed) == (
        "It passed as no worse and on newer data. Not passed, but not decisive: paired: winner log "
        "loss."
    )
    better = (*(replace(each, passed=True) for each in RULES), rule("refresh.asked", passed=False))
    assert headlines.way(replace(PROMOTED, case=Case.PATCH, rules=better)) == (
        "It passed as better. Not passed, but not decisive: refresh: asked."
    )
    assert headlines.way(REFUSED) == "In its way: guard: latest and paired: winner log loss."
    assert headlines.way(replace(REFUSED, rules=())) == ""


def test_a_gain_below_the_smallest_to_be_seen_is_told_beside_it() -> None:
    found = headlines.detectable(REFUSED)  # .02 was seen, .055 is found four times in five
    assert found.endswith("The gain seen, +0.020, is a smaller one, and it was not found here.")
    passed = tuple(replace(each, passed=True) for each in RULES)
    assert headlines.detectable(replace(REFUSED, rules=passed)).endswith("it was found here.")
    assert headlines.detectable(replace(REFUSED, detectable=0.01)).endswith(
        "a smaller one less often."
    )


@pytest.mark.parametrize(
    ("brief", "decision", "said"),
    [
        (
            True,
            REFUSED,
            "would promote it; with the paired tests and the guards the policy refuses",
        ),
        (False, REFUSED, "refuse it too: no effect reaches one"),
        (True, PROMOTED, "promote it too: one effect above its floor is enough"),
        (False, PROMOTED, "refuse it; with the paired tests and the guards the policy promotes"),
    ],
)
def test_the_brief_is_told_beside_the_policy(
    brief: bool, decision: PromotionDecision, said: str
) -> None:
    assert said in headlines.brief(replace(decision, brief=brief))


def test_guards_are_counted_and_those_that_failed_are_told() -> None:
    assert headlines.guards(REFUSED) == "Of 2 guards 1 passed. Not passed: It lost of late."
    assert headlines.guards(replace(REFUSED, rules=RULES[:3])) == "Of 1 guards 1 passed."
    assert headlines.guards(replace(REFUSED, rules=RULES[:1])) == "This policy has no guards."


def test_the_smallest_gain_is_told_or_why_it_cannot_be() -> None:
    assert "a true gain of 0.055 nats" in headlines.detectable(REFUSED)
    assert "same probability" in headlines.detectable(replace(REFUSED, detectable=0.0))
    few = replace(REFUSED, n_races=1, detectable=math.nan)
    assert headlines.detectable(few).endswith("cannot be told from 1 race.")


def test_both_cases_say_what_is_compared() -> None:
    assert "both recipes are refit" in headlines.case(REFUSED, "1.0.0", "1.1.0")
    patch = headlines.case(replace(REFUSED, case=Case.PATCH), "1.0.0", "1.0.1")
    assert "So 1.0.0 as it is meets its recipe refit before each of the 48 races" in patch
    assert patch.endswith("1.0.1 itself has learnt from them, and forecasts none here.")


def test_other_columns_say_why_the_champion_is_not_refit() -> None:
    said = headlines.case(replace(REFUSED, case=Case.FEATURES), "1.0.0", "1.1.0")
    assert "other features than 1.0.0, which cannot be refit" in said


def test_what_is_held_for_a_person_is_neither_promoted_nor_refused() -> None:
    held = replace(PROMOTED, rules=(*RULES, rule("person.shadow", passed=False, reason="Ask.")))
    assert "the policy lets it pass" in headlines.brief(replace(held, brief=False))


def test_where_nobody_challenges_every_part_of_the_report_says_so() -> None:
    reason = "There is no challenger to compare: no version newer than champion 1.0.0."
    nobody = PromotionDecision(Case.NOBODY, promoted=False, reason=reason, rules=(), n_races=0)
    assert headlines.verdict(reason, nobody) == reason
    assert headlines.case(nobody, "1.0.0", "1.0.0") == reason
    assert headlines.guards(nobody) == "No guard was asked."
    assert headlines.brief(nobody) == "There is nothing that the brief's rule could judge."
    assert "cannot be told from 0 races" in headlines.detectable(nobody)
    policy = PromotionPolicy()
    for dry_run in (True, False):
        said = headlines.conclusion(reason, nobody, policy, dry_run=dry_run)
        assert said == f"{reason} Nothing is recorded."
    words, caption, _ = listings.rules(nobody, 0.05)
    assert words.empty
    assert caption == "Every rule of the policy. None was asked."
    metrics = {each.name: each for each in tiles.comparison(nobody)}
    assert metrics["rules_passed"].note == "of 0"


def test_slices_whose_interval_excludes_zero_are_named_both_ways_with_what_chance_would_give() -> (
    None
):
    frame = pd.DataFrame(
        [("street circuits", "rps", 9, 0.1, 0.1, 0.0, -0.1, 0.1)] * 19
        + [("sprint weekends", "rps", 9, 0.2, 0.1, 0.1, 0.05, 0.2)],
        columns=["slice", "metric", "n", "champion", "challenger", "gain", "low", "high"],
    )
    said = headlines.slices(frame)
    better = "the challenger is better in sprint weekends (ranked probability score)"
    assert f"{better} and worse in none." in said
    assert "20 slices were looked at, which overlap; chance alone would give about 0.5" in said
    assert "no slice tells the two apart" in headlines.slices(frame.head(19))
    assert headlines.slices(frame.assign(low=np.nan)) == "Not enough races to compare by slices."


def test_the_deciding_race_names_who_gained() -> None:
    frame = pd.DataFrame(
        [("2031-05", "Test Grand Prix", "Ada", 0.2, 0.1, -0.69)],
        columns=["weekend", "race", "winner", "p_champion", "p_challenger", "gain"],
    )
    said = headlines.deciders(frame)
    assert "Test Grand Prix of 2031, which Ada won" in said
    assert "the challenger's recipe, refit, 10 % (0.69 nats in favour of the champion)" in said
    assert "no race" in headlines.deciders(frame.head(0))
    assert "no race" in headlines.deciders(frame.assign(gain=0.0))


def test_slopes_are_told_or_how_many_races_they_lack() -> None:
    said = headlines.calibration(Slope(math.nan, math.nan, math.nan, 3), Slope(0.9, 0.7, 1.1, 96))
    assert "champion not known (3 races; 10 are needed)" in said
    assert "challenger 0.90 (95 % interval 0.70 to 1.10, 96 races)" in said
    said = headlines.calibration(Slope(1.8, 0.6, 3.0, 12), Slope(0.9, 0.7, 1.1, 96))
    few = "(95 % interval 0.60 to 3.00, 12 races: too few to judge, which takes 96)"
    assert f"champion 1.80 {few}; challenger 0.90" in said


def test_rates_of_planted_challengers_are_those_that_were_simulated() -> None:
    rates = power.rates(PromotionPolicy(), Case.RECIPE, n_races=48, asked=False)
    said = headlines.planted(rates)
    of = {each.name: each for each in rates}
    assert f"in {100 * of['better'].promoted:.1f} % of 500" in said
    assert f"an equal one in {100 * of['equal'].promoted:.1f} %" in said
    assert "one that forecasts the same in 0 %" in said
    metrics = {each.name: each.value for each in tiles.planted(rates)}
    assert metrics["planted_better"] == 100 * of["better"].promoted
    others = power.at_other_spreads(
        PromotionPolicy(), Case.RECIPE, n_races=48, asked=False, observed=0.07
    )
    said = headlines.power([*rates, *others])
    for each in (*rates, *others):
        if each.name.startswith("better"):
            assert f"{100 * each.promoted:.1f} % at {each.sd:.2f}" in said
    assert "at 0.07 (differing as these do)" in said
    shown, _, _ = listings.planted(rates)
    assert list(shown["Promoted"]) == [each.promoted for each in rates]


def test_the_rates_of_a_recipe_are_not_taken_for_those_of_a_patch() -> None:
    policy = PromotionPolicy()
    mine = power.rates(policy, Case.PATCH, n_races=6, asked=True)
    rates = (*mine, *power.rates(policy, Case.RECIPE, n_races=24, asked=True))
    equal, of_recipe = mine[2], rates[7]
    assert equal.name == of_recipe.name == "equal"
    judged = "a patch over 6 races that a rule asked for"
    said = headlines.planted(rates)
    assert said.startswith(f"Judged as {judged}, this policy promotes one that is better")
    assert f"an equal one in {100 * equal.promoted:.1f} %" in said
    assert said.endswith(f"a recipe over 24 races, {100 * of_recipe.promoted:.1f} %.")
    assert f"Equal: {100 * equal.promoted:.1f} % at 0.15." in headlines.power(rates)
    assert {each.note for each in tiles.planted(rates)} == {judged}
    shown, caption, _ = listings.planted(rates)
    assert list(shown["Judged as"]) == [judged] * 5 + ["a recipe over 24 races"] * 5
    assert f"This comparison is judged as {judged}" in caption


@pytest.mark.parametrize(
    ("asked", "case", "why"),
    [
        (True, "that a rule asked for", "need only be no worse and newer"),
        (False, "that no rule asked for", "has to be better: no rule asked for it."),
    ],
)
def test_what_is_said_of_a_patch_depends_on_who_asked_for_it(
    asked: bool, case: str, why: str
) -> None:
    policy = PromotionPolicy()
    mine = power.rates(policy, Case.PATCH, n_races=24, asked=asked)
    rates = (*mine, *power.rates(policy, Case.RECIPE, n_races=48, asked=asked))
    assert {case in each.note for each in tiles.planted(rates)} == {True}
    assert f"A patch {why}" in headlines.planted(rates)
    assert case in listings.planted(rates)[1]


def test_the_conclusion_says_whether_anything_was_changed() -> None:
    policy = PromotionPolicy()
    assert "changed nothing" in headlines.conclusion("X.", REFUSED, policy, dry_run=True)
    assert "is recorded" in headlines.conclusion("X.", REFUSED, policy, dry_run=False)


def test_tiles_have_the_figures_of_the_rules() -> None:
    metrics = {each.name: each for each in tiles.comparison(REFUSED)}
    assert (metrics["gain_skill_index"].value, metrics["gain_skill_index"].n) == (0.02, 48)
    assert metrics["rules_passed"].value == 2.0
    assert metrics["rules_passed"].note == (
        "of 4; not passed: paired: winner log loss and guard: latest"
    )
    assert metrics["gain_skill_index"].note == "floor +0.010"
    assert metrics["gain_winner_log_loss"].note == "one-sided p = 0.200"
    assert {each.comparison for each in metrics.values()} == {""}  # a gain has no baseline
    assert metrics["detectable"].value == 0.055


def test_the_champion_is_called_refit_only_where_it_is() -> None:
    frame = pd.DataFrame(
        [("2031-05", "Test Grand Prix", "Ada", 0.2, 0.1, -0.69)],
        columns=["weekend", "race", "winner", "p_champion", "p_challenger", "gain"],
    )
    for case, champion in ((Case.RECIPE, "Champion, refit"), (Case.PATCH, "Champion")):
        shown, _, _ = listings.deciders(frame, replace(REFUSED, case=case))
        assert shown.loc[0, ["Challenger, refit", champion]].to_list() == [0.1, 0.2]


def over_all_of(*metrics: str) -> pd.DataFrame:
    """Challenger 0.9, champion 0.8 over 48 races."""
    rows = [
        (model, "race", "before_race", metric, value, 0.1, 1.1, 48)
        for model, value in (("challenger", 0.9), ("champion", 0.8))
        for metric in metrics
    ]
    return pd.DataFrame(rows, columns=list(levels.COLUMNS[:8]))


def test_every_headline_score_of_both_has_a_row() -> None:
    rest = [name for name in levels.HEADLINE_SCORES if name not in METRICS]
    paired = pd.DataFrame(
        [
            {"stage": each.stage, "cutoff": "before_race", "metric": each.name, "difference": 0.1,
             "low": 0.0, "high": 0.2, "p_value_better": 0.1, "p_value_worse": 0.9,
             "first_value": 0.9, "second_value": 0.8, "n_races": 48}
            for each in METRICS.values()
        ]
    )  # fmt: skip
    frame, _, formats = listings.scores(paired, over_all_of(*rest), REFUSED)
    assert frame["Score"].nunique() == len(levels.HEADLINE_SCORES)
    _, cells = tables.cells(frame.tail(len(rest)), formats, ())
    assert [[cell.text for cell in row][:-1] for row in cells] == [
        ["Skill index", "+0.1000", "–", "–", "–", "0.900", "0.800", "48"],
        ["Calibration slope of the winner", "–", "–", "–", "–", "0.900", "0.800", "48"],
        ["Calibration score of the winner", "+0.1000", "–", "–", "–", "0.900", "0.800", "48"],
        ["Excess calibration error of the winner", *["–"] * 4, "0.900", "0.800", "48"],
    ]


def test_every_rule_has_a_row_with_its_figures_and_in_words() -> None:
    words, caption, _ = listings.rules(REFUSED, 0.05)
    assert list(words["Passed"]) == ["yes", "no", "yes", "no"]
    assert "guard: all have to pass" in caption
    assert set(words["95 % interval"]) == {"-0.010 to +0.050", "-0.0100 to +0.0500"}
    assert "log loss of the winner (40 %)" in caption
    none = replace(REFUSED, rules=(Rule("guard.leak", math.nan, math.nan, 0, True, "None."),))
    shown, _, _ = listings.rules(none, 0.05)
    assert shown.loc[0, ["Value", "Threshold", "95 % interval"]].to_list() == ["–"] * 3


def test_without_a_race_a_chart_says_so() -> None:
    table = pd.DataFrame(
        columns=["metric", "cutoff", "difference", "low", "high", "second_value", "n_races"]
    )
    scores = pd.DataFrame(columns=["weekend", "model", "metric", "cutoff", "value"])
    for chart in (
        figures.gains(table),
        figures.by_race(scores),
        figures.reliability({"champion": pd.DataFrame(), "challenger": pd.DataFrame()}, 0),
    ):
        assert "There is no race" in chart[1]
