"""One forecast a round speaks for the champion: its own, said in time, before any other."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from f1lib.pipelines import settle, settled
from f1lib.pipelines.settled import Speakers
from f1lib.predictions import Forecast
from f1lib.store import connection, prediction_log
from f1lib.weekend import Cutoff, RaceWeekend, Stage

STANDING = pd.DataFrame(
    [
        ("2025-01", "two_stage", "1.0.0", True, 1.0),
        ("2025-01", "two_stage", "1.0.0", False, 2.0),
        ("2025-01", "two_stage", "0.9.0", False, 3.0),
        ("2025-02", "two_stage", "0.9.0", False, 4.0),
        ("2025-02", "two_stage", "0.10.0", False, 5.0),
        ("2025-02", "form_logit", "", False, 6.0),
    ],
    columns=["weekend", "model", "model_version", "replay", "value"],
).assign(stage="race", cutoff="before_race", metric="winner_log_loss")


def test_the_champions_own_forecast_said_in_time_speaks_for_a_round() -> None:
    found = settled.one_voice(STANDING, "1.0.0")
    assert found["value"].tolist() == [2.0, 6.0]


def test_with_former_versions_the_newest_fills_the_gap() -> None:
    found = settled.one_voice(STANDING, "1.0.0", speakers=Speakers.ANYBODY)
    assert found.set_index(["weekend", "model"])["value"].to_dict() == {
        ("2025-01", "two_stage"): 2.0,
        ("2025-02", "two_stage"): 5.0,  # 0.10.0 is newer than 0.9.0
        ("2025-02", "form_logit"): 6.0,
    }


def test_before_its_own_time_an_earlier_patch_of_it_speaks_and_nobody_else() -> None:
    earlier = STANDING.replace({"model_version": {"0.9.0": "1.0.1", "0.10.0": "1.1.0"}})
    found = settled.one_voice(earlier, "1.0.2", speakers=Speakers.RECIPE)
    assert found.set_index(["weekend", "model"])["model_version"].to_dict() == {
        ("2025-01", "two_stage"): "1.0.1",
        ("2025-02", "two_stage"): "1.0.1",
        ("2025-02", "form_logit"): "",
    }
    own = STANDING.replace({"model_version": {"0.9.0": "0.10.1"}})  # 0.10.0 was in time, and late
    own.loc[own["model_version"] == "0.10.1", "replay"] = True
    found = settled.one_voice(own, "0.10.1", speakers=Speakers.RECIPE)
    assert found.set_index("weekend")["value"].tolist() == [3.0, 6.0, 4.0]


def test_of_no_scores_nobody_speaks() -> None:
    assert settled.one_voice(STANDING.head(0), "1.0.0", speakers=Speakers.ANYBODY).empty


def a_round(number: int, p: list[float], order: list[str]) -> settled.Round:
    """Drivers a, b, c ... were given `p`; `order` is the result."""
    said = pd.DataFrame(
        {"driver": list("abcd")[: len(p)], "p_first": p, "p_top3": 3 / len(p), "p_top10": 1.0}
    )
    result = pd.DataFrame({"driver": order, "position": range(1, len(order) + 1)})
    return settled.Round(
        RaceWeekend(2025, number), "1.0.0", Forecast(Stage.RACE, said, None), result
    )


def test_what_came_true_stands_beside_what_was_said_absent_cars_with_nothing() -> None:
    rounds = [a_round(1, [0.5, 0.3, 0.1, 0.1], list("badc")), a_round(2, [0.6, 0.3, 0.1], ["c"])]
    p, won = settled.came_true(rounds)
    assert p.tolist() == [[0.5, 0.3, 0.1, 0.1], [0.6, 0.3, 0.1, 0.0]]
    assert won.astype(int).tolist() == [[0, 1, 0, 0], [0, 0, 1, 0]]
    _, on_podium = settled.came_true(rounds, "p_top3")
    assert on_podium.sum(axis=1).tolist() == [3, 1]


def test_of_no_round_there_is_nothing_to_compare() -> None:
    p, won = settled.came_true([])
    assert p.shape == won.shape == (0, 0)


def test_a_winner_who_was_not_forecast_was_given_nothing() -> None:
    assert a_round(1, [0.7, 0.3], ["stranger", "a"]).p_winner == 0


def test_rounds_come_from_the_store_in_order_and_end_before_the_weekend(home) -> None:
    one, two, three, _ = home.weekends
    ask = {"model": "two_stage", "version": "1.0.0", "simulated": True}
    found = settled.rounds(home.settings, Stage.RACE, Cutoff.BEFORE_RACE, **ask)
    assert [each.weekend for each in found] == [one, two]
    for each in found:
        assert each.forecast.rows["p_first"].sum() == pytest.approx(1)
        assert each.winner == each.outcome.sort_values("position")["driver"].iloc[0]
    (only,) = settled.rounds(home.settings, Stage.RACE, Cutoff.BEFORE_RACE, before=two, **ask)
    assert only.weekend == one
    assert not settled.rounds(
        home.settings, Stage.RACE, Cutoff.BEFORE_RACE, weekends=[three], **ask
    )


def test_what_was_said_in_time_speaks_before_a_later_replay(home) -> None:
    weekend = home.weekends[0]
    which = {"stage": Stage.RACE, "cutoff": Cutoff.BEFORE_RACE, "model": "two_stage"}
    with connection.connect(home.settings.store_address) as store:
        (replayed,) = prediction_log.made(store, weekend=weekend, **which)
        certain = replayed.forecast.rows.assign(p_first=np.eye(len(replayed.forecast.rows))[0])
        live = replace(
            replayed, replay=False, made_at=replayed.made_at.replace(year=2000),
            forecast=replace(replayed.forecast, rows=certain),
        )  # fmt: skip
        assert prediction_log.record(store, live)
    found = settled.rounds(
        home.settings, Stage.RACE, Cutoff.BEFORE_RACE, model="two_stage", version="1.0.0",
        simulated=True, weekends=[weekend],
    )  # fmt: skip
    assert found[0].forecast.rows["p_first"].max() == 1


def test_former_versions_speak_only_when_they_are_asked(home) -> None:
    weekend = home.weekends[0]
    ask = {"model": "two_stage", "version": "2.0.0", "simulated": True, "weekends": [weekend]}
    assert not settled.rounds(home.settings, Stage.RACE, Cutoff.BEFORE_RACE, **ask)
    (former,) = settled.rounds(
        home.settings, Stage.RACE, Cutoff.BEFORE_RACE, speakers=Speakers.ANYBODY, **ask
    )
    assert former.version == "1.0.0"


def test_winners_are_named_with_what_they_had_been_given(home) -> None:
    settle.settle(home.weekends[0], home.settings, now=home.now)  # again: nothing changes
    rounds = settled.rounds(
        home.settings, Stage.RACE, Cutoff.BEFORE_RACE, model="two_stage", version="1.0.0",
        simulated=True,
    )  # fmt: skip
    from f1lib.pipelines import ingest

    found = settled.winners(rounds, ingest.known(home.settings))
    assert list(found) == list(settled.WINNER_COLUMNS)
    assert found["p_winner"].tolist() == [each.p_winner for each in rounds]
    assert (found["p_favourite"] >= found["p_winner"]).all()
    assert not found["race"].str.contains("Grand Prix").any()
