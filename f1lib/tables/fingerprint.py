"""One name for the content of frames and values: equal for equal content, to the last bit."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd


def digest(*frames: pd.DataFrame, **facts: Any) -> str:
    """sha256 (64 hex digits) of frames and facts (plain values, arrays, dicts and lists of them).

    >>> digest(pd.DataFrame({"a": [1.0]})) == digest(pd.DataFrame({"a": [1.0]}))
    True
    >>> digest(x=np.array([0.1])) == digest(x=np.array([0.1 + 1e-16]))
    False
    """
    found = hashlib.sha256()
    for part in _encoded(facts):
        found.update(part)
    for frame in frames:
        found.update(frame.to_csv(index=False, float_format="%.17g").encode())
    return found.hexdigest()


def _encoded(value: Any) -> Iterator[bytes]:
    """The value as bytes that keep every bit and the structure; dicts by sorted key."""
    if isinstance(value, Mapping):
        yield f"dict {len(value)} ".encode()
        for key in sorted(value):
            yield f"{key!r} ".encode()
            yield from _encoded(value[key])
    elif isinstance(value, list | tuple):
        yield f"list {len(value)} ".encode()
        for each in value:
            yield from _encoded(each)
    elif isinstance(value, np.ndarray):
        yield f"array {value.dtype.str} {value.shape} ".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, float):
        yield f"{float(value).hex()} ".encode()
    else:
        yield f"{value!r} ".encode()
