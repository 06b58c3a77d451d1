"""The catalogue: which notebooks there are, and how each is run on schedule.

In:   configs/notebooks.toml.
Out:  `NotebookEntry` values.
Knows nothing of: what is in a notebook.
"""

import re
import tomllib
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from f1lib.errors import ConfigurationError

if TYPE_CHECKING:
    from f1lib.settings import Settings

_FIELDS = {"title": str, "question": str, "path": str, "deadline_s": int, "cell_timeout_s": int}
_LEAST = {"deadline_s": 1, "cell_timeout_s": 1, "retries": 0, "retry_pause_s": 0}


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class NotebookEntry:
    """One notebook: what it answers, where it is, and with which limits it runs.

    `parameters` are those that a run passes unless it is told otherwise. With `markdown` a run
    also writes report.md. A cycle runs it only once those named in `after` have ended. A run that
    met what can be over a little later is tried again, up to `retries` times, `retry_pause_s`
    seconds after the attempt before.
    """

    name: str
    title: str
    question: str
    path: Path
    deadline_s: int
    cell_timeout_s: int
    parameters: dict[str, Any] = field(default_factory=dict)
    markdown: bool = False
    after: tuple[str, ...] = ()
    retries: int = 0
    retry_pause_s: int = 0


def read(settings: "Settings") -> dict[str, NotebookEntry]:
    """All notebooks by name. Raises ConfigurationError naming every fault of the file."""
    try:
        raw = tomllib.loads(settings.catalogue.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:  # no TOML, or no UTF-8
        raise ConfigurationError(
            f"The list of notebooks, {settings.catalogue}, cannot be read: {exc}. "
            "Correct it, or let F1LIB_CATALOGUE name another."
        ) from exc
    faults = [fault for name, entry in raw.items() for fault in _faults(name, entry)]
    faults = faults or _faults_of_order(raw)
    if faults:
        raise ConfigurationError(
            f"{settings.catalogue} is not usable: {'; '.join(faults)}. Correct these lines.",
            faults=faults,
        )
    return {
        name: NotebookEntry(
            name=name,
            **{
                **entry,
                "path": (settings.notebooks / entry["path"]).resolve(),
                "after": tuple(entry.get("after", ())),
            },
        )
        for name, entry in raw.items()
    }


def found(name: str, settings: "Settings") -> NotebookEntry | None:
    """The notebook of that name; None where it is no longer there, or the list cannot be read."""
    try:
        return read(settings).get(name)
    except ConfigurationError:
        return None


def entry(name: str, settings: "Settings") -> NotebookEntry:
    """The notebook of that name. Raises ConfigurationError listing those there are."""
    entries = read(settings)
    if name not in entries:
        raise ConfigurationError(
            f"There is no notebook '{name}'. There are: {', '.join(sorted(entries))}.", name=name
        )
    return entries[name]


def _faults(name: str, entry: Any) -> list[str]:
    if not isinstance(entry, dict):
        return [f"'{name}' is not a section [{name}]"]
    if not _NAME.fullmatch(name):  # it becomes the name of a folder, and part of an address
        return [f"'{name}' is no name of a notebook (letters, digits, _ and -)"]
    known = {
        **_FIELDS, **dict.fromkeys(_LEAST, int),
        "parameters": dict, "markdown": bool, "after": list,
    }  # fmt: skip
    missing = [f"[{name}] lacks {key}" for key in _FIELDS if key not in entry]
    unknown = [f"[{name}] has an unknown key {key}" for key in entry if key not in known]
    wrong = [
        f"[{name}] {key} = {value!r} is no {known[key].__name__}"
        for key, value in entry.items()
        if key in known
        and (not isinstance(value, known[key]) or isinstance(value, bool) != (known[key] is bool))
    ]
    low = [
        f"[{name}] {key} = {entry[key]} is below {least}"
        for key, least in _LEAST.items()
        if isinstance(entry.get(key), int) and entry[key] < least
    ]
    after = entry.get("after", [])
    unnamed = [
        f"[{name}] after names {other!r}, which is no name"
        for other in (after if isinstance(after, list) else [])
        if not isinstance(other, str)
    ]
    return [*missing, *unknown, *wrong, *low, *unnamed]


def _faults_of_order(raw: dict[str, Any]) -> list[str]:
    """What is wrong with who comes after whom, where each entry is right by itself."""
    after = {name: entry.get("after", []) for name, entry in raw.items()}
    unknown = [
        f"[{name}] after names {other!r}, which there is not"
        for name, others in after.items()
        for other in others
        if other not in raw
    ]
    if unknown:
        return unknown
    try:
        TopologicalSorter(after).prepare()
    except CycleError as exc:
        return [f"after leads in a circle: {' after '.join(reversed(exc.args[1]))}"]
    return []
