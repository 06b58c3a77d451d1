"""Does the whole policy work where the truth is known: found, trained, promoted, better for it?

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/replays.py --seeds 20 --keep /tmp/stable.jsonl
    .venv/bin/python benchmarks/replays.py --scenario car_upgrade --seeds 12 --keep /tmp/up.jsonl

For each seed a simulated world is replayed through its last season under `triggered`: its verbs,
its rules, its promotions. A scenario begins in the middle of that season (`car_upgrade`: the
sixth fastest car gains 1.2 % of a lap), which leaves 10 to 12 races, itself the first of them.
`never` is the first champion asked about every round, since nothing else is in it. Beside both
stand the first version that a finding had trained (promoted or not) and the recipe refit before
each race: the most that any retraining could give.

Scores of a dozen races are mostly luck, so forecasts are also held against the truth: `win_excess`
and `pole_excess` are nats above the least that is possible. `--keep` remembers finished seeds, and
a second call with the same options goes on from there. A seed takes 90 s of one core, 10 to 20 s
with `--quick` (in_short.py: the same rules up to the first version that is trained, without a
store).
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import in_short
import numpy as np
import pandas as pd
import voices
from pydantic import SecretStr
from scipy.stats import binomtest
from voices import Row

from f1lib import settings as configuration
from f1lib.decisions.retraining import FROM_FINDINGS, Outcome
from f1lib.pipelines import ingest, promote, replay
from f1lib.pipelines.ingest import World
from f1lib.pipelines.replayed import Decision, Policy, Replay
from f1lib.scoring.summary import bootstrap_interval
from f1lib.settings import Settings
from f1lib.sources.simulated import world as worlds
from f1lib.store import connection, decision_log
from f1lib.weekend import RaceWeekend

WITHIN = 10  # races, the first changed one included
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ASKED = ("scenario", "seasons", "races", "replicas", "quick")
STEPS = ("alert", "training", "promotion")


def of_seed(seed: int, wanted: argparse.Namespace) -> Row:
    """One world: when each step came, what was in the way, and every voice round by round."""
    simulated = worlds.build(seed, wanted.scenario, wanted.seasons)
    begins = simulated.scenario_facts.weekend
    season = simulated.weekends[-1].season
    whole = [weekend for weekend in simulated.weekends if weekend.season == season]
    since = [weekend for weekend in whole if begins is None or weekend >= begins]
    since = since[: wanted.races]
    raced = [weekend for weekend in whole if weekend <= since[-1]]
    row: Row = {
        "seed": seed,
        **asked(wanted),
        "begins": str(begins or ""),
        "lineage": simulated.scenario_facts.lineage,
        "rounds": len(raced),
        "rounds_since": len(since),
    }
    if wanted.quick:
        return row | in_short.season(simulated, raced, since, wanted.replicas)
    with tempfile.TemporaryDirectory() as folder:
        settings = configuration.read().model_copy(
            update={
                "home": Path(folder), "f1db": "", "store_url": SecretStr(""),
                "known_through": str(raced[-1]),
            }
        )  # fmt: skip
        ingest.simulate(
            settings, World(seed, wanted.scenario, wanted.seasons), published=None, now=NOW
        )
        found = replay.replay(
            season, settings, policies=[Policy.TRIGGERED], workers=1, say=lambda _: None
        )
        home = settings.home / "replays" / str(season) / Policy.TRIGGERED
        there = settings.model_copy(update={"home": home})
        born = [each for each in found.decisions if born_of_findings(each)]
        first = next((each for each in born if each.weekend >= str(since[0])), None)
        heard = voices.heard(simulated, found, there, raced, first, wanted.replicas)
        refused = obstacles(there)
    return {
        **row,
        "steps": steps(found, since),
        "alerts": [(each.rule, each.subject, each.first) for each in found.walked[0].alerts],
        "decisions": [
            (each.weekend, each.outcome, each.trigger, each.version, each.promotion)
            for each in found.decisions
            if each.outcome != Outcome.NOTHING
        ],
        "refused": refused,
        "voices": heard,
    }


def asked(wanted: argparse.Namespace) -> Row:
    """What makes rows comparable: a kept row that was asked otherwise is another one."""
    return {name: getattr(wanted, name) for name in ASKED}


def born_of_findings(each: Decision) -> bool:
    """Whether a finding had a version trained; what is trained in shadow waits for a person."""
    return each.outcome == Outcome.RETRAIN and each.trigger in FROM_FINDINGS


def steps(found: Replay, since: Sequence[RaceWeekend]) -> dict[str, int | None]:
    """After which race since the change each step came, 1 the first changed one; None: never."""
    places = {str(weekend): place for place, weekend in enumerate(since, start=1)}
    born = [each for each in found.decisions if born_of_findings(each)]
    came = {
        "alert": [
            each.first
            for each in found.walked[0].alerts
            if each.rule.partition(".")[0] in set(FROM_FINDINGS.values())
        ],
        "training": [each.weekend for each in born],
        "promotion": [each.weekend for each in born if each.promotion == promote.Outcome.PROMOTED],
    }
    return {
        step: min((places[each] for each in weekends if each in places), default=None)
        for step, weekends in came.items()
    }


def obstacles(there: Settings) -> list[Row]:
    """For each version refused: weekend, version, and value and p of the rules in its way.

    A patch judged on fewer races than any superiority needs has one road left: `refresh` and
    `guard`.
    """
    with connection.reading(there.store_address) as store:
        made = decision_log.made(store, simulated=True, kind=promote.KIND)
    return [
        {
            "weekend": str(each.origin.weekend),
            "version": each.model_version,
            "rules": {
                rule.rule: (rule.value, rule.p)
                for rule in each.rules
                if not rule.fired and rule.rule.startswith(("refresh.", "guard."))
            },
        }
        for each in made
        if each.outcome == promote.Outcome.REFUSED
    ]


def main() -> None:
    """Replay so many worlds, and print what came of all that are known."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--scenario", default="stable")
    parser.add_argument("--seasons", type=int, default=8, help="the last of them is replayed")
    parser.add_argument("--races", type=int, help="replayed at most, from the change on")
    parser.add_argument("--quick", action="store_true", help="the rules without a walk")
    parser.add_argument("--replicas", type=int, default=400, help="of the truth, a weekend")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="file with a line for each finished seed")
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    seeds = range(wanted.first_seed, wanted.first_seed + wanted.seeds)
    rows = [each for each in kept(wanted.keep)
            if each["seed"] in seeds and asked(wanted).items() <= each.items()]  # fmt: skip
    missing = sorted({*seeds} - {each["seed"] for each in rows})
    one = partial(of_seed, wanted=wanted)
    with ProcessPoolExecutor(wanted.workers) as pool:
        for row in pool.map(one, missing):
            rows.append(row)
            if wanted.keep:
                with wanted.keep.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
            if not wanted.json:
                print(f"seed {row['seed']}: {row['steps']}, {row['decisions']}", flush=True)
    print(json.dumps(rows) if wanted.json else "\n".join(told(rows)))


def kept(file: Path | None) -> list[Row]:
    """The seeds finished before."""
    if file is None or not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def told(rows: Sequence[Row]) -> Iterator[str]:
    """What came of these seeds, a line each."""
    n = len(rows)
    yield f"{n} seeds of {rows[0]['scenario']}, {sum(not each['quick'] for each in rows)} walked"
    for step in STEPS:
        came = [each["steps"][step] for each in rows]
        known = sorted(each for each in came if each is not None)
        if rows[0]["begins"]:
            within = share(sum(each <= WITHIN for each in known), n)
            yield f"{step} within {WITHIN} races: {within}; after race {known}"
        else:
            yield f"at least one {step} born of findings: {share(len(known), n)}"
    if rows[0]["lineage"]:
        named = sorted(place for each in rows if (place := naming(each)) is not None)
        within = share(sum(each <= WITHIN for each in named), n)
        yield f"the team named within {WITHIN} races: {within}; after race {named}"
    rules = Counter(rule for each in rows for one in each["refused"] for rule in one["rules"])
    n_refused = sum(len(each["refused"]) for each in rows)
    yield f"{n_refused} versions refused; rules in the way: {dict(rules.most_common())}"
    yield from differences(rows)


def naming(row: Row) -> int | None:
    """After which race since the change an alert named the team that found the step."""
    begins = RaceWeekend.parse(row["begins"])
    first = [
        RaceWeekend.parse(weekend).round - begins.round + 1
        for _, subject, weekend in row["alerts"]
        if subject == row["lineage"] and weekend >= row["begins"]
    ]
    return min(first, default=None)


def share(k: int, n: int) -> str:
    """A share with its exact (Clopper-Pearson) 95 % interval.

    >>> share(12, 12)
    '12 of 12 (95 % interval 74 % to 100 %)'
    """
    low, high = binomtest(k, n).proportion_ci(method="exact")
    return f"{k} of {n} (95 % interval {low:.0%} to {high:.0%})"


def differences(rows: Sequence[Row]) -> Iterator[str]:
    """How much better than the frozen champion the others were after the change, over seeds."""
    for voice in ("triggered", "challenger", "refit"):
        means = [found for each in rows if (found := gain(each, voice)) is not None]
        if not means:
            continue
        told_ = []
        for metric in voices.METRICS:
            values = np.array([each[metric] for each in means])
            low, high = bootstrap_interval(values)
            told_.append(
                f"{metric} {values.mean():+.4f} ({low:+.4f} to {high:+.4f}), better in "
                f"{share(int((values > 0).sum()), len(values))}"
            )
        yield f"{voice} better than frozen over {len(means)} seeds (mean, 95 % interval):"
        yield from (f"    {line}" for line in told_)
    if not rows[0]["begins"]:
        return
    for name, phase in PHASES.items():
        frozen = [level(each, phase) for each in rows]
        win, pole = np.nanmean(np.array(frozen), axis=0)
        yield f"frozen champion {name}: win_excess {win:.3f}, pole_excess {pole:.3f}"


PHASES: Mapping[str, tuple[int, int]] = {
    "before the change": (-99, 0), "race 1 and 2": (1, 2), "race 3 to 5": (3, 5),
    "race 6 and later": (6, 99),
}  # fmt: skip


def gain(row: Row, voice: str) -> dict[str, float] | None:
    """Mean gain of a voice on the frozen champion, over the rounds on which it is another one."""
    if not row["voices"]:  # nobody walked through it
        return None
    table = pd.DataFrame(row["voices"]).pivot(index="weekend", columns="model")
    if ("rps", voice) not in table.columns:
        return None
    differ = (table["rps"][voice] - table["rps"]["frozen"]).abs() > 0
    later = table[differ & (table.index >= row["begins"])]
    if later.empty:
        return None
    return {
        metric: float((1 if more else -1) * (later[metric][voice] - later[metric]["frozen"]).mean())
        for metric, more in voices.METRICS.items()
    }


def level(row: Row, phase: tuple[int, int]) -> tuple[float, float]:
    """Excess of the frozen champion in a phase, counted in races from the change."""
    table = pd.DataFrame(row["voices"])
    mine = table[table["model"] == "frozen"].sort_values("weekend", ignore_index=True)
    number = mine.index - int((mine["weekend"] < row["begins"]).sum()) + 1
    inside = mine[(number >= phase[0]) & (number <= phase[1])]
    return float(inside["win_excess"].mean()), float(inside["pole_excess"].mean())


if __name__ == "__main__":
    main()
