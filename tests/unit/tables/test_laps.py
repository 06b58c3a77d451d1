import numpy as np
import pandas as pd
import pytest

from f1lib.tables import laps


def session(*rows: tuple[float | None, float | None, float | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["q1_ms", "q2_ms", "q3_ms"], dtype=float)
    return frame.assign(
        weekend="2031-01", position=range(1, len(rows) + 1), best_ms=frame.min(axis=1)
    )


def test_gaps_are_averaged_over_the_segments_both_drove() -> None:
    frame = session((100_000, 100_000, 100_000), (101_000, 102_000, None), (103_000, None, None))
    assert laps.gap_to_pole_pct(frame) == pytest.approx([0.0, 1.5, 3.0])


def test_a_drying_track_does_not_put_the_car_knocked_out_early_far_behind() -> None:
    # everyone is 20 % faster in Q3: compared with the pole lap the third car would be 26 % off
    frame = session((125_000, 110_000, 100_000), (126_250, 111_100, 101_000), (126_250, None, None))
    assert laps.gap_to_pole_pct(frame) == pytest.approx([0.0, 1.0, 1.0])


def test_a_lap_beyond_107_percent_is_left_out() -> None:
    frame = session((100_000, 100_000, 100_000), (150_000, 101_000, None), (150_000, None, None))
    gaps = laps.gap_to_pole_pct(frame)
    assert gaps[1] == pytest.approx(1.0)
    assert np.isnan(gaps[2])


def test_without_timed_segments_the_best_laps_are_compared() -> None:
    frame = session((None, None, None), (None, None, None)).assign(best_ms=[80_000.0, 80_800.0])
    assert laps.gap_to_pole_pct(frame) == pytest.approx([0.0, 1.0])


def test_practice_gaps_are_to_the_fastest_of_the_session() -> None:
    frame = pd.DataFrame(
        {
            "weekend": "2031-01",
            "session": ["FP1", "FP1", "FP2", "FP2"],
            "time_ms": [90_000.0, 90_900.0, 88_880.0, 88_000.0],
        }
    )
    assert laps.gap_to_fastest_pct(frame) == pytest.approx([0.0, 1.0, 1.0, 0.0])
