"""The server: pages and reports, and nothing else that lies in home."""

import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from f1lib.errors import ConfigurationError
from f1lib.reports.site import serving

RUN = "reports/race_preview/2025-08/r1"
PAGES = (
    "index.html", f"{RUN}/report.html", f"{RUN}/report.md", "site/weekends/2025-08.html",
    "site/changes/race_preview/2025-08/r1.html",
    "replays/2025/never/index.html", f"replays/2025/never/{RUN}/report.html",
)  # fmt: skip
OTHERS = (
    "store.sqlite", "store.sqlite-wal", "models/1.0.0/manifest.json", "models/index.html",
    "backups/f1lib-1.zip", "backups/report.html", ".site.lock", f"{RUN}/run.json",
    f"{RUN}/log.txt", f"{RUN}/notebook.ipynb", "reports/race_preview/2025-08/.r2/report.html",
    "site/.hidden.html", "replays/2025/replay.json",
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    for place in (*PAGES, *OTHERS):
        (home / place).parent.mkdir(parents=True, exist_ok=True)
        (home / place).write_text(f"content of {place}")
    (tmp_path / "index.html").write_text("outside")
    return home


@pytest.fixture
def server(home: Path) -> Iterator[serving.Server]:
    with serving.Server(home, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def asked(server: serving.Server, path: str, method: str = "GET", **headers: str):
    connection = http.client.HTTPConnection(serving.HOST, server.server_port, timeout=10)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, text


@pytest.mark.parametrize("place", PAGES)
def test_a_page_is_served(place: str, server) -> None:
    answer, text = asked(server, f"/{place}?x=1")
    assert (answer.status, text) == (200, f"content of {place}")
    kind = "text/markdown" if place.endswith(".md") else "text/html"
    assert answer.headers["Content-Type"] == f"{kind}; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_address_leads_to_the_list(server) -> None:
    assert asked(server, "/")[1] == "content of index.html"
    assert server.address == f"http://127.0.0.1:{server.server_port}/"


def test_head_is_answered_without_the_page(server) -> None:
    answer, text = asked(server, "/index.html", "HEAD")
    assert (answer.status, answer.headers["Content-Length"], text) == (200, "21", "")


@pytest.mark.parametrize(
    "path",
    [f"/{place}" for place in OTHERS]
    + ["/reports/", "/site", "/site/", "/models/", f"/{RUN}", "/nothing.html",
       "/../index.html", "/%2e%2e/index.html", "/site/../store.sqlite", "/site/..%2findex.html",
       "/reports/../../index.html", "/index.html%00", "/INDEX.HTML", "/site/x%0a.html",
       f"/site/{'x' * 5000}.html", f"/{RUN}/../../../../../index.html"],
)  # fmt: skip
def test_nothing_else_is_there(path: str, server) -> None:
    answer, text = asked(server, path)
    assert answer.status == 404
    assert "content of" not in text
    assert "outside" not in text


def test_what_is_no_address_is_answered_too(server) -> None:
    assert asked(server, "http://[bad/", Host="localhost")[0].status == 404


def test_a_link_is_followed_to_a_page_only(home: Path, server) -> None:
    folder = home / "reports" / "race_preview" / "2025-08"
    (folder / "latest").symlink_to("r1")
    (folder / "outside").symlink_to(home.parent)
    (home / "site" / "secret.html").symlink_to(home / "store.sqlite")
    (home / "site" / "outside.html").symlink_to(home.parent / "index.html")
    assert asked(server, "/reports/race_preview/2025-08/latest/report.html")[0].status == 200
    for path in ("/site/secret.html", "/site/outside.html"):
        assert asked(server, path)[0].status == 404


def test_nobody_writes(server) -> None:
    assert asked(server, "/index.html", "POST")[0].status == 501
    assert asked(server, "/index.html", "DELETE")[0].status == 501


def test_a_page_from_elsewhere_that_renamed_this_machine_is_not_answered(server) -> None:
    assert asked(server, "/", Host="evil.example:80")[0].status == 421
    assert asked(server, "/", Host="localhost:8765")[0].status == 200
    assert asked(server, "/", Host="localhost")[0].status == 200


def test_it_listens_to_this_machine_only(server) -> None:
    assert server.server_address[0] == "127.0.0.1"


def test_a_port_that_is_taken_is_said(home: Path) -> None:
    with socket.create_server((serving.HOST, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"Port {port} .* 0 for any that is free"):
            serving.Server(home, port)
