"""What the service was asked, by whom, and how it answered. The one log that is pruned."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from f1lib.store import append
from f1lib.store.schema import API_REQUESTS


@dataclass(frozen=True, slots=True)
class Request:
    """One request and its answer. `client` is the name of the caller's key, never the key.

    `route` is the pattern, not the address asked for; `n` counts the entries that were forecast.
    """

    request_id: str
    at: datetime
    method: str
    route: str
    status_code: int
    duration_ms: float
    client: str
    model_version: str
    n: int
    simulated: bool
    problem: str = ""


def record(connection: Connection, request: Request) -> bool:
    """Remember `request`; False when it was there already."""
    facts: dict[str, Any] = {name: getattr(request, name) for name in Request.__slots__}
    return append.rows(connection, API_REQUESTS, [facts]) == 1


def answered(
    connection: Connection,
    *,
    since: datetime | None = None,
    route: str | None = None,
    limit: int | None = None,
) -> list[Request]:
    """The requests, the newest first; `since` is included. None: any."""
    chosen = select(API_REQUESTS).limit(limit)
    chosen = chosen.order_by(API_REQUESTS.c.at.desc(), API_REQUESTS.c.request_id)
    if since is not None:
        chosen = chosen.where(API_REQUESTS.c.at >= since)
    if route is not None:
        chosen = chosen.where(API_REQUESTS.c.route == route)
    found = connection.execute(chosen).mappings()
    return [Request(**{name: row[name] for name in Request.__slots__}) for row in found]


def forget(connection: Connection, *, before: datetime) -> int:
    """Remove the requests of before that moment; how many there were."""
    gone = delete(API_REQUESTS).where(API_REQUESTS.c.at < before)
    return len(connection.execute(gone.returning(API_REQUESTS.c.request_id)).all())
