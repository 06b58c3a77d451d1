"""The worker: one process that runs one notebook and says how that ended. Started by the
supervisor as ``python -m f1lib.runner.worker REQUEST.json``.

In:   a request: notebook, output, parameters, timeout of a cell, and where to put the outcome.
Out:  the executed notebook, and an outcome file: status and problem. Where the supervisor has ended
      meanwhile, a folder without the secrets that only this environment holds; the outcome says so.
Knows nothing of: run folders, records, reports.
"""

import json
import logging
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from f1lib import files
from f1lib.run_record import RunStatus
from f1lib.runner import processes
from f1lib.runner.withheld import Secrets


def main(request_path: str) -> None:
    """Run the notebook of the request; the outcome file says how it ended."""
    processes.end_with_parent(signal.SIGTERM)
    processes.adopt_orphans()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(level=logging.INFO, format="%(asctime)sZ %(message)s")
    request = json.loads(Path(request_path).read_text(encoding="utf-8"))
    if os.getppid() != request["supervisor"]:
        return  # the supervisor ended before the system was told to say so
    secrets = Secrets.of(os.environ)
    status, problem = _executed(request, secrets)
    processes.kill_descendants()
    outcome = {
        "status": status.value,
        "problem": secrets.masked(problem),
        "peak_memory_mib": processes.peak_memory_mib(),
        "cleaned": os.getppid() != request["supervisor"],  # else the supervisor does it
    }
    place = Path(request["outcome"])
    if outcome["cleaned"]:
        secrets.clean_files(place.parent)
    files.write_text(place, json.dumps(outcome))


def _executed(request: dict[str, Any], secrets: Secrets) -> tuple[RunStatus, str]:
    # 1.2 s of every import of jsonschema go into a grammar that nothing here needs
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    try:
        from f1lib.runner import engine

        return engine.execute(request, secrets)
    except KeyboardInterrupt:
        return RunStatus.CANCELLED, "The run was stopped from outside."
    except RuntimeError as exc:
        logging.exception("The kernel did not start")
        return RunStatus.KERNEL_DIED, f"The kernel did not start: {exc}."
    except OSError as exc:
        logging.exception("A file could not be read or written")
        return RunStatus.IO_ERROR, f"A file could not be read or written: {exc}."


if __name__ == "__main__":
    main(sys.argv[1])
