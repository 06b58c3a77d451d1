"""Where a challenger gained and lost: by kind of race, by kind of team, and in which races."""

from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd

from f1lib.decisions.promotion.evidence import CHALLENGER, CHAMPION
from f1lib.evaluation import comparison
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.scoring.scores import METRICS
from f1lib.weekend import Cutoff, Stage

COLUMNS = ("slice", "metric", "n", "champion", "challenger", "gain", "low", "high")
OF_RACES = ("winner_log_loss", "rps", "gap_mae_pct")
DECIDERS = ("weekend", "race", "winner", "p_champion", "p_challenger", "gain")
_FORM = "recent_qualifying"  # the frozen baseline that says how strong a team was before the race
_GROUPS = ("top", "midfield", "other")
_TOP, _MIDFIELD = 3, 7  # constructors ahead of the midfield, and of the rest


def table(
    scores: pd.DataFrame, said: pd.DataFrame, races: pd.DataFrame, resets: Collection[int]
) -> pd.DataFrame:
    """COLUMNS: both models over slices of the same `n` races; positive gains are the challenger's.

    `scores` and `said` are the long frames of a backtest; `races` has weekend, circuit_type and
    format, `resets` are seasons of new regulations. Intervals are of 95 %, none where fewer than
    five races differ. A kind that all races are of is no slice.
    """
    of_race = races.set_index("weekend")
    rows = []
    for metric in OF_RACES:
        wide = _wide(scores, metric)
        kinds = of_race.loc[wide.index, ["circuit_type", "format"]]
        season = wide.index.str[:4].astype(int)
        rows += [
            _row(name, metric, wide[inside.to_numpy(dtype=bool)])
            for name, inside in _kinds(kinds, pd.Series(season.isin(list(resets))))
            if not inside.all()
        ]
    for metric, errors in _of_entries(said):
        for group in _GROUPS:
            mine = errors[errors["group"] == group]
            wide = mine.pivot_table(index="weekend", columns="model", values="error").dropna()
            rows.append(_row(f"{group} teams", metric, wide))
    return pd.DataFrame([row for row in rows if row[2]], columns=list(COLUMNS))


def _kinds(
    kinds: pd.DataFrame, reset: "pd.Series[bool]"
) -> "Iterator[tuple[str, pd.Series[bool]]]":
    for name in sorted(kinds["circuit_type"].unique()):
        yield f"{name} circuits", kinds["circuit_type"] == name
    sprint = kinds["format"] != "standard"
    yield from (("sprint weekends", sprint), ("other weekends", ~sprint))
    yield from (("new regulations", reset), ("other seasons", ~reset))


def _wide(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    """champion and challenger by weekend."""
    cutoff = HEADLINE_CUTOFF[METRICS[metric].stage]
    mine = scores[(scores["metric"] == metric) & (scores["cutoff"] == cutoff)]
    mine = mine[mine["model"].isin([CHAMPION, CHALLENGER])]
    return mine.pivot(index="weekend", columns="model", values="value").dropna()


def _row(name: str, metric: str, wide: pd.DataFrame) -> tuple[object, ...]:
    """One slice. Every score that is sliced is better when lower."""
    if not {CHAMPION, CHALLENGER} <= set(wide.columns) or wide.empty:
        return (name, metric, 0, *[np.nan] * 5)
    champion, challenger = (wide[role].to_numpy(dtype=float) for role in (CHAMPION, CHALLENGER))
    gains = champion - challenger
    means = champion.mean(), challenger.mean(), gains.mean()
    return (name, metric, len(gains), *map(float, means), *comparison.block_interval(gains))


def _of_entries(said: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """For each metric of single cars: weekend, model, group of the team, error."""
    form = said[
        (said["model"] == _FORM)
        & (said["stage"] == Stage.QUALIFYING)
        & (said["cutoff"] == Cutoff.BEFORE_QUALIFYING)
    ]
    mean = form.groupby(["weekend", "constructor"])["expected_position"].mean()
    rank = mean.groupby("weekend").rank(method="first")
    group = pd.cut(
        rank, [0, _TOP, _MIDFIELD, np.inf], labels=list(_GROUPS)
    ).astype(str).rename("group").reset_index()  # fmt: skip
    both = said[said["model"].isin([CHAMPION, CHALLENGER])]
    both = both.merge(group, on=["weekend", "constructor"])
    race = both[(both["stage"] == Stage.RACE) & (both["cutoff"] == Cutoff.BEFORE_RACE)]
    yield "points_brier", race.assign(error=(race["p_top10"] - (race["position"] <= 10)) ** 2)
    laps = both[(both["stage"] == Stage.QUALIFYING) & (both["cutoff"] == Cutoff.BEFORE_QUALIFYING)]
    yield "gap_mae_pct", laps.assign(error=(laps["gap_pct"] - laps["actual_gap_pct"]).abs())


def deciders(
    said: pd.DataFrame, races: pd.DataFrame, drivers: pd.DataFrame, *, n: int = 8
) -> pd.DataFrame:
    """DECIDERS of the `n` races in which the two differ most on the winner, the greatest first.

    `gain` is in nats of log loss, positive where the challenger gave the winner more.
    """
    mine = said[
        (said["stage"] == Stage.RACE)
        & (said["cutoff"] == Cutoff.BEFORE_RACE)
        & (said["position"] == 1)
        & said["model"].isin([CHAMPION, CHALLENGER])
    ]
    wide = mine.pivot(index=["weekend", "driver"], columns="model", values="p_first")
    wide = wide.reindex(columns=[CHAMPION, CHALLENGER]).dropna().reset_index()
    p = wide[[CHAMPION, CHALLENGER]].clip(lower=1e-6)
    gain = np.log(p[CHALLENGER] / p[CHAMPION])
    found = pd.DataFrame(
        {
            "weekend": wide["weekend"],
            "race": wide["weekend"].map(races.set_index("weekend")["name"]),
            "winner": wide["driver"].map(drivers.set_index("driver")["name"]),
            "p_champion": wide[CHAMPION],
            "p_challenger": wide[CHALLENGER],
            "gain": gain,
        }
    )
    order = found["gain"].abs().sort_values(ascending=False, kind="stable").index
    return found.loc[order].head(n).reset_index(drop=True)
