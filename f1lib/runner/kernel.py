"""The kernel that notebooks run in: IPython's, which ends with its worker, loses no output and
takes a warning from f1lib for an error. Started as ``python -m f1lib.runner.kernel``.

In:   a connection file, by the worker.
Out:  a kernel of the same Python as the worker's, whatever kernels the user has installed.
Knows nothing of: notebooks.
"""

import signal
import sys
import warnings

from f1lib.runner import processes

CONNECTION = "kernel.json"  # the connection file, beside the sockets that it names


def main() -> None:
    """Become a kernel."""
    processes.end_with_parent(signal.SIGKILL)
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # see worker.py
    import zmq
    from ipykernel.kernelapp import IPKernelApp

    class Kernel(IPKernelApp):
        """Waits where the worker is slower, instead of leaving messages out."""

        def init_iopub(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
            super().init_iopub(context)  # type: ignore[no-untyped-call]
            published = self.iopub_thread
            published.schedule(lambda: published.socket.setsockopt(zmq.XPUB_NODROP, 1))

    warnings.filterwarnings("error", module=r"f1lib(\.|$)")
    Kernel.launch_instance()


if __name__ == "__main__":
    main()
