"""Data quality: is the data of a weekend there, whole and possible?

In:   what is known, features for its weekends, a policy, the time that counts as the present.
Out:  one `Finding` per rule, fired or not. Late and impossible data are alerts.
Knows nothing of: the store, vendors.

Duplicates, wrong types and values out of range never come this far: `tables.contract.vouch` refuses
the table. Constructors, drivers and circuits never seen are new conditions, not bad data.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

import numpy as np
import pandas as pd

from f1lib.monitoring import freshness
from f1lib.monitoring.findings import FIRED, INSUFFICIENT, NONE, QUIET, Finding
from f1lib.monitoring.freshness import Freshness
from f1lib.monitoring.policy import WatchPolicy
from f1lib.tables.history import History
from f1lib.tables.sessions import CLASSIFIED, NOT_STARTED
from f1lib.weekend import RaceWeekend, Session

# The quickest lap of a session against its middle was .87 at the least in 2008-2025 (a track that
# dried, Silverstone 2011)
FASTEST = 0.80
DECIDES_A_STAGE = frozenset({Session.QUALIFYING, Session.GRID, Session.RACE})
BEFORE = 48  # races of the same format that tell how much of a feature is usually missing
ENOUGH = 8
OFF_SEASON = timedelta(days=150)  # 99 days from the last race of 2024 to the first of 2025
SHOWN = 3  # faults in a sentence
UNUSUAL = 0.5  # of the entries more than usual, and more than in any of those races


def findings(
    history: History,
    features: pd.DataFrame,
    policy: WatchPolicy,
    weekend: RaceWeekend,
    *,
    now: datetime,
) -> tuple[Finding, ...]:
    """What the rules of this module find about the data of `weekend`, whose race has a result.

    `features` has a row per entry (weekend, then any features) up to and with `weekend`.
    Freshness is about what came after: it is judged with the latest weekend alone, against `now`.
    """
    found = [
        _sessions(history, weekend),
        _entries(history, weekend),
        _values(history, weekend),
        _missing(features, history, weekend),
    ]
    if weekend == history.completed()[-1]:
        found.insert(0, _freshness(history, policy, weekend, now))
    return tuple(found)


def _freshness(
    history: History, policy: WatchPolicy, weekend: RaceWeekend, now: datetime
) -> Finding:
    found = freshness.freshness(history, now=now, hours=policy.freshness_h)
    # named by the session due last: on the same data the verdict changes only with it
    window = f"until {found.due}" if found.due else f"round {weekend}"
    late = [f"{each} (over at {each.ended_at:%Y-%m-%d %H:%M} UTC)" for each in found.late]
    hours = f"{policy.freshness_h:g} hours after its end"
    said = (
        f"No data of {_listed(late)}: a session's data is late {hours}."
        if late
        else f"No session's data is late, which it would be {hours}; the last one that has been "
        f"over for so long is {found.due}."
        if found.due
        else "No session is over yet."
    )
    silence = _silence(found, history, now)
    return Finding(
        "data_quality.freshness", "sessions", window, FIRED if late or silence else QUIET,
        f"{said} {silence}".strip(),
        alert=any(each.session in DECIDES_A_STAGE for each in found.late),
        value=float(len(late)), threshold=0.0, n=1,
    )  # fmt: skip


def _silence(found: Freshness, history: History, now: datetime) -> str:
    """What is wrong where nothing can be late, since no schedule is known; empty if nothing is."""
    if found.due is None or str(found.due.weekend) != history["races"]["weekend"].max():
        return ""
    since = now - found.due.ended_at
    if since <= OFF_SEASON:
        return ""
    return (
        f"That session was {since / timedelta(days=1):.0f} days ago, longer than an off-season "
        f"({OFF_SEASON.days} days), and the calendar names no later weekend: import newer data."
    )


def _sessions(history: History, weekend: RaceWeekend) -> Finding:
    """Sessions that the format has, passed over."""
    expected = freshness.usual(history, weekend)
    there = freshness.present(history, str(weekend))
    missing = sorted(expected - there)
    said = (
        f"No data of {_listed(missing)}, of {len(expected)} sessions that such a weekend has."
        if missing
        else f"All {len(expected)} sessions that such a weekend has are there (the grid is one)."
    )
    return _of(weekend, "sessions", missing, said, alert=bool(DECIDES_A_STAGE & set(missing)))


def _entries(history: History, weekend: RaceWeekend) -> Finding:
    """Cars announced that took no part, and starters that had not tried to qualify."""
    key = str(weekend)
    drivers = {
        name: set(frame.loc[frame["weekend"] == key, "driver"])
        for name, frame in history.tables.items()
        if {"weekend", "driver"} <= set(frame.columns)
    }
    results = history["results"]
    started = (results["weekend"] == key) & ~results["status"].isin(NOT_STARTED)
    seen = set().union(*(each for name, each in drivers.items() if name != "entries"))
    absent = drivers["entries"] - seen
    unqualified = set(results.loc[started, "driver"]) - drivers["qualifying"]
    gridless = set(results.loc[started, "driver"]) - drivers["grid"]
    faults = [
        *(f"{name} was announced and took part in nothing" for name in sorted(absent)),
        *(f"{name} raced without a place in qualifying" for name in sorted(unqualified)),
        *(f"{name} raced without a place on the grid" for name in sorted(gridless)),
    ]
    said = (
        f"{_listed(faults)}."
        if faults
        else f"All {int(started.sum())} starters were in qualifying."
    )
    return _of(weekend, "entries", faults, said)


def _values(history: History, weekend: RaceWeekend) -> Finding:
    """Values that a table may hold and that cannot be true together."""
    key = str(weekend)
    of = {
        name: frame[frame["weekend"] == key].reset_index(drop=True)
        for name, frame in history.tables.items()
        if "weekend" in frame
    }
    faults = [
        *_place_faults(of),
        *_lap_faults(of),
        *chain(*(_order(name, of[name]) for name in ("qualifying", "sprint_qualifying"))),
        *chain(*(_classification(name, of[name]) for name in ("results", "sprint"))),
    ]
    rows = sum(len(frame) for frame in of.values())
    said = f"Impossible: {_listed(faults)}." if faults else f"Nothing impossible in {rows} rows."
    return _of(weekend, "values", faults, said, alert=bool(faults))


def _place_faults(of: dict[str, pd.DataFrame]) -> Iterator[str]:
    """Places other than 1 to the number of cars; a driver or a car listed twice."""
    columns = {
        "qualifying": "position", "sprint_qualifying": "position", "grid": "start_order",
        "results": "finish_order", "sprint": "finish_order",
    }  # fmt: skip
    for name, column in columns.items():
        places = sorted(of[name][column])
        if places != list(range(1, len(places) + 1)):
            yield f"{name} has the places {_listed(map(str, places))} for {len(places)} cars"
        for one in ("driver", "car_number"):
            given = of[name][one].dropna()
            for twice in sorted(set(given[given.duplicated()])):
                yield f"{name} has {one.replace('_', ' ')} {twice} twice"


def _lap_faults(of: dict[str, pd.DataFrame]) -> Iterator[str]:
    """Laps that no car can have driven: far below the middle of their session."""
    laps = [
        of[name][["driver", "best_ms"]].assign(session=name).rename(columns={"best_ms": "time_ms"})
        for name in ("qualifying", "sprint_qualifying")
    ]
    whole = pd.concat([of["practice"][["driver", "time_ms", "session"]], *laps])
    middle = whole.groupby("session")["time_ms"].transform("median")
    absurd = whole[whole["time_ms"] < FASTEST * middle]
    for driver, time_ms, session in zip(
        absurd["driver"], absurd["time_ms"], absurd["session"], strict=True
    ):
        yield f"{driver} drove {time_ms / 1000:.3f} s in {session}"


def _order(name: str, session: pd.DataFrame) -> Iterator[str]:
    """The order of the last segment against its times, the pole sitter first.

    Only down to the first car without a time there: behind it stand those who were excluded.
    """
    timed = [each for each in ("q3_ms", "q2_ms", "q1_ms", "best_ms") if session[each].notna().any()]
    if not timed:
        return
    listed = session.sort_values("position")
    times = listed[timed[0]].to_numpy(dtype=float)
    block = times[: int(np.argmax(np.isnan(times))) if np.isnan(times).any() else len(times)]
    for place in np.flatnonzero(np.diff(block) < 0) + 1:
        ahead, behind = listed["driver"].iloc[place - 1], listed["driver"].iloc[place]
        yield f"{name} lists {ahead} ahead of {behind}, who was faster"


def _classification(name: str, session: pd.DataFrame) -> Iterator[str]:
    """The classified against their laps and times."""
    classified = session[session["status"] == CLASSIFIED].sort_values("position")
    if (classified["position"] > len(session)).any():
        yield f"{name} has a position beyond its {len(session)} cars"
    for column, sign, ahead in (("laps", -1, "fewer laps"), ("time_ms", 1, "a longer time")):
        known = classified.dropna(subset=[column])
        steps = sign * np.diff(known[column].to_numpy(dtype=float))
        for place in np.flatnonzero(steps < 0) + 1:
            yield f"{name} lists {known['driver'].iloc[place]} behind a car with {ahead}"


def _missing(features: pd.DataFrame, history: History, weekend: RaceWeekend) -> Finding:
    """Features of which much more is missing than in the races of the same format before."""
    races = history["races"]
    alike = races.loc[races["format"] == history.format(weekend), "weekend"]
    gone = features.drop(columns="weekend").isna()
    shares = gone.groupby(features["weekend"]).mean().astype("float64")
    usual = shares[shares.index.isin(alike) & (shares.index < str(weekend))].tail(BEFORE)
    if len(usual) < ENOUGH:
        said = f"{len(usual)} races of this format came before; {ENOUGH} tell what is usual."
        found = _of(weekend, "missing", (), said)
        return replace(found, status=INSUFFICIENT, value=NONE, n=len(usual))
    rows = zip(
        shares.columns, shares.loc[str(weekend)].to_numpy(), usual.median().to_numpy(),
        usual.max().to_numpy(), strict=True,
    )  # fmt: skip
    faults = [
        f"{share:.0%} of {name} (usually {middle:.0%}, at most {most:.0%})"
        for name, share, middle, most in rows
        if share > most and share >= middle + UNUSUAL
    ]
    races_said = f"{len(usual)} races of this format"
    said = (
        f"Missing: {_listed(faults)}, against {races_said}."
        if faults
        else f"No more than usual is missing of {len(shares.columns)} features ({races_said})."
    )
    return replace(_of(weekend, "missing", faults, said), n=len(usual))


def _of(
    weekend: RaceWeekend, rule: str, faults: Sequence[str], said: str, *, alert: bool = False
) -> Finding:
    return Finding(
        f"data_quality.{rule}", rule, f"round {weekend}", FIRED if faults else QUIET, said,
        alert=alert, value=float(len(faults)), threshold=0.0, n=1,
    )  # fmt: skip


def _listed(faults: Iterable[str]) -> str:
    """The first few, and how many more."""
    whole = list(faults)
    more = f" and {len(whole) - SHOWN} more" if len(whole) > SHOWN else ""
    return "; ".join(whole[:SHOWN]) + more
