"""Fetching over the network, against a real server on this machine that misbehaves as told."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from f1lib.errors import SourceError
from f1lib.sources.f1db import download

CONTENT = bytes(range(256)) * 2000  # half a megabyte


class Server(ThreadingHTTPServer):
    """Answers each request as the next word of `plan` says; the last one counts for ever."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.plan = ["whole"]
        self.content = CONTENT
        self.etag = '"one"'
        self.asked: list[dict[str, str]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/f1db-csv.zip"


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def end_headers(self) -> None:
        self.send_header("Connection", "close")
        super().end_headers()

    def do_GET(self) -> None:
        server = self.server
        server.asked.append(dict(self.headers))
        how = server.plan.pop(0) if len(server.plan) > 1 else server.plan[0]
        self.close_connection = True
        if how.isdigit():
            self.send_error(int(how))
        elif how.startswith("to "):
            self.send_response(302)
            self.send_header("Location", how.removeprefix("to "))
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.answer(how)

    def answer(self, how: str) -> None:
        content, start = self.server.content, 0
        asked = self.headers.get("Range")
        same = self.headers.get("If-Range", self.server.etag) == self.server.etag
        if asked and how != "no ranges" and (same or how == "ignores if-range"):
            start = int(asked.removeprefix("bytes=").partition("-")[0])
            if start >= len(content):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        promised = (
            len(content) - start + {"promises more": 1000, "promises less": -1000}.get(how, 0)
        )
        if how != "no length":
            self.send_header("Content-Length", str(promised))
        if self.server.etag:
            self.send_header("ETag", self.server.etag)
        self.end_headers()
        sent = (
            content[start : start + len(content) // 3] if how == "breaks off" else content[start:]
        )
        with contextlib.suppress(OSError):
            self.wfile.write(sent[:promised])
            self.wfile.flush()
            if how == "breaks off":
                self.connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def waits() -> list[float]:
    """The seconds that were waited; nobody waits them."""
    return []


def fetch(address: str, target: Path, waits: list[float], **how: object) -> None:
    download.download(address, target, sleep=waits.append, timeout_s=5.0, **how)  # type: ignore[arg-type]


def trouble(address: str, target: Path, waits: list[float]) -> str:
    with pytest.raises(SourceError) as caught:
        fetch(address, target, waits)
    assert not target.exists()
    return str(caught.value)


def test_a_file_is_fetched_and_nothing_else_stays(server: Server, tmp_path: Path, waits) -> None:
    seen: list[tuple[int, int | None]] = []
    target = tmp_path / "f1db.zip"
    fetch(server.address, target, waits, progress=lambda done, total: seen.append((done, total)))
    assert target.read_bytes() == CONTENT
    assert list(tmp_path.iterdir()) == [target]
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert waits == []


def test_a_dropped_connection_is_resumed_where_it_broke(server, tmp_path, waits) -> None:
    server.plan = ["breaks off", "breaks off", "whole"]
    fetch(server.address, tmp_path / "f1db.zip", waits)
    assert (tmp_path / "f1db.zip").read_bytes() == CONTENT
    begun = [int(asked["Range"].removeprefix("bytes=")[:-1]) for asked in server.asked[1:]]
    assert 0 < begun[0] < begun[1] < len(CONTENT)
    assert {asked["If-Range"] for asked in server.asked[1:]} == {'"one"'}
    assert waits == [1.0, 2.0]


def test_what_came_is_kept_for_the_next_call(server, tmp_path, waits) -> None:
    server.plan = ["breaks off", "503"]
    assert "could not be fetched in 5 tries (the server answered 503)" in trouble(
        server.address, tmp_path / "f1db.zip", waits
    )
    assert waits == [1.0, 2.0, 4.0, 8.0]
    assert (tmp_path / "f1db.zip.part").stat().st_size > 0
    server.plan = ["whole"]
    fetch(server.address, tmp_path / "f1db.zip", waits)
    assert (tmp_path / "f1db.zip").read_bytes() == CONTENT
    assert server.asked[-1]["Range"] != "bytes=0-"


def test_a_file_that_changed_meanwhile_begins_anew(server, tmp_path, waits) -> None:
    server.plan = ["breaks off", "503"]
    trouble(server.address, tmp_path / "f1db.zip", waits)
    server.plan, server.etag, server.content = ["whole"], '"two"', CONTENT[::-1]
    fetch(server.address, tmp_path / "f1db.zip", waits)
    assert (tmp_path / "f1db.zip").read_bytes() == CONTENT[::-1]


def test_a_server_that_ignores_if_range_is_caught_by_its_etag(server, tmp_path, waits) -> None:
    server.plan = ["breaks off", "503"]
    trouble(server.address, tmp_path / "f1db.zip", waits)
    server.plan, server.etag, server.content = ["ignores if-range"], '"two"', CONTENT[::-1]
    fetch(server.address, tmp_path / "f1db.zip", waits)
    assert (tmp_path / "f1db.zip").read_bytes() == CONTENT[::-1]


@pytest.mark.parametrize("then", ["no ranges", "whole"])
def test_servers_without_ranges_or_etags_do_too(server, tmp_path, waits, then) -> None:
    server.plan, server.etag = ["breaks off", then], ""
    fetch(server.address, tmp_path / "f1db.zip", waits)
    assert (tmp_path / "f1db.zip").read_bytes() == CONTENT


def test_a_part_that_nobody_knows_is_thrown_away(server, tmp_path, waits) -> None:
    (tmp_path / "f1db.zip.part").write_bytes(b"of something else")
    fetch(server.address, tmp_path / "f1db.zip", waits)
    assert (tmp_path / "f1db.zip").read_bytes() == CONTENT


@pytest.mark.parametrize("status", ["500", "502", "503", "429", "408"])
def test_a_server_in_trouble_is_asked_again(server, tmp_path, waits, status) -> None:
    server.plan = [status, status, "whole"]
    fetch(server.address, tmp_path / "f1db.zip", waits)
    assert (tmp_path / "f1db.zip").read_bytes() == CONTENT
    assert waits == [1.0, 2.0]


@pytest.mark.parametrize("status", ["404", "403", "401"])
def test_a_refusal_is_final(server, tmp_path, waits, status) -> None:
    server.plan = [status]
    assert f"answered {status}" in trouble(server.address, tmp_path / "f1db.zip", waits)
    assert len(server.asked) == 1


def test_more_promised_than_sent_is_never_taken_for_whole(server, tmp_path, waits) -> None:
    server.plan = ["promises more"]
    assert "could not be fetched in 5 tries" in trouble(
        server.address, tmp_path / "f1db.zip", waits
    )


def test_fewer_bytes_promised_are_fewer_bytes_fetched(server, tmp_path, waits) -> None:
    """The zip's own checks find that: see test_snapshots."""
    server.plan = ["promises less"]
    fetch(server.address, tmp_path / "f1db.zip", waits)
    assert (tmp_path / "f1db.zip").read_bytes() == CONTENT[:-1000]


def test_a_length_need_not_be_promised(server, tmp_path, waits) -> None:
    server.plan = ["no length"]
    seen: list[int | None] = []
    target = tmp_path / "f1db.zip"
    fetch(server.address, target, waits, progress=lambda _, total: seen.append(total))
    assert target.read_bytes() == CONTENT
    assert set(seen) == {None}


def test_a_file_too_large_is_refused_before_it_is_fetched(
    server, tmp_path, waits, monkeypatch
) -> None:
    monkeypatch.setattr(download, "LARGEST_BYTES", 1000)
    assert "has 512000 bytes; more than 1000" in trouble(
        server.address, tmp_path / "f1db.zip", waits
    )
    server.plan = ["no length"]
    assert "does not end" in trouble(server.address, tmp_path / "f1db.zip", waits)


def test_redirects_are_followed(server, tmp_path, waits) -> None:
    server.plan = [f"to {server.address}?elsewhere", "whole"]
    fetch(server.address, tmp_path / "f1db.zip", waits)
    assert (tmp_path / "f1db.zip").read_bytes() == CONTENT


def test_redirects_to_plain_http_elsewhere_are_not(server, tmp_path, waits) -> None:
    server.plan = ["to http://example.org/f1db.zip"]
    assert "http://example.org/f1db.zip is not fetched" in trouble(
        server.address, tmp_path / "f1db.zip", waits
    )


def test_redirects_in_a_circle_end(server, tmp_path, waits) -> None:
    server.plan = [f"to {server.address}"]
    assert "leads nowhere" in trouble(server.address, tmp_path / "f1db.zip", waits)


def test_a_server_that_is_not_there_is_said_so(server, tmp_path, waits) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{free.getsockname()[1]}/f1db.zip"
        said = trouble(nowhere, tmp_path / "f1db.zip", waits)
    assert "refused" in said
    assert "Check the network" in said


@pytest.mark.parametrize(
    "address", ["http://example.org/f1db.zip", "ftp://example.org/f1db.zip", "file:///f1db.zip"]
)
def test_only_safe_addresses_are_fetched(address: str) -> None:
    with pytest.raises(SourceError, match="only https addresses"):
        download.check(address)


def test_a_broken_address_is_no_address() -> None:
    with pytest.raises(SourceError, match="is no address"):
        download.check("https://[::1/f1db.zip")


def test_secrets_in_an_address_are_not_shown() -> None:
    with pytest.raises(SourceError) as caught:
        download.check("http://me:secret@example.org/f1db.zip?token=hidden")
    assert "secret" not in str(caught.value)
    assert "hidden" not in str(caught.value)
