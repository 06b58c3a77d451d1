"""Who takes part, as known at a cutoff: never read from the result.

Those on the grid, once there is one; else those who took part in a session known by then (each
car: who drove it last); a car of such a team not seen yet is taken from the announced entries,
else from the previous round; before any session the announced entries, else the previous round's.
"""

import numpy as np
import pandas as pd

from f1lib.tables.history import SESSION_TABLES, History
from f1lib.weekend import SESSION_ORDER, Cutoff, Session

CARS_OF_A_TEAM = 2  # the sporting regulations' limit; friday drivers make the list longer
_COLUMNS = ["weekend", "driver", "constructor"]


def entered(history: History, cutoff: Cutoff) -> pd.DataFrame:
    """Entries of every weekend of the calendar: weekend, driver, constructor, lineage.

    Sorted by weekend, constructor and driver, so that the order of rows says nothing.
    """
    own = history.seen_at(cutoff)
    grid = own["grid"][_COLUMNS]
    sessions = _took_part(own)
    sessions = sessions[~sessions["weekend"].isin(set(grid["weekend"]))]
    teams_seen = sessions[["weekend", "constructor"]].drop_duplicates()
    announced = history["entries"][_COLUMNS]
    previous = _previous_round(history)

    begun = set(sessions["weekend"]) | set(grid["weekend"])
    cars = pd.concat(
        [
            sessions.assign(level=0),
            announced.merge(teams_seen).assign(level=1, recency=0),
            previous.merge(teams_seen).assign(level=2, recency=0),
        ]
    )
    cars = cars.sort_values(["weekend", "level", "recency", "driver"], kind="stable")
    cars = cars.drop_duplicates(["weekend", "driver"])
    cars = cars[cars.groupby(["weekend", "constructor"]).cumcount() < CARS_OF_A_TEAM]

    announced = announced[~announced["weekend"].isin(begun)]
    previous = previous[~previous["weekend"].isin(begun | set(announced["weekend"]))]
    whole = pd.concat([frame[_COLUMNS] for frame in (grid, cars, announced, previous)])
    whole = whole.drop_duplicates(["weekend", "driver"])
    whole = whole.sort_values(["weekend", "constructor", "driver"], ignore_index=True)
    return whole.assign(lineage=lineages(history, whole["constructor"]))


def lineages(history: History, constructors: "pd.Series[str]") -> "pd.Series[str]":
    """The lineage of each constructor; one that the tables do not know is its own."""
    known = history["constructors"].set_index("constructor")["lineage"]
    return constructors.map(known).where(constructors.isin(known.index), constructors)


def joined(entries: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """The row of `values` for each entry, by weekend and driver; missing where there is none."""
    values = values.drop_duplicates(["weekend", "driver"])
    return entries[["weekend", "driver"]].merge(values, how="left", on=["weekend", "driver"])


def _took_part(own: History) -> pd.DataFrame:
    """Everyone in a session, `recency` 0 for the latest session of the weekend."""
    formats = own["races"].set_index("weekend")["format"]
    places = {
        f"{weekend_format}|{session}": -place
        for weekend_format, order in SESSION_ORDER.items()
        for place, session in enumerate(order)
    }
    frames = [own["practice"][[*_COLUMNS, "session"]]]
    frames += [
        own[name][_COLUMNS].assign(session=session)
        for name, session in SESSION_TABLES.items()
        if session not in {Session.GRID, Session.RACE}
    ]
    whole = pd.concat(frames, ignore_index=True)
    recency = (whole["weekend"].map(formats) + "|" + whole["session"]).map(places)
    return whole[_COLUMNS].assign(recency=recency.astype(int))


def _previous_round(history: History) -> pd.DataFrame:
    """For each weekend of the calendar, who was entered in the last race run before it."""
    results = history["results"][_COLUMNS]
    raced = results["weekend"].unique()
    weekends = history["races"]["weekend"].to_numpy(dtype=object)
    place = np.searchsorted(raced.astype(object), weekends, side="left") - 1
    of = pd.DataFrame({"target": weekends[place >= 0], "weekend": raced[place[place >= 0]]})
    joined = of.merge(results, on="weekend")
    return joined.assign(weekend=joined["target"])[_COLUMNS]
