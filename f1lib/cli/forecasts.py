"""`f1lib predict` and `f1lib settle`."""

from typing import Annotated

import typer

from f1lib.cli.options import Json, Now, Weekend, say, show, table
from f1lib.weekend import Cutoff


def predict(
    weekend: Weekend = "next",
    cutoff: Annotated[
        Cutoff | None,
        typer.Option(help="What may be known. Without it: every cutoff reached so far."),
    ] = None,
    as_json: Json = False,
    now: Now = "",
) -> None:
    """Forecast both stages of a weekend, and remember the forecast."""
    from f1lib import settings as configuration
    from f1lib.pipelines import ingest
    from f1lib.pipelines import predict as predictions

    settings = configuration.read()
    history = ingest.known(settings)
    made = predictions.predict(
        [history.weekend(weekend)],
        settings,
        now=configuration.moment(now),
        cutoffs=None if cutoff is None else [cutoff],
    )
    result = {
        "weekend": made[0].weekend,
        "simulated": made[0].simulated,
        "snapshot": made[0].snapshot,
        "predictions": [
            {
                "stage": each.stage, "cutoff": each.cutoff, "model": each.model,
                "model_version": each.model_version, "made_at": each.made_at,
                "replay": each.replay, "entries": each.forecast.rows,
            }
            for each in made
        ],
    }  # fmt: skip

    def for_a_person() -> None:
        label = "SIMULATED, " if made[0].simulated else ""
        for each in made:
            if not each.model_version:
                continue
            rows = each.forecast.rows.sort_values("expected_position")
            replay = ", replay" if each.replay else ""
            table(
                f"{label}{each.weekend} stage {each.stage}, {each.cutoff}, "
                f"{each.model} {each.model_version}{replay}",
                ["driver", "team", "first %", "top 3 %", "top 10 %", "expected"],
                [
                    [
                        str(row["driver"]), str(row["constructor"]),
                        *(f"{100 * row[name]:.1f}" for name in ("p_first", "p_top3", "p_top10")),
                        f"{row['expected_position']:.1f}",
                    ]
                    for row in rows.to_dict("records")
                ],
            )  # fmt: skip

    show(result, as_json, for_a_person)


def settle(weekend: Weekend = "latest", as_json: Json = False, now: Now = "") -> None:
    """Score what was forecast for a weekend on what happened."""
    from f1lib import settings as configuration
    from f1lib.pipelines import ingest
    from f1lib.pipelines import settle as settling

    settings = configuration.read()
    history = ingest.known(settings)
    settled = settling.settle(history.weekend(weekend), settings, now=configuration.moment(now))
    result = {
        "weekend": settled.weekend,
        "simulated": settled.snapshot.simulated,
        "snapshot": settled.snapshot.sha256,
        "revisions": settled.revisions,
        "refused": list(settled.refused),
        "scores": settled.scores.drop(columns=["weekend", "simulated"]),
    }

    def for_a_person() -> None:
        if not settled.outcomes:
            say(f"Nothing of {settled.weekend} has been run yet; there is nothing to settle.")
            return
        if settled.scores.empty:
            say(
                f"The outcome of {settled.weekend} is recorded, but nobody forecast it: there is "
                f"nothing to score. `f1lib predict --weekend {settled.weekend}` makes a replay."
            )
            return
        label = "SIMULATED, " if settled.snapshot.simulated else ""
        revisions = ", ".join(f"{stage} {n}" for stage, n in settled.revisions.items())
        table(
            f"{label}{settled.weekend} settled (revision: {revisions})",
            ["stage", "cutoff", "model", "version", "metric", "value", "n"],
            [
                [row["stage"], row["cutoff"], row["model"], row["model_version"], row["metric"],
                 f"{row['value']:.4f}", str(row["n"])]
                for row in settled.scores.to_dict("records")
            ],
        )  # fmt: skip
        for sentence in settled.refused:
            say(sentence)

    show(result, as_json, for_a_person)
