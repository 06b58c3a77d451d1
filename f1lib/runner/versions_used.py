"""Versions used: which code and packages a run ran with.

In:   the git checkout f1lib lies in, if it lies in one; the installed packages.
Out:  short texts for the run record.
Knows nothing of: runs.
"""

import hashlib
import re
import subprocess
from importlib import metadata
from pathlib import Path

from f1lib.run_record import DIRTY

PACKAGES = ("f1lib", "numpy", "pandas", "scipy", "scikit-learn", "matplotlib", "papermill")

_ROOT = Path(__file__).resolve().parents[2]


def code_version() -> str:
    """The commit, such as ``1a2b3c4d5e6f`` or ``1a2b3c4d5e6f-dirty``; else f1lib's version."""
    said = _git_status() if (_ROOT / ".git").exists() else ""
    commit = re.search(r"^# branch\.oid ([0-9a-f]{12})", said, re.MULTILINE)
    if commit is None:
        return _installed("f1lib")
    is_changed = re.search(r"^[^#]", said, re.MULTILINE)
    return f"{commit[1]}{DIRTY}" if is_changed else commit[1]


def lock_sha256(root: Path = _ROOT) -> str:
    """The sha256 of requirements.lock; empty where f1lib was installed without its checkout."""
    try:
        return hashlib.sha256((root / "requirements.lock").read_bytes()).hexdigest()
    except OSError:
        return ""


def package_versions() -> dict[str, str]:
    """The versions of the packages that can change a number."""
    return {name: _installed(name) for name in PACKAGES}


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "unknown"


def _git_status() -> str:
    """The commit and what is changed, as `git status --porcelain=v2` writes it; or nothing."""
    command = ["git", "--no-optional-locks", "-C", str(_ROOT), "status", "--porcelain=v2",
               "--branch", "--untracked-files=no"]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout
