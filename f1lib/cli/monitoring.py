"""`f1lib monitor`: does the champion still hold?"""

from typing import TYPE_CHECKING, Any

from f1lib.cli.options import Json, Now, Weekend, say, show

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


def plainly(found: "Iterable[Finding]") -> list[dict[str, Any]]:
    """Findings with all their columns, as JSON has them."""
    from f1lib.monitoring import findings

    return [
        {str(name): value for name, value in row.items()}
        for row in findings.frame(found).to_dict("records")
    ]
