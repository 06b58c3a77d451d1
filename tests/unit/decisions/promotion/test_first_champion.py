import numpy as np
import pandas as pd

from f1lib.decisions.promotion import first


def scores(n: int, gap: float) -> pd.DataFrame:
    """A model clearly better in both race scores, and with the given error of the gap."""
    values = {
        ("winner_log_loss", "before_race", "two_stage"): 1.1,
        ("winner_log_loss", "before_race", "grid_gap_logit"): 1.3,
        ("rps", "before_race", "two_stage"): 0.11,
        ("rps", "before_race", "grid_slot_frequency"): 0.12,
        ("gap_mae_pct", "before_qualifying", "two_stage"): gap,
        ("gap_mae_pct", "before_qualifying", "recent_qualifying"): 0.4,
    }
    return pd.DataFrame(
        [
            (f"2031-{race:02d}", cutoff, model, metric, value)
            for (metric, cutoff, model), value in values.items()
            for race in range(1, n + 1)
        ],
        columns=["weekend", "cutoff", "model", "metric", "value"],
    )


def test_the_first_champion_beats_every_baseline() -> None:
    decision = first.champion(scores(24, gap=0.38), "two_stage")
    assert decision.promoted
    assert all(rule.passed for rule in decision.rules)


def test_one_part_no_better_than_its_baseline_is_enough_to_refuse() -> None:
    decision = first.champion(scores(24, gap=0.41), "two_stage")
    assert not decision.promoted
    assert "Skill in error of the gap to pole against recent_qualifying: -0.025" in str(decision)


def test_a_lead_in_the_mean_is_told_with_an_interval_that_may_hold_none() -> None:
    frame = scores(24, gap=0.38)
    of_gap = (frame["metric"] == "gap_mae_pct") & (frame["model"] == "two_stage")
    spread = np.where(np.arange(of_gap.sum()) % 2, 0.2, -0.2)
    frame.loc[of_gap, "value"] += spread
    decision = first.champion(frame, "two_stage")
    rule = next(rule for rule in decision.rules if rule.rule == "paired.gap_mae_pct")
    assert decision.promoted and rule.low < 0 < rule.high
    assert decision.reason.startswith("Ahead of the baselines in the mean of 24 races: ")
    assert f"+0.050 (95 % interval {rule.low:+.3f} to {rule.high:+.3f}) over 24" in decision.reason


def test_fewer_than_24_races_prove_nothing() -> None:
    decision = first.champion(scores(23, gap=0.38), "two_stage")
    assert not decision.promoted
    assert "over 23 races (more than 0 over 24 is asked for): not passed" in str(decision)


def too_good(n: int) -> pd.DataFrame:
    frame = scores(n, gap=0.38)
    of_winner = (frame["metric"] == "winner_log_loss") & (frame["model"] == "two_stage")
    return frame.assign(value=frame["value"].mask(of_winner, 0.3))


def test_a_model_too_good_to_be_true_is_refused_with_the_reason() -> None:
    decision = first.champion(too_good(48), "two_stage")
    assert not decision.promoted
    assert "a winner_log_loss of 0.300 before the race over 48 races" in str(decision)


def test_the_simulated_world_may_be_more_predictable_than_formula_1() -> None:
    assert first.champion(too_good(48), "two_stage", simulated=True).promoted
