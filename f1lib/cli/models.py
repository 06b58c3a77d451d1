"""`f1lib retrain` and `f1lib models`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from f1lib.cli.options import Json, Now, Weekend, progress, say, show, table, written
from f1lib.decisions.trigger import Trigger

if TYPE_CHECKING:
    from f1lib.pipelines.plan import Plan
    from f1lib.pipelines.retrain import Retraining

app = typer.Typer(help="The model versions there are.", no_args_is_help=True)


def retrain(
    weekend: Weekend = "latest",
    before: Annotated[
        str, typer.Option(help="Train as before this weekend instead, without asking a rule.")
    ] = "",
    trigger: Annotated[
        Trigger, typer.Option(help="The rules that are asked; manual: none.")
    ] = Trigger.MANUAL,
    force: Annotated[
        bool,
        typer.Option("--force", help="Also on late or unsound data, or soon after another."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")
    ] = False,
    as_json: Json = False,
    now: Now = "",
) -> None:
    """Train a version after a weekend, test it by backtest, register it; promote the first one."""
    from f1lib import settings as configuration
    from f1lib.pipelines import ingest
    from f1lib.pipelines import respond as responding
    from f1lib.pipelines import retrain as retraining

    settings, moment = configuration.read(), configuration.moment(now)
    history = ingest.known(settings)
    trained: Retraining | None
    plan: Plan | None = None
    if before:
        if dry_run or force or trigger is not Trigger.MANUAL:
            raise typer.BadParameter("asks no rule and tries nothing out; leave the others away.",
                                     param_hint="--before")  # fmt: skip
        trained = retraining.retrain(history.weekend(before), settings, now=moment)
        decision = None
    else:
        done = responding.respond(
            history.weekend(weekend), settings, now=moment, asked=trigger, force=force,
            dry_run=dry_run,
        )  # fmt: skip
        trained, decision, plan = done.trained, done.decision, done.plan
    result: dict[str, Any] = {
        "outcome": decision and decision.outcome,
        "trigger": decision and decision.trigger,
        "reason": decision and decision.reason,
        "rules": [asdict(rule) for rule in decision.rules] if decision else [],
        "snapshot": history.snapshot.sha256,
        "simulated": history.snapshot.simulated,
        "would": str(plan.version) if plan and trained is None else None,
        **_trained(trained),
    }

    def for_a_person() -> None:
        if decision is not None:
            say(str(decision))
        _trained_for_a_person(trained, plan)

    show(result, as_json, for_a_person)


def _trained_for_a_person(trained: "Retraining | None", plan: "Plan | None") -> None:
    """What was trained, else what would be by a plan that was not carried out."""
    if trained is None:
        say(
            f"Would train {plan.version} on {plan.material.n_races} races, through "
            f"{plan.trained_through}. Nothing was changed."
            if plan
            else "Nothing was trained."
        )
        return
    manifest = trained.manifest
    role = "champion" if trained.champion else "registered, not champion"
    known = "" if trained.new else "was there already; "
    say(
        f"Version {manifest.version} {known}{role}: {manifest.n_races} races through "
        f"{manifest.trained_through}."
    )
    if trained.decision is not None:
        say(str(trained.decision))


def _trained(trained: "Retraining | None") -> dict[str, Any]:
    """What was trained, as JSON has it; nothing where nothing was."""
    if trained is None:
        return {"version": None}
    manifest = trained.manifest
    return {
        "version": manifest.version,
        "new": trained.new,
        "champion": trained.champion,
        "trained_through": manifest.trained_through,
        "n_races": manifest.n_races,
        "decision": None if trained.decision is None else str(trained.decision),
        "scores": manifest.scores,
    }


@app.command("card")
def card(
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes at work; without it the settings'.")
    ] = None,
    as_json: Json = False,
    now: Now = "",
) -> None:
    """Backtest the champion's recipe anew, and write docs/model-card.md with its numbers."""
    from f1lib import settings as configuration
    from f1lib.pipelines import model_card

    with progress() as told:
        written = model_card.write(
            configuration.read(), now=configuration.moment(now), workers=workers, progress=told
        )
    result = {
        "card": written.card, "numbers": written.numbers, "code": written.code,
        "snapshot": written.snapshot,
    }  # fmt: skip
    show(result, as_json, lambda: say(f"Wrote {written.card} and {written.numbers}."))


@app.command("list")
def list_versions(as_json: Json = False) -> None:
    """Every model version, which is champion, and which are damaged."""
    from f1lib import settings as configuration
    from f1lib.pipelines import roster

    there = roster.roster(configuration.read())
    rows: list[dict[str, Any]] = [
        {
            "version": manifest.version,
            "champion": there.is_champion(manifest.version),
            "role": there.role(manifest.version),
            "simulated": manifest.simulated,
            "model": manifest.name,
            "trained_at": manifest.trained_at,
            "trained_through": manifest.trained_through,
            "n_races": manifest.n_races,
            "snapshot": manifest.snapshot,
            "code_version": manifest.code_version,
            "artifact_sha256": manifest.artifact_sha256,
        }
        for manifest in there.manifests
    ]
    damaged: list[dict[str, Any]] = [
        {"version": version, "champion": there.is_champion(version), "why": why}
        for version, why in there.damaged
    ]

    def for_a_person() -> None:
        if not rows and not damaged:
            say("There is no model version yet. Train one with `f1lib retrain`.")
            return
        table(
            "Model versions",
            ["version", "role", "world", "trained through", "races", "snapshot"],
            [
                [str(row["version"]), row["role"],
                 "SIMULATED" if row["simulated"] else "real", str(row["trained_through"]),
                 str(row["n_races"]), row["snapshot"][:12]]
                for row in rows
            ]
            + [
                [str(row["version"]), "champion, DAMAGED" if row["champion"] else "DAMAGED",
                 "", "", "", ""]
                for row in damaged
            ],
        )  # fmt: skip
        for row in damaged:
            say(row["why"])

    show({"versions": rows, "damaged": damaged}, as_json, for_a_person)


@app.command("show")
def show_version(
    version: Annotated[str, typer.Argument(help="The version, such as 1.0.2.")],
    as_json: Json = False,
) -> None:
    """One model version: what it was made from, how good it was, what was decided about it."""
    from dataclasses import asdict

    from f1lib import settings as configuration
    from f1lib.pipelines import roster
    from f1lib.versions import ModelVersion

    found = roster.shown(ModelVersion.parse(version), configuration.read())
    manifest = found.manifest
    long = {"version", "scores", "features", "hyper_parameters", "package_versions"}
    names = [name for name in manifest.__slots__ if name not in long]
    result = {
        "role": found.role,
        **{name: getattr(manifest, name) for name in manifest.__slots__},
        "promotions": [
            {name: getattr(row, name) for name in row.__slots__} for row in found.promotions
        ],
        "decisions": [asdict(each) for each in found.decisions],
    }

    def for_a_person() -> None:
        say(f"Version {manifest.version}{f', {found.role}' if found.role else ''}")
        for name in names:
            say(f"  {name}: {getattr(manifest, name)}")
        say("  recipe, features, packages: with --json")
        table(
            f"Scores of its backtest over {roster.scored_over(manifest)}", ["score", "mean"],
            [[name, f"{value:.4f}"] for name, value in sorted(manifest.scores.items())],
        )  # fmt: skip
        for row in found.promotions:
            say(f"{row.at:%Y-%m-%d %H:%M} {row.action} by {row.by}: {row.reason}")

    show(result, as_json, for_a_person)


@app.command("diff")
def diff(
    first: Annotated[str, typer.Argument(help="A version, such as 1.0.1.")],
    second: Annotated[str, typer.Argument(help="Another version.")],
    as_json: Json = False,
) -> None:
    """What two model versions differ in: recipe, features, data, scores of their backtests."""
    from f1lib import settings as configuration
    from f1lib.pipelines import roster
    from f1lib.versions import ModelVersion

    one, other = ModelVersion.parse(first), ModelVersion.parse(second)
    found = roster.differences(one, other, configuration.read())
    rows = [{"fact": each.fact, first: each.first, second: each.second} for each in found]
    scored = any(each.fact.startswith("scores.") for each in found)
    caution = roster.scored_apart(one, other, configuration.read()) if scored else ""

    def for_a_person() -> None:
        if not found:
            say(f"{one} and {other} were made from the same.")
            return
        say(f"From {one} to {other}:")
        for each in found:
            say(f"  {each.fact}: {written(each.first)} -> {written(each.second)}")
        if caution:
            say(caution)

    show(
        {"first": one, "second": other, "differences": rows, "scores": caution},
        as_json,
        for_a_person,
    )
