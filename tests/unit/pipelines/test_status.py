"""Status: which data is in use, and how fresh it is."""

from datetime import timedelta

import pytest

from f1lib.errors import SourceError
from f1lib.pipelines import ingest, status
from f1lib.settings import Settings
from f1lib.weekend import Stage


def test_the_status_says_what_is_in_use_and_how_old_the_latest_race_is(home) -> None:
    history = ingest.known(home.settings)
    latest = home.weekends[-1]
    then = history.starts_at(latest, Stage.RACE) + timedelta(days=9, hours=1)
    found = status.status(home.settings, now=then)
    assert found.snapshot == history.snapshot
    assert found.imported_at == home.now
    assert found.n_races == len(history.completed())
    assert (found.latest, found.latest_age_days) == (latest, 9)
    assert found.findings == ()


def test_without_a_later_weekend_in_the_calendar_none_is_coming(home) -> None:
    assert status.status(home.settings, now=home.now).coming is None


def test_without_data_there_is_no_status(empty_home: Settings, furnished) -> None:
    with pytest.raises(SourceError, match="Nothing is imported yet"):
        status.status(empty_home, now=furnished.now)
    assert not empty_home.home.exists()
