import numpy as np
import pandas as pd

from f1lib import outcomes
from f1lib.outcomes import OUTCOME_COLUMNS, Outcome
from f1lib.tables.history import History
from f1lib.tables.sessions import NOT_STARTED
from f1lib.weekend import Cutoff, Stage


def test_places_are_one_to_n_in_every_race_whatever_the_source_lists(
    simulated_history: History,
) -> None:
    for stage in Stage:
        happened = outcomes.happened(simulated_history, stage)
        for _, race in happened.groupby("weekend"):
            assert race["position"].tolist() == list(range(1, len(race) + 1))


def test_those_who_did_not_start_have_no_outcome(simulated_history: History) -> None:
    results = simulated_history["results"]
    stayed = results[results["status"].isin(NOT_STARTED)]
    assert len(stayed)
    happened = outcomes.happened(simulated_history, Stage.RACE)
    keys = set(zip(happened["weekend"], happened["driver"], strict=True))
    assert not keys & set(zip(stayed["weekend"], stayed["driver"], strict=True))


def test_the_pole_sitter_has_no_gap_and_seconds_follow_percent(simulated_history: History) -> None:
    happened = outcomes.happened(simulated_history, Stage.QUALIFYING)
    assert (happened.loc[happened["position"] == 1, "gap_pct"] == 0).all()
    ratio = (happened["gap_s"] / happened["gap_pct"]).replace([np.inf, -np.inf], np.nan).dropna()
    assert ratio.between(0.5, 1.5).all()  # pole laps of 50 to 150 seconds


def test_a_weekend_that_is_not_run_has_no_rows(simulated_history: History) -> None:
    weekend = simulated_history.completed()[-1]
    before = simulated_history.as_of(weekend, Cutoff.BEFORE_RACE)
    assert outcomes.rows_of(before, weekend, Stage.RACE).empty
    assert list(outcomes.rows_of(before, weekend, Stage.QUALIFYING)) == list(OUTCOME_COLUMNS)


def test_equal_outcomes_have_equal_digests_and_a_disqualification_changes_it(
    simulated_history: History,
) -> None:
    from f1lib.settings import moment

    weekend = simulated_history.completed()[-1]
    rows = outcomes.rows_of(simulated_history, weekend, Stage.RACE)
    now = moment("2031-01-01")
    one = Outcome(weekend, Stage.RACE, 0, now, "a", rows)
    same = Outcome(weekend, Stage.RACE, 3, now, "b", rows.copy())
    other = Outcome(weekend, Stage.RACE, 0, now, "a", rows.assign(status="DSQ"))
    assert one.sha256 == same.sha256 != other.sha256


def test_only_rounds_driven_for_one_team_count_as_a_duel() -> None:
    rows = pd.DataFrame(
        {
            "weekend": ["2025-01"] * 2 + ["2025-02"] * 2 + ["2025-03"] * 2 + ["2025-04"],
            "driver": ["ada", "ben"] * 3 + ["ada"],
            "constructor": ["oak", "oak", "oak", "pine", "oak", "oak", "oak"],
            "position": [4, 2, 1, 2, 5, 9, 1],
        }
    )
    assert outcomes.duel(rows, "ada", "ben") == (1, 2)
    assert outcomes.duel(rows, "ben", "ada") == (1, 2)
    assert outcomes.duel(rows, "ada", "eve") == (0, 0)
