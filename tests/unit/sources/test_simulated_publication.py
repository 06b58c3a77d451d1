"""The simulated world on a moving clock: nothing is seen before it is published."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from f1lib.errors import ConfigurationError
from f1lib.sources.simulated import world
from f1lib.sources.simulated.world import SimulatedWorld
from f1lib.tables.history import SESSION_TABLES, TABLES, History, Snapshot
from f1lib.weekend import SESSION_ORDER, RaceWeekend, Session, WeekendFormat

SNAPSHOT = Snapshot("0" * 64, "simulated", "an invented championship", "", "0" * 64, simulated=True)
SECOND = timedelta(seconds=1)
TABLE_OF = {session: name for name, session in SESSION_TABLES.items()}


@pytest.fixture(scope="module")
def seasons() -> SimulatedWorld:
    return world.build(5, seasons=3)


def rows_of(
    seasons: SimulatedWorld, weekend: RaceWeekend, session: str, now: datetime
) -> pd.DataFrame:
    tables = seasons.tables(now)
    name = "entries" if session == "entries" else TABLE_OF.get(Session(session), "practice")
    rows = tables[name][tables[name]["weekend"] == str(weekend)]
    return rows[rows["session"] == session] if name == "practice" else rows


def monday_weekend(seasons: SimulatedWorld, season: int) -> RaceWeekend:
    return next(
        weekend
        for weekend in seasons.weekends
        if weekend.season == season and seasons.publications(weekend)[-1].revision == 1
    )


def test_each_publication_appears_at_its_moment_and_not_a_second_before(
    seasons: SimulatedWorld,
) -> None:
    for weekend in [w for w in seasons.weekends if w.season == 2025][:8]:
        for publication in seasons.publications(weekend):
            if publication.revision:
                continue
            before = rows_of(seasons, weekend, publication.session, publication.at - SECOND)
            after = rows_of(seasons, weekend, publication.session, publication.at)
            assert len(before) == 0, (weekend, publication)
            assert len(after) >= 19, (weekend, publication)


def test_publications_follow_the_order_of_the_sessions(seasons: SimulatedWorld) -> None:
    formats = seasons.tables()["races"].set_index("weekend")["format"]
    for weekend in seasons.weekends:
        published = seasons.publications(weekend)
        assert published[0].session == "entries"
        assert [p.at for p in published] == sorted(p.at for p in published)
        sessions = [Session(p.session) for p in published[1:] if not p.revision]
        expected = [s for s in SESSION_ORDER[WeekendFormat(formats[str(weekend)])] if s in sessions]
        assert sessions == expected
        assert {Session.FP1, Session.QUALIFYING, Session.GRID, Session.RACE} <= set(sessions)


def test_every_session_is_published_before_the_next_one_that_depends_on_it(
    seasons: SimulatedWorld,
) -> None:
    races = seasons.tables()["races"].set_index("weekend")
    for weekend in seasons.weekends:
        row = races.loc[str(weekend)]
        at = {p.session: p.at for p in seasons.publications(weekend) if not p.revision}
        practised = [at[name] for name in ("FP1", "FP2", "FP3") if name in at]
        before_qualifying = [moment for moment in practised if moment < at["qualifying"]]
        assert before_qualifying
        assert all(moment < row["qualifying_at"] for moment in before_qualifying)
        assert at["grid"] == row["race_at"] - timedelta(hours=2)
        assert at["qualifying"] < at["grid"] < row["race_at"] < at["race"]


def test_no_moment_shows_a_session_that_has_not_begun(seasons: SimulatedWorld) -> None:
    races = seasons.tables()["races"].set_index("weekend")
    start = races["race_at"].iloc[0] - timedelta(days=3)
    for step in range(60):
        now = (start + step * timedelta(days=17, hours=5)).to_pydatetime()
        tables = seasons.tables(now)
        for name in ("qualifying", "sprint", "sprint_qualifying"):
            begun = races.loc[tables[name]["weekend"].unique(), f"{name}_at"]
            assert (begun < now).all()
        assert (races.loc[tables["results"]["weekend"].unique(), "race_at"] < now).all()
        practised = races.loc[tables["practice"]["weekend"].unique(), "fp1_at"]
        assert (practised < now).all()
        entered = races.loc[tables["entries"]["weekend"].unique(), "race_at"]
        assert (entered - timedelta(days=4) < now).all()


def test_the_tables_keep_their_contract_at_every_moment(seasons: SimulatedWorld) -> None:
    first = seasons.publications(seasons.weekends[0])[0].at
    moments = [first - timedelta(days=60), first - timedelta(days=20), first]
    moments += [p.at for p in seasons.publications(monday_weekend(seasons, 2025))[::3]]
    for now in moments:
        tables = seasons.tables(now)
        assert set(tables) == set(TABLES)
        History.of(SNAPSHOT, tables)


def test_before_the_first_calendar_there_is_nothing(seasons: SimulatedWorld) -> None:
    tables = seasons.tables(datetime(2022, 12, 1, tzinfo=UTC))
    assert all(len(frame) == 0 for frame in tables.values())


def test_the_calendar_appears_a_month_before_the_season_with_all_session_times(
    seasons: SimulatedWorld,
) -> None:
    opening = seasons.tables()["races"].query("season == 2025")["race_at"].min()
    before = seasons.tables((opening - timedelta(days=40)).to_pydatetime())["races"]
    after = seasons.tables((opening - timedelta(days=30)).to_pydatetime())["races"]
    assert before["season"].max() == 2024
    planned = after[after["season"] == 2025]
    assert list(planned["round"]) == list(range(1, len(planned) + 1))
    assert planned[["fp1_at", "qualifying_at", "race_at"]].notna().all(axis=None)


def test_a_cancelled_round_stays_in_the_calendar_until_it_is_announced(
    seasons: SimulatedWorld,
) -> None:
    calendar = seasons.calendars[-1]
    assert calendar.cancellation_at is not None
    before, after = (
        seasons.tables(now)["races"].query("season == 2025")
        for now in (calendar.cancellation_at - SECOND, calendar.cancellation_at)
    )
    gone = set(before["grand_prix"]) - set(after["grand_prix"])
    assert len(gone) == 1
    assert len(after) == len(before) - 1
    round_gone = int(before.loc[before["grand_prix"].isin(gone), "round"].iloc[0])
    numbers = before.merge(after, on="grand_prix", suffixes=("_planned", ""))
    later = numbers["round_planned"] > round_gone
    assert (numbers.loc[~later, "round"] == numbers.loc[~later, "round_planned"]).all()
    assert later.any()
    assert (numbers.loc[later, "round"] == numbers.loc[later, "round_planned"] - 1).all()
    assert (numbers["date"] == numbers["date_planned"]).all()


def test_a_cancelled_round_has_no_rows_anywhere(seasons: SimulatedWorld) -> None:
    cancelled = seasons.calendars[-1].rounds[seasons.calendars[-1].cancelled_slot or 0]
    races = seasons.tables()["races"]
    rows = races[(races["season"] == 2025) & (races["grand_prix"] == cancelled.circuit.grand_prix)]
    assert rows.empty


def test_a_monday_disqualification_changes_the_published_podium(seasons: SimulatedWorld) -> None:
    for season in (2023, 2024, 2025):
        weekend = monday_weekend(seasons, season)
        revision = seasons.publications(weekend)[-1]
        sunday, monday = (
            rows_of(seasons, weekend, Session.RACE, now)
            for now in (revision.at - SECOND, revision.at)
        )
        fallen = set(monday[monday["status"] == "DSQ"]["driver"]) - set(
            sunday[sunday["status"] == "DSQ"]["driver"]
        )
        assert len(fallen) == 1
        assert fallen <= set(sunday.head(3)["driver"])
        assert not fallen & set(monday.head(3)["driver"])
        row = monday[monday["driver"].isin(fallen)].iloc[0]
        assert row[["position", "points", "time_ms"]].isna().all()
        assert revision.at.weekday() == 0


def test_a_monday_disqualification_changes_the_published_winner(seasons: SimulatedWorld) -> None:
    winners = {
        (season, now): rows_of(seasons, weekend, Session.RACE, now).iloc[0]["driver"]
        for season in (2023, 2024, 2025)
        for weekend in [monday_weekend(seasons, season)]
        for now in [p.at for p in seasons.publications(weekend) if p.session == Session.RACE]
    }
    by_season = [
        {driver for (year, _), driver in winners.items() if year == season}
        for season in (2023, 2024, 2025)
    ]
    assert max(map(len, by_season)) == 2, "no winner fell in three seasons"


def test_a_substitute_found_out_in_practice_is_not_on_the_entry_list(
    seasons: SimulatedWorld,
) -> None:
    final = seasons.tables()
    for season in ("2023", "2024", "2025"):
        started, listed = (
            {
                (weekend, driver)
                for weekend, driver in final[name][["weekend", "driver"]].to_numpy()
                if weekend.startswith(season)
            }
            for name in ("grid", "entries")
        )
        assert len(started - listed) == len(listed - started) == 1


def test_the_end_of_the_clock_is_the_whole_history(seasons: SimulatedWorld) -> None:
    long_after = seasons.last_race_at + timedelta(days=30)
    for name, frame in seasons.tables().items():
        pd.testing.assert_frame_equal(frame, seasons.tables(long_after)[name])


def test_a_moment_without_a_time_zone_is_refused(seasons: SimulatedWorld) -> None:
    with pytest.raises(ConfigurationError, match="no time zone"):
        seasons.tables(datetime(2025, 5, 1))  # noqa: DTZ001 - the fault that is tested
