"""`f1lib mail`: what was told by mail, and what waits."""

import typer

from f1lib.cli.options import Json, Now, say, show, table

app = typer.Typer(help="Mail: what was told, and what waits.", no_args_is_help=True)


@app.command("status")
def status(as_json: Json = False) -> None:
    """How many mails were sent, wait or were given up, and the newest of them."""
    from f1lib import settings as configuration
    from f1lib.pipelines import mail_status, notify

    settings = configuration.read()
    found = mail_status.mail_status(settings)
    result = {
        "problem": notify.unset(settings), "counts": found.counts,
        "mails": [
            {
                "occasion": each.mail.occasion, "recipient": each.mail.recipient,
                "subject": each.mail.subject, "made_at": each.mail.made_at, "state": each.state,
                "attempts": each.attempts, "next_at": each.next_at, "problem": each.problem,
            }
            for each in found.mails
        ],
    }  # fmt: skip

    def for_a_person() -> None:
        say(notify.unset(settings) or f"Mail goes to {', '.join(settings.recipients)}.")
        say("; ".join(f"{n} {state}" for state, n in found.counts.items()) or "No mail yet.")
        rows = [
            [each.state, f"{each.mail.made_at:%Y-%m-%d %H:%M}", each.mail.recipient or "nobody",
             each.mail.subject, str(each.attempts), each.problem]
            for each in found.mails
        ]  # fmt: skip
        if rows:
            table("Mails", ["state", "made (UTC)", "to", "subject", "attempts", "problem"], rows)

    show(result, as_json, for_a_person)


@app.command("deliver")
def deliver(as_json: Json = False, now: Now = "") -> None:
    """Send what is due. Ends well whatever the mail server does; what failed is tried again."""
    from f1lib import settings as configuration
    from f1lib.pipelines import notify

    settings = configuration.read()
    done = notify.deliver(settings, now=configuration.moment(now))
    problems = [said for said in (*done.problems, notify.unset(settings)) if said]
    result = {
        "sent": done.sent, "failed": done.failed, "uncertain": done.uncertain,
        "problems": problems,
    }  # fmt: skip

    def for_a_person() -> None:
        say(
            f"{done.sent} sent, {done.failed} failed, {done.uncertain} may have been sent "
            "and will not be sent again."
        )
        for problem in problems:
            say(problem)

    show(result, as_json, for_a_person)


@app.command("summary")
def summary(as_json: Json = False, now: Now = "") -> None:
    """Tell of the last whole week: races, scores, decisions, alerts, runs. Once a week."""
    from f1lib import settings as configuration
    from f1lib.pipelines import notify, weekly_summary
    from f1lib.store import connection

    settings, at = configuration.read(), configuration.moment(now)
    event = weekly_summary.weekly_summary(settings, now=at)
    with connection.connect(settings.store_address) as store:
        new = notify.queue(store, [event], settings, now=at)
    done = notify.deliver(settings, now=at)
    scores = [{"score": rule.rule, "value": rule.value, "n": rule.n} for rule in event.rules]
    result = {
        "title": event.title, "sentences": event.sentences, "scores": scores,
        "simulated": event.scene.simulated, "new": new, "sent": done.sent,
    }  # fmt: skip

    def for_a_person() -> None:
        say(event.title)
        say(" ".join(event.sentences))
        rows = [[rule.rule, f"{rule.value:.3f}", str(rule.n)] for rule in event.rules]
        if rows:
            table("Scores", ["score", "value", "n"], rows)
        say(f"{new} new mails, {done.sent} sent." if new else "It was told before.")

    show(result, as_json, for_a_person)


@app.command("test")
def test(as_json: Json = False, now: Now = "") -> None:
    """Send a mail that says that mail works, past the outbox. Ends with 10 when it does not."""
    from f1lib import settings as configuration
    from f1lib.pipelines import notify

    settings = configuration.read()
    notify.send_test(settings, now=configuration.moment(now))
    said = f"A mail was handed to {settings.smtp_host} for {', '.join(settings.recipients)}."
    show({"sent_to": settings.recipients}, as_json, lambda: say(said))
