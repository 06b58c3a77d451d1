"""Monitoring a range: what lacks is replayed, what cannot be judged is said."""

import pytest

from f1lib.errors import ConfigurationError, InsufficientHistoryError
from f1lib.pipelines import ingest, monitor_range
from f1lib.store import connection, finding_log, prediction_log
from f1lib.weekend import RaceWeekend


def over(home, first: RaceWeekend, last: RaceWeekend) -> monitor_range.MonitoredRange:
    return monitor_range.monitor_range(first, last, home.settings, now=home.now, say=str)


def test_rounds_that_nobody_forecast_are_replayed_and_all_are_recorded(home) -> None:
    done = over(home, home.weekends[0], home.weekends[3])
    assert list(done.findings) == list(home.weekends)
    assert done.caught_up.replayed == home.weekends[2:] and not done.lacking
    assert not done.caught_up.trained and not done.alerts
    with connection.reading(home.settings.store_address) as store:
        kept = finding_log.current(store, simulated=True)
        made = prediction_log.made(store, weekend=home.weekends[3])
    assert made and all(each.replay for each in made)
    assert len(kept) == sum(len(found) for found in done.findings.values())
    of_forecasts = ~kept["rule"].str.startswith(("drift.", "new_conditions."))
    assert kept.loc[of_forecasts, "replay"].all()
    before_the_last = kept["weekend"] < str(home.weekends[3])
    assert kept.loc[before_the_last, "replay"].all()  # drift after the latest race is no replay


def test_doing_it_twice_changes_nothing(home, rows) -> None:
    one = over(home, home.weekends[0], home.weekends[3])
    before = rows(home.settings)
    two = over(home, home.weekends[0], home.weekends[3])
    assert rows(home.settings) == before
    assert repr(one.findings) == repr(two.findings)
    assert not two.caught_up.replayed


def test_each_round_is_found_as_it_would_be_alone(home) -> None:
    from f1lib.pipelines import monitor

    alone = monitor.monitor(home.weekends[1], home.settings, now=home.now, dry_run=True)
    done = over(home, home.weekends[0], home.weekends[3])
    assert repr(done.findings[home.weekends[1]]) == repr(alone.findings)


def test_rounds_that_the_champion_learnt_from_are_said_and_not_fatal(home) -> None:
    early = ingest.known(home.settings).completed()[-6]
    done = over(home, early, home.weekends[1])
    assert list(done.findings) == list(home.weekends[:2])
    assert "learnt from races" in done.lacking[0] and "2 rounds" in done.lacking[0]


def test_a_range_without_any_round_to_judge_is_refused_in_a_sentence(home) -> None:
    completed = ingest.known(home.settings).completed()
    with pytest.raises(InsufficientHistoryError, match="F1LIB_HOME"):
        over(home, completed[-7], completed[-6])


def test_a_range_the_wrong_way_round_is_refused(home) -> None:
    with pytest.raises(ConfigurationError, match="earlier round first"):
        over(home, home.weekends[1], home.weekends[0])


@pytest.mark.slow
def test_a_home_without_a_champion_gets_one_as_of_the_first_round(home, empty_home) -> None:
    ingest.simulate(empty_home, home.world, published=None, now=home.now)
    done = monitor_range.monitor_range(
        home.weekends[0], home.weekends[2], empty_home, now=home.now, say=str
    )
    assert done.caught_up.trained == str(done.champion.version)
    assert done.champion.trained_through < home.weekends[0]
    assert len(done.findings) == 3
