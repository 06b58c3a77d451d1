"""Whether data is there, whole and possible: on the simulated world, and on the real archive."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from f1lib.monitoring import data_quality, freshness
from f1lib.monitoring.findings import Finding, alerts
from f1lib.monitoring.policy import WatchPolicy
from f1lib.tables.history import SESSION_TABLES, History
from f1lib.weekend import RaceWeekend, Session, Stage

POLICY = WatchPolicy("test")
HOURS = POLICY.freshness_h


def changed(history: History, **tables: pd.DataFrame) -> History:
    return replace(history, tables={**history.tables, **tables})


def known_until(history: History, weekend: RaceWeekend, session: Session) -> History:
    """The history without the data of `session` and of all that came after it."""
    order = list(freshness.SESSION_ORDER[history.format(weekend)])
    later, key = order[order.index(session) :], str(weekend)
    tables = {}
    for name, frame in history.tables.items():
        if name == "practice":
            gone = (frame["weekend"] == key) & frame["session"].isin(later)
            tables[name] = frame[~gone & (frame["weekend"] <= key)]
        elif name in SESSION_TABLES:
            last = frame["weekend"] < key if SESSION_TABLES[name] in later else True
            tables[name] = frame[(frame["weekend"] <= key) & last]
    return changed(history, **tables)


def features(history: History, upto: RaceWeekend, **missing: str) -> pd.DataFrame:
    """Two features of four entries a race, a quarter of `gap` missing; whole where named."""
    weekends = [str(each) for each in history.completed() if each <= upto]
    frame = pd.DataFrame({"weekend": np.repeat(weekends, 4)})
    frame["form"] = 1.0
    frame["gap"] = np.resize([1.0, 2.0, 3.0, np.nan], len(frame))
    for name, weekend in missing.items():
        frame.loc[frame["weekend"] == weekend, name] = np.nan
    return frame


def found(
    history: History,
    weekend: RaceWeekend,
    now: datetime | None = None,
    shown: pd.DataFrame | None = None,
) -> dict[str, Finding]:
    those = data_quality.findings(
        history, features(history, weekend) if shown is None else shown, POLICY, weekend,
        now=now or history.starts_at(weekend, Stage.RACE) + timedelta(days=1),
    )  # fmt: skip
    assert len({each.rule for each in those}) == len(those)
    return {each.rule.removeprefix("data_quality."): each for each in those}


@pytest.fixture(scope="module")
def last(simulated_history: History) -> RaceWeekend:
    return simulated_history.completed()[-1]


def test_a_healthy_weekend_is_quiet_about_everything(simulated_history, last) -> None:
    all_of_them = found(simulated_history, last)
    assert set(all_of_them) == {"freshness", "sessions", "entries", "values", "missing"}
    assert {each.status for each in all_of_them.values()} == {"quiet"}
    assert not any(each.alert for each in all_of_them.values())


def test_data_is_late_as_many_hours_after_the_end_as_the_policy_says(
    simulated_history, last
) -> None:
    before = simulated_history.completed()[-2]
    history = known_until(simulated_history, last, Session.RACE)
    ended = freshness.ended_at(history, last, Session.RACE)
    assert ended == history.starts_at(last, Stage.RACE) + timedelta(hours=3)
    in_time = found(history, before, ended + timedelta(hours=HOURS, minutes=-1))["freshness"]
    late = found(history, before, ended + timedelta(hours=HOURS))["freshness"]
    assert (in_time.status, in_time.alert) == ("quiet", False)
    assert (late.status, late.alert, late.value) == ("fired", True, 1)
    assert f"No data of {last} race" in late.reason and f"{ended:%Y-%m-%d %H:%M}" in late.reason


def test_a_calendar_that_has_ended_long_ago_is_said_and_is_no_alert(
    simulated_history, last
) -> None:
    history = simulated_history
    ended = freshness.ended_at(history, last, Session.RACE)
    winter = found(history, last, ended + timedelta(days=149))["freshness"]
    years = found(history, last, ended + timedelta(days=400))["freshness"]
    assert (winter.status, years.status, years.alert) == ("quiet", "fired", False)
    assert f"{HOURS:g} hours after its end; the last one that has been over" in winter.reason
    assert f"for so long is {last} race." in winter.reason
    assert "That session was 400 days ago, longer than an off-season (150 days)" in years.reason


def test_late_practice_is_found_and_is_no_alert(simulated_history, last) -> None:
    before = simulated_history.completed()[-2]
    history = known_until(simulated_history, last, Session.FP1)
    now = freshness.ended_at(history, last, Session.FP1) + timedelta(hours=HOURS)
    late = found(history, before, now)["freshness"]
    assert (late.status, late.alert) == ("fired", False) and f"{last} FP1" in late.reason


def test_the_same_data_is_named_alike_until_another_session_is_due(simulated_history, last) -> None:
    before = simulated_history.completed()[-2]
    history = known_until(simulated_history, last, Session.FP1)
    now = freshness.ended_at(history, last, Session.FP1) + timedelta(hours=HOURS)
    first = found(history, before, now)["freshness"]
    assert found(history, before, now + timedelta(minutes=1))["freshness"] == first
    much_later = found(history, before, now + timedelta(days=9))["freshness"]
    assert much_later.time_window != first.time_window and much_later.value > first.value


def test_a_session_passed_over_is_missing_and_never_late(simulated_history, last) -> None:
    practice = simulated_history["practice"]
    gone = (practice["weekend"] == str(last)) & (practice["session"] == "FP1")
    history = changed(simulated_history, practice=practice[~gone])
    all_of_them = found(history, last, datetime(2026, 1, 1, tzinfo=UTC))
    assert all_of_them["freshness"].status == "quiet"
    missing = all_of_them["sessions"]
    assert (missing.status, missing.alert, missing.value) == ("fired", False, 1)
    assert "FP1" in missing.reason


def test_a_weekend_without_qualifying_wants_a_person(simulated_history, last) -> None:
    table = simulated_history["qualifying"]
    history = changed(simulated_history, qualifying=table[table["weekend"] != str(last)])
    all_of_them = found(history, last)
    assert all_of_them["sessions"].alert and "qualifying" in all_of_them["sessions"].reason
    assert all_of_them["entries"].status == "fired"


def test_where_only_the_day_is_known_it_has_to_be_over_everywhere(simulated_history, last) -> None:
    races = simulated_history["races"].copy()
    times = [name for name in races if name.endswith("_at")]
    races[times] = (
        pd.Series(pd.NaT, index=races.index, dtype="datetime64[ns, UTC]")
        .to_frame("x")
        .reindex(columns=["x"] * len(times))
        .set_axis(times, axis=1)
    )
    history = changed(simulated_history, races=races)
    day = datetime.fromisoformat(history.race(last)["date"]).replace(tzinfo=UTC)
    assert freshness.ended_at(history, last, Session.RACE) == day + timedelta(hours=36)
    practice = freshness.ended_at(history, last, Session.FP1)
    assert practice == freshness.ended_at(history, last, Session.QUALIFYING)


def test_freshness_is_said_with_the_latest_weekend_alone(simulated_history) -> None:
    earlier = simulated_history.completed()[-2]
    assert "freshness" not in found(simulated_history, earlier)


def test_who_was_announced_and_never_came_is_named(simulated_history, last) -> None:
    entries = simulated_history["entries"]
    ghost = entries[entries["weekend"] == str(last)].head(1).assign(driver="ghost")
    history = changed(simulated_history, entries=pd.concat([entries, ghost], ignore_index=True))
    finding = found(history, last)["entries"]
    assert finding.status == "fired" and "ghost was announced" in finding.reason
    assert not finding.alert


def spoilt(history: History, weekend: RaceWeekend, table: str, place: int, **values) -> History:
    """One row of one table with other values; `place` counts from 0 in its order."""
    frame = history[table].copy()
    row = frame.index[frame["weekend"] == str(weekend)][place]
    for name, value in values.items():
        frame.loc[row, name] = value
    return changed(history, **{table: frame})


@pytest.mark.parametrize(
    ("table", "place", "values", "said"),
    [
        ("qualifying", 0, {"q3_ms": 3_000_000.0}, "who was faster"),
        ("qualifying", 3, {"best_ms": 21_000.0}, "21.000 s in qualifying"),
        ("practice", 2, {"time_ms": 21_000.0}, "21.000 s in FP1"),
        ("qualifying", 1, {"position": 1}, "qualifying has the places 1; 1; 3"),
        ("grid", 1, {"start_order": 90}, "grid has the places"),
        ("results", 2, {"laps": 249.0}, "behind a car with fewer laps"),
        ("results", 1, {"time_ms": 1.0}, "behind a car with a longer time"),
        ("results", 0, {"position": 60.0}, "position beyond"),
        ("results", 1, {"driver": "ghost", "car_number": "0"}, ""),
    ],
)
def test_impossible_values_are_alerts(simulated_history, last, table, place, values, said) -> None:
    finding = found(spoilt(simulated_history, last, table, place, **values), last)["values"]
    assert finding.alert == bool(said) and said in finding.reason


def test_a_driver_listed_twice_is_impossible(simulated_history, last) -> None:
    grid = simulated_history["grid"]
    first = grid.loc[grid["weekend"] == str(last), "driver"].iloc[0]
    finding = found(spoilt(simulated_history, last, "grid", 1, driver=first), last)["values"]
    assert finding.alert and f"grid has driver {first} twice" in finding.reason


def test_cars_excluded_from_qualifying_may_have_been_faster(simulated_history, last) -> None:
    table = simulated_history["qualifying"]
    place = int((table["weekend"] == str(last)).sum()) - 1
    fastest = table.loc[table["weekend"] == str(last), "q3_ms"].min()
    history = spoilt(simulated_history, last, "qualifying", place, q3_ms=fastest - 1)
    assert found(history, last)["values"].status == "quiet"


def test_a_feature_that_went_missing_is_named_beside_its_usual_share(
    simulated_history, last
) -> None:
    finding = found(
        simulated_history, last, shown=features(simulated_history, last, form=str(last))
    )["missing"]
    assert (finding.status, finding.alert, finding.value) == ("fired", False, 1)
    assert "100% of form (usually 0%, at most 0%)" in finding.reason


def test_too_few_races_tell_nothing_about_what_is_usually_missing(simulated_history) -> None:
    first = simulated_history.completed()[0]
    finding = found(simulated_history, first)["missing"]
    assert finding.status == "insufficient" and finding.n == 0


def test_an_all_missing_feature_and_no_practice_at_all_are_no_trouble(
    simulated_history, last
) -> None:
    practice = simulated_history["practice"]
    shown = features(simulated_history, last).assign(never=np.nan)
    all_of_them = found(changed(simulated_history, practice=practice.head(0)), last, shown=shown)
    assert {each.status for each in all_of_them.values()} == {"quiet"}


@pytest.mark.slow
@pytest.mark.real_data
def test_twelve_healthy_seasons_raise_no_alert_and_few_findings(
    real_history,
) -> None:
    history = real_history.since(2013)
    now = history.starts_at(history.completed()[-1], Stage.RACE) + timedelta(days=1)
    fired: list[str] = []
    for weekend in history.completed():
        if weekend.season < 2014:
            continue
        those = found(history, weekend, now, shown=features(history, weekend)).values()
        assert not alerts(those)
        fired += [f"{weekend} {each.rule}" for each in those if each.status == "fired"]
    # storms and fog (weekends without a practice session), drivers who missed qualifying
    counts = {rule: sum(rule in each for each in fired) for rule in ("sessions", "entries")}
    assert counts == {"sessions": 7, "entries": 10} and len(fired) == 17
