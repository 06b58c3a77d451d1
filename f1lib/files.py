"""Files that appear whole or not at all, and archives whose bytes depend on their content only.

In:   a path and what shall be in it.
Out:  the file; whoever reads meanwhile sees the old content or the new one, never a part.
Knows nothing of: what is written.
"""

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold


def _written_beside(path: Path, text: str) -> Path:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o644)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def write_text(path: Path, text: str) -> None:
    """Replace the text of `path` in one step; the old file survives when writing fails."""
    beside = _written_beside(path, text)
    try:
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def create_text(path: Path, text: str) -> None:
    """Create `path` with `text` in one step. Raises FileExistsError when it is there already."""
    beside = _written_beside(path, text)
    try:
        path.hardlink_to(beside)
    finally:
        beside.unlink()


def write_zip(path: Path, members: Iterable[tuple[str, bytes]]) -> None:
    """A zip of `members` in their order. Stored, not compressed: its bytes, and so its sha256,
    depend on names and content alone, on no version of a compressor and no clock."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members:
            member = zipfile.ZipInfo(name, date_time=_EPOCH)
            member.create_system = 3
            member.external_attr = 0o644 << 16
            archive.writestr(member, content)


def sha256_of(path: Path) -> str:
    """64 hex digits, as `sha256sum` prints them."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
