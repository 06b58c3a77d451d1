"""How often do all rules together cry wolf, and how soon do they see what is really there?

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/healthy_seasons.py --seasons 500
    .venv/bin/python benchmarks/healthy_seasons.py --scenario car_upgrade --seasons 20

Simulated worlds, nothing resampled: a champion is trained on at least seven seasons, forecasts the
next one without a refit, and every rule of the policy in force looks after every round. In `stable`
worlds of fifteen seasons each of the last eight is such a season. In a scenario the last of eight
seasons is, and alerts count from the round in which it begins.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from f1lib import settings as configuration
from f1lib.evaluation import backtest, probabilities
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.models import baselines
from f1lib.models.contract import Training
from f1lib.models.two_stage import TwoStage
from f1lib.monitoring import findings, watch
from f1lib.monitoring.drift import watched
from f1lib.monitoring.drift.reference import Reference
from f1lib.monitoring.findings import Finding, Kind
from f1lib.monitoring.policy import WatchPolicy
from f1lib.monitoring.watch import Said
from f1lib.pipelines import drift, policies, recipe
from f1lib.sources.simulated import world as worlds
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import RaceWeekend, Stage

TRAINED_ON = 7  # seasons at least
STABLE_SEASONS = 15  # the most a world has
COUNTED = {Kind.PERFORMANCE, Kind.CALIBRATION, Kind.DRIFT}

Found = dict[RaceWeekend, tuple[Finding, ...]]


def seasons_of(seed: int, scenario: str) -> Iterator[tuple[Found, RaceWeekend | None]]:
    """The findings of each season that is looked at, and the round in which something begins."""
    n = STABLE_SEASONS if scenario == "stable" else TRAINED_ON + 1
    built = worlds.build(seed, scenario, n)
    history = History.of(
        Snapshot("0" * 64, "simulated", "SIMULATED", "", "0" * 64, simulated=True), built.tables()
    )
    settings = configuration.read()
    own = recipe.recipe(settings)
    policy = policies.watch_policy(settings)
    material = Training.from_history(history, own.features)
    rows = watched.after_each_round(history, own.features)
    seasons = sorted({weekend.season for weekend in history.completed()})
    for season in seasons[TRAINED_ON:]:
        rounds = [weekend for weekend in history.completed() if weekend.season == season]
        yield looked(history, material, rows, rounds, own, policy), built.scenario_facts.weekend


def looked(history, material, rows, rounds, own, policy: WatchPolicy) -> Found:  # type: ignore[no-untyped-def]
    """What is found after each of `rounds` about a champion trained before the first."""
    cutoffs = set(HEADLINE_CUTOFF.values())
    champion = backtest.of_rounds(
        material, rounds, cutoffs, [partial(TwoStage, own)], refit_every=len(rounds)
    )
    frozen = backtest.of_rounds(
        material, rounds, cutoffs, [type(each) for each in baselines.frozen()]
    )
    both = backtest.Backtest.stacked([champion, frozen])
    scores = both.scores.assign(model_version="1.0.0")
    said = champion.of(TwoStage.name, HEADLINE_CUTOFF[Stage.RACE]).probabilities
    p, won = probabilities.of_first(said[said["stage"] == Stage.RACE])
    races = history["races"]
    strata = dict(zip(races["weekend"], races["circuit_type"], strict=True))
    before = rows[rows["weekend"] < str(rounds[0])]
    moved = drift.Watch(
        Reference.of(before, strata), rows, strata, own.features.resets, policy, "1.0.0"
    )
    return {
        weekend: (
            *watch.findings(
                scores, Said(tuple(rounds), p, won), policy, weekend,
                model=TwoStage.name, version="1.0.0",
            ),
            *moved.findings(weekend),
        )
        for weekend in rounds
    }  # fmt: skip


def of_world(seed: int, scenario: str) -> list[tuple[list[str], int | None]]:
    """For each season the rules that raised an alert, and how many rounds it took (None: none)."""
    results = []
    for found, begins in seasons_of(seed, scenario):
        since = {weekend: each for weekend, each in found.items()
                 if begins is None or weekend >= begins}  # fmt: skip
        told = [each for each in findings.episodes(since) if each.finding.kind in COUNTED]
        first = min((each.first for each in told), default=None)
        late = None if first is None else 1 + list(since).index(first)
        results.append((sorted({f"{each.finding.rule} ({each.finding.subject})" if begins else
                                each.finding.rule for each in told}), late))  # fmt: skip
    return results


def main() -> None:
    """Look at so many seasons, and print shares as they come in."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("--seasons", type=int, default=60)
    parser.add_argument("--scenario", default="stable")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=1_000)
    asked = parser.parse_args()
    rules: Counter[str] = Counter()
    delays: list[int] = []
    n = alarmed = 0
    seeds = range(asked.first_seed, asked.first_seed + asked.seasons)
    with ProcessPoolExecutor(asked.workers) as pool:
        for results in pool.map(partial(of_world, scenario=asked.scenario), seeds):
            for raised, late in results:
                n, alarmed = n + 1, alarmed + bool(raised)
                rules.update(raised)
                delays += [late] if late is not None else []
            named = ", ".join(f"{rule} {times}" for rule, times in rules.most_common(6))
            print(
                f"{n} seasons, {alarmed} with an alert ({alarmed / n:.1%}); {named}; rounds to "
                f"the first alert: {sorted(delays)[:30]}",
                flush=True,
            )
            if n >= asked.seasons:
                pool.shutdown(cancel_futures=True)
                return


if __name__ == "__main__":
    main()
