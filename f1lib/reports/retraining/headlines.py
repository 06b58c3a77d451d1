"""What a training comes to, in sentences."""

from typing import TYPE_CHECKING

from f1lib.decisions.retraining import FRESHNESS, FROM_FINDINGS, Outcome
from f1lib.decisions.trigger import Trigger
from f1lib.reports.numbers import counted, listed
from f1lib.reports.retraining.account import Came, Proof
from f1lib.scoring.scores import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from f1lib.decisions.promotion.decision import PromotionDecision
    from f1lib.decisions.retraining import RetrainingDecision
    from f1lib.reports.retraining.account import Account, Lesson

NOTHING_TRAINED = "There is no new version"


def verdict(told: "Account") -> str:
    """Whether a training is warranted and by what, and what came of it."""
    warranted = _warranted(told.decision) if told.decision else _reason(told)
    if told.lesson is None:
        would = "would be" if told.dry_run else "is"
        return f"{warranted} Nothing {would} trained after {told.weekend}."
    would = "would be" if told.came is Came.WOULD else "is"
    races = counted(told.lesson.n_races, "race")
    said = f"{warranted} {told.lesson} {would} trained after {told.weekend}, on {races}."
    if told.lesson.parent is not None or told.verdict is None:
        return said
    return f"{said} {_first(told.lesson, told.verdict)}"


def _warranted(decision: "RetrainingDecision") -> str:
    """The answer, by what it was given, and what did not speak for it."""
    fired = [rule for rule in decision.looked if rule.fired]
    by_hand = decision.trigger is Trigger.MANUAL
    if decision.outcome is Outcome.RETRAIN and fired:
        led = [rule for rule in fired if rule.trigger is decision.trigger] or fired
        by = dict.fromkeys(rule.trigger for rule in (*led, *fired))
        hand = " It was asked for by hand." if by_hand else ""
        why = _lowered(led[0].reason)
        return f"Yes, by {listed([_named(each) for each in by])}: {why}{hand}{_quiet(by)}"
    if decision.outcome is Outcome.RETRAIN:
        return f"No rule asks for it ({len(decision.looked)} were looked at), a person does."
    answer = {
        Outcome.SHADOW: "Not by a rule, but to be on the safe side:",
        Outcome.WAIT: "Not yet:",
        Outcome.REFUSED: "Not on these data:",
        Outcome.NOTHING: "No:",
    }[decision.outcome]
    return f"{answer} {_lowered(decision.reason)}"


def _lowered(sentence: str) -> str:
    """A sentence after a colon; what begins with an abbreviation keeps it."""
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() else sentence


def _quiet(fired: "Iterable[Trigger]") -> str:
    """What that is born of findings did not fire."""
    still = [_named(each) for each in FROM_FINDINGS if each not in set(fired)]
    if not still:
        return ""
    return f" Nothing found about {listed(still).replace(' and ', ' or ')} asks for it."


def _named(trigger: "Trigger") -> str:
    return "schedule" if trigger is Trigger.SCHEDULED else trigger.replace("_", " ")


def decided(told: "Account") -> str:
    """What was decided, by which trigger, and how many rules ask for it."""
    decision = told.decision
    if decision is None or not decision.looked:  # a first model: no rule could be asked
        return _reason(told)
    fired = sum(rule.fired for rule in decision.looked)
    by = f" by trigger {decision.trigger}" if decision.trigger else ""
    return (
        f"{fired or 'None'} of {counted(len(decision.looked), 'rule')} ask{'s' * (fired < 2)} for "
        f"it, and the decision is: {decision.outcome}{by}. {decision.reason}"
    )


def still(told: "Account") -> str:
    """The line under which the rules that did not fire are folded."""
    rules = told.decision.looked if told.decision else ()
    quiet = sum(not rule.fired for rule in rules)
    return f"{counted(quiet, 'rule')} that did not ask for it"


def stands(told: "Account") -> str:
    """When it was decided, if that was before."""
    return (
        f"It was decided {told.taken_at:%Y-%m-%d %H:%M} UTC, and stands." if told.taken_at else ""
    )


def data(told: "Account") -> str:
    """Whether the data of the weekend is there, whole and possible."""
    found = [each for each in told.data if each.fired]
    looked = counted(len(told.data), "check")
    if not found:
        fresh = [each.reason for each in told.data if each.rule == FRESHNESS]
        return " ".join([f"Of {looked} of the data of {told.weekend} none found anything.", *fresh])
    alerts = sum(each.alert for each in found)
    said = " ".join(each.reason for each in found)
    return (
        f"Of {looked} of the data of {told.weekend} {len(found)} found something, "
        f"{alerts or 'none'} of it an alert. {said}"
    )


def learnt(told: "Account") -> str:
    """From how many races, through which."""
    champion, lesson = told.champion, told.lesson
    reigns = champion and (
        f"{champion.version} has learnt from {counted(champion.n_races, 'race')}, through "
        f"{champion.trained_through}."
    )
    if lesson is None:
        return f"Nothing is learnt anew: champion {reigns}" if reigns else "Nothing is learnt."
    would = "would learn" if told.came is Came.WOULD else "has learnt"
    said = (
        f"{lesson.version} {would} from {counted(lesson.n_races, 'race')}, through "
        f"{lesson.trained_through}."
    )
    return f"{said} Champion {reigns}" if reigns else said


def kept(told: "Account") -> str:
    """What was backed up before."""
    if told.archive:
        return (
            f"Store and registry were backed up before, into {told.archive} "
            f"({told.archive_mb:.2f} MB)."
        )
    if told.came is Came.WOULD:
        return (
            "Store and registry would be backed up before."
            if told.champion
            else "Store and registry would be backed up before if the registry holds a version; "
            "else there is nothing to back up."
        )
    if told.came is Came.TRAINED:
        return "Before the first model there was nothing to back up."
    return "This run changed nothing, and so backed nothing up."


def version(told: "Account") -> str:
    """Which version it is, and why it bears that number."""
    lesson = told.lesson
    if lesson is None:
        return f"{NOTHING_TRAINED}."
    would = "would be" if told.came is Came.WOULD else "is"
    if lesson.parent is None:
        return f"{lesson.version} {would} the first version, and follows none."
    if lesson.same_recipe:
        return (
            f"{lesson.version} {would} a patch: the recipe of {lesson.parent}, unchanged, on newer "
            "data."
        )
    return (
        f"{lesson.version} {would} a minor version: its recipe is another than that of "
        f"{lesson.parent}."
    )


def found_again(told: "Account") -> str:
    """Whether it was there already."""
    if told.came is not Came.THERE:
        return ""
    return "It had been trained before and was found again: nothing was trained twice."


def proof(told: "Account") -> str:
    """How good it is, and how that is known."""
    if told.proof is Proof.NONE:
        return (
            "It would be tested first: refit before each of the last races, beside the frozen "
            "baselines."
            if told.came is Came.WOULD
            else f"{NOTHING_TRAINED}, and nothing to test."
        )
    if told.verdict is None or lacks(told):
        return ""
    parts = [rule for rule in told.verdict.rules if rule.kind == "paired"]
    ahead = [_part(rule.rule) for rule in parts if rule.passed]
    behind = [_part(rule.rule) for rule in parts if not rule.passed]
    said = (
        f"Its recipe, refit before each of the last {counted(told.verdict.n_races, 'race')}, is "
        f"in the mean ahead of the frozen baselines in {listed(ahead) or 'nothing'}"
    )
    said = f"{said}, and not in {listed(behind)}." if behind else f"{said}."
    suspected = [rule.reason for rule in told.verdict.failed("guard")]
    return " ".join([said, *_open(told.verdict), *suspected])


def lacks(told: "Account") -> str:
    """What the proof has to do without."""
    if told.proof is Proof.NONE or (told.proof is Proof.BACKTEST and told.verdict is not None):
        return ""
    return (
        "The backtest that was made with it is not kept any more. What stands in its manifest "
        "are the means: without baselines, without intervals."
    )


def conclusion(told: "Account") -> str:
    """What happens next."""
    lesson = told.lesson
    if lesson is None:
        champion = told.champion
        said = (
            f"Champion {champion.version} stays in use as it is."
            if champion
            else "There is no champion yet, so nothing can be forecast."
        )
        return f"{said} {_changed(told)}".strip()
    if told.came is Came.WOULD:
        then = (
            f"compared with champion {lesson.parent}, which stays in use until that is decided"
            if lesson.parent
            else "made champion if it is ahead of the frozen baselines"
        )
        return (
            f"It would be trained, tested, registered as {lesson.version}, and {then}. "
            f"{_changed(told)}"
        )
    if lesson.parent is None:
        judged = _first(lesson, told.verdict) if told.verdict else _now(lesson, reigns=told.reigns)
        return f"{judged} {_changed(told)}".strip()
    if told.reigns:
        return f"{_now(lesson, reigns=True)} {_changed(told)}".strip()
    return (
        f"Champion {lesson.parent} stays in use; whether {lesson.version} takes its place is for "
        f"the comparison of the two to say. {_changed(told)}"
    ).strip()


def _reason(told: "Account") -> str:
    if told.decision is not None:
        return told.decision.reason
    if told.champion is None:
        return "There was no champion, so no rule was asked."
    return "No decision to train is recorded on these grounds, so it was trained by other means."


def _first(lesson: "Lesson", decision: "PromotionDecision") -> str:
    """What became of the first model."""
    if decision.promoted:
        said = (
            "It is ahead of the frozen baselines in the mean of "
            f"{counted(decision.n_races, 'race')}, so {lesson.version} is champion."
        )
        return " ".join([said, *_open(decision)])
    missed = [rule.reason.removesuffix(".") for rule in decision.rules if not rule.passed]
    return f"It is refused, and there is no champion: {'; '.join(missed)}."


def _open(decision: "PromotionDecision") -> list[str]:
    """In which parts the lead may be none: their interval holds 0, or is missing."""
    unsure = [
        _part(rule.rule)
        for rule in decision.rules
        if rule.kind == "paired" and rule.passed and not rule.low > 0
    ]
    if not unsure:
        return []
    return [f"On so few races its lead in {listed(unsure)} cannot be told from none."]


def _now(lesson: "Lesson", *, reigns: bool) -> str:
    return f"{lesson.version} is champion now." if reigns else f"{lesson.version} is no champion."


def _changed(told: "Account") -> str:
    return "This run changed nothing (dry_run)." if told.dry_run else ""


def _part(rule: str) -> str:
    """A part of the skill index as a sentence has it.

    >>> _part("paired.winner_log_loss")
    'log loss of the winner'
    """
    return METRICS[rule.partition(".")[2]].in_words
