"""Parameters: what a notebook declares, and whether what it is given fits.

In:   the notebook's cell tagged `parameters`: typed, commented assignments; values or texts.
Out:  `Parameter` declarations; one value for each, in the declared type; or ConfigurationError
      naming every fault at once. No kernel is started for this.
Knows nothing of: what a parameter means.
"""

import ast
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from f1lib.errors import ConfigurationError
from f1lib.runner import withheld

TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
TAG = "parameters"
_NBFORMAT = 4

_INTEGER = re.compile(r"[+-]?\d+")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter, such as ``n_races: int = 8  # races in the window``."""

    name: str
    type_name: str
    optional: bool
    default: Any
    comment: str

    @property
    def kind(self) -> str:
        """The type as the notebook writes it."""
        return f"{self.type_name} | None" if self.optional else self.type_name


def declared(notebook: Path) -> tuple[Parameter, ...]:
    """The parameters a notebook declares. Raises ConfigurationError naming every fault."""
    try:
        read = json.loads(notebook.read_text(encoding="utf-8"))
        known = read["nbformat"] == _NBFORMAT
        sources = [
            "".join(cell["source"])
            for cell in read["cells"]
            if cell["cell_type"] == "code" and TAG in cell.get("metadata", {}).get("tags", [])
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise ConfigurationError(
            f"{notebook} cannot be read as a notebook: {exc}. Restore it, or correct its path "
            "in configs/notebooks.toml."
        ) from exc
    if not known:
        raise ConfigurationError(
            f"{notebook} is of nbformat {read['nbformat']}; only {_NBFORMAT} is known. Save it so."
        )
    if len(sources) != 1:
        raise ConfigurationError(
            f"{notebook} has {len(sources)} cells tagged '{TAG}'. Give that tag to one cell."
        )
    try:
        return declared_in(sources[0])
    except ConfigurationError as exc:
        raise ConfigurationError(f"{notebook}: {exc}", **exc.facts) from exc


def declared_in(source: str) -> tuple[Parameter, ...]:
    """The parameters that a cell declares.

    >>> declared_in('n_races: int | None = 8  # races in the window')
    (Parameter(name='n_races', type_name='int', optional=True, default=8,
     comment='races in the window'),)
    """
    try:
        statements = ast.parse(source).body
    except SyntaxError as exc:
        raise ConfigurationError(f"The parameters cell is no Python: {exc}. Correct it.") from exc
    found, faults = [], []
    for statement in statements:
        try:
            found.append(_declaration(statement, source))
        except ConfigurationError as exc:
            faults.append(str(exc))
    if faults:
        raise ConfigurationError(
            f"The parameters cell is not usable: {'; '.join(faults)}. Write lines such as "
            '`weekend: str = "latest"  # race weekend`.',
            faults=faults,
        )
    return tuple(found)


def checked(declarations: Sequence[Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """A value for each declared parameter: the given one, read by its declared type, or the
    default. Text is read (``007`` as an int is 7, ``none`` as an optional is None), never guessed.
    """
    by_name = {parameter.name: parameter for parameter in declarations}
    values = {name: parameter.default for name, parameter in by_name.items()}
    faults = []
    for name, value in given.items():
        if withheld.NAMES.search(name):
            faults.append(
                f"'{name}' looks like a secret, and parameters are written into reports "
                "(put secrets into the environment)"
            )
        elif name not in by_name:
            faults.append(_unknown(name, list(by_name)))
        else:
            try:
                values[name] = _read(value, by_name[name])
            except ValueError as exc:
                faults.append(str(exc))
    if faults:
        raise ConfigurationError(
            f"The parameters are not usable: {'; '.join(faults)}.", faults=faults
        )
    return values


def for_record(given: Mapping[str, Any]) -> dict[str, Any]:
    """Values that were refused, as they may be written down: plain, and no secrets."""
    return {
        name: withheld.MASK
        if withheld.NAMES.search(name)
        else (value if isinstance(value, str | int | float | None) else repr(value))
        for name, value in given.items()
    }


def _declaration(statement: ast.stmt, source: str) -> Parameter:
    line = ast.get_source_segment(source, statement) or ""
    if not (
        isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and statement.value is not None
    ):
        raise ConfigurationError(f"`{line}` is no typed assignment")
    type_name, _, rest = ast.unparse(statement.annotation).partition(" | ")
    if type_name not in TYPES or rest not in {"", "None"}:
        raise ConfigurationError(f"`{line}` has a type other than {', '.join(TYPES)}, or | None")
    try:
        default = ast.literal_eval(statement.value)
    except ValueError as exc:
        raise ConfigurationError(f"`{line}` has a default that is no plain value") from exc
    last = source.splitlines()[(statement.end_lineno or 1) - 1].encode()
    comment = last[statement.end_col_offset or 0 :].decode().partition("#")[2].strip()
    parameter = Parameter(statement.target.id, type_name, bool(rest), default, comment)
    if withheld.NAMES.search(parameter.name):
        raise ConfigurationError(f"`{line}` declares a secret")
    if not _fits(default, parameter):
        raise ConfigurationError(f"`{line}` has a default of another type")
    return parameter


def _unknown(name: str, names: list[str]) -> str:
    close = get_close_matches(name, names, n=1)
    hint = f"did you mean '{close[0]}'" if close else f"there are {', '.join(names)}"
    return f"there is no parameter '{name}' ({hint})"


def _fits(value: Any, parameter: Parameter) -> bool:
    """Whether a value is of the declared type: true is no int, an int will do for a float."""
    if value is None:
        return parameter.optional
    if isinstance(value, bool) or parameter.type_name == "bool":
        return isinstance(value, bool) and parameter.type_name == "bool"
    if parameter.type_name == "float":
        return type(value) in {int, float} and math.isfinite(value)
    return type(value) is TYPES[parameter.type_name]


def _read(value: Any, parameter: Parameter) -> Any:
    read = _from_text(value, parameter) if isinstance(value, str) else value
    if not _fits(read, parameter):
        raise ValueError(f"{parameter.name} = {value!r} is no {parameter.kind}")
    return float(read) if parameter.type_name == "float" and read is not None else read


def _from_text(text: str, parameter: Parameter) -> Any:
    """The text as the declared type; the text itself where it cannot be read."""
    if parameter.optional and text.lower() == "none":
        return None
    if parameter.type_name == "int" and _INTEGER.fullmatch(text):
        return int(text)
    if parameter.type_name == "bool":
        return {"true": True, "false": False}.get(text.lower(), text)
    if parameter.type_name == "float":
        try:
            return float(text)
        except ValueError:
            return text
    return text
