"""A run says which code it ran with, in a checkout and without one."""

import hashlib
import re
from pathlib import Path

import pytest

from f1lib.runner import versions_used


def test_a_checkout_is_named_by_its_commit() -> None:
    if not (versions_used._ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    assert re.fullmatch(r"[0-9a-f]{12}(-dirty)?", versions_used.code_version())


def test_without_git_the_version_of_f1lib_is_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert versions_used.code_version() == versions_used.package_versions()["f1lib"]


def test_a_lock_file_is_named_by_its_bytes_and_need_not_be_there(tmp_path: Path) -> None:
    assert versions_used.lock_sha256(tmp_path) == ""
    (tmp_path / "requirements.lock").write_bytes(b"numpy==2.4.6\n")
    wanted = hashlib.sha256(b"numpy==2.4.6\n").hexdigest()
    assert versions_used.lock_sha256(tmp_path) == wanted
