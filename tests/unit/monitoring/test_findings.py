"""A finding is one rule about one subject; an alert that lasts is one episode."""

from dataclasses import replace

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from f1lib.monitoring import findings
from f1lib.monitoring.findings import Finding, Kind
from f1lib.weekend import RaceWeekend, Stage

ALERT = Finding("drift.feature", "practice_gap", "last 3 rounds", "drift", "It moved.", alert=True)
QUIET = replace(ALERT, alert=False, status="stable")


def season(*raised: bool) -> dict[RaceWeekend, list[Finding]]:
    return {
        RaceWeekend(2025, number): [ALERT if each else QUIET]
        for number, each in enumerate(raised, start=1)
    }


def test_the_first_part_of_a_rule_is_its_kind() -> None:
    assert ALERT.kind is Kind.DRIFT


def test_a_frame_has_a_row_for_each_and_no_stage_for_both() -> None:
    rows = findings.frame([ALERT, replace(ALERT, stage=Stage.RACE)])
    assert tuple(rows.columns) == findings.COLUMNS
    assert rows["stage"].tolist() == ["", "race"]
    assert findings.frame([]).empty
    assert pd.isna(rows["value"]).all()


def test_rows_of_the_log_are_findings_again() -> None:
    rows = findings.frame([replace(ALERT, stage=Stage.RACE, n=8)]).assign(weekend="2025-08")
    ((weekend, (finding,)),) = findings.by_round(rows).items()
    assert weekend == RaceWeekend(2025, 8)
    assert (finding.stage, finding.n, finding.rule) == (Stage.RACE, 8, ALERT.rule)


def test_an_alert_that_lasts_is_told_once() -> None:
    (episode,) = findings.episodes(season(False, True, True, True))
    assert (episode.first.round, episode.last.round, episode.n_rounds) == (2, 4, 3)
    assert str(episode).startswith("2025-02 to 2025-04 (3 rounds) ALERT drift.feature")


def test_an_alert_that_comes_back_is_told_again() -> None:
    told = findings.episodes(season(True, False, True))
    assert [(each.first.round, each.n_rounds) for each in told] == [(1, 1), (3, 1)]
    assert str(told[0]).startswith("2025-01 ALERT")


def test_alerts_about_different_subjects_are_apart() -> None:
    other = replace(ALERT, subject="retired")
    told = findings.episodes({RaceWeekend(2025, 1): [ALERT, other]})
    assert {each.finding.subject for each in told} == {"practice_gap", "retired"}


@given(st.lists(st.booleans(), max_size=24))
def test_episodes_cover_every_alert_once(raised: list[bool]) -> None:
    told = findings.episodes(season(*raised))
    assert sum(each.n_rounds for each in told) == sum(raised)
    begun = sum(now and not before for before, now in zip([False, *raised], raised, strict=False))
    assert len(told) == begun
