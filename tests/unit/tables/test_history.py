from datetime import UTC, datetime

import pytest

from f1lib.errors import ConfigurationError
from f1lib.tables.history import History
from f1lib.weekend import Cutoff, RaceWeekend, Session, Stage, WeekendFormat


def of_format(history: History, weekend_format: WeekendFormat) -> RaceWeekend:
    races = history["races"]
    return RaceWeekend.parse(races.loc[races["format"] == weekend_format, "weekend"].iloc[-1])


@pytest.mark.parametrize("weekend_format", WeekendFormat)
def test_before_the_weekend_nothing_of_it_is_known(
    simulated_history: History, weekend_format: WeekendFormat
) -> None:
    weekend = of_format(simulated_history, weekend_format)
    known = simulated_history.as_of(weekend, Cutoff.BEFORE_WEEKEND)
    for name in ("practice", "qualifying", "sprint_qualifying", "sprint", "grid", "results"):
        assert (known[name]["weekend"] < str(weekend)).all()
    assert known["races"]["weekend"].max() == str(weekend)


@pytest.mark.parametrize(
    ("weekend_format", "sprint", "practice"),
    [
        (WeekendFormat.STANDARD, False, {"FP1", "FP2", "FP3"}),
        (WeekendFormat.SPRINT_SETS_GRID, False, {"FP1"}),
        (WeekendFormat.SPRINT_AFTER_QUALIFYING, False, {"FP1"}),
        (WeekendFormat.SPRINT_BEFORE_QUALIFYING, True, {"FP1"}),
    ],
)
def test_before_qualifying_each_format_shows_the_sessions_run_by_then(
    simulated_history: History,
    weekend_format: WeekendFormat,
    sprint: bool,
    practice: set[str],
) -> None:
    weekend = of_format(simulated_history, weekend_format)
    known = simulated_history.as_of(weekend, Cutoff.BEFORE_QUALIFYING)
    key = str(weekend)
    seen = known["practice"]
    assert set(seen.loc[seen["weekend"] == key, "session"]) == practice
    assert (known["sprint"]["weekend"] == key).any() == sprint
    assert not (known["qualifying"]["weekend"] == key).any()


def test_before_the_race_grid_and_qualifying_are_known_and_the_result_is_not(
    simulated_history: History,
) -> None:
    weekend = simulated_history.completed()[-1]
    known = simulated_history.as_of(weekend, Cutoff.BEFORE_RACE)
    assert (known["grid"]["weekend"] == str(weekend)).any()
    assert (known["qualifying"]["weekend"] == str(weekend)).any()
    assert not (known["results"]["weekend"] == str(weekend)).any()


def test_what_as_of_shows_of_a_weekend_is_what_seen_at_shows(simulated_history: History) -> None:
    for cutoff in Cutoff:
        seen = simulated_history.seen_at(cutoff)
        for weekend in simulated_history.completed()[-30::7]:
            known = simulated_history.as_of(weekend, cutoff)
            for name in ("practice", "qualifying", "grid", "results", "sprint"):
                mine = [
                    frame[name][frame[name]["weekend"] == str(weekend)] for frame in (seen, known)
                ]
                assert mine[0].reset_index(drop=True).equals(mine[1].reset_index(drop=True))


def test_latest_is_the_last_race_with_a_result_and_next_the_one_after(
    simulated_history: History,
) -> None:
    last = simulated_history.completed()[-1]
    assert simulated_history.weekend("latest") == last
    earlier = simulated_history.as_of(last, Cutoff.BEFORE_RACE)
    assert earlier.weekend("next") == last
    assert earlier.weekend("latest") < last


def test_off_season_there_is_no_next_weekend_and_a_sentence_says_so(
    simulated_history: History,
) -> None:
    with pytest.raises(ConfigurationError, match="no next weekend: the calendar ends with"):
        simulated_history.weekend("next")


def test_a_weekend_the_calendar_does_not_have_is_refused(simulated_history: History) -> None:
    with pytest.raises(ConfigurationError, match="no weekend 2099-01"):
        simulated_history.weekend("2099-01")


def test_cutoffs_are_reached_one_after_the_other(simulated_history: History) -> None:
    weekend = simulated_history.completed()[-1]
    reached = [simulated_history.as_of(weekend, cutoff).reached(weekend) for cutoff in Cutoff]
    assert reached == [list(Cutoff)[: n + 1] for n in range(3)]


def test_without_a_clock_time_a_session_starts_with_its_day(simulated_history: History) -> None:
    weekend = simulated_history.completed()[-1]
    races = simulated_history["races"].assign(race_at=None, qualifying_at=None)
    from dataclasses import replace

    from f1lib.tables import calendar

    timeless = replace(
        simulated_history,
        tables={**simulated_history.tables, "races": calendar.RACES.build(races)},
    )
    day = datetime.fromisoformat(str(timeless.race(weekend)["date"])).replace(tzinfo=UTC)
    assert timeless.starts_at(weekend, Stage.RACE) == day
    assert (day - timeless.starts_at(weekend, Stage.QUALIFYING)).days == 1
    assert simulated_history.starts_at(weekend, Stage.RACE) > day


def test_the_race_is_in_no_cutoff() -> None:
    from f1lib.weekend import sessions_known

    for weekend_format in WeekendFormat:
        for cutoff in Cutoff:
            assert Session.RACE not in sessions_known(weekend_format, cutoff)
