"""`f1lib cycle`: everything that is to be done after a race weekend."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from f1lib.cli.options import Json, Now, Weekend, note, say, show, table

if TYPE_CHECKING:
    from f1lib.pipelines.cycle import Cycle


def cycle(
    weekend: Weekend = "latest",
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for another cycle; without: none.")
    ] = 0.0,
    as_json: Json = False,
    now: Now = "",
) -> None:
    """Everything after a race: data, scores, reports, training, promotion, the next forecast."""
    from f1lib import settings as configuration
    from f1lib.pipelines import cycle as cycles

    settings, clock = configuration.read(), configuration.moment()
    done = cycles.cycle(
        weekend, settings, now=configuration.moment(now) if now else clock, clock=clock,
        patience_s=wait, say=note,
    )  # fmt: skip
    if done is None:
        nothing = "No race has a result yet, and a cycle follows a race: nothing was to be done."
        show({"weekend": None, "steps": [], "exit_code": 0}, as_json, lambda: say(nothing))
        return
    show(_plain(done), as_json, lambda: _for_a_person(done))
    raise typer.Exit(done.exit_code)


def _plain(done: "Cycle") -> dict[str, Any]:
    made = done.decision
    return {
        "weekend": done.weekend,
        "next": done.coming,
        "simulated": done.snapshot.simulated,
        "replay": done.replay,
        "snapshot": done.snapshot.sha256,
        "champion_before": done.champion_before or None,
        "champion": done.champion or None,
        "decision": made and {
            "outcome": made.outcome, "trigger": made.by or None, "reason": made.reason,
            "made_at": made.origin.made_at,
        },
        "news": done.is_news,
        "steps": [
            {
                **{
                    name: getattr(each.step, name)
                    for name in ("step", "outcome", "detail", "exit_code", "run_id")
                },
                "made_at": each.step.origin.made_at,
                "earlier": each.earlier,
            }
            for each in done.steps
        ],
        "exit_code": done.exit_code,
    }  # fmt: skip


def _for_a_person(done: "Cycle") -> None:
    label = "SIMULATED, " if done.snapshot.simulated else ""
    replay = ", replay" if done.replay else ""
    if not done.is_news:
        say(f"{label}nothing new since {done.weekend} was done:")
    table(
        f"{label}cycle after {done.weekend}{replay}",
        ["step", "outcome", "what came of it"],
        [
            [each.step.step, f"{each.step.outcome}{', before' if each.earlier else ''}",
             each.step.detail]
            for each in done.steps
        ],
    )  # fmt: skip
    moved = f" (before: {done.champion_before or 'none'})"
    say(
        f"Champion: {done.champion or 'none'}"
        f"{moved if done.champion != done.champion_before else ''}. "
        f"Next: {done.coming or 'no weekend is scheduled yet'}."
    )
