"""Preview a weekend: forecast it, explain it, and lay out what was said for a reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from f1lib.models import baselines
from f1lib.pipelines import ingest
from f1lib.pipelines.explained import explained, side_by_side
from f1lib.pipelines.ingest import facts_of
from f1lib.pipelines.predict import champion, predict
from f1lib.pipelines.track_record import TrackRecord, track_record, with_precedents
from f1lib.predictions import FloatArray, Prediction
from f1lib.registry.manifest import Manifest
from f1lib.settings import Settings
from f1lib.tables.history import SESSION_TABLES, History, Snapshot
from f1lib.weekend import PRACTICE_SESSIONS, SESSION_ORDER, Cutoff, RaceWeekend, Session, Stage

# which score says whose baseline stands beside a probability
JUDGED_BY = {
    Stage.RACE: {"p_first": "winner_log_loss", "p_top3": "podium_brier", "p_top10": "points_brier"},
    Stage.QUALIFYING: {"p_first": "pole_log_loss"},
}


@dataclass(frozen=True, slots=True)
class Preview:
    """The forecast of one weekend at the latest cutoff reached, and how it came about.

    `race` and `qualifying` have a row per entry, the favourite first: driver, team, p_first,
    p_top3, p_top10, expected_position, low and high (between them lie four results in five),
    gap_pct, what the frozen baselines give (baseline, baseline_top3, baseline_top10; missing
    where none says it), grid and qualified (places on the grid and in qualifying; missing until
    the race forecast knows them) and for each probability the columns of
    scoring.precedents, as p_first_like_n. `qualifying` is at its own latest cutoff. `ladder` has
    the win probability of each driver at each cutoff, `learnt` the sessions that became known
    with it. `reasons` (stage, driver, reason, value) are as in `explained`, `duels` as from
    explained.side_by_side, both with names; there also `team`, and `code` and `rival_code`, the
    three letters of a timing screen.
    """

    weekend: RaceWeekend
    name: str
    circuit: str
    date: str
    snapshot: Snapshot
    champion: Manifest
    cutoff: Cutoff
    replay: bool
    made_at: datetime
    race: pd.DataFrame
    qualifying: pd.DataFrame
    ladder: pd.DataFrame
    learnt: Mapping[str, tuple[str, ...]]
    reasons: pd.DataFrame
    duels: pd.DataFrame
    record: TrackRecord

    @property
    def baseline(self) -> str:
        """The frozen baseline beside the chances of a win."""
        return str(baselines.for_metric("winner_log_loss", self.cutoff))


def provenance(said: Preview) -> dict[str, object]:
    """What the preview was made from, for a report."""
    return {
        **facts_of(said.snapshot),
        "replay": said.replay,
        "model": said.champion.name,
        "model_version": str(said.champion.version),
        "trained_through": str(said.champion.trained_through),
        "cutoff": said.cutoff.value,
        "forecast_made_at": said.made_at,
        "circuit": said.circuit,
        "race_date": said.date,
        "rounds_looked_back": len(said.record.races),
        "versions_looked_back": ", ".join(said.record.versions),
    }


def preview(
    weekend: RaceWeekend, settings: Settings, *, now: datetime, dry_run: bool = False
) -> Preview:
    """Forecast `weekend` (recorded unless `dry_run`) at every cutoff reached."""
    history = ingest.known(settings)
    predictions = predict([weekend], settings, now=now, dry_run=dry_run)
    holder = champion(settings, simulated=history.snapshot.simulated)
    mine = {(p.stage, p.cutoff): p for p in predictions if p.model_version == holder.version}
    last = {stage: _latest(mine, stage) for stage in Stage}
    race = last[Stage.RACE]
    record = track_record(
        history, weekend, {stage: said.cutoff for stage, said in last.items()}, holder, settings
    )
    laid_out = {
        stage: with_precedents(
            _rows(history, said, predictions, race.cutoff), record.reliability[stage]
        )
        for stage, said in last.items()
    }
    why = {stage: explained(history, said, holder) for stage, said in last.items()}
    row = history.race(weekend)
    return Preview(
        weekend=weekend,
        name=str(row["name"]),
        circuit=str(row["circuit_name"]),
        date=str(row["date"]),
        snapshot=history.snapshot,
        champion=holder.manifest,
        cutoff=race.cutoff,
        replay=race.replay,
        made_at=race.made_at,
        race=laid_out[Stage.RACE],
        qualifying=laid_out[Stage.QUALIFYING],
        ladder=_ladder(history, mine),
        learnt=_learnt(history, weekend, [c for c in Cutoff if (Stage.RACE, c) in mine]),
        reasons=pd.concat(
            [each.reasons.assign(stage=stage.value) for stage, each in why.items()],
            ignore_index=True,
        ).assign(driver=lambda found: _drivers(history, found["driver"])),
        duels=_named_duels(history, side_by_side(why[Stage.RACE], why[Stage.QUALIFYING])),
        record=record,
    )


def _latest(mine: Mapping[tuple[Stage, Cutoff], Prediction], stage: Stage) -> Prediction:
    """The forecast of `stage` that knew most."""
    return [mine[stage, cutoff] for cutoff in Cutoff if (stage, cutoff) in mine][-1]


def _rows(
    history: History, prediction: Prediction, predictions: Sequence[Prediction], reached: Cutoff
) -> pd.DataFrame:
    """The forecast with names instead of ids, the favourite first, the baselines beside it.

    `reached` is the cutoff of the race forecast, which says what is known of places.
    """
    rows = prediction.forecast.rows
    known = history.as_of(prediction.weekend, reached)
    grid, qualified = (
        rows["driver"].map(table[table["weekend"] == str(prediction.weekend)]
                           .set_index("driver")[place]).astype(float)
        for table, place in ((known["grid"], "start_order"), (known["qualifying"], "position"))
    )  # fmt: skip
    knows_grid = prediction.cutoff is Cutoff.BEFORE_RACE
    frame = rows.assign(
        driver=_drivers(history, rows["driver"]),
        team=_teams(history, rows["constructor"]),
        grid=grid if knows_grid else float("nan"),
        qualified=qualified,
        low=_quantile(prediction, 0.1),
        high=_quantile(prediction, 0.9),
        baseline=_of_baseline(prediction, predictions, "p_first"),
        baseline_top3=_of_baseline(prediction, predictions, "p_top3"),
        baseline_top10=_of_baseline(prediction, predictions, "p_top10"),
    )
    return frame.sort_values("p_first", ascending=False, kind="stable", ignore_index=True)


def _of_baseline(
    prediction: Prediction, predictions: Sequence[Prediction], what: str
) -> "pd.Series[float]":
    """What the frozen baseline that is judged by it gives each entry; missing where none does."""
    drivers = prediction.forecast.rows["driver"]
    metric = JUDGED_BY[prediction.stage].get(what)
    name = baselines.for_metric(metric, prediction.cutoff) if metric else None
    for said in predictions:
        if (said.model, said.stage, said.cutoff) == (name, prediction.stage, prediction.cutoff):
            return drivers.map(said.forecast.rows.set_index("driver")[what]).astype(float)
    return pd.Series(float("nan"), index=drivers.index)


def _quantile(prediction: Prediction, share: float) -> FloatArray:
    """The first position that is reached with a probability of at least `share`, per entry."""
    positions = prediction.forecast.positions
    if positions is None:
        return np.full(len(prediction.forecast.rows), np.nan)
    reached = np.cumsum(positions, axis=1) >= share - 1e-12
    return np.asarray(reached.argmax(axis=1) + 1.0, dtype=np.float64)


def _ladder(history: History, mine: Mapping[tuple[Stage, Cutoff], Prediction]) -> pd.DataFrame:
    """driver, p_first, cutoff: the win probabilities at each cutoff reached."""
    frames = []
    for cutoff in Cutoff:
        if (Stage.RACE, cutoff) in mine:
            rows = mine[Stage.RACE, cutoff].forecast.rows[["driver", "p_first"]]
            frames.append(
                rows.assign(driver=_drivers(history, rows["driver"]), cutoff=cutoff.value)
            )
    return pd.concat(frames, ignore_index=True)


def _learnt(
    history: History, weekend: RaceWeekend, reached: Sequence[Cutoff]
) -> dict[str, tuple[str, ...]]:
    """By cutoff the sessions of the weekend that are known at it and were not at the one before."""
    found: dict[str, tuple[str, ...]] = {}
    before: set[Session] = set()
    for cutoff in reached:
        known = history.as_of(weekend, cutoff)
        of_weekend = {
            name: known[name][known[name]["weekend"] == str(weekend)]
            for name in (*SESSION_TABLES, "practice")
        }
        there = {session for name, session in SESSION_TABLES.items() if len(of_weekend[name])}
        run = set(of_weekend["practice"]["session"])
        there |= {session for session in PRACTICE_SESSIONS if session in run}
        order = SESSION_ORDER[history.format(weekend)]
        found[cutoff.value] = tuple(
            session.value.replace("_", " ") for session in order if session in there - before
        )
        before = there
    return found


def _named_duels(history: History, duels: pd.DataFrame) -> pd.DataFrame:
    """Duels with names, and the three letters that a timing screen has for each driver."""
    codes = history["drivers"].set_index("driver")["abbreviation"]
    return duels.assign(
        team=_teams(history, duels["constructor"]),
        code=duels["driver"].map(codes).fillna(duels["driver"]),
        rival_code=duels["rival"].map(codes).fillna(duels["rival"]),
        driver=_drivers(history, duels["driver"]),
        rival=_drivers(history, duels["rival"]),
    )


def _drivers(history: History, ids: "pd.Series[str]") -> "pd.Series[str]":
    """Names; an id that the tables do not know stands for itself."""
    names = history["drivers"].set_index("driver")["name"]
    return ids.map(names).where(ids.isin(names.index), ids)


def _teams(history: History, ids: "pd.Series[str]") -> "pd.Series[str]":
    names = history["constructors"].set_index("constructor")["name"]
    return ids.map(names).where(ids.isin(names.index), ids)
