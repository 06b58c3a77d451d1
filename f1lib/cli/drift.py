"""`f1lib drift`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from f1lib.cli.options import Json, Now, Weekend, say, show, table

if TYPE_CHECKING:
    from f1lib.pipelines.drift import DriftReview


def drift(
    weekend: Weekend = "latest",
    window: Annotated[
        int, typer.Option(min=0, help="How many races to compare; 0: as the policy says.")
    ] = 0,
    as_json: Json = False,
    now: Now = "",
) -> None:
    """Compare the last races with those the champion has learnt from."""
    from f1lib import settings as configuration
    from f1lib.pipelines import drift as drifting
    from f1lib.pipelines import ingest

    settings = configuration.read()
    found = drifting.drift(
        ingest.known(settings).weekend(weekend), settings, now=configuration.moment(now),
        window=window,
    )  # fmt: skip
    show(_plain(found), as_json, lambda: _for_a_person(found))


def _plain(found: "DriftReview") -> dict[str, Any]:
    from f1lib.monitoring import findings

    evaluation = found.looks[-1].evaluation if found.looks else None
    return {
        "weekend": found.weekend,
        "simulated": found.snapshot.simulated,
        "replay": found.replay,
        "snapshot": found.snapshot.sha256,
        "model_version": str(found.champion.version),
        "policy": found.policy.name,
        "policy_sha256": found.policy.sha256,
        "rule": found.policy.drift_rule,
        "window": [] if evaluation is None else list(evaluation.weekends),
        "reference": [] if evaluation is None else list(evaluation.reference),
        "status": "insufficient" if evaluation is None else evaluation.status,
        "p_value": None if evaluation is None else evaluation.p_value,
        "false_alarm_rate": None if evaluation is None else evaluation.false_alarm_rate,
        "notes": [] if evaluation is None else list(evaluation.notes),
        "features": [] if evaluation is None else evaluation.measures,
        "findings": findings.frame(found.findings),
    }


def _for_a_person(found: "DriftReview") -> None:
    label = "SIMULATED, " if found.snapshot.simulated else ""
    if found.looks:
        evaluation = found.looks[-1].evaluation
        table(
            f"{label}{found.weekend}: {', '.join(evaluation.weekends)} against "
            f"{len(evaluation.reference)} races of champion {found.champion.version}",
            ["feature", "status", "KL", "by chance", "q", "shift"],
            [
                [
                    str(row["feature"]), str(row["status"]),
                    *(f"{row[name]:.2f}" for name in ("kl", "kl_by_chance")),
                    f"{row['q_value']:.3f}", f"{row['shift']:+.1f}",
                ]
                for row in evaluation.measures.to_dict("records")
            ],
        )  # fmt: skip
        say(f"{evaluation}")
    shown = {"drift", "watch", "fired", "error", "insufficient"}
    for finding in sorted(found.findings, key=lambda each: not each.alert):
        if finding.alert or (finding.status in shown and finding.rule != "drift.feature"):
            say(str(finding))
