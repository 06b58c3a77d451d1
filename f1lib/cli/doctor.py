"""`f1lib doctor`: is everything there?"""

import typer

from f1lib.cli.options import Json, show, table


def doctor(as_json: Json = False) -> None:
    """Look whether everything needed is there. Ends with the exit code of the first trouble."""
    from f1lib import settings as configuration
    from f1lib.pipelines import doctor as looking

    checks = looking.doctor(configuration.read())

    def for_a_person() -> None:
        table(
            "f1lib doctor",
            ["", "check", "found"],
            [["well" if each.well else "AMISS", each.name, each.found] for each in checks],
        )

    rows = [{"check": each.name, "well": each.well, "found": each.found} for each in checks]
    show({"checks": rows, "well": all(each.well for each in checks)}, as_json, for_a_person)
    raise typer.Exit(next((each.exit_code for each in checks if not each.well), 0))
