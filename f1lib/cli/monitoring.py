"""`f1lib monitor` and `f1lib check`: does the champion still hold, and is a training due?"""

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from f1lib.cli.options import Json, Now, Weekend, say, show, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from f1lib.monitoring.findings import Finding


def monitor(weekend: Weekend = "latest", as_json: Json = False, now: Now = "") -> None:
    """Look for findings after a settled round, and remember them. Findings are results."""
    from f1lib import settings as configuration
    from f1lib.pipelines import ingest
    from f1lib.pipelines import monitor as monitors

    settings = configuration.read()
    review = monitors.monitor(
        ingest.known(settings).weekend(weekend), settings, now=configuration.moment(now)
    )
    result = {
        "weekend": review.weekend,
        "simulated": review.snapshot.simulated,
        "replay": review.replay,
        "champion": review.champion.version,
        "snapshot": review.snapshot.sha256,
        "policy": review.policy.name,
        "policy_sha256": review.policy.sha256,
        "findings": plainly(review.findings),
    }

    def for_a_person() -> None:
        label = "SIMULATED, " if review.snapshot.simulated else ""
        replay = ", replay" if review.replay else ""
        say(
            f"{label}{review.weekend} {review.name}, champion {review.champion.version}{replay}, "
            f"policy {review.policy.name}:"
        )
        for finding in review.findings:
            say(f"  {finding}")

    show(result, as_json, for_a_person)


def check(weekend: Weekend = "latest", as_json: Json = False, now: Now = "") -> None:
    """Say whether a training would be set off now, and why. Changes nothing; 20 if it would."""
    from f1lib import settings as configuration
    from f1lib.pipelines import decide as deciding
    from f1lib.pipelines import ingest

    settings = configuration.read()
    found = deciding.decide(
        ingest.known(settings).weekend(weekend), settings, now=configuration.moment(now)
    )
    decision, review = found.decision, found.review
    result = {
        "weekend": found.weekend,
        "simulated": review.snapshot.simulated,
        "replay": review.replay,
        "champion": review.champion.version,
        "policy": review.policy.name,
        "outcome": decision.outcome,
        "trigger": decision.trigger,
        "reason": decision.reason,
        "rules": [asdict(rule) for rule in decision.rules],
    }

    def for_a_person() -> None:
        label = "SIMULATED, " if review.snapshot.simulated else ""
        table(
            f"{label}{found.weekend}, champion {review.champion.version}, policy "
            f"{review.policy.name}",
            ["trigger", "rule", "value", "threshold", "n", "fired"],
            [
                [rule.trigger, rule.rule, _number(rule.value), _number(rule.threshold),
                 str(rule.n or ""), "fired" if rule.fired else ""]
                for rule in decision.rules
            ],
        )  # fmt: skip
        say(str(decision))

    show(result, as_json, for_a_person)
    raise typer.Exit(found.exit_code)


def _number(value: float) -> str:
    """A number of a rule; empty where it does not apply."""
    return "" if math.isnan(value) else f"{value:.3g}"


def plainly(found: "Iterable[Finding]") -> list[dict[str, Any]]:
    """Findings with all their columns, as JSON has them."""
    from f1lib.monitoring import findings

    return [
        {str(name): value for name, value in row.items()}
        for row in findings.frame(found).to_dict("records")
    ]
