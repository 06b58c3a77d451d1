"""`f1lib demo`: the whole lap in one go."""

from f1lib.cli.options import Json, Now, note, say, show


def demo(as_json: Json = False, now: Now = "") -> None:
    """Data, champion, a season replayed, scores and reports: on real data, else simulated."""
    from f1lib import settings as configuration
    from f1lib.errors import NotebookRunError
    from f1lib.pipelines import demo as demonstration

    settings = configuration.read()
    clock = configuration.moment()
    done = demonstration.demo(
        settings, now=configuration.moment(now) if now else None, clock=clock, say=note
    )
    result = {
        "simulated": done.snapshot.simulated,
        "snapshot": done.snapshot.sha256,
        "source": done.snapshot.description,
        "now": done.now,
        "champion": done.champion,
        "weekends": list(done.weekends),
        "site": done.site,
        "reports": [
            {
                "notebook": record.notebook, "weekend": record.weekend,
                "status": record.status, "headline": record.headline,
                "report": settings.home / record.folder / "report.html",
            }
            for record in done.runs
        ],
    }  # fmt: skip

    def for_a_person() -> None:
        say("")
        if done.snapshot.simulated:
            say("SIMULATED: invented drivers, teams and races.")
        for record in done.runs:
            say(f"{record.notebook} {record.weekend}: {record.status}")
            say(f"  {record.headline or record.problem}")
        say("")
        say(f"Reports: {done.site}")
        if done.snapshot.credit:
            say(done.snapshot.credit)

    show(result, as_json, for_a_person)
    failed = [record for record in done.runs if not record.status.succeeded]
    if failed:
        raise NotebookRunError(
            f"{len(failed)} of {len(done.runs)} reports failed; the first is {failed[0].notebook} "
            f"for {failed[0].weekend}: {failed[0].problem}"
        )
