"""Files that appear whole or not at all.

In:   a path and its text.
Out:  the file; whoever reads meanwhile sees the old text or the new one, never a part.
Knows nothing of: what is written.
"""

import os
import tempfile
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Replace the text of `path` in one step; the old file survives when writing fails."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
