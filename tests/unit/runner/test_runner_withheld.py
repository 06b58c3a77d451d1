"""Secrets that a process knows are in nothing that is kept, however they are written."""

import html
import json
import stat
from pathlib import Path
from urllib.parse import quote

import pytest

from f1lib.runner import withheld
from f1lib.runner.withheld import Secrets

KEY = "-----BEGIN KEY-----\nMIIEvQIBADAN\n+w==\n-----END KEY-----\n"
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


@pytest.mark.parametrize("block", [1, 40, 2**20])
def test_a_secret_of_several_lines_is_found_as_it_stands_and_line_by_line(
    block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(withheld, "_BLOCK", block)
    lines = KEY.splitlines(keepends=True)
    (tmp_path / "printed.txt").write_text(f"ab\n{KEY}cd\n{KEY}")
    (tmp_path / "log.txt").write_text("".join(f"10:00Z {line}" for line in lines))
    (tmp_path / "results.json").write_text(json.dumps({KEY: f"<{KEY}>", "ä": [f"ä{KEY}"]}))
    (tmp_path / "notebook.ipynb").write_text(json.dumps({"text": lines}, ensure_ascii=False))
    Secrets.of({"MY_TOKEN": KEY}).clean_files(tmp_path)
    assert (tmp_path / "printed.txt").read_text() == "ab\n(withheld)cd\n(withheld)"
    log = (tmp_path / "log.txt").read_text().splitlines()
    assert log == [f"10:00Z {said}" for said in ("(withheld)",) * 2 + ("+w==", "(withheld)")]
    results = json.loads((tmp_path / "results.json").read_text())
    assert results == {"(withheld)": "<(withheld)>", "ä": ["ä(withheld)"]}
    text = json.loads((tmp_path / "notebook.ipynb").read_text())["text"]
    assert text == ["(withheld)\n", "(withheld)\n", "+w==\n", "(withheld)\n"]
    assert len(list(tmp_path.iterdir())) == 4


def test_a_secret_with_white_space_around_it_is_found_without() -> None:
    assert Secrets.of({"MY_TOKEN": " hunter2\n"}).masked("[hunter2]") == "[(withheld)]"


def test_in_json_what_a_secret_says_counts_and_not_how_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text('{"said": "p\u00e4\\"ssw\\u00f6rd"}')
    Secrets({'pä"sswörd'}).clean_files(tmp_path)
    assert json.loads(path.read_text()) == {"said": "(withheld)"}


def test_a_file_that_cannot_be_written_anew_goes_and_the_others_have_their_turn(
    tmp_path: Path,
) -> None:
    in_the_way(tmp_path)
    with pytest.raises(IsADirectoryError):
        Secrets({"hunter2"}).clean_files(tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["other.txt"]
    assert (tmp_path / "other.txt").read_text() == "(withheld)"


def test_a_file_in_a_folder_for_reading_alone_goes_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, unlink = tmp_path / "copy", Path.unlink

    def minding_permissions(path: Path, **how: bool) -> None:  # as for who is not root
        if not path.parent.stat().st_mode & stat.S_IWUSR:
            raise PermissionError(path)
        unlink(path, **how)

    folder.mkdir()
    in_the_way(folder)
    folder.chmod(0o555)
    monkeypatch.setattr(Path, "unlink", minding_permissions)
    with pytest.raises(OSError):
        Secrets({"hunter2"}).clean_files(tmp_path)
    assert not (folder / "log.txt").exists()


def test_where_nothing_can_be_removed_either_the_first_trouble_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError("cannot be removed")

    in_the_way(tmp_path)
    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(IsADirectoryError):
        Secrets({"hunter2"}).clean_files(tmp_path)
    assert (tmp_path / "other.txt").read_text() == "(withheld)"


def in_the_way(folder: Path) -> None:
    """Two files with a secret; where one would be written anew there is a folder."""
    for name in ("log.txt", "other.txt"):
        (folder / name).write_text("hunter2")
    (folder / ".log.txt-clean").mkdir()
