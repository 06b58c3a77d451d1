"""`f1lib run` and `f1lib runs`: one notebook, to its report; and what became of earlier runs."""

from typing import TYPE_CHECKING, Annotated

import typer

from f1lib.cli.options import Json, Now, Weekend, note, say, show, written
from f1lib.run_record import RunStatus
from f1lib.runner.lock import IfHeld

if TYPE_CHECKING:
    from f1lib.pipelines.runs import Changes, Run
    from f1lib.reports.number_changes import NumberChange
    from f1lib.run_record import RunRecord
    from f1lib.settings import Settings

app = typer.Typer(help="Runs: those there are, and what each said.", no_args_is_help=True)

RunName = Annotated[
    str,
    typer.Argument(
        metavar="RUN", help="Its id or how that begins, or NOTEBOOK@WEEKEND for the newest."
    ),
]
_HEADLINE = 60  # characters of it in a list


def run(
    notebook: Annotated[str, typer.Argument(help="Name in configs/notebooks.toml.")],
    weekend: Weekend = "latest",
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", help="name=value; may be given several times."),
    ] = None,
    if_running: Annotated[
        IfHeld,
        typer.Option(
            help="If the same is being run: wait for its end, skip (exit 75), or fail (17)."
        ),
    ] = IfHeld.SKIP,
    as_json: Json = False,
    now: Now = "",
) -> None:
    """Run a notebook for a weekend and make its HTML report."""
    from f1lib import settings as configuration
    from f1lib.pipelines import ingest
    from f1lib.pipelines import run as running

    settings = configuration.read()
    given = {}
    for text in parameter or []:
        name, sign, value = text.partition("=")
        if not sign:
            raise typer.BadParameter(f"'{text}' is not name=value")
        given[name.strip()] = value
    history = ingest.known(settings)
    record = running.run(
        notebook, history.weekend(weekend), given, settings, now=configuration.moment(now),
        if_running=if_running, waiting=lambda holder: note(f"Waiting for {holder}."),
    )  # fmt: skip

    show(record.as_json(), as_json, lambda: _say_ended(record, settings))
    raise typer.Exit(record.status.exit_code)


@app.command("list")
def list_runs(
    notebook: Annotated[str, typer.Option(help="Runs of this notebook only.")] = "",
    weekend: Annotated[
        str, typer.Option("--weekend", "-w", help="Of this one only: 2025-08, latest or next.")
    ] = "",
    status: Annotated[
        RunStatus | None, typer.Option(help="That ended so only, or are running.")
    ] = None,
    last: Annotated[int, typer.Option(min=1, help="So many, the newest.")] = 20,
    as_json: Json = False,
) -> None:
    """The newest runs first, also those under way; those that died are marked lost."""
    from f1lib import settings as configuration
    from f1lib.pipelines import runs

    settings = configuration.read()
    every = runs.listed(
        settings, now=configuration.moment(""), notebook=notebook, weekend=weekend, status=status
    )
    names = ("run_id", "notebook", "weekend", "status", "started_at", "duration_s", "headline",
             "problem")  # fmt: skip
    rows = [
        {**{name: getattr(run.record, name) for name in names}, "folder": run.folder}
        for run in every[:last]
    ]

    def for_a_person() -> None:
        if not every:
            say("There is no such run.")
            return
        for line in _aligned([_listed(run) for run in every[:last]]):
            say(line)
        if len(every) > last:
            say(f"The newest {last} of {len(every)}; all of them with --last {len(every)}.")

    show({"runs": rows, "n_runs": len(every)}, as_json, for_a_person)


@app.command("show")
def show_run(run: RunName, as_json: Json = False) -> None:
    """One run: how it ended, what it was asked, what it was made from, what it said."""
    from f1lib import settings as configuration
    from f1lib.pipelines import runs

    one = runs.found(run, configuration.read(), now=configuration.moment(""))
    record, numbers = one.record, one.metrics
    result = {
        **record.as_json(), "folder": one.folder,
        "metrics": [metric.as_json() for metric in numbers],
    }  # fmt: skip

    def for_a_person() -> None:
        say(f"Run {record.run_id}: {record.notebook} for {record.weekend}, {record.status}")
        for text in filter(None, (record.headline, record.problem)):
            say(text)
        for name in ("started_at", "ended_at", "now", "simulated", "replay", "decision",
                     "code_version", "lock_sha256", "seed", "peak_memory_mib"):  # fmt: skip
            say(f"  {name}: {written(getattr(record, name))}")
        say(f"  folder: {one.folder}")
        for name in ("parameters", "provenance", "package_versions"):
            if facts := getattr(record, name):
                say(f"{name}:")
            for key, value in facts.items():
                say(f"  {key}: {written(value)}")
        if numbers:
            say("metrics:")
        for metric in numbers:
            aside = "; ".join(filter(None, (metric.interval, metric.comparison, metric.note)))
            say(f"  {metric.label}: {metric.shown}{f' ({aside})' if aside else ''}")

    show(result, as_json, for_a_person)


@app.command("tail")
def tail(
    run: RunName,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until it is over, and end as it does.")
    ] = False,
) -> None:
    """The log of a run, also of one under way."""
    from f1lib import settings as configuration
    from f1lib.pipelines import runs

    pieces = 0

    def told(text: str) -> None:
        nonlocal pieces
        pieces += 1
        typer.echo(text, nl=False)

    settings = configuration.read()
    ended = runs.tail(run, settings, now=configuration.moment(""), told=told, follow=follow)
    if not pieces:
        note(f"Run {ended.record.run_id} has written nothing to its log.")
    if follow:
        raise typer.Exit(ended.record.status.exit_code)


@app.command("diff")
def diff(
    first: Annotated[str, typer.Argument(help="A run, as `show` has it.")],
    second: Annotated[
        str,
        typer.Argument(help="Another of the same notebook. Without: the last good one before it."),
    ] = "",
    as_json: Json = False,
) -> None:
    """What changed from one run of a notebook to another: what it was made from, what it said."""
    from f1lib import settings as configuration
    from f1lib.pipelines import runs

    settings = configuration.read()
    changes = runs.diff(first, second, settings, now=configuration.moment(""))
    result = {
        "first": changes.first.record.run_id, "second": changes.second.record.run_id,
        "facts": [
            {"fact": each.fact, "first": each.first, "second": each.second}
            for each in changes.facts
        ],
        "metrics": [
            {
                "name": each.name, "label": each.label,
                "first": each.before and each.before.value,
                "second": each.now and each.now.value,
                "difference": each.difference,
            }
            for each in changes.metrics
        ],
        "n_equal_metrics": changes.n_equal,
        "sentences": {"only_first": changes.only_first, "only_second": changes.only_second},
    }  # fmt: skip
    show(result, as_json, lambda: _say_changes(changes))


@app.command("rerun")
def rerun(
    run: RunName,
    check: Annotated[
        bool, typer.Option("--check", help="Record nothing: say whether it comes out the same.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run it again with the same parameters; or check that the same inputs give the same bytes."""
    from f1lib import settings as configuration
    from f1lib.pipelines import rerun as rerunning

    settings, now = configuration.read(), configuration.moment("")
    if not check:
        record = rerunning.rerun(run, settings, now=now)
        show(record.as_json(), as_json, lambda: _say_ended(record, settings))
        raise typer.Exit(record.status.exit_code)
    checked = rerunning.check(run, settings, now=now)
    found = [
        {"fact": each.fact, "first": each.first, "again": each.second}
        for each in checked.differences
    ]

    def for_a_person() -> None:
        named = f"{checked.record.notebook} for {checked.record.weekend}"
        if found:
            say(f"{named}: {len(found)} difference{'' if len(found) == 1 else 's'}.")
        else:
            say(f"{named}: results and report came out the same, to the byte.")
        for each in checked.differences:
            say(f"  {each.fact}: {written(each.first)} -> {written(each.second)}")
        if checked.doubt:
            say(checked.doubt)

    result = {
        "run_id": checked.record.run_id, "same": not found, "same_code": not checked.doubt,
        "differences": found,
    }  # fmt: skip
    show(result, as_json, for_a_person)
    raise typer.Exit(checked.exit_code)


@app.command("cancel")
def cancel(run: RunName, as_json: Json = False) -> None:
    """End a run under way, as SIGTERM does, and say how it ended."""
    from f1lib import settings as configuration
    from f1lib.pipelines import cancel as cancelling

    settings = configuration.read()
    ended = cancelling.cancel(run, settings, now=configuration.moment("")).record
    show(ended.as_json(), as_json, lambda: _say_ended(ended, settings))


@app.command("prune")
def prune(
    older_than: Annotated[
        int | None,
        typer.Option(min=0, max=36_500, help="Days; without it the setting retention_days."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go.")] = False,
    as_json: Json = False,
    now: Now = "",
) -> None:
    """Remove the folders of old runs; the newest good run of each notebook stays."""
    from f1lib import settings as configuration
    from f1lib.pipelines import prune as pruning

    gone = pruning.prune_runs(
        configuration.read(), now=configuration.moment(now), older_than=older_than, dry_run=dry_run
    )

    def for_a_person() -> None:
        for folder in gone.run_folders:
            say(folder)
        said = "Would remove" if dry_run else "Removed"
        say(f"{said} {len(gone.run_folders)} run folders of before {gone.before:%Y-%m-%d}.")

    result = {"before": gone.before, "dry_run": dry_run, "run_folders": gone.run_folders}
    show(result, as_json, for_a_person)
    if gone.trouble:
        note(gone.trouble)


def _say_ended(record: "RunRecord", settings: "Settings") -> None:
    """How a run ended, what it said, and where its report is."""
    say(f"{record.notebook} {record.weekend}: {record.status}")
    for text in filter(None, (record.headline, record.problem)):
        say(text)
    report = settings.home / record.folder / "report.html"
    if record.folder and report.exists():  # none where the disk was full
        say(f"Report: {report}")


def _say_changes(changes: "Changes") -> None:
    first, second = changes.first.record, changes.second.record
    say(f"{first.notebook}, from {first.run_id} to {second.run_id}:")
    for fact in changes.facts:
        say(f"  {fact.fact}: {written(fact.first)} -> {written(fact.second)}")
    for metric in changes.metrics:
        say(f"  {_changed(metric)}")
    say(f"Metrics: {len(changes.metrics)} changed, {changes.n_equal} the same.")
    for run, sentences in ((first, changes.only_first), (second, changes.only_second)):
        if sentences:
            say(f"Said by {run.run_id} only:")
        for sentence in sentences:
            say(f"  {sentence}")


def _changed(metric: "NumberChange") -> str:
    """A number before and after, and by how much it changed."""
    by = f" ({metric.by})" if metric.by else ""
    return f"{metric.label}: {' -> '.join(metric.shown)}{by}"


def _listed(run: "Run") -> list[str]:
    """A run as a line of a list."""
    record = run.record
    duration = "" if record.duration_s is None else f"{record.duration_s:.0f} s"
    said = " ".join((record.headline or record.problem).split())
    return [
        record.run_id, record.notebook, str(record.weekend), record.status.value,
        f"{record.started_at:%Y-%m-%d %H:%M}", duration,
        said if len(said) <= _HEADLINE else f"{said[: _HEADLINE - 1].rstrip()}…",
    ]  # fmt: skip


def _aligned(rows: list[list[str]]) -> list[str]:
    """Rows as lines that no terminal's width breaks, so that an id stays whole."""
    heads = ["run", "notebook", "weekend", "status", "started (UTC)", "took", "said"]
    lines = [heads, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
