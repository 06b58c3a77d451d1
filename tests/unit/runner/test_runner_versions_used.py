"""A run says which code it ran with, in a checkout and without one."""

import re

import pytest

from f1lib.runner import versions_used


def test_a_checkout_is_named_by_its_commit() -> None:
    if not (versions_used._ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    assert re.fullmatch(r"[0-9a-f]{12}(-dirty)?", versions_used.code_version())


def test_without_git_the_version_of_f1lib_is_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert versions_used.code_version() == versions_used.package_versions()["f1lib"]
