"""Backtest models over a range of rounds: each forecast from earlier rounds only, in parallel."""

import math
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

import pandas as pd

from f1lib import files
from f1lib.errors import ConfigurationError, InsufficientHistoryError, StoreError
from f1lib.evaluation import backtest as evaluation
from f1lib.evaluation import comparison, levels, plausibility
from f1lib.evaluation.backtest import Backtest
from f1lib.evaluation.plausibility import LeakSuspicion
from f1lib.models import candidates
from f1lib.models.candidates import Candidate
from f1lib.models.contract import MINIMUM_RACES, Training
from f1lib.pipelines import ingest, pieces
from f1lib.pipelines import recipe as recipes
from f1lib.pipelines.pieces import Piece
from f1lib.runner import code_key, processes, versions_used
from f1lib.settings import Settings
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import Cutoff, RaceWeekend, Stage

ROUNDS_A_PIECE = 8  # a few seconds of work: what a kill can cost
SEASONS = 5  # looked at when nobody says where to begin

PACKAGES = ("numpy", "pandas", "scipy")  # another version may round otherwise

Progress = Callable[[int, int], None]  # rounds forecast by a model at a cutoff: done, and in all


@dataclass(frozen=True, slots=True)
class Backtested:
    """What a backtest came to, and what it was made from.

    `asked` are the champion's recipe and what else was asked for, `models` these and the frozen
    baselines. `scores` and `probabilities` are the long frames of evaluation.backtest, `levels` the
    table of evaluation.levels. `comparisons` sets the champion's recipe against each other model
    asked for, race by race (comparison.table). `code` names the source that can change a number.
    """

    rounds: tuple[RaceWeekend, ...]
    asked: tuple[str, ...]
    models: tuple[str, ...]
    cutoffs: tuple[Cutoff, ...]
    refit_every: int
    snapshot: Snapshot
    code: str
    scores: pd.DataFrame
    probabilities: pd.DataFrame
    levels: pd.DataFrame
    comparisons: pd.DataFrame
    leak_suspected: tuple[LeakSuspicion, ...]


def backtest(
    first: RaceWeekend,
    last: RaceWeekend,
    settings: Settings,
    *,
    now: datetime,
    models: Sequence[str] = (),
    cutoffs: Sequence[Cutoff] = tuple(Cutoff),
    workers: int | None = None,
    refit_every: int = 1,
    progress: Progress | None = None,
) -> Backtested:
    """Scores and probabilities of champion, `models` and frozen baselines, `first` to `last`.

    Models are refit before every `refit_every`-th round, baselines before each. Every finished
    piece is kept under settings.home: killed anywhere, the next run goes on, and the same question
    gets the same answer to the last bit, whatever `workers` (processes) is. Raises
    ConfigurationError for rounds without a result, InsufficientHistoryError where too few races
    come before the first.
    """
    history = ingest.known_or_imported(settings, now=now)
    rounds = _rounds(history, first, last, settings.first_season)
    mine = tuple(dict.fromkeys([candidates.CHAMPION, *models]))
    asked = candidates.named([*mine, *candidates.BASELINES], recipes.recipe(settings))
    _heard(asked[: len(mine)], cutoffs)
    found = of_candidates(
        asked, rounds, history, settings, cutoffs=cutoffs, workers=workers,
        refit_every=refit_every, progress=progress,
    )  # fmt: skip
    simulated = history.snapshot.simulated
    return Backtested(
        rounds=rounds,
        asked=mine,
        models=tuple(each.name for each in asked),
        cutoffs=tuple(cutoffs),
        refit_every=refit_every,
        snapshot=history.snapshot,
        code=code_key.code_key(),
        scores=found.scores,
        probabilities=found.probabilities,
        levels=levels.table(found.scores, found.probabilities),
        comparisons=_compared(found.scores, mine),
        leak_suspected=() if simulated else plausibility.suspicions(found.scores),
    )


def of_candidates(
    asked: Sequence[Candidate],
    rounds: tuple[RaceWeekend, ...],
    history: History,
    settings: Settings,
    *,
    cutoffs: Sequence[Cutoff],
    workers: int | None = None,
    refit_every: int = 1,
    progress: Progress | None = None,
) -> Backtest:
    """What candidates of different names say about `rounds`; pieces kept before are read back."""
    code = code_key.code_key()
    wanted = _pieces(asked, rounds, cutoffs, refit_every, history, code, settings)
    return _computed(wanted, history, workers or settings.workers, progress)


def kept(
    asked: Sequence[Candidate],
    rounds: tuple[RaceWeekend, ...],
    history: History,
    settings: Settings,
    *,
    cutoffs: Sequence[Cutoff],
) -> Backtest | None:
    """What `of_candidates` computed before; None unless every piece of it is kept."""
    wanted = _pieces(asked, rounds, cutoffs, 1, history, code_key.code_key(), settings)
    there = [pieces.kept(piece) for piece in wanted]
    found = [part for part in there if part is not None]
    return Backtest.stacked(found) if found and len(found) == len(wanted) else None


def _compared(scores: pd.DataFrame, asked: tuple[str, ...]) -> pd.DataFrame:
    """The first of `asked` against each of the others, at every stage, cutoff and metric."""
    champion, *others = asked
    of = dict(iter(scores.groupby("model")))
    tables = [
        comparison.table(of[champion], of[other], names=(champion, other)) for other in others
    ]
    if not tables:
        return comparison.table(scores.head(0), scores.head(0))
    return pd.concat(tables, ignore_index=True)


def first_round(history: History, last: RaceWeekend) -> RaceWeekend:
    """Where to begin when nobody says: SEASONS seasons with `last`, if enough races come before."""
    season = RaceWeekend(last.season - SEASONS + 1, 1)
    completed = history.completed()
    after = [weekend for weekend in completed[MINIMUM_RACES:] if season <= weekend <= last]
    return after[0] if after else last


def out_files(path: Path) -> tuple[Path, Path]:
    """The files for scores and probabilities. Raises ConfigurationError if they cannot be made."""
    if not path.name:
        raise ConfigurationError(f"'{path}' names no file. Name one, such as scores.csv.")
    beside = path.with_suffix(".probabilities.csv")
    for each in (path, beside):
        if each.exists() and not each.is_file():
            raise ConfigurationError(f"{each} is there and is no file. Name another one.")
    if not path.absolute().parent.is_dir():
        raise ConfigurationError(
            f"There is no folder {path.absolute().parent} to write {path.name} into. Make it, or "
            "name another file."
        )
    return path, beside


def write_csv(done: Backtested, path: Path) -> Path:
    """Write the scores of every round to `path`, the probabilities beside it; where they are."""
    path, beside = out_files(path)
    for target, frame in ((path, done.scores), (beside, done.probabilities)):
        files.write_text(target, frame.to_csv(index=False))
    return beside


def _heard(asked: Sequence[Candidate], cutoffs: Sequence[Cutoff]) -> None:
    """Raise ConfigurationError for a model that says nothing at any of the cutoffs."""
    for each in asked:
        model = each.make()
        if not any(model.covers(stage, cutoff) for stage in Stage for cutoff in cutoffs):
            raise ConfigurationError(
                f"{each.name} forecasts nothing at {', '.join(cutoffs)}. Ask for another cutoff, "
                "or for another model.",
                model=each.name,
            )


def _rounds(
    history: History, first: RaceWeekend, last: RaceWeekend, first_season: int
) -> tuple[RaceWeekend, ...]:
    """The rounds from `first` to `last`, once all of them can be forecast and scored."""
    if first.season < first_season:
        raise ConfigurationError(
            f"{first} comes before {first_season}, the first season that models learn from. Begin "
            "later, or change `first_season` in the settings.",
            weekend=str(first),
        )
    for weekend in (first, last):
        history.race(weekend)  # raises where the calendar has none
    if first > last:
        raise ConfigurationError(f"{first} comes after {last}. Name the earlier round first.")
    completed = history.completed()
    calendar = [RaceWeekend.parse(text) for text in history["races"]["weekend"]]
    asked = [weekend for weekend in calendar if first <= weekend <= last]
    open_ = [weekend for weekend in asked if weekend not in completed]
    if open_:
        raise ConfigurationError(
            f"{len(open_)} of the {len(asked)} rounds from {first} to {last} have no result yet, "
            f"the first of them {open_[0]}. Ask for rounds up to "
            f"{completed[-1] if completed else 'a race that has one'}.",
            weekends=[str(weekend) for weekend in open_],
        )
    before = completed.index(first)
    if before < MINIMUM_RACES:
        earliest = (
            f"Begin with {completed[MINIMUM_RACES]} or later, or import"
            if len(completed) > MINIMUM_RACES
            else "Import"
        )
        raise InsufficientHistoryError(
            f"{before} races before {first} are too few to fit a model, which takes "
            f"{MINIMUM_RACES}. {earliest} an archive with more seasons.",
            n_races=before,
        )
    return tuple(asked)


def _pieces(
    asked: Sequence[Candidate],
    rounds: tuple[RaceWeekend, ...],
    cutoffs: Sequence[Cutoff],
    refit_every: int,
    history: History,
    code: str,
    settings: Settings,
) -> list[Piece]:
    """All pieces of the answer, by model, cutoff and round. Baselines are refit before each."""
    found = []
    for each in asked:
        every = 1 if each.name in candidates.BASELINES else refit_every
        facts = {
            "model": each.name,
            "recipe": each.recipe,
            "features": asdict(each.features),
            "refit_every": every,
            "snapshot": history.snapshot.sha256,
            "first_season": settings.first_season,
            "code": code,
            "packages": {name: versions_used.package_versions()[name] for name in PACKAGES},
        }
        folder = pieces.folder(settings.home, facts)
        model = each.make()
        found += [
            Piece(each, cutoff, some, every, folder)
            for cutoff in cutoffs
            if any(model.covers(stage, cutoff) for stage in Stage)
            for some in _parted(rounds, every)
        ]
    return found


def _parted(rounds: tuple[RaceWeekend, ...], refit_every: int) -> Iterator[tuple[RaceWeekend, ...]]:
    """`rounds` in parts that do not depend on each other, each beginning with a refit.

    Refit before each round, they begin at fixed rounds of a season: other questions share them.
    """
    if refit_every == 1:
        for _, part in groupby(rounds, lambda w: (w.season, (w.round - 1) // ROUNDS_A_PIECE)):
            yield tuple(part)
        return
    size = refit_every * math.ceil(ROUNDS_A_PIECE / refit_every)
    for start in range(0, len(rounds), size):
        yield rounds[start : start + size]


def _computed(
    wanted: Sequence[Piece], history: History, workers: int, progress: Progress | None
) -> Backtest:
    """All pieces, in their order: those kept read back, the others computed, kept and read."""
    there = {piece.path: pieces.kept(piece) for piece in wanted}
    jobs: dict[tuple[object, ...], list[Piece]] = {}
    for piece in wanted:
        if there[piece.path] is None:
            together = piece.rounds, piece.refit_every, piece.model.features
            jobs.setdefault(together, []).append(piece)
    total = sum(len(piece.rounds) for piece in wanted)
    done = total - sum(len(piece.rounds) for job in jobs.values() for piece in job)
    if progress is not None:
        progress(done, total)
    for job in _worked_off(list(jobs.values()), history, workers):
        there |= {piece.path: pieces.kept(piece) for piece in job}
        done += sum(len(piece.rounds) for piece in job)
        if progress is not None:
            progress(done, total)
    lost = [str(piece.path) for piece in wanted if there[piece.path] is None]
    if lost:
        raise StoreError(
            f"{len(lost)} of {len(wanted)} pieces of this backtest cannot be read back, the first "
            f"of them {lost[0]}. Look whether the disk is full, then ask again."
        )
    return Backtest.stacked(part for piece in wanted if (part := there[piece.path]) is not None)


def _worked_off(
    jobs: Sequence[list[Piece]], history: History, workers: int
) -> Iterator[list[Piece]]:
    """Each job when its pieces are kept, in whatever order they end."""
    if not jobs:
        return
    from joblib import Parallel, delayed

    materials = {
        features: Training.from_history(history, features)
        for features in {job[0].model.features for job in jobs}
    }
    in_parallel = Parallel(
        n_jobs=min(workers, len(jobs)),
        return_as="generator_unordered",
        initializer=processes.end_with_parent,  # a killed backtest leaves nobody at work
        initargs=(signal.SIGKILL,),
    )
    yield from in_parallel(delayed(_work)(job, materials[job[0].model.features]) for job in jobs)


def _work(job: list[Piece], material: Training) -> list[Piece]:
    """Compute the pieces of a job, which share rounds and refits, and keep them."""
    from threadpoolctl import threadpool_limits

    models = {piece.model.name: piece.model.make for piece in job}
    cutoffs = dict.fromkeys(piece.cutoff for piece in job)
    with threadpool_limits(1):  # small fits on many threads thrash
        whole = evaluation.of_rounds(
            material, job[0].rounds, cutoffs, models.values(), refit_every=job[0].refit_every
        )
    for piece in job:
        pieces.keep(piece, whole)
    return job
