"""The kernel that notebooks run in: IPython's, which ends with its worker and takes a warning
from f1lib for an error. Started as ``python -m f1lib.runner.kernel``.

In:   a connection file, by the worker.
Out:  a kernel of the same Python as the worker's, whatever kernels the user has installed.
Knows nothing of: notebooks.
"""

import signal
import sys
import warnings

from f1lib.runner import processes


def main() -> None:
    """Become a kernel."""
    processes.end_with_parent(signal.SIGKILL)
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # see worker.py
    from ipykernel import kernelapp

    warnings.filterwarnings("error", module=r"f1lib(\.|$)")
    kernelapp.launch_new_instance()


if __name__ == "__main__":
    main()
