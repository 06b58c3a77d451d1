import pytest

from f1lib.errors import ConfigurationError
from f1lib.weekend import (
    SESSION_ORDER,
    Cutoff,
    RaceWeekend,
    Session,
    WeekendFormat,
    sessions_known,
)


def test_weekends_sort_in_calendar_order_across_seasons() -> None:
    texts = ["2025-10", "2025-2", "2024-24"]
    assert [str(w) for w in sorted(map(RaceWeekend.parse, texts))] == [
        "2024-24",
        "2025-02",
        "2025-10",
    ]


@pytest.mark.parametrize("text", ["", "2025", "2025-00", "25-08", "2025-08-01", "latest"])
def test_what_is_no_weekend_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"such as 2025-08"):
        RaceWeekend.parse(text)


@pytest.mark.parametrize("weekend_format", WeekendFormat)
def test_a_later_cutoff_knows_all_that_an_earlier_one_knew(weekend_format: WeekendFormat) -> None:
    known = [sessions_known(weekend_format, cutoff) for cutoff in Cutoff]
    assert known[0] < known[1] < known[2]
    assert Session.RACE not in known[2]


@pytest.mark.parametrize("weekend_format", WeekendFormat)
def test_qualifying_is_not_known_before_qualifying(weekend_format: WeekendFormat) -> None:
    known = sessions_known(weekend_format, Cutoff.BEFORE_QUALIFYING)
    assert not known & {Session.QUALIFYING, Session.GRID, Session.RACE}


def test_the_sprint_is_known_before_qualifying_only_where_it_runs_earlier() -> None:
    knows = {
        weekend_format: Session.SPRINT in sessions_known(weekend_format, Cutoff.BEFORE_QUALIFYING)
        for weekend_format in SESSION_ORDER
    }
    assert [name for name, known in knows.items() if known] == [
        WeekendFormat.SPRINT_BEFORE_QUALIFYING
    ]
