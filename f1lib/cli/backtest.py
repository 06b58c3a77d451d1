"""`f1lib backtest`: how good would the models have been?"""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from f1lib.cli.options import Json, Now, progress, say, show, table
from f1lib.weekend import Cutoff, Stage

if TYPE_CHECKING:
    from f1lib.pipelines.backtest import Backtested

COMPARED = ("winner_log_loss", "pole_log_loss", "rps")  # in words; --json has every score


def backtest(
    first: Annotated[
        str, typer.Option("--from", help="First round, such as 2014-01; else five seasons.")
    ] = "",
    last: Annotated[str, typer.Option("--to", help="Last round, such as 2025-24.")] = "latest",
    model: Annotated[
        list[str] | None,
        typer.Option(help="Another model beside champion and baselines; may be given again."),
    ] = None,
    cutoff: Annotated[
        list[Cutoff] | None,
        typer.Option(help="What may be known; may be given several times. Without it: all."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes at work; without it the settings'.")
    ] = None,
    refit_every: Annotated[
        int, typer.Option(min=1, help="Refit the models before every N-th round only.")
    ] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Write the scores of every round to this CSV file.")
    ] = None,
    as_json: Json = False,
    now: Now = "",
) -> None:
    """Forecast past rounds from what was known before each, score, and compare with baselines."""
    from f1lib import settings as configuration
    from f1lib.models import candidates
    from f1lib.pipelines import backtest as backtesting
    from f1lib.pipelines import ingest
    from f1lib.pipelines import recipe as recipes

    settings, moment = configuration.read(), configuration.moment(now)
    candidates.named(model or (), recipes.recipe(settings))  # a strange name is refused at once
    if out is not None:
        backtesting.out_files(out)
    history = ingest.known_or_imported(settings, now=moment)
    end = history.weekend(last)
    begin = history.weekend(first) if first else backtesting.first_round(history, end)
    with progress() as told:
        done = backtesting.backtest(
            begin,
            end,
            settings,
            now=moment,
            models=model or [],
            cutoffs=[each for each in Cutoff if each in (cutoff or list(Cutoff))],
            workers=workers,
            refit_every=refit_every,
            progress=told,
        )
    if out is not None:
        backtesting.write_csv(done, out)
    report(done, as_json)


def report(done: "Backtested", as_json: bool) -> None:
    """Show the result; raises LeakageError afterwards if it is too good to be true."""
    from f1lib.errors import LeakageError

    show(_plain(done), as_json, lambda: _for_a_person(done))
    if done.leak_suspected:
        raise LeakageError("This result is not good: " + " ".join(map(str, done.leak_suspected)))


def _plain(done: "Backtested") -> dict[str, Any]:
    return {
        "champion": done.asked[0],
        "models": list(done.models),
        "snapshot": done.snapshot.sha256,
        "source": done.snapshot.description,
        "credit": done.snapshot.credit,
        "simulated": done.snapshot.simulated,
        "code": done.code,
        "rounds": {
            "first": done.rounds[0], "last": done.rounds[-1], "n": len(done.rounds),
            "refit_every": done.refit_every,
        },
        "leak_suspected": [
            {
                "model": each.model, "metric": each.metric, "value": each.value,
                "limit": each.limit, "n": each.n_races, "sentence": str(each),
            }
            for each in done.leak_suspected
        ],
        "comparisons": done.comparisons,
        "scores": done.levels,
    }  # fmt: skip


def _for_a_person(done: "Backtested") -> None:
    from f1lib.evaluation.comparison import Comparison

    for suspicion in done.leak_suspected:
        say(f"LEAK SUSPECTED. {suspicion}")
    label = "SIMULATED, " if done.snapshot.simulated else ""
    range_ = f"{done.rounds[0]} to {done.rounds[-1]}, {len(done.rounds)} races"
    for stage in Stage:
        for cutoff in done.cutoffs:
            rows = done.levels[
                (done.levels["stage"] == stage) & (done.levels["cutoff"] == cutoff)
            ].to_dict("records")
            asked = [name for name in done.asked if any(row["model"] == name for row in rows)]
            if asked:
                table(
                    f"{label}{range_}, stage {stage}, {cutoff}",
                    ["score", *(text for name in asked for text in (name, "skill")), "baseline"],
                    _lines(rows, asked, cutoff),
                )
    for row in done.comparisons.to_dict("records"):
        if row["metric"] in COMPARED:
            fields = {name: row[name] for name in Comparison.__dataclass_fields__}
            say(f"{row['cutoff']}: {Comparison(**fields)}")
    say("In brackets the 95 % interval over races. Skill is against the frozen baseline: 0 is no")
    say("better, 1 is perfect.")
    say(f"Snapshot {done.snapshot.sha256[:12]}, code {done.code[:12]}.")
    if done.snapshot.credit:
        say(done.snapshot.credit)


def _lines(rows: list[dict[Any, Any]], asked: list[str], cutoff: Cutoff) -> list[list[str]]:
    """Score by score: value and skill of each model asked for, value of the frozen baseline."""
    from f1lib.models import baselines

    cells = {(row["model"], row["metric"]): row for row in rows}
    alone = len(asked) == 1  # beside others intervals have no room
    lines = []
    for metric in dict.fromkeys(metric for name, metric in cells if name in asked):
        line = [metric]
        for name in asked:
            row = cells.get((name, metric))
            line.append(_shown(row, "value", *(("low", "high") if alone else ())))
            line.append(_shown(row, "skill", *(("skill_low", "skill_high") if alone else ())))
        reference = cells.get((baselines.for_metric(metric, cutoff), metric))
        lines.append([*line, _shown(reference, "value")])
    return lines


def _shown(row: "dict[Any, Any] | None", value: str, *interval: str) -> str:
    """Such as ``1.241 [1.109, 1.397]``; empty where there is no value."""
    if row is None or math.isnan(row[value]):
        return ""
    bounds = [row[name] for name in interval if not math.isnan(row[name])]
    between = f" [{', '.join(f'{bound:.3f}' for bound in bounds)}]" if bounds else ""
    return f"{row[value]:.3f}{between}"
