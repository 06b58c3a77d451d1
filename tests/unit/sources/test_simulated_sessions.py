"""The parts of a simulated weekend, with numbers a reader can check."""

import numpy as np

from f1lib.sources.simulated import classification, race, sessions
from f1lib.sources.simulated.race import CRASHED, FAILED, NEVER_STARTED, RUNNING, Race


def test_a_car_that_cannot_pass_follows_at_half_a_second() -> None:
    reached = np.array([[100.0, 99.0, 103.0]])
    yes, no = np.ones((1, 3), dtype=bool), np.zeros((1, 3), dtype=bool)
    assert race._held_up(reached, yes, no).tolist() == [[100.0, 100.5, 103.0]]


def test_a_car_that_can_pass_goes_by_and_holds_up_nobody_it_left_behind() -> None:
    reached = np.array([[100.0, 99.0, 98.0]])
    passes = np.array([[False, True, False]])
    everyone = np.ones((1, 3), dtype=bool)
    assert race._held_up(reached, everyone, passes).tolist() == [[100.0, 99.0, 101.0]]


def test_a_car_in_the_pits_blocks_nobody() -> None:
    reached = np.array([[100.0, 99.0]])
    blocks = np.array([[False, True]])
    free = race._held_up(reached, blocks, np.zeros((1, 2), dtype=bool))
    assert free.tolist() == [[100.0, 99.0]]


def test_the_safety_car_closes_the_field_up_without_pulling_anyone_forward() -> None:
    queue = race._queued(np.array([[0.0, 20.0, 200.0]]), 100.0)
    assert queue.tolist() == [[140.0, 140.9, 312.0]]


def test_penalties_drop_a_car_and_the_pit_lane_comes_last() -> None:
    class Chance:
        """Chances for five cars: the first is penalised (3 places), the second in the pits."""

        def random(self, shape: tuple[int, int]) -> np.ndarray:
            return np.array([[0.0, 0.999, 0.5, 0.5, 0.5]]).reshape(shape)

    grid = sessions.line_up(Chance(), np.array([[1, 2, 3, 4, 5]]))  # type: ignore[arg-type]
    assert grid.penalty_places.tolist() == [[3, 0, 0, 0, 0]]
    assert grid.pit_lane.tolist() == [[False, True, False, False, False]]
    assert grid.start_order.tolist() == [[3, 5, 1, 2, 4]]


def a_race() -> Race:
    """Winner, car a lap down, out at the end, out early, one who never started, a second place."""
    return Race(
        time_s=np.array([[5000.0, 5010.0, 4700.0, 800.0, 0.0, 5004.0]]),
        laps=np.array([[60, 59, 56, 10, 0, 60]]),
        end=np.array([[RUNNING, RUNNING, FAILED, CRASHED, NEVER_STARTED, RUNNING]]),
        safety_car_laps=np.array([0]),
    )


def test_a_result_lists_the_classified_first_then_the_others_by_distance() -> None:
    why = ["Fuel sample", "Fuel sample", "Engine", "Accident", "Gearbox", "Plank wear"]
    result = classification.classify(a_race(), np.zeros(6, dtype=bool), why, classification.POINTS)
    assert result.car.tolist() == [0, 5, 1, 2, 3, 4]
    assert result.status == ["classified"] * 4 + ["DNF", "DNS"]
    assert result.points[:4].tolist() == [25, 18, 15, 12]
    assert np.isnan(result.points[4:]).all()
    assert result.gap_laps[2:4].tolist() == [1, 4]
    assert result.reason == [None, None, None, "Engine", "Accident", "Gearbox"]
    assert result.time_ms[:2].tolist() == [5_000_000, 5_004_000]
    assert np.isnan(result.time_ms[2:]).all()


def test_a_disqualified_winner_falls_behind_the_retired_and_the_rest_move_up() -> None:
    why = ["Fuel sample", "", "Engine", "Accident", "Gearbox", ""]
    out = np.array([True, False, False, False, False, False])
    result = classification.classify(a_race(), out, why, classification.POINTS)
    assert result.car.tolist() == [5, 1, 2, 3, 0, 4]
    assert result.status[4:] == ["DSQ", "DNS"]
    assert result.reason[4] == "Fuel sample"
    assert result.points[0] == 25


def test_the_2021_sprint_gave_points_to_three() -> None:
    assert classification.sprint_scale(2021) == (3, 2, 1)
    assert len(classification.sprint_scale(2022)) == 8
