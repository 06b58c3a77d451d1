"""What was known after a weekend: no later result, the rest of the calendar, the next entries."""

import pytest

from f1lib.errors import ConfigurationError
from f1lib.models.contract import Training
from f1lib.models.two_stage import Recipe, TwoStage
from f1lib.pipelines import horizon
from f1lib.sources.simulated import world
from f1lib.tables.fingerprint import digest
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import RaceWeekend

AFTER = RaceWeekend(2024, 3)
SNAPSHOT = Snapshot("0" * 64, "simulated", "seed 3", "", "0" * 64, simulated=True)


@pytest.fixture(scope="module")
def whole() -> History:
    return History.of(SNAPSHOT, world.build(3, "stable", 3).tables())


def test_no_session_of_a_later_weekend_is_there(whole: History) -> None:
    seen = horizon.through(whole, AFTER)
    assert seen.completed()[-1] == AFTER
    for name, frame in seen.tables.items():
        if "weekend" in frame and name not in {"races", "entries"}:
            assert frame["weekend"].max() == str(AFTER), name


def test_the_calendar_of_that_season_is_known_and_who_comes_to_the_next_weekend(
    whole: History,
) -> None:
    seen = horizon.through(whole, AFTER)
    assert seen["races"]["weekend"].max() == max(
        name for name in whole["races"]["weekend"] if name.startswith("2024")
    )
    assert seen["entries"]["weekend"].max() == "2024-04"
    assert str(seen.weekend("next")) == "2024-04"


def test_after_the_last_race_of_a_season_there_is_no_next_one_yet(whole: History) -> None:
    last = max(w for w in whole.completed() if w.season == 2024)
    seen = horizon.through(whole, last)
    assert seen["races"]["weekend"].max() == seen["entries"]["weekend"].max() == str(last)
    with pytest.raises(ConfigurationError, match="no next weekend"):
        seen.weekend("next")


def test_a_weekend_that_no_calendar_has_is_refused(whole: History) -> None:
    with pytest.raises(ConfigurationError, match="There is no weekend 2024-77"):
        horizon.through(whole, RaceWeekend(2024, 77))


def test_what_is_learnt_is_what_the_whole_history_teaches_before_the_next_weekend(
    whole: History,
) -> None:
    recipe = Recipe()
    cut = Training.from_history(horizon.through(whole, AFTER), recipe.features)
    honest = Training.from_history(whole, recipe.features).before(RaceWeekend(2024, 4))
    states = [TwoStage(recipe).fit(material).state() for material in (cut, honest)]
    assert digest(state=states[0]) == digest(state=states[1])
