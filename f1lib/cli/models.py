"""`f1lib retrain` and `f1lib models`."""

from typing import Annotated, Any

import typer

from f1lib.cli.options import Json, Now, Weekend, progress, say, show, table

app = typer.Typer(help="The model versions there are.", no_args_is_help=True)


def retrain(weekend: Weekend = "next", as_json: Json = False, now: Now = "") -> None:
    """Train on all races before a weekend, test by backtest, register; promote the first one."""
    from f1lib import settings as configuration
    from f1lib.pipelines import ingest
    from f1lib.pipelines import retrain as retraining

    settings = configuration.read()
    history = ingest.known(settings)
    trained = retraining.retrain(history.weekend(weekend), settings, now=configuration.moment(now))
    manifest, decision = trained.manifest, trained.decision
    result = {
        "version": manifest.version,
        "new": trained.new,
        "champion": trained.champion,
        "trained_through": manifest.trained_through,
        "n_races": manifest.n_races,
        "snapshot": manifest.snapshot,
        "simulated": manifest.simulated,
        "decision": None if decision is None else str(decision),
        "scores": manifest.scores,
    }

    def for_a_person() -> None:
        role = "champion" if trained.champion else "registered, not champion"
        known = "" if trained.new else "was there already; "
        say(
            f"Version {manifest.version} {known}{role}: {manifest.n_races} races through "
            f"{manifest.trained_through}."
        )
        if decision is not None:
            say(str(decision))

    show(result, as_json, for_a_person)


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
                [str(row["version"]), "champion" if row["champion"] else "",
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
