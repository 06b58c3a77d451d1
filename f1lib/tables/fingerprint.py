"""One name for the content of frames: equal for equal values in equal order."""

import hashlib
from typing import Any

import pandas as pd


def digest(*frames: pd.DataFrame, **facts: Any) -> str:
    """sha256 (64 hex digits) of frames and facts.

    >>> digest(pd.DataFrame({"a": [1.0]})) == digest(pd.DataFrame({"a": [1.0]}))
    True
    """
    found = hashlib.sha256()
    for name, value in sorted(facts.items()):
        found.update(f"{name}={value}\n".encode())
    for frame in frames:
        found.update(frame.to_csv(index=False, float_format="%.17g").encode())
    return found.hexdigest()
