from f1lib.monitoring import windows
from f1lib.weekend import RaceWeekend

ROUNDS = [RaceWeekend(2030, n) for n in range(20, 23)] + [RaceWeekend(2031, n) for n in range(1, 9)]


def test_a_window_runs_across_the_winter_and_a_season_does_not() -> None:
    now = RaceWeekend(2031, 3)
    assert len(windows.ending_with(now, ROUNDS).weekends) == 6
    assert [w.round for w in windows.season_to_date(now, ROUNDS).weekends] == [1, 2, 3]


def test_a_window_never_looks_past_its_weekend() -> None:
    window = windows.ending_with(RaceWeekend(2031, 5), ROUNDS)
    assert window.weekends[-1] == RaceWeekend(2031, 5)
    assert len(window.weekends) == windows.ROUNDS
    assert window.full


def test_fewer_rounds_than_eight_are_not_full_and_say_so() -> None:
    window = windows.season_to_date(RaceWeekend(2031, 3), ROUNDS)
    assert not window.full
    assert str(window) == "season 2031 (3 rounds settled, 2031-01 to 2031-03)"
