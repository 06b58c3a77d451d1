"""`f1lib monitor` and `f1lib check`: does the champion still hold, and is a training due?"""

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from f1lib.cli.options import Json, Now, Weekend, note, say, show, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from f1lib.monitoring.findings import Finding
    from f1lib.pipelines.monitor import Monitoring
    from f1lib.pipelines.monitor_range import MonitoredRange


def monitor(
    weekend: Weekend = "latest",
    first: Annotated[
        str, typer.Option("--from", help="First round of a range; without it one weekend.")
    ] = "",
    last: Annotated[str, typer.Option("--to", help="Last round of a range.")] = "latest",
    as_json: Json = False,
    now: Now = "",
) -> None:
    """Look for findings after a settled round, or a range of them, and remember what is found."""
    from f1lib import settings as configuration
    from f1lib.pipelines import ingest
    from f1lib.pipelines import monitor as monitors
    from f1lib.pipelines import monitor_range as ranges

    if first and weekend != "latest":
        raise typer.BadParameter("--weekend names one round and --from a range; give one of them")
    if last != "latest" and not first:
        raise typer.BadParameter("--to ends a range; say with --from where it begins")
    settings, moment = configuration.read(), configuration.moment(now)
    history = ingest.known_or_imported(settings, now=moment)
    if first:
        begin, end = history.weekend(first), history.weekend(last)
        done = ranges.monitor_range(begin, end, settings, now=moment, say=note)
        show(_range(done), as_json, lambda: _range_for_a_person(done))
    else:
        review = monitors.monitor(history.weekend(weekend), settings, now=moment)
        show(_round(review), as_json, lambda: _round_for_a_person(review))


def _round(review: "Monitoring") -> dict[str, Any]:
    return {
        "weekend": review.weekend,
        "simulated": review.snapshot.simulated,
        "replay": review.replay,
        "champion": review.champion.version,
        "snapshot": review.snapshot.sha256,
        "policy": review.policy.name,
        "policy_sha256": review.policy.sha256,
        "findings": plainly(review.findings),
    }


def _round_for_a_person(review: "Monitoring") -> None:
    label = "SIMULATED, " if review.snapshot.simulated else ""
    replay = ", replay" if review.replay else ""
    say(
        f"{label}{review.weekend} {review.name}, champion {review.champion.version}{replay}, "
        f"policy {review.policy.name}:"
    )
    for finding in review.findings:
        say(f"  {finding}")


def _range(done: "MonitoredRange") -> dict[str, Any]:
    def told(weekend: object, found: "Iterable[Finding]") -> list[dict[str, Any]]:
        return [{"weekend": weekend, **row} for row in plainly(found)]

    return {
        "from": done.first,
        "to": done.last,
        "simulated": done.snapshot.simulated,
        "champion": done.champion.version,
        "trained_through": done.champion.trained_through,
        "trained_now": bool(done.caught_up.trained),
        "snapshot": done.snapshot.sha256,
        "policy": done.policy.name,
        "policy_sha256": done.policy.sha256,
        "rounds": len(done.findings),
        "replayed": list(done.caught_up.replayed),
        "lacking": list(done.lacking),
        "alerts": [
            {**row, "weekend": each.first, "last": each.last, "rounds": each.n_rounds}
            for each in done.alerts
            for row in plainly([each.finding])
        ],
        "findings": [
            row for weekend, found in done.findings.items() for row in told(weekend, found)
        ],
    }


def _range_for_a_person(done: "MonitoredRange") -> None:
    from f1lib.reports.numbers import counted

    label = "SIMULATED, " if done.snapshot.simulated else ""
    say(
        f"{label}{len(done.findings)} rounds from {done.first} to {done.last}, champion "
        f"{done.champion.version} (trained through {done.champion.trained_through}), policy "
        f"{done.policy.name}: {counted(len(done.alerts), 'alert')}."
    )
    for episode in done.alerts:
        say(f"  {episode}")
    table(
        "After how many rounds each rule fired, and alerted",
        ["season", "rule", "judged", "fired", "alert"],
        _by_season(done),
    )
    for sentence in done.lacking:
        say(sentence)


def _by_season(done: "MonitoredRange") -> list[list[str]]:
    """A row per season and rule: on how many rounds it was judged, fired, alerted."""
    rows: dict[tuple[int, str], list[Finding]] = {}
    for weekend, found in done.findings.items():
        for each in found:
            rows.setdefault((weekend.season, each.rule), []).append(each)
    return [
        [
            str(season), rule,
            f"{sum(each.status != 'insufficient' for each in found)} of {len(found)}",
            str(sum(each.fired for each in found)),
            str(sum(each.alert for each in found)),
        ]
        for (season, rule), found in sorted(rows.items())
    ]  # fmt: skip


def check(weekend: Weekend = "latest", as_json: Json = False, now: Now = "") -> None:
    """Say whether a training would be set off now, and why. Changes nothing; 20 if it would."""
    from f1lib import settings as configuration
    from f1lib.pipelines import decide as deciding
    from f1lib.pipelines import ingest

    settings = configuration.read()
    found = deciding.decide(
        ingest.known(settings).weekend(weekend), settings, now=configuration.moment(now)
    )
    decision = found.decision
    result = {
        "weekend": found.weekend,
        "simulated": found.snapshot.simulated,
        "replay": found.replay,
        "champion": found.champion.version,
        "policy": settings.policy,
        "outcome": decision.outcome,
        "trigger": decision.trigger,
        "reason": decision.reason,
        "rules": [asdict(rule) for rule in decision.rules],
    }

    def for_a_person() -> None:
        label = "SIMULATED, " if found.snapshot.simulated else ""
        say(
            f"{label}{found.weekend}, champion {found.champion.version}, policy "
            f"{settings.policy}: {decision}"
        )
        for rule in decision.rules:
            if rule.fired:
                say(f"  FIRED {rule.trigger}, {rule.rule}: {rule.reason}")
        table(
            "Rules that did not fire",
            ["trigger", "rule", "value", "threshold", "p", "n"],
            [
                [rule.trigger, rule.rule, _number(rule.value), _number(rule.threshold),
                 _number(rule.p), str(rule.n or "")]
                for rule in decision.rules
                if not rule.fired
            ],
        )  # fmt: skip

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
