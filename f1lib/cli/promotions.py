"""`f1lib compare`, `f1lib promote`, `f1lib rollback`."""

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from f1lib.cli.options import Json, Now, note, progress, say, show, table

if TYPE_CHECKING:
    from f1lib.pipelines.compare import SideBySide

Version = Annotated[
    str, typer.Argument(help="The challenger, such as 1.0.2; without it the newest undecided.")
]
TriggerOption = Annotated[
    str, typer.Option("--trigger", help="What it was trained for: drift, scheduled, ...")
]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Processes at work; without it the settings'.")
]
HEADLINES = (
    "winner_log_loss", "winner_hit", "winner_concordance", "podium_brier", "rps", "spearman",
    "gap_mae_pct", "order_concordance", "pole_log_loss", "pole_hit",
)  # fmt: skip


def compare(
    version: Version = "",
    trigger: TriggerOption = "",
    workers: Workers = None,
    as_json: Json = False,
    now: Now = "",
) -> None:
    """Compare a challenger with the champion, race by race; changes nothing."""
    from f1lib import settings as configuration
    from f1lib.pipelines import compare as comparing
    from f1lib.pipelines import promote as promoting

    chosen, asked = promoting.told(version, trigger)
    with progress() as told:
        found = comparing.compare(
            chosen, configuration.read(), now=configuration.moment(now), asked=asked,
            workers=workers, progress=told,
        )  # fmt: skip
    show(_plain(found), as_json, lambda: _told(found))


def promote(
    version: Version = "",
    approve: Annotated[bool, typer.Option("--approve", help="Let pass what waits.")] = False,
    by: Annotated[str, typer.Option("--by", help="Who approves.")] = "",
    trigger: TriggerOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Decide, change nothing.")] = False,
    workers: Workers = None,
    as_json: Json = False,
    now: Now = "",
) -> None:
    """Compare a challenger with the champion, and make it champion if the policy says so."""
    from f1lib import settings as configuration
    from f1lib.pipelines import promote as promoting

    chosen, asked = promoting.told(version, trigger)
    with progress() as told:
        done = promoting.promote(
            chosen, configuration.read(), now=configuration.moment(now), asked=asked,
            approve=approve, by=by, dry_run=dry_run, workers=workers,
            progress=told,
        )  # fmt: skip

    def for_a_person() -> None:
        if done.outcome is not promoting.Outcome.NOBODY:
            _told(done.compared)
        say(str(done))

    result = {"outcome": done.outcome, "dry_run": dry_run, "approve": done.approve}
    show(result | _plain(done.compared), as_json, for_a_person)
    if done.trouble:
        note(done.trouble)


def rollback(
    reason: Annotated[str, typer.Option("--reason", help="Why; it is written down.")],
    to: Annotated[str, typer.Option("--to", help="An earlier champion; else the last.")] = "",
    by: Annotated[str, typer.Option("--by", help="Who rolls back.")] = "operator",
    as_json: Json = False,
    now: Now = "",
) -> None:
    """Bring the champion before this one back."""
    from f1lib import settings as configuration
    from f1lib.pipelines import rollback as rolling
    from f1lib.versions import ModelVersion

    done = rolling.rollback(
        configuration.read(), reason=reason, now=configuration.moment(now), by=by,
        to=ModelVersion.parse(to) if to else None,
    )  # fmt: skip
    row = done.row
    result = {
        "champion": row.version, "replaced": row.previous, "reason": row.reason, "by": row.by,
        "at": row.at, "simulated": row.simulated,
    }  # fmt: skip
    show(
        result, as_json,
        lambda: say(f"{row.version} is champion again, in place of {row.previous}."),
    )  # fmt: skip
    if done.trouble:
        note(done.trouble)


def _plain(found: "SideBySide") -> dict[str, Any]:
    from f1lib.decisions.promotion.decision import Case

    decision = found.decision
    return {
        "challenger": None if decision.case is Case.NOBODY else found.challenger.version,
        "champion": found.champion.version,
        "case": decision.case,
        "promoted": decision.promoted,
        "brief": decision.brief,
        "reason": decision.reason,
        "n_races": decision.n_races,
        "detectable_nats": decision.detectable,
        "held": decision.held,
        "policy": found.policy_name,
        "policy_sha256": found.policy_sha256,
        "snapshot": found.snapshot.sha256,
        "simulated": found.snapshot.simulated,
        "rounds": found.rounds,
        "rules": [
            {name: getattr(rule, name) for name in rule.__slots__} for rule in decision.rules
        ],
        "scores": found.table,
    }


def _told(found: "SideBySide") -> None:
    """Side by side, for a person: each score at the cutoff its stage is judged at."""
    from f1lib.evaluation.levels import HEADLINE_CUTOFF
    from f1lib.reports import numbers

    decision, mine = found.decision, found.table
    judged = {stage.value: cutoff.value for stage, cutoff in HEADLINE_CUTOFF.items()}
    rows = mine[mine["metric"].isin(HEADLINES) & (mine["cutoff"] == mine["stage"].map(judged))]
    table(
        f"{found.challenger.version} (challenger) against {found.champion.version} (champion), "
        f"{decision.n_races} races",
        ["score", "challenger", "champion", "gain", "95 % interval", "p"],
        [
            [str(row["metric"]),
             *(f"{row[name]:.3f}" for name in ("first_value", "second_value")),
             f"{row['difference']:+.3f}",
             *numbers.intervals([row["low"]], [row["high"]], "{:+.3f}"),
             f"{row['p_value_better']:.3f}"]
            for _, row in rows.iterrows()
        ],
    )  # fmt: skip
    for rule in decision.rules:
        say(f"{'+' if rule.passed else '-'} {rule.rule}: {rule.reason}")
    say(f"The brief's rule alone would {'promote' if decision.brief else 'refuse'} it.")
    if math.isfinite(decision.detectable):
        say(
            f"A gain of {decision.detectable:.3f} nats a race would be found four times in five "
            f"over {decision.n_races} races."
        )
    say(decision.reason)
