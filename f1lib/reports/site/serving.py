"""Serving: the pages and reports of a home to browsers on this machine, and nothing else in it.

In:   a home and a port.
Out:  a server on the loopback interface. What is no page or report is not there, whatever else
      home holds: no store, model, backup, log, hidden file, no list of a folder.
Knows nothing of: what the pages say.
"""

import re
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from f1lib.errors import ConfigurationError

HOST = "127.0.0.1"
_NAME = r"[A-Za-z0-9_][\w.-]*"  # no hidden file, no `..`
_PAGE = re.compile(
    rf"(?:replays/\d{{4}}/{_NAME}/)?"
    rf"(?:index\.html|site(?:/{_NAME})+\.html|reports(?:/{_NAME}){{3}}/report\.(?:html|md))",
    re.ASCII,
)
_TYPES = {".html": "text/html", ".md": "text/markdown"}
_OWN_NAMES = {HOST, "localhost"}  # another name in a request is a page elsewhere that asks


class Server(ThreadingHTTPServer):
    """Serves one home."""

    daemon_threads = True

    def __init__(self, home: Path, port: int) -> None:
        """Raises ConfigurationError when the port cannot be had. Port 0 is any that is free."""
        self.home = home.resolve()
        try:
            super().__init__((HOST, port), Handler)
        except OSError as exc:
            raise ConfigurationError(
                f"Port {port} of {HOST} cannot be had: {exc.strerror}. Name another with --port, "
                "or 0 for any that is free.",
                port=port,
            ) from exc

    @property
    def address(self) -> str:
        """What to write into a browser."""
        return f"http://{HOST}:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD."""

    server: Server
    timeout = 30  # seconds for which a browser may say nothing
    server_version = "f1lib"
    sys_version = ""

    def do_GET(self) -> None:
        """Send the page."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Say what GET would send."""
        self._answer(with_body=False)

    def log_message(self, *_: object) -> None:
        """Nobody reads along."""

    def _answer(self, *, with_body: bool) -> None:
        host = self.headers.get("Host") or ""
        if (host.rpartition(":")[0] or host) not in _OWN_NAMES:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        try:
            path = page_at(self.server.home, self.path)
            body = path.read_bytes() if path else b""
        except OSError:  # removed meanwhile, a name as long as no file has
            path = None
        if path is None:
            self.send_error(HTTPStatus.NOT_FOUND, "There is no such page")
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"{_TYPES[path.suffix]}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        if with_body:
            self.wfile.write(body)


def page_at(home: Path, target: str) -> Path | None:
    """The file that a request for `target` is answered with; None where that is no page.

    A link is followed only to another page of the same (resolved) `home`.
    """
    try:
        place = unquote(urlsplit(target).path).removeprefix("/") or "index.html"
    except ValueError:  # `http://[bad/` is no address
        return None
    if not _PAGE.fullmatch(place):
        return None
    path = (home / place).resolve()
    inside = path.is_relative_to(home) and _PAGE.fullmatch(path.relative_to(home).as_posix())
    return path if inside and path.is_file() else None
