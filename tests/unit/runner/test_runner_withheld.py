"""Secrets that a process knows are in nothing that is kept, however they are written."""

import html
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from f1lib.runner.withheld import Secrets

PASSWORD = 'tea & "biscuits" / p@ss\\word'  # noqa: S105


@pytest.mark.parametrize(
    "written",
    [
        PASSWORD,
        quote(PASSWORD, safe=""),
        html.escape(PASSWORD),
        repr(PASSWORD)[1:-1],
        json.dumps(PASSWORD)[1:-1],
    ],
)
def test_a_secret_is_found_however_it_is_written(written: str) -> None:
    for given in (PASSWORD, quote(PASSWORD, safe="")):
        assert Secrets({given}).masked(f"<{written}>") == "<(withheld)>"


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("F1LIB_SMTP_PASSWORD", "hunter2", "hunter2"),
        ("my_api_key", "0123456789", "0123456789"),
        ("F1LIB_STORE_URL", "postgresql+psycopg://f1:hunter2@db:5432/f1", "hunter2"),
        ("F1LIB_STORE_URL", "postgresql://f1:hunt%40er2@db/f1", "hunt@er2"),
        ("F1LIB_STORE_URL", "postgresql://f1:hunt/er2@db/f1", "hunt/er2"),
        ("F1LIB_F1DB", "https://hunter2@example.org/f1db.zip", "hunter2"),
        ("F1LIB_F1DB", "https://example.org/f1db.zip?access_token=hunter2&page=100000", "hunter2"),
    ],
)
def test_secrets_are_known_by_the_name_of_a_variable_and_in_addresses(
    name: str, value: str, secret: str
) -> None:
    assert Secrets.of({name: value}).masked(f"[{secret}]") == "[(withheld)]"


def test_what_is_no_secret_stays() -> None:
    plain = "f1 db:5432 page=100000 true https://example.org"
    environment = {
        "F1LIB_STORE_URL": "postgresql://f1@db:5432/f1", "F1LIB_SMTP_USER": "example",
        "F1LIB_F1DB": "https://example.org/f1db.zip?page=100000", "USE_TOKEN": "true",
        "PROXY": "http://[", "HOME": "/root",
    }  # fmt: skip
    assert Secrets.of(environment).masked(plain) == plain


def test_files_keep_their_form(tmp_path: Path) -> None:
    said = {"dry_run": True, "said": ["It is 123456."], "n": 123456}
    (tmp_path / "results.json").write_text(json.dumps(said))
    (tmp_path / "half.json").write_text('{"said": "It is 123456.')
    (tmp_path / "plain.txt").write_text("nothing")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "log.txt").write_bytes(b"one\n123456 \xff 123456\r\nthree")
    before = (tmp_path / "plain.txt").stat()
    Secrets({"123456"}).clean_files(tmp_path)
    kept = json.loads((tmp_path / "results.json").read_text())
    assert kept == {"dry_run": True, "said": ["It is (withheld)."], "n": 123456}
    assert (tmp_path / "half.json").read_text() == '{"said": "It is (withheld).'
    log = (tmp_path / "deep" / "log.txt").read_bytes()
    assert log == b"one\n(withheld) \xff (withheld)\r\nthree"
    assert (tmp_path / "plain.txt").stat() == before
    assert len(list(tmp_path.rglob("*"))) == 5
