"""The code's key: one name for all source that can change a number.

In:   the source of the rooms from the door in to the evaluation.
Out:  a sha256 that comments, docstrings and blank lines do not change.
Knows nothing of: commits; a change that touches no number keeps what was computed before.
"""

import ast
import hashlib
import io
import tokenize
from collections.abc import Iterable
from functools import cache
from pathlib import Path

ROOMS = (
    "weekend", "tables", "sources", "features", "predictions", "outcomes", "scoring", "models",
    "evaluation",
)  # fmt: skip

_HOUSE = Path(__file__).resolve().parents[1]
_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def code_key(house: Path = _HOUSE, rooms: Iterable[str] = ROOMS) -> str:
    """64 hex digits: the sha256 over every module of `rooms`, by name."""
    found = hashlib.sha256()
    for room in rooms:
        for path in sorted([*house.glob(f"{room}.py"), *(house / room).rglob("*.py")]):
            found.update(f"{path.relative_to(house).as_posix()}\n".encode())
            found.update(bare(path.read_text(encoding="utf-8")).encode())
    return found.hexdigest()


@cache  # most of the work, and the same source again in every comparison of a replay
def bare(source: str) -> str:
    """Source without comments, docstrings and blank lines.

    >>> bare("x = 1  # one\\n\\n\\ndef f():\\n    '''Two.'''\\n    return '# 3'\\n")
    "x = 1\\ndef f():\\n    return '# 3'"
    """
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            said = node.body[0]
            end = said.end_lineno or said.lineno
            lines[said.lineno - 1 : end] = [""] * (end - said.lineno + 1)
    return "\n".join(line.rstrip() for line in lines if line.strip())
