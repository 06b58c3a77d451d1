"""Report: a good report of a notebook, made now unless the same one is there already."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from f1lib.pipelines import run
from f1lib.run_record import RunRecord
from f1lib.runner import versions_used
from f1lib.settings import Settings
from f1lib.store import connection, run_log
from f1lib.weekend import RaceWeekend


def report(
    notebook: str,
    weekend: RaceWeekend,
    parameters: Mapping[str, Any],
    settings: Settings,
    *,
    now: datetime,
    made_from: Mapping[str, str],
) -> RunRecord:
    """The last good run with these `parameters`, present, code and provenance, or a new run.

    `made_from` is what its provenance has to name, such as snapshot_sha256 and model_version.
    """
    code = versions_used.code_version()
    with connection.reading(settings.store_address) as store:
        before = run_log.ended(store, notebook=notebook, weekend=weekend)
    for record in before:
        if (
            record.status.succeeded
            and (record.now, record.code_version) == (now, code)
            and all(record.parameters.get(name) == said for name, said in parameters.items())
            and all(record.provenance.get(name) == said for name, said in made_from.items())
            and (settings.home / record.folder / "report.html").exists()
        ):
            return record
    return run.run(notebook, weekend, parameters, settings, now=now)
