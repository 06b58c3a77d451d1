"""Versions used: which code and packages a run ran with.

In:   the git checkout f1lib lies in, if it lies in one; the installed packages.
Out:  short texts for the run record.
Knows nothing of: runs.
"""

import hashlib
import subprocess
from importlib import metadata
from pathlib import Path

from f1lib.run_record import DIRTY

PACKAGES = ("f1lib", "numpy", "pandas", "scipy", "scikit-learn", "matplotlib", "papermill")

_ROOT = Path(__file__).resolve().parents[2]


def code_version() -> str:
    """The commit, such as ``1a2b3c4d5e6f`` or ``1a2b3c4d5e6f-dirty``; else f1lib's version."""
    commit = _git("rev-parse", "--short=12", "HEAD") if (_ROOT / ".git").exists() else None
    if not commit:
        return package_versions()["f1lib"]
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return f"{commit}{DIRTY}" if changed else commit


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


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(_ROOT), *arguments],
            capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
