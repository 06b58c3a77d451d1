"""Policies: what the policy files of this installation say."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from f1lib.decisions.promotion.policy import PromotionPolicy
from f1lib.decisions.retraining import RetrainingPolicy
from f1lib.errors import ConfigurationError
from f1lib.monitoring.policy import WatchPolicy
from f1lib.settings import Settings

TABLES = ("watch", "retraining", "promotion")


def watch_policy(settings: Settings, name: str = "") -> WatchPolicy:
    """The policy `name` (empty: the one in force). Raises ConfigurationError when it is unclear."""
    chosen = name or settings.policy
    return WatchPolicy.from_plain(chosen, _table(settings, chosen, "watch"))


def retraining_policy(settings: Settings, name: str = "") -> RetrainingPolicy:
    """When policy `name` (empty: the one in force) trains. Raises ConfigurationError."""
    chosen = name or settings.policy
    return RetrainingPolicy.from_plain(chosen, _table(settings, chosen, "retraining"))


def promotion_policy(settings: Settings, name: str = "") -> PromotionPolicy:
    """When policy `name` (empty: the one in force) promotes. Raises ConfigurationError."""
    chosen = name or settings.policy
    return PromotionPolicy.from_plain(chosen, _table(settings, chosen, "promotion"))


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
