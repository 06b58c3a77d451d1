"""A file fetched over the network: streamed, resumed where it broke off, checked for length.

In:   an https address (plain http for this machine only).
Out:  the file; or SourceError, with what has come so far kept beside it for the next try.
Knows nothing of: what the file holds.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from f1lib import files
from f1lib.errors import SourceError

if TYPE_CHECKING:
    import httpx

LATEST_RELEASE = "https://github.com/f1db/f1db/releases/latest/download/f1db-csv.zip"
LARGEST_BYTES = 1024**3  # the real archive has 4 MB
LONGEST_WAIT_S = 30.0
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Progress = Callable[[int, int | None], None]  # bytes done, bytes in all where the server says
Sleep = Callable[[float], None]

_BY_HAND = "Check the network, or fetch the file by hand and run `f1lib data import PATH`."


class _Broken(Exception):  # noqa: N818 - no error yet: the next try may mend it
    """This try failed, another one may succeed."""


@dataclass(frozen=True, slots=True)
class _Begun:
    """What the server said of the file that the part belongs to."""

    validator: str = ""  # strong ETag, else Last-Modified
    total: int | None = None


def download(
    address: str,
    target: Path,
    *,
    progress: Progress | None = None,
    sleep: Sleep = time.sleep,
    tries: int = 5,
    timeout_s: float = 30.0,
) -> None:
    """Fetch `address` into `target`; what has come so far is kept as `target` + ".part".

    Waits 1, 2, 4, ... seconds between tries. Raises SourceError when the address is not safe, the
    server refuses, or all tries failed; a later call goes on where this one stopped.
    """
    check(address)
    part = target.with_name(f"{target.name}.part")
    trouble = ""
    with _client(address, timeout_s) as client:
        for attempt in range(tries):
            if attempt:
                sleep(min(2.0 ** (attempt - 1), LONGEST_WAIT_S))
            try:
                _go_on(client, address, part, progress)
            except _Broken as exc:
                trouble = str(exc)
                continue
            _notes(part).unlink(missing_ok=True)
            part.replace(target)
            return
    raise SourceError(
        f"{shown(address)} could not be fetched in {tries} tries ({trouble}). {_BY_HAND} "
        "What was imported stays.",
        address=shown(address),
    )


def check(address: str) -> None:
    """Raises SourceError unless `address` is https, or http to this very machine."""
    try:
        parts = urlsplit(address)
        safe = (parts.scheme == "https" and bool(parts.hostname)) or (
            parts.scheme == "http" and parts.hostname in LOOPBACK
        )
    except ValueError as exc:  # such as an IPv6 address without its bracket
        raise SourceError(f"{address!r} is no address ({exc}). Correct it.") from exc
    if safe:
        return
    raise SourceError(
        f"{shown(address)} is not fetched: only https addresses are, and http on this machine "
        f"itself. The latest F1DB is at {LATEST_RELEASE}.",
        address=shown(address),
    )


def shown(address: str) -> str:
    """The address as it may be printed and kept: without user, password, query.

    >>> shown("https://me:secret@example.org/f1db-csv.zip?token=abc")
    'https://example.org/f1db-csv.zip'
    """
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


@contextmanager
def _client(address: str, timeout_s: float) -> "Iterator[httpx.Client]":
    import httpx

    def stay_safe(request: httpx.Request) -> None:
        check(str(request.url))  # redirects too

    with httpx.Client(
        follow_redirects=True,
        max_redirects=8,
        timeout=timeout_s,
        headers={"User-Agent": "f1lib", "Accept-Encoding": "identity"},
        event_hooks={"request": [stay_safe]},
        trust_env=urlsplit(address).hostname not in LOOPBACK,  # no proxy to this machine
    ) as client:
        yield client


def _notes(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _begun(part: Path) -> _Begun:
    try:
        return _Begun(**json.loads(_notes(part).read_text()))
    except (OSError, ValueError, TypeError):
        part.unlink(missing_ok=True)  # nobody knows what it is a part of
        return _Begun()


def _go_on(client: "httpx.Client", address: str, part: Path, progress: Progress | None) -> None:
    """One try, from where the part ends. Raises _Broken when another one may help."""
    import httpx

    begun = _begun(part)
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    if have and begun.validator:
        headers["If-Range"] = begun.validator
    try:
        with client.stream("GET", address, headers=headers) as response:
            total = _accepted(response, begun, have, part)
            if total is not None and total > LARGEST_BYTES:
                raise SourceError(
                    f"{shown(address)} has {total} bytes; more than {LARGEST_BYTES} is no F1DB "
                    "archive. Check the address.",
                    bytes=total,
                )
            size = _append(response, part, total, progress)
    except (httpx.TooManyRedirects, httpx.InvalidURL) as exc:
        raise SourceError(f"{shown(address)} leads nowhere ({exc}). Check the address.") from exc
    except httpx.HTTPError as exc:
        have = part.stat().st_size if part.exists() else 0
        raise _Broken(f"{str(exc) or type(exc).__name__}, after {have} bytes") from exc
    if total is not None and size != total:
        if size > total:
            part.unlink()
        raise _Broken(f"{size} bytes came where {total} were promised")


def _accepted(response: "httpx.Response", begun: _Begun, have: int, part: Path) -> int | None:
    """The size of the whole file; the part is cut to where the response goes on."""
    status, shown_address = response.status_code, shown(str(response.request.url))
    if status in {408, 429} or status >= 500:
        raise _Broken(f"the server answered {status}")
    if status == 416:  # nothing after what we have: it is whole, or no longer what we have
        part.unlink(missing_ok=True)
        raise _Broken("the server has no more of it than came before")
    validator = _validator(response)
    if status == 206:
        start, total = _range(response.headers.get("Content-Range", ""))
        changed = validator != begun.validator or (begun.total or total) != total
        if start != have or changed:
            part.unlink(missing_ok=True)
            raise _Broken("the file on the server changed")
        return total
    if status != 200:
        raise SourceError(
            f"{shown_address} answered {status} {response.reason_phrase}. Check the address; the "
            f"latest F1DB is at {LATEST_RELEASE}.",
            status=status,
        )
    length = response.headers.get("Content-Length", "")
    total = int(length) if length.isdigit() else None
    part.write_bytes(b"")
    files.write_text(_notes(part), json.dumps(asdict(_Begun(validator, total))))
    return total


def _validator(response: "httpx.Response") -> str:
    etag = str(response.headers.get("ETag", ""))
    if etag and not etag.startswith("W/"):
        return etag
    return str(response.headers.get("Last-Modified", ""))


def _range(text: str) -> tuple[int, int | None]:
    """Start and whole size of ``bytes 100-199/200``; a start of -1 when it says neither."""
    span, _, total = text.removeprefix("bytes ").partition("/")
    start = span.partition("-")[0]
    return int(start) if start.isdigit() else -1, int(total) if total.isdigit() else None


def _append(
    response: "httpx.Response", part: Path, total: int | None, progress: Progress | None
) -> int:
    """Bytes in the part, once the response has ended."""
    size = part.stat().st_size
    with part.open("ab") as file:
        for chunk in response.iter_raw():
            file.write(chunk)
            size += len(chunk)
            if progress is not None:
                progress(size, total)
            if size > LARGEST_BYTES:
                raise SourceError(
                    f"{shown(str(response.request.url))} does not end: {size} bytes have come. "
                    "Check the address."
                )
    return size
