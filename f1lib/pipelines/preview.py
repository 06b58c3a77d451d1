"""Preview a weekend: forecast it, and lay out what was said for a reader."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from f1lib.models import baselines
from f1lib.pipelines import ingest
from f1lib.pipelines.ingest import facts_of
from f1lib.pipelines.predict import champion, predict
from f1lib.predictions import FloatArray, Prediction
from f1lib.registry.manifest import Manifest
from f1lib.settings import Settings
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import Cutoff, RaceWeekend, Stage


@dataclass(frozen=True, slots=True)
class Preview:
    """The forecast of one weekend at the latest cutoff reached, and how it came about.

    `race` and `qualifying` have a row per entry, the favourite first: driver, team, p_first,
    p_top3, p_top10, expected_position, low and high (between them lie four results in five),
    gap_pct, baseline (the baseline's p_first), grid (missing until there is one). `qualifying`
    is at its own latest cutoff. `ladder` has the win probability of each driver at each cutoff.
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

    @property
    def baseline(self) -> str:
        """The frozen baseline beside the race forecast."""
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
    }


def preview(
    weekend: RaceWeekend, settings: Settings, *, now: datetime, dry_run: bool = False
) -> Preview:
    """Forecast `weekend` (recorded unless `dry_run`) at every cutoff reached."""
    history = ingest.known(settings)
    predictions = predict([weekend], settings, now=now, dry_run=dry_run)
    holder = champion(settings, simulated=history.snapshot.simulated)
    mine = {(p.stage, p.cutoff): p for p in predictions if p.model_version == holder.version}
    said = {(p.stage, p.cutoff, p.model): p for p in predictions}
    reached = [cutoff for cutoff in Cutoff if (Stage.RACE, cutoff) in mine]
    of_qualifying = [cutoff for cutoff in Cutoff if (Stage.QUALIFYING, cutoff) in mine]
    race = mine[Stage.RACE, reached[-1]]
    row = history.race(weekend)

    def laid_out(stage: Stage, cutoff: Cutoff, metric: str) -> pd.DataFrame:
        reference = said.get((stage, cutoff, str(baselines.for_metric(metric, cutoff))))
        return _rows(history, mine[stage, cutoff], reference)

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
        race=laid_out(Stage.RACE, race.cutoff, "winner_log_loss"),
        qualifying=laid_out(Stage.QUALIFYING, of_qualifying[-1], "pole_log_loss"),
        ladder=pd.concat(
            [
                _rows(history, mine[Stage.RACE, cutoff], None)[["driver", "p_first"]].assign(
                    cutoff=cutoff.value
                )
                for cutoff in reached
            ],
            ignore_index=True,
        ),
    )


def _rows(history: History, prediction: Prediction, reference: Prediction | None) -> pd.DataFrame:
    """The forecast with names instead of ids, the favourite first."""
    rows = prediction.forecast.rows
    drivers = history["drivers"].set_index("driver")["name"]
    teams = history["constructors"].set_index("constructor")["name"]
    of_weekend = history["grid"]["weekend"] == str(prediction.weekend)
    grid = history["grid"][of_weekend].set_index("driver")["start_order"]
    knows_grid = prediction.cutoff is Cutoff.BEFORE_RACE
    frame = rows.assign(
        driver=rows["driver"]
        .map(drivers)
        .where(rows["driver"].isin(drivers.index), rows["driver"]),
        team=rows["constructor"]
        .map(teams)
        .where(rows["constructor"].isin(teams.index), rows["constructor"]),
        baseline=float("nan"),
        grid=rows["driver"].map(grid).astype(float) if knows_grid else float("nan"),
        low=_quantile(prediction, 0.1),
        high=_quantile(prediction, 0.9),
    )
    if reference is not None:
        p = reference.forecast.rows.set_index("driver")["p_first"]
        frame = frame.assign(baseline=rows["driver"].map(p).astype(float))
    return frame.sort_values("p_first", ascending=False, kind="stable", ignore_index=True)


def _quantile(prediction: Prediction, share: float) -> FloatArray:
    """The first position that is reached with a probability of at least `share`, per entry."""
    positions = prediction.forecast.positions
    if positions is None:
        return np.full(len(prediction.forecast.rows), np.nan)
    reached = np.cumsum(positions, axis=1) >= share - 1e-12
    return np.asarray(reached.argmax(axis=1) + 1.0, dtype=np.float64)
