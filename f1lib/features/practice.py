"""Practice: gaps to the fastest of each session of the weekend, % of a lap, as far as it was run.

Sprint qualifying counts as a session like practice, and the sprint's result stands beside it: each
is seen only where the weekend's format runs it before the cutoff.
"""

import numpy as np
import pandas as pd

from f1lib.features.entries import joined
from f1lib.features.rounds import FloatArray, scaled_rank
from f1lib.tables.history import History
from f1lib.tables.laps import gap_to_fastest_pct
from f1lib.weekend import Session

SESSIONS = {
    "fp1_gap": Session.FP1,
    "fp2_gap": Session.FP2,
    "fp3_gap": Session.FP3,
    "sprint_qualifying_gap": Session.SPRINT_QUALIFYING,
}
PRACTICE = (
    "practice_gap",  # the best of all sessions run
    "last_practice_gap",
    "team_practice_gap",  # the best of the team's cars
    *SESSIONS,
    "sprint_place",  # 0 the first, 1 the last
)


def columns(own: History, entries: pd.DataFrame) -> dict[str, FloatArray]:
    """PRACTICE of each entry from its weekend's sessions in `own`; missing without a time."""
    laps = _laps(own)
    best = laps.groupby(["weekend", "driver"])["gap"].min().reset_index()
    order = laps.sort_values(["weekend", "driver", "session"], kind="stable")
    last = order.drop_duplicates(["weekend", "driver"], keep="last")
    found = {
        "practice_gap": joined(entries, best)["gap"].to_numpy(dtype=float),
        "last_practice_gap": joined(entries, last)["gap"].to_numpy(dtype=float),
    }
    team = pd.Series(found["practice_gap"]).groupby(
        [entries["weekend"].to_numpy(), entries["constructor"].to_numpy()]
    )
    found["team_practice_gap"] = team.transform("min").to_numpy(dtype=float)
    for name, session in SESSIONS.items():
        mine = laps[laps["session"] == session]
        found[name] = joined(entries, mine)["gap"].to_numpy(dtype=float)
    sprint = own["sprint"]
    sprint = sprint.assign(place=scaled_rank(sprint, "finish_order"))
    found["sprint_place"] = joined(entries, sprint)["place"].to_numpy(dtype=float)
    return found


def _laps(own: History) -> pd.DataFrame:
    """weekend, driver, session, gap of every car that set a time within 107 % in a session."""
    columns = ["weekend", "driver", "session", "time_ms"]
    sprint = own["sprint_qualifying"].rename(columns={"best_ms": "time_ms"})
    sprint = sprint.assign(session=Session.SPRINT_QUALIFYING.value)
    laps = pd.concat([own["practice"][columns], sprint[columns]], ignore_index=True)
    gap = gap_to_fastest_pct(laps)
    return laps.assign(gap=gap)[np.isfinite(gap)]
