"""Shape: what is relied on of a results.json, whoever wrote it.

In:   the bytes of the file.
Out:  its content, once it has the shape.
Knows nothing of: which run it is of.
"""

from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from f1lib.reports.metrics import Metric


class _Table(BaseModel, strict=True):
    caption: str
    columns: list[str]
    rows: list[list[str]]


class _Results(BaseModel, strict=True):
    """One of an f1lib that knew less, or more, has it too."""

    headline: str = ""
    simulated: bool = False
    replay: bool = False
    provenance: dict[str, Any] = {}
    metrics: list[Metric] = []
    sentences: list[str] = []
    gaps: list[str] = []
    asides: list[str] = []
    tables: list[_Table] = []
    conclusion: str = ""
    decision: str = ""


def checked(text: bytes) -> dict[str, Any]:
    """The content of a results.json.

    Raises ValueError where it is no JSON, or not of its shape, and says where.
    """
    try:
        _Results.model_validate_json(text)
    except ValidationError as exc:
        wrong = exc.errors()[0]
        place = ".".join(map(str, wrong["loc"]))
        raise ValueError(f"{place}: {wrong['msg']}" if place else wrong["msg"]) from exc
    return dict(from_json(text, allow_inf_nan=False))
