"""From the flag to the classification: order, status, times, laps, points and reasons.

Arrays (cars,), sorted as the result is listed.
"""

from dataclasses import dataclass

import numpy as np

from f1lib.sources.simulated.race import CRASHED, FAILED, NEVER_STARTED, Race
from f1lib.sources.simulated.streams import BoolArray, FloatArray, IntArray

POINTS = (25, 18, 15, 12, 10, 8, 6, 4, 2, 1)
SPRINT_POINTS = (8, 7, 6, 5, 4, 3, 2, 1)
SPRINT_POINTS_2021 = (3, 2, 1)
CLASSIFIED_SHARE = 0.9  # of the winner's distance

FAILURES = (
    "Engine", "Gearbox", "Hydraulics", "Electrical", "Brakes", "Power unit", "Suspension",
    "Water leak", "Overheating",
)  # fmt: skip
ACCIDENTS = ("Accident", "Collision", "Spun off", "Collision damage")
INFRINGEMENTS = ("Plank wear", "Underweight car", "Fuel sample", "Rear wing infringement")


@dataclass(frozen=True, slots=True)
class Classification:
    """A result as listed: `car` is the index of each listed car in the field."""

    car: IntArray
    status: list[str]
    position: FloatArray
    laps: FloatArray
    time_ms: FloatArray
    gap_laps: FloatArray
    points: FloatArray
    reason: list[str | None]


def reasons(rng: np.random.Generator, race: Race) -> list[str]:
    """A reason for each car, should it need one, whatever becomes of it."""
    n = race.end.shape[1]
    failure, accident, infringement = (
        rng.choice(wordings, n) for wordings in (FAILURES, ACCIDENTS, INFRINGEMENTS)
    )
    return [
        str(accident[car] if end == CRASHED else infringement[car] if end == 0 else failure[car])
        for car, end in enumerate(race.end[0])
    ]


def classify(
    race: Race, disqualified: BoolArray, why: list[str], scale: tuple[int, ...]
) -> Classification:
    """The classification of a race of one replica, `disqualified` (cars,) taken out."""
    key, end, laps = race.key[0], race.end[0], race.laps[0]
    most = int(laps[~disqualified].max())
    enough = laps >= np.floor(CLASSIFIED_SHARE * most)
    absent = end == NEVER_STARTED
    group = np.select([absent, disqualified, enough], [3, 2, 0], 1)
    car = np.lexsort((key, group))
    listed = group[car] == 0
    n_classified = int(listed.sum())
    position = np.full(len(car), np.nan)
    position[:n_classified] = np.arange(1, n_classified + 1)
    points = np.full(len(car), np.nan)
    n_points = min(len(scale), n_classified)
    points[:n_points] = scale[:n_points]
    gap = (most - laps[car]).astype(np.float64)
    timed = listed & (gap == 0) & (end[car] == 0)
    names = np.select(
        [group[car] == 3, group[car] == 2, listed, end[car] == 0],
        ["DNS", "DSQ", "classified", "NC"],
        "DNF",
    )
    needs_reason = np.isin(end, (CRASHED, FAILED, NEVER_STARTED)) | disqualified
    return Classification(
        car.astype(np.int64),
        [str(name) for name in names],
        position,
        np.where(absent[car], np.nan, laps[car]),
        np.where(timed, np.round(1000 * race.time_s[0][car]), np.nan),
        np.where(listed & (gap > 0), gap, np.nan),
        points,
        [why[place] if needs_reason[place] else None for place in car],
    )


def sprint_scale(season: int) -> tuple[int, ...]:
    """The points of a sprint."""
    return SPRINT_POINTS_2021 if season == 2021 else SPRINT_POINTS
