"""Alerts: told when one begins and when it ends, never in between."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from f1lib.monitoring.findings import Finding
from f1lib.notify import alerts, letter
from f1lib.notify.events import Event, Scene
from f1lib.weekend import RaceWeekend, Stage

SCENE = Scene(simulated=False, replay=False)
RULE = "performance.winner_concordance"


def finding(subject: str = "winner", status: str = "fired", rule: str = RULE) -> Finding:
    """One that is an alert if it fired."""
    return Finding(
        rule, subject, "last 8 rounds", status, f"{subject} is {status}: 0.88 over 8 races.",
        alert=status == "fired", stage=Stage.RACE, value=0.88, threshold=0.9, n=8,
    )  # fmt: skip


def told(rounds: Sequence[Sequence[Finding]], known: Sequence[str] = ()) -> list[list[Event]]:
    """What is told after each of `rounds`, from round 1 on."""
    names, found = list(known), []
    for number, findings in enumerate(rounds, 1):
        standing, weekend = alerts.open_alerts(names), RaceWeekend(2025, number)
        found.append(alerts.events(findings, standing, weekend, SCENE))
        names += [letter.line(each.name) for each in found[-1]]
    return found


def test_an_alert_that_goes_on_is_told_once_when_it_begins_and_once_when_it_ends() -> None:
    on, off = [finding()], [finding(status="quiet")]
    first, second, third, fourth, fifth = told([on, on, off, off, on])
    (began,), (over,) = first, third
    assert began.title == "Performance alert after 2025-01: winner"
    assert began.sentences == ("winner is fired: 0.88 over 8 races.",)
    assert over.title == "Over after 2025-03: performance alert, winner"
    assert over.sentences == ("It began after 2025-01.", "winner is quiet: 0.88 over 8 races.")
    assert (began.rules[0].value, began.rules[0].threshold, began.rules[0].n) == (0.88, 0.9, 8)
    assert (second, fourth) == ([], [])
    assert len(fifth) == 1


def test_where_a_rule_cannot_tell_or_was_not_looked_at_its_alert_goes_on() -> None:
    on, off = [finding()], [finding(status="quiet")]
    unsure, failed = [finding(status="insufficient")], [finding(status="error")]
    other = [finding(rule="drift.sustained", status="quiet")]
    rounds = [on, unsure, failed, other, [], on, off]
    assert [len(each) for each in told(rounds)] == [1, 0, 0, 0, 0, 0, 1]


def test_what_a_rule_does_not_name_any_more_is_over() -> None:
    _, (over,) = told([[finding("form")], [finding("pace", "quiet")]])
    assert over.sentences[1] == "The rule was looked at again and does not name it any more."


def test_features_that_begin_to_drift_together_are_one_event() -> None:
    features = [finding(f"feature {n}", rule="drift.sustained") for n in range(5)]
    (one,), (more,), (over,) = told([features, [*features, finding("form", rule="drift.sustained")],
                                     [finding("form", rule="drift.sustained")]])  # fmt: skip
    assert one.title == "Sustained drift after 2025-01: feature 0, feature 1, feature 2 and 2 more"
    assert len(one.rules) == 5
    assert more.title == "Sustained drift after 2025-02: form"
    assert over.title.startswith("Over after 2025-03: sustained drift, feature 0, ")


def test_a_revision_that_takes_an_alert_back_is_told() -> None:
    weekend = RaceWeekend(2025, 1)
    (began,) = alerts.events([finding()], {}, weekend, SCENE)
    standing = alerts.open_alerts([began.name])
    (over,) = alerts.events([finding(status="quiet")], standing, weekend, SCENE)
    assert alerts.open_alerts([began.name, over.name]) == {}


def test_an_earlier_weekend_looked_at_again_does_not_end_a_later_alert() -> None:
    standing = {(RULE, "race", "winner"): RaceWeekend(2025, 8)}
    earlier = RaceWeekend(2025, 3)
    assert alerts.events([finding(status="quiet")], standing, earlier, SCENE) == []


STATUSES = st.sampled_from(["fired", "quiet", "insufficient", None])


@given(
    st.lists(st.dictionaries(st.sampled_from(["a b", "c,\u00a0d", "é\n"]), STATUSES), max_size=9)
)
def test_beginnings_and_ends_of_an_alert_take_turns(rounds: list[dict[str, str | None]]) -> None:
    findings = [
        [finding(subject, status) for subject, status in each.items() if status] for each in rounds
    ]
    names: list[str] = []
    for events, mine in zip(told(findings), findings, strict=True):
        before = alerts.open_alerts(names)
        names += [event.name for event in events]
        assert len(set(names)) == len(names)
        after = alerts.open_alerts(names)
        firing = {(each.rule, "race", letter.line(each.subject)) for each in mine if each.alert}
        assert firing <= after.keys() <= before.keys() | firing
        certain = {(each.rule, "race", letter.line(each.subject)) for each in mine
                   if each.status == "quiet"}  # fmt: skip
        assert not after.keys() & certain
