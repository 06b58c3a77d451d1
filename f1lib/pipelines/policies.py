"""Policies: what the policy files of this installation say."""

import difflib
import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from f1lib.decisions.promotion.policy import PromotionPolicy
from f1lib.decisions.retraining import RetrainingPolicy
from f1lib.errors import ConfigurationError
from f1lib.monitoring.policy import ALIASES, WatchPolicy
from f1lib.settings import Settings

TABLES = ("watch", "retraining", "promotion")

Policy = TypeVar("Policy", WatchPolicy, RetrainingPolicy, PromotionPolicy)


def watch_policy(settings: Settings, name: str = "") -> WatchPolicy:
    """The policy `name` (empty: the one in force). Raises ConfigurationError when it is unclear.

    The brief's names are understood, and ``false`` switches a rule off.
    """
    chosen = name or settings.policy
    said = _table(settings, chosen, "watch")
    plain = {key: None if value is False else value for key, value in said.items()}
    return _built(WatchPolicy, chosen, "watch", plain, {"name": chosen})


def retraining_policy(settings: Settings, name: str = "") -> RetrainingPolicy:
    """When policy `name` (empty: the one in force) trains. Raises ConfigurationError."""
    chosen = name or settings.policy
    said = _table(settings, chosen, "retraining")
    return _built(RetrainingPolicy, chosen, "retraining", said, {})


def promotion_policy(settings: Settings, name: str = "") -> PromotionPolicy:
    """When policy `name` (empty: the one in force) promotes. Raises ConfigurationError."""
    chosen = name or settings.policy
    said = _table(settings, chosen, "promotion")
    return _built(PromotionPolicy, chosen, "promotion", said, {})


def sha256(settings: Settings, name: str = "") -> str:
    """Names the whole of a policy (empty: the one in force) by its numbers."""
    chosen = name or settings.policy
    plain = {
        "watch": asdict(watch_policy(settings, chosen)) | {"name": ""},
        "retraining": asdict(retraining_policy(settings, chosen)),
        "promotion": asdict(promotion_policy(settings, chosen)),
    }
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def names(settings: Settings) -> tuple[str, ...]:
    """Every policy there is a file of."""
    return tuple(sorted(path.stem for path in settings.policies.glob("*.toml")))


def _built(
    kind: type[Policy], name: str, table: str, said: Mapping[str, Any], more: Mapping[str, Any]
) -> Policy:
    """The policy that a table describes. Raises ConfigurationError naming every fault."""
    known: set[str] = {each.name for each in fields(kind)} - set(more)
    ours = {given: ALIASES.get(given, given) if kind is WatchPolicy else given for given in said}
    faults = [_stranger(given, [*known, *ALIASES]) for given in said if ours[given] not in known]
    values = {ours[given]: value for given, value in said.items() if ours[given] in known}
    try:
        # as JSON, since there a word is a member of an enumeration and a number never a flag
        found = _adapter(kind).validate_json(json.dumps({**values, **more}, default=str))
    except ValidationError as exc:
        given = {mine: theirs for theirs, mine in ours.items()}
        faults += [
            f"{given.get(str(each['loc'][0]), each['loc'][0])} = {each['input']!r}: {each['msg']}"
            for each in exc.errors()
        ]
    if faults:
        raise ConfigurationError(
            f"Policy {name} is not usable ([{table}] {'; '.join(dict.fromkeys(faults))}). "
            f"Correct {name}.toml.",
            policy=name,
            faults=faults,
        )
    return found


def _adapter(kind: type[Policy]) -> TypeAdapter[Policy]:
    return TypeAdapter(with_config(ConfigDict(strict=True, allow_inf_nan=False))(kind))


def _stranger(given: str, known: list[str]) -> str:
    near = difflib.get_close_matches(given, known, n=1)
    return f"{given} is read by no rule" + (f"; did you mean {near[0]}?" if near else "")


def _table(settings: Settings, name: str, table: str) -> Mapping[str, Any]:
    path = settings.policies / f"{name}.toml"
    if name not in names(settings):
        raise ConfigurationError(
            f"There is no policy '{name}' in {settings.policies}. "
            f"Choose one of {', '.join(names(settings)) or 'none'}.",
            policy=name,
        )
    try:
        whole = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise ConfigurationError(f"{path} cannot be read: {exc}. Correct it.") from exc
    strange = sorted(set(whole) - set(TABLES))
    if strange:
        raise ConfigurationError(
            f"{path} has {', '.join(strange)}, which nothing reads. Its tables are "
            f"{', '.join(f'[{each}]' for each in TABLES)}."
        )
    found = whole.get(table, {})
    if not isinstance(found, dict):
        raise ConfigurationError(f"{path} has no table [{table}]. Write its settings below it.")
    return found
