from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from f1lib.errors import InsufficientHistoryError
from f1lib.pipelines import ingest, monitor, predict, preview
from f1lib.reports.race_preview import headlines, rivals
from f1lib.scoring.reliability import PLACES
from f1lib.store import connection, prediction_log, score_log
from f1lib.weekend import Cutoff, Session, Stage


def test_a_round_that_is_not_settled_is_refused_with_the_commands_to_run(home) -> None:
    with pytest.raises(InsufficientHistoryError, match=r"f1lib settle --weekend"):
        monitor.monitor(home.weekends[2], home.settings, now=home.now)


def test_two_settled_rounds_are_no_verdict(home) -> None:
    review = monitor.monitor(home.weekends[1], home.settings, now=home.now)
    assert not review.recent.window.full
    assert review.log_loss is None
    assert len(review.winners) == 2
    row = review.recent.row("winner_log_loss")
    with connection.reading(home.settings.store_address) as store:
        standing = score_log.current(store, simulated=True, model="two_stage", cutoff="before_race")
    mine = standing.loc[standing["metric"] == "winner_log_loss", "value"]
    assert row is not None
    assert row["value"] == pytest.approx(mine.mean())


def test_monitoring_never_looks_past_its_weekend(home) -> None:
    review = monitor.monitor(home.weekends[0], home.settings, now=home.now)
    assert set(review.rounds["weekend"]) == {str(home.weekends[0])}


def test_a_preview_lays_out_what_was_forecast(home) -> None:
    said = preview.preview(home.weekends[2], home.settings, now=home.now, dry_run=True)
    assert said.replay
    assert said.race["p_first"].is_monotonic_decreasing
    assert said.race["p_first"].sum() == pytest.approx(1)
    assert (said.race["low"] <= said.race["high"]).all()
    assert said.race["grid"].notna().all()
    assert said.race["baseline"].notna().all()
    assert set(said.ladder["cutoff"]) == {"before_weekend", "before_qualifying", "before_race"}
    assert preview.provenance(said)["simulated"] is True


def test_every_chance_has_its_baseline_and_its_precedents(home) -> None:
    said = preview.preview(home.weekends[2], home.settings, now=home.now, dry_run=True)
    for column, places in (("baseline", 1), ("baseline_top3", 3), ("baseline_top10", 10)):
        assert said.race[column].sum() == pytest.approx(places)
    assert said.qualifying["baseline"].sum() == pytest.approx(1)
    assert said.qualifying["baseline_top3"].isna().all()  # no baseline says it
    for what in PLACES:
        assert (said.race[f"{what}_like_n"] == 0).all()  # two rounds are no precedent
    assert said.record.races["weekend"].tolist() == [str(each) for each in home.weekends[:2]]


def test_reasons_and_duels_are_those_of_the_drivers_shown(home) -> None:
    said = preview.preview(home.weekends[2], home.settings, now=home.now, dry_run=True)
    drivers = set(said.race["driver"])
    assert set(said.reasons["stage"]) == set(Stage)
    assert set(said.reasons["driver"]) == drivers
    assert set(said.duels["driver"]) | set(said.duels["rival"]) <= drivers
    assert said.duels["p_ahead"].is_monotonic_decreasing
    assert said.duels["p_ahead"].between(0.5, 1).all()
    assert said.duels["team"].isin(said.race["team"]).all()
    order = said.reasons[said.reasons["stage"] == Stage.RACE].groupby("driver")["value"].sum()
    assert order.idxmin() == said.race["driver"].iloc[0]  # who moves furthest forward is first


MOMENTS = [(Cutoff.BEFORE_WEEKEND, Session.FP1), (Cutoff.BEFORE_QUALIFYING, Session.QUALIFYING),
           (Cutoff.BEFORE_RACE, Session.RACE)]  # fmt: skip


@pytest.mark.parametrize(("cutoff", "session"), MOMENTS)
def test_a_preview_in_time_knows_what_had_been_run_and_no_more(home, cutoff, session) -> None:
    weekend = home.weekends[2]
    now = ingest.known(home.settings).session_starts_at(weekend, session) - timedelta(minutes=5)
    ingest.simulate(home.settings, home.world, published=now, now=home.now)
    said = preview.preview(weekend, home.settings, now=now)
    reached = list(Cutoff)[: list(Cutoff).index(cutoff) + 1]
    assert said.cutoff is cutoff
    assert not said.replay
    assert list(said.learnt) == [each.value for each in reached]
    assert said.learnt[Cutoff.BEFORE_WEEKEND.value] == ()
    assert all(said.learnt[each.value] for each in reached[1:])
    assert set(said.ladder["cutoff"]) == {each.value for each in reached}
    assert said.record.cutoffs[Stage.RACE] is cutoff
    assert np.isfinite(said.reasons["value"]).all()
    assert said.duels["p_ahead_qualifying"].notna().all()
    assert said.race["grid"].notna().all() == (cutoff is Cutoff.BEFORE_RACE)
    assert ("practice" in set(said.reasons["reason"])) == (cutoff is not Cutoff.BEFORE_WEEKEND)


def test_a_recorded_preview_explains_what_it_recorded(home) -> None:
    """Looked at again, from the store, the same forecast has the same reasons."""
    one, two = (preview.preview(home.weekends[2], home.settings, now=home.now) for _ in range(2))
    assert one.race.equals(two.race)
    assert one.reasons.equals(two.reasons)
    assert one.duels.equals(two.duels)


def test_a_forecast_recorded_from_other_inputs_is_shown_and_not_explained(home) -> None:
    weekend = home.weekends[2]
    made = predict.predict([weekend], home.settings, now=home.now, dry_run=True)
    with connection.connect(home.settings.store_address) as store:
        for said in made:
            prediction_log.record(store, replace(said, inputs_sha256="0" * 64))
    shown = preview.preview(weekend, home.settings, now=home.now)
    assert shown.race["p_first"].sum() == pytest.approx(1)
    assert shown.reasons.empty
    assert shown.duels.empty
    assert headlines.why(shown.reasons, shown.race, 1) == headlines.UNEXPLAINED
    assert rivals.reasons(shown.reasons, Stage.RACE, list(shown.race["driver"]))
    assert rivals.duels(shown.duels)
