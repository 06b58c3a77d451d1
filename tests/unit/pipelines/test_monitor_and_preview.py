import pytest

from f1lib.errors import InsufficientHistoryError
from f1lib.pipelines import monitor, preview
from f1lib.store import connection, score_log


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
