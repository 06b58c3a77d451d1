"""`f1lib submit`: hand in one session of a weekend from a file."""

from pathlib import Path
from typing import Annotated

import typer

from f1lib.cli.options import Json, Now, say, show


def submit(
    session: Annotated[
        str,
        typer.Argument(
            help="entries, FP1, FP2, FP3, FP4, sprint_qualifying, sprint, qualifying, grid, results"
        ),
    ],
    file: Annotated[Path, typer.Argument(help="CSV, or JSON with a list of records.")],
    weekend: Annotated[
        str, typer.Option("--weekend", "-w", help="Race weekend: 2025-08, latest or next.")
    ] = "next",
    new: Annotated[
        bool, typer.Option("--new", help="Accept drivers and teams not seen before.")
    ] = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="Accept a session that lacks part of the field.")
    ] = False,
    as_json: Json = False,
    now: Now = "",
) -> None:
    """Hand in one session of a weekend, before any archive has it."""
    from f1lib import settings as configuration
    from f1lib.pipelines import ingest
    from f1lib.pipelines import submit as submitting

    settings = configuration.read()
    race_weekend = ingest.known(settings).weekend(weekend)
    kept, findings = submitting.submit(
        session, file, race_weekend, settings,
        now=configuration.moment(now), allow_new=new, partial=partial,
    )  # fmt: skip
    result = {
        "weekend": kept.weekend,
        "session": kept.session,
        "revision": kept.revision,
        "new": kept.new,
        "simulated": kept.simulated,
        "sha256": kept.sha256,
        "n": len(kept.rows),
        "findings": list(findings),
    }
    show(result, as_json, lambda: say("\n".join([kept.sentence, *findings])))
