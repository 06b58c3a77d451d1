"""Windows: which rounds a measurement looks at. Always whole races."""

from collections.abc import Sequence
from dataclasses import dataclass

from f1lib.weekend import RaceWeekend

ROUNDS = 8  # 50 rows would be two and a half races; eight races are the least worth a verdict


@dataclass(frozen=True, slots=True)
class Window:
    """A named run of rounds, oldest first."""

    name: str
    weekends: tuple[RaceWeekend, ...]

    @property
    def full(self) -> bool:
        """Whether there are enough rounds for a verdict."""
        return len(self.weekends) >= ROUNDS

    def __str__(self) -> str:
        if not self.weekends:
            return f"{self.name} (no round settled)"
        n, first, last = len(self.weekends), self.weekends[0], self.weekends[-1]
        if n == 1:
            return self.name if str(first) in self.name else f"{self.name} (1 settled, {first})"
        counted = "" if self.name == f"last {n} rounds" else f"{n} rounds settled, "
        return f"{self.name} ({counted}{first} to {last})"


def ending_with(
    weekend: RaceWeekend, settled: Sequence[RaceWeekend], rounds: int = ROUNDS
) -> Window:
    """The last `rounds` settled rounds up to and with `weekend`."""
    mine = sorted(w for w in set(settled) if w <= weekend)
    return Window(f"last {rounds} rounds", tuple(mine[-rounds:]))


def season_to_date(weekend: RaceWeekend, settled: Sequence[RaceWeekend]) -> Window:
    """All settled rounds of the season up to and with `weekend`."""
    mine = sorted(w for w in set(settled) if w.season == weekend.season and w <= weekend)
    return Window(f"season {weekend.season}", tuple(mine))
