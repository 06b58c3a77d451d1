"""What the report of a training says follows from its account, whichever way it went."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from f1lib.decisions.promotion import decision as promotions
from f1lib.decisions.promotion.decision import Case, PromotionDecision
from f1lib.decisions.retraining import FRESHNESS, Outcome, RetrainingDecision, Rule
from f1lib.decisions.trigger import Trigger
from f1lib.monitoring.drift import forecasts
from f1lib.monitoring.drift.watched import LEVELS
from f1lib.monitoring.findings import FIRED, QUIET, Finding
from f1lib.monitoring.rules import (
    CUSUM,
    LOG_LOSS,
    ORDER_CONCORDANCE,
    ORDER_SKILL,
    WINNER_CONCORDANCE,
)
from f1lib.registry.manifest import Manifest
from f1lib.reports.retraining import figures, headlines, listings, tiles
from f1lib.reports.retraining.account import Account, Came, Lesson, Proof
from f1lib.versions import ModelVersion
from f1lib.weekend import RaceWeekend

WEEKEND = RaceWeekend(2031, 8)
AT = datetime(2031, 6, 2, 8, tzinfo=UTC)
OLD, NEW = ModelVersion(1, 0, 0), ModelVersion(1, 0, 1)
CHAMPION = Manifest(
    OLD, "two_stage", AT, RaceWeekend(2031, 5), "2031-05-04", "s", 82, "c", {}, {}, simulated=True
)
RULES = (
    Rule(Trigger.SCHEDULED, "scheduled", fired=False, reason="The last was 2.0 days ago."),
    Rule(
        Trigger.DRIFT, "drift.feature (grid)", fired=True, reason="The grid drifted.",
        value=0.31, threshold=0.15, n=3,
    ),
)  # fmt: skip
DECIDED = RetrainingDecision(Outcome.RETRAIN, Trigger.DRIFT, "The grid drifted.", RULES)
WAITS = RetrainingDecision(
    Outcome.NOTHING, None, "None of 2 rules asks for a training.",
    tuple(replace(rule, fired=False) for rule in RULES),
)  # fmt: skip


def beside(*, passed: bool) -> PromotionDecision:
    rules = tuple(
        promotions.Rule(
            f"paired.{name}", 0.1, 0.0, 48, ok, f"{name}: {0.1 if ok else -0.1}", low=low, high=0.2
        )
        for name, ok, low in (("winner_log_loss", True, -0.05), ("rps", passed, 0.02))
    )
    return PromotionDecision(Case.FIRST, passed, "It is so.", rules, 48)


NAMES = ("stage", "cutoff", "metric", "value", "low", "high", "n", "baseline", "baseline_value",
         "skill", "skill_low", "skill_high")  # fmt: skip
NONE = np.nan
SCORES = pd.DataFrame(
    [
        ("qualifying", "before_qualifying", "gap_mae_pct", 0.3, 0.2, 0.4, 48, "recent", 0.4,
         0.25, 0.1, 0.4),
        ("race", "before_race", "winner_log_loss", 1.5, 1.3, 1.7, 48, "grid", 1.75, 0.14, -0.1,
         0.3),
        ("race", "before_race", "skill_index", 0.13, 0.08, 0.18, 48, "", NONE, NONE, NONE, NONE),
        ("race", "before_race", "calibration_slope", 0.9, 0.7, 1.1, 48, "", NONE, NONE, NONE,
         NONE),
    ],
    columns=list(NAMES),
)  # fmt: skip
FRESH = Finding(FRESHNESS, "sessions", "until now", QUIET, "The data of 2031-08 is there.")

TRAINED = Account(
    weekend=WEEKEND,
    came=Came.TRAINED,
    dry_run=False,
    champion=CHAMPION,
    decision=DECIDED,
    taken_at=None,
    data=(FRESH,),
    lesson=Lesson(NEW, OLD, 85, WEEKEND),
    archive="f1lib-20310602T080000Z.zip",
    archive_mb=1.234,
    verdict=beside(passed=True),
    reigns=False,
    proof=Proof.BACKTEST,
    scores=SCORES,
    gains=pd.DataFrame({"weekend": ["2030-22", "2031-01", "2031-02"], "gain": [0.5, -0.2, 0.1]}),
)
NOTHING = replace(
    TRAINED, came=Came.NOTHING, decision=WAITS, lesson=None, archive="", archive_mb=0.0,
    verdict=None, proof=Proof.NONE, scores=SCORES.head(0), gains=TRAINED.gains.head(0),
)  # fmt: skip
WOULD = replace(
    NOTHING, came=Came.WOULD, dry_run=True, decision=DECIDED, lesson=TRAINED.lesson
)  # fmt: skip
FIRST = replace(
    TRAINED, champion=None, decision=None, lesson=Lesson(OLD, None, 82, WEEKEND), reigns=True,
    archive="", archive_mb=0.0,
)  # fmt: skip
AGAIN = replace(TRAINED, came=Came.THERE, taken_at=AT)
EVERY = {"trained": TRAINED, "nothing": NOTHING, "would": WOULD, "first": FIRST, "again": AGAIN}


def test_the_first_sentence_says_what_was_trained_or_that_nothing_was() -> None:
    assert headlines.verdict(TRAINED) == (
        "Yes, by drift: the grid drifted. Nothing found about performance, calibration or new "
        "conditions asks for it. Challenger 1.0.1 is trained after 2031-08, on 85 races."
    )
    assert headlines.verdict(AGAIN) == headlines.verdict(TRAINED)
    assert "Challenger 1.0.1 would be trained after 2031-08" in headlines.verdict(WOULD)
    assert headlines.verdict(NOTHING) == (
        "No: none of 2 rules asks for a training. Nothing is trained after 2031-08."
    )
    assert "Nothing would be trained" in headlines.verdict(replace(NOTHING, dry_run=True))


def by_hand(*fired: bool) -> Account:
    """A training that a person asked for, after which rules of RULES had fired."""
    rules = (
        *(replace(rule, fired=of) for rule, of in zip(RULES, fired, strict=True)),
        Rule(Trigger.MANUAL, "manual", fired=True, reason="It was asked for."),
    )
    decided = RetrainingDecision(Outcome.RETRAIN, Trigger.MANUAL, "It was asked for.", rules)
    return replace(TRAINED, decision=decided)


def test_a_training_asked_for_by_hand_says_whether_a_rule_asks_for_it_too() -> None:
    assert headlines.verdict(by_hand(True, False)) == (
        "Yes, by schedule: the last was 2.0 days ago. It was asked for by hand. Nothing found "
        "about performance, calibration, drift or new conditions asks for it. Challenger 1.0.1 is "
        "trained after 2031-08, on 85 races."
    )
    assert headlines.verdict(by_hand(False, False)).startswith(
        "No rule asks for it (2 were looked at), a person does. Challenger 1.0.1 is trained"
    )


def test_that_a_person_asks_is_not_counted_as_a_rule() -> None:
    told = by_hand(True, False)
    assert headlines.decided(told).startswith("1 of 2 rules asks for it, and the decision is: retr")
    assert tiles.training(told)[0].note == "of 2"
    assert list(listings.fired(told.decision)[0]["Rule"]) == ["scheduled"]
    assert headlines.still(told) == "1 rule that did not ask for it"


@pytest.mark.parametrize(
    ("outcome", "answer"),
    [
        (Outcome.WAIT, "Not yet: the grid drifted."),
        (Outcome.REFUSED, "Not on these data: the grid drifted."),
        (Outcome.SHADOW, "Not by a rule, but to be on the safe side: the grid drifted."),
    ],
)
def test_every_outcome_answers_whether_a_training_is_warranted(
    outcome: Outcome, answer: str
) -> None:
    told = replace(NOTHING, decision=replace(DECIDED, outcome=outcome))
    assert headlines.verdict(told).startswith(answer)


def test_a_first_model_says_whether_it_is_champion_and_why_not() -> None:
    assert headlines.verdict(FIRST) == (
        "There was no champion, so no rule was asked. First model 1.0.0 is trained after 2031-08, "
        "on 82 races. It is ahead of the frozen baselines in the mean of 48 races, so 1.0.0 is "
        "champion. On so few races its lead in log loss of the winner cannot be told from none."
    )
    refused = replace(FIRST, verdict=beside(passed=False), reigns=False)
    said = "It is refused, and there is no champion: rps: -0.1."
    assert headlines.verdict(refused).endswith(said)
    assert headlines.conclusion(refused) == said
    forgotten = replace(FIRST, verdict=None, proof=Proof.MANIFEST)
    assert headlines.conclusion(forgotten) == "1.0.0 is champion now."
    assert headlines.conclusion(replace(forgotten, reigns=False)) == "1.0.0 is no champion."


def test_the_decision_counts_its_rules_and_says_when_it_was_taken() -> None:
    assert headlines.decided(TRAINED) == (
        "1 of 2 rules asks for it, and the decision is: retrain by trigger drift. The grid drifted."
    )
    assert headlines.decided(NOTHING).startswith(
        "None of 2 rules asks for it, and the decision is: no"
    )
    unknown = replace(TRAINED, decision=None)
    assert "trained by other means" in headlines.decided(unknown)


def test_the_state_of_the_data_is_told_with_what_was_found() -> None:
    assert headlines.data(TRAINED) == (
        "Of 1 check of the data of 2031-08 none found anything. The data of 2031-08 is there."
    )
    late = replace(FRESH, status=FIRED, alert=True, reason="No data of the race.")
    assert headlines.data(replace(TRAINED, data=(late, FRESH))) == (
        "Of 2 checks of the data of 2031-08 1 found something, 1 of it an alert. No data of the "
        "race."
    )


def test_a_first_model_that_is_not_trained_says_why_and_counts_no_rules() -> None:
    against = RetrainingDecision(Outcome.REFUSED, None, "The race of 2031-08 is late.", ())
    told = replace(TRAINED, came=Came.NOTHING, champion=None, decision=against, lesson=None)
    assert headlines.verdict(told).startswith("Not on these data: the race of 2031-08 is late.")
    assert headlines.decided(told) == "The race of 2031-08 is late."
    assert headlines.learnt(told) == "Nothing is learnt."
    assert "There is no champion yet" in headlines.conclusion(told)
    assert "rules_fired" not in {each.name for each in tiles.training(told)}


def test_what_was_learnt_stands_beside_what_the_champion_knows() -> None:
    champion = "1.0.0 has learnt from 82 races, through 2031-05."
    assert headlines.learnt(TRAINED) == (
        f"1.0.1 has learnt from 85 races, through 2031-08. Champion {champion}"
    )
    assert headlines.learnt(WOULD).startswith("1.0.1 would learn from 85 races")
    assert headlines.learnt(NOTHING) == f"Nothing is learnt anew: champion {champion}"
    assert headlines.learnt(FIRST) == "1.0.0 has learnt from 82 races, through 2031-08."


def test_the_backup_is_named_with_its_size_or_why_there_is_none() -> None:
    assert "into f1lib-20310602T080000Z.zip (1.23 MB)" in headlines.kept(TRAINED)
    assert headlines.kept(NOTHING) == "This run changed nothing, and so backed nothing up."
    assert headlines.kept(replace(AGAIN, archive="")) == headlines.kept(NOTHING)
    assert headlines.kept(WOULD) == "Store and registry would be backed up before."
    assert "nothing to back up" in headlines.kept(FIRST)
    assert "nothing to back up" in headlines.kept(replace(WOULD, champion=None))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (TRAINED, "1.0.1 is a patch: the recipe of 1.0.0, unchanged, on newer data."),
        (WOULD, "1.0.1 would be a patch"),
        (FIRST, "1.0.0 is the first version"),
        (
            replace(TRAINED, lesson=Lesson(ModelVersion(1, 1, 0), OLD, 85, WEEKEND)),
            "1.1.0 is a minor version: its recipe is another than that of 1.0.0.",
        ),
        (NOTHING, "There is no new version."),
    ],
)
def test_the_number_of_the_version_is_explained(told: Account, said: str) -> None:
    assert said in headlines.version(told)


def test_what_is_about_the_run_itself_is_said_apart() -> None:
    """A run that trains and one that finds the version there say else the same."""
    assert headlines.version(AGAIN) == headlines.version(TRAINED)
    assert headlines.decided(AGAIN) == headlines.decided(TRAINED)
    assert headlines.found_again(AGAIN).endswith("nothing was trained twice.")
    assert headlines.stands(AGAIN) == "It was decided 2031-06-02 08:00 UTC, and stands."
    assert (headlines.found_again(TRAINED), headlines.stands(TRAINED)) == ("", "")


def test_a_decision_is_told_in_a_word_or_two() -> None:
    assert (TRAINED.decided, NOTHING.decided, FIRST.decided) == (
        "retrain", "nothing", "first model",
    )  # fmt: skip
    assert replace(TRAINED, decision=None).decided == ""


def test_the_backtest_says_where_it_is_ahead_and_where_not() -> None:
    assert headlines.proof(TRAINED) == (
        "Its recipe, refit before each of the last 48 races, is in the mean ahead of the frozen "
        "baselines in log loss of the winner and ranked probability score. On so few races its "
        "lead in log loss of the winner cannot be told from none."
    )
    worse = headlines.proof(replace(TRAINED, verdict=beside(passed=False)))
    assert "in log loss of the winner, and not in ranked probability score." in worse
    verdict = beside(passed=True)
    sure = replace(verdict, rules=tuple(replace(rule, low=0.01) for rule in verdict.rules))
    assert "cannot be told" not in headlines.proof(replace(TRAINED, verdict=sure))
    leak = promotions.Rule("guard.leak", 1.0, 0.9, 48, passed=False, reason="Too good to be true.")
    suspected = replace(verdict, rules=(*verdict.rules, leak))
    assert headlines.proof(replace(TRAINED, verdict=suspected)).endswith("Too good to be true.")
    forgotten = replace(AGAIN, proof=Proof.MANIFEST, verdict=None)
    assert headlines.proof(forgotten) == headlines.lacks(TRAINED) == headlines.lacks(NOTHING) == ""
    assert "not kept any more" in headlines.lacks(forgotten)
    assert "would be tested first" in headlines.proof(WOULD)
    assert "nothing to test" in headlines.proof(NOTHING)


def test_the_conclusion_says_what_happens_next_and_whether_anything_changed() -> None:
    assert headlines.conclusion(TRAINED) == (
        "Champion 1.0.0 stays in use; whether 1.0.1 takes its place is for the comparison of the "
        "two to say."
    )
    assert headlines.conclusion(replace(AGAIN, reigns=True)) == "1.0.1 is champion now."
    assert headlines.conclusion(NOTHING) == "Champion 1.0.0 stays in use as it is."
    for told in (WOULD, replace(NOTHING, dry_run=True), replace(AGAIN, dry_run=True)):
        assert headlines.conclusion(told).endswith("This run changed nothing (dry_run).")
    first = replace(WOULD, champion=None, decision=None, lesson=FIRST.lesson)
    assert "made champion if it is ahead of the frozen baselines" in headlines.conclusion(first)


@pytest.mark.parametrize("told", EVERY.values(), ids=EVERY)
def test_every_sentence_ends_like_one(told: Account) -> None:
    for say in (
        headlines.verdict, headlines.decided, headlines.data, headlines.learnt, headlines.kept,
        headlines.version, headlines.proof, headlines.conclusion,
    ):  # fmt: skip
        said = say(told)
        assert said.endswith((".", "(dry_run)."))
        assert "None." not in said
        assert "nan" not in said


def test_every_rule_has_a_row_among_those_that_fired_or_those_that_did_not() -> None:
    frame, _, _ = listings.fired(DECIDED)
    assert list(frame["Rule"]) == ["drift: feature (grid)"]
    assert frame.loc[0, ["Value", "Threshold", "p", "n"]].to_list() == ["0.31", "0.15", "–", 3]
    assert list(listings.quiet(DECIDED)[0]["Rule"]) == ["scheduled"]
    assert listings.fired(WAITS)[1] == ""  # not shown
    assert listings.fired(None)[0].empty
    assert listings.quiet(None)[0].empty


def test_a_value_beyond_its_threshold_that_did_not_fire_says_what_it_lacks() -> None:
    rule = Rule(
        Trigger.DRIFT, "drift.lineage (ferrari)", fired=False, reason="Qualified slower.",
        value=0.424, threshold=0.025, p=0.345, n=3,
    )  # fmt: skip
    frame, _, _ = listings.quiet(replace(DECIDED, rules=(rule,)))
    assert frame.loc[0, ["Value", "Threshold", "p"]].to_list() == ["0.424", "p 0.025", "0.345"]
    assert frame.loc[0, "Asks if"] == "p below it, in a row"


def test_every_rule_that_looks_at_something_says_what_it_needs() -> None:
    every = {
        WINNER_CONCORDANCE, ORDER_CONCORDANCE, ORDER_SKILL, CUSUM, LOG_LOSS, forecasts.RULE,
        "drift.feature", "drift.dataset", "drift.lineage", "new_conditions.driver",
        "new_conditions.regulations", "drift.unanswered", "scheduled",
    }  # fmt: skip
    rules = tuple(Rule(Trigger.DRIFT, name, fired=False, reason="Quiet.") for name in every)
    frame, _, _ = listings.quiet(replace(DECIDED, rules=rules))
    assert "–" not in set(frame["Asks if"])


def test_the_level_of_a_feature_is_said_to_ask_for_nothing() -> None:
    rules = tuple(replace(RULES[1], rule=f"drift.feature ({name})", fired=False)
                  for name in (LEVELS[0], "grid"))  # fmt: skip
    frame, _, _ = listings.quiet(replace(DECIDED, rules=rules))
    assert list(frame["Asks if"]) == [
        "never: it is only told", "above it, significant, in a row",
    ]  # fmt: skip


def test_scores_stand_beside_their_baselines_under_names_that_tell_them_apart() -> None:
    frame, _, _ = listings.scores(SCORES)
    assert list(frame["Score"]) == [
        "Error of the gap to pole, %", "Log loss of the winner, nats", "Skill index",
        "Calibration slope of the winner",
    ]  # fmt: skip
    assert frame.loc[0, ["Value", "Baseline", "Skill", "Races"]].to_list() == [0.3, 0.4, 0.25, 48]


def test_tiles_have_the_figures_of_the_backtest() -> None:
    found = {each.name: each for each in tiles.training(TRAINED)}
    assert (found["rules_fired"].value, found["rules_fired"].note) == (1, "of 2")
    assert (found["races_learnt"].value, found["races_learnt"].note) == (85, "through 2031-08")
    index, loss = found["skill_index"], found["winner_log_loss"]
    assert (index.value, index.low, index.high, index.n) == (0.13, 0.08, 0.18, 48)
    assert index.comparison == ""
    assert (loss.value, loss.comparison) == (
        1.5,
        "baseline 1.750\u00a0nats",
    )  # its skill may be none
    assert found["gap_mae_pct"].comparison == "0.100 better than baseline 0.400\u00a0%"
    assert {each.name for each in tiles.training(NOTHING)} == {"rules_fired", "races_learnt"}
    assert tiles.training(FIRST)[0].name == "races_learnt"
    means = SCORES[["stage", "cutoff", "metric", "value"]].reindex(columns=list(NAMES))
    kept = {each.name: each for each in tiles.training(replace(AGAIN, scores=means))}
    assert kept["winner_log_loss"].n is None
    assert not kept["winner_log_loss"].interval


def test_charts_say_what_they_show_or_that_there_is_nothing() -> None:
    _, alt, _ = figures.skills(SCORES)
    assert alt == (
        "Skill over 48 races: Error of the gap to pole +0.25; Log loss of the winner +0.14."
    )
    _, alt, _ = figures.by_race(TRAINED.gains)
    assert "ahead of the baseline in 2 of 3 races, +0.40 nats in all" in alt
    for chart in (figures.skills(NOTHING.scores), figures.by_race(NOTHING.gains)):
        assert chart[1] == "There is no backtest to show."
