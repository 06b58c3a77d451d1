"""Settings: read once, by whoever starts the process, and passed on. Nothing else reads the
environment.

In:   configs/f1lib.toml (or the file that F1LIB_CONFIG names) and F1LIB_* variables, which win.
      In a notebook run the variables hold everything, and no file is read again.
Out:  one frozen `Settings`.
Knows nothing of: what the values mean to the rooms that use them.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from f1lib.errors import ConfigurationError

PROJECT_ROOT = Path(__file__).resolve().parents[1]

_CONFIG = "F1LIB_CONFIG"
_UNSAID = {"store_url", "f1db", "smtp_password"}  # addresses may hold a password or a token
_MAIL_ADDRESS = re.compile(r"[!-~]+@[A-Za-z0-9.-]+")  # what mail servers understand everywhere
_RELATIVE_SQLITE = re.compile(r"(sqlite(?:\+\w+)?:///)(?!/|:memory:|file:)(?=.)")


class Settings(BaseSettings):
    """Everything that may differ from one installation to another.

    `home` is where everything generated lives; `f1db` names an F1DB archive (zip, folder or
    https address). Relative paths are resolved once, here, against the current folder.
    """

    model_config = SettingsConfigDict(
        env_prefix="F1LIB_", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    home: Path = Field(PROJECT_ROOT / "runs", description="Where everything generated lives")
    f1db: str = Field("", description="F1DB archive to import: zip, folder or https address")
    notebooks: Path = Field(PROJECT_ROOT / "notebooks", description="Folder of the notebooks")
    catalogue: Path = Field(
        PROJECT_ROOT / "configs" / "notebooks.toml", description="The list of notebooks"
    )
    regulations: Path = Field(
        PROJECT_ROOT / "configs" / "regulations.toml", description="The list of regulation resets"
    )
    policies: Path = Field(
        PROJECT_ROOT / "configs" / "policies", description="Folder of the policies"
    )
    policy: str = Field("default", description="The policy in force: a file in that folder")
    store_url: SecretStr = Field(
        SecretStr(""), description="SQLAlchemy address of the store; empty: SQLite in home"
    )
    first_season: int = Field(2008, description="First season that models learn from")
    known_through: str = Field(
        "", pattern=r"^(\d{4}-\d{2})?$",
        description="Last weekend whose results count as known, for replays; empty: all there are",
    )  # fmt: skip
    workers: int = Field(2, ge=1, description="Processes at work at once")
    retention_days: int = Field(
        90,
        ge=1,
        description="Days for which requests, runs, backtests, replays and backups are kept",
    )
    seed: int = Field(20250101, description="Seed of everything drawn at random")
    smtp_host: str = Field("", description="Mail server; empty: nothing is mailed")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="starttls, tls from the first byte (port 465), or none"
    )
    smtp_ca: Path | None = Field(
        None, description="Certificates (PEM) to trust for the mail server beside the system's"
    )
    smtp_user: str = Field("", description="Who logs in at the mail server; empty: nobody does")
    smtp_password: SecretStr = Field(
        SecretStr(""), description="The password for that; only from the environment"
    )
    smtp_timeout_s: float = Field(
        20.0, gt=0, description="Seconds after which a delivery of mail ends, whatever the server"
    )
    mail_from: str = Field("", description="Mail address of the sender")
    mail_to: str = Field("", description="Mail addresses of those who are told, with commas")
    mail_digest: bool = Field(False, description="One mail per delivery instead of one per event")
    base_url: str = Field("", description="Web address under which home is served, for links")
    run_folder: Path | None = Field(
        None, description="Folder of the notebook run in progress; set by the runner"
    )

    @field_validator("home", "notebooks", "catalogue", "regulations", "policies")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return _resolved(value)

    @field_validator("smtp_ca")
    @classmethod
    def _absolute_if_any(cls, value: Path | None) -> Path | None:
        return value and _resolved(value)

    @field_validator("mail_from", "mail_to")
    @classmethod
    def _addresses(cls, value: str) -> str:
        for address in _separated(value):
            if not _MAIL_ADDRESS.fullmatch(address):
                raise ValueError(f"{address!r} is no plain mail address such as ada@example.org")
        return value

    @field_validator("mail_from")
    @classmethod
    def _one_address(cls, value: str) -> str:
        if len(_separated(value)) > 1:
            raise ValueError("one address sends; those who are told stand in mail_to")
        return value

    @field_validator("smtp_password")
    @classmethod
    def _never_in_clear(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if value.get_secret_value() and info.data.get("smtp_security") == "none":
            raise ValueError("a password is not sent in clear; smtp_security has to be another")
        return value

    @field_validator("f1db")
    @classmethod
    def _absolute_archive(cls, value: str) -> str:
        if not value or "://" in value:
            return value
        return str(_resolved(Path(value)))

    @field_validator("store_url")
    @classmethod
    def _absolute_file(cls, value: SecretStr) -> SecretStr:
        here = quote(str(Path.cwd()))
        address = value.get_secret_value()
        return SecretStr(_RELATIVE_SQLITE.sub(lambda found: f"{found[0]}{here}/", address))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over the file."""
        file = TomlConfigSettingsSource(settings_cls, _file())
        if any(name.lower() == "smtp_password" for name in file.toml_data):
            raise ConfigurationError(
                f"{_file()} sets smtp_password, and files are copied and shared. Remove the line, "
                "change the password, and set the variable F1LIB_SMTP_PASSWORD instead."
            )
        return init_settings, env_settings, file

    @property
    def is_replay(self) -> bool:
        """Whether less is looked at than is known: whatever is done then is a replay."""
        return bool(self.known_through)

    @property
    def snapshots(self) -> Path:
        """Folder of the imported data snapshots."""
        return self.home / "snapshots"

    @property
    def submissions(self) -> Path:
        """Folder of what was submitted by hand."""
        return self.home / "submissions"

    @property
    def models(self) -> Path:
        """Folder of the model registry."""
        return self.home / "models"

    @property
    def backups(self) -> Path:
        """Folder of the copies of store and registry."""
        return self.home / "backups"

    @property
    def reports(self) -> Path:
        """Folder of the notebook runs."""
        return self.home / "reports"

    @property
    def recipients(self) -> tuple[str, ...]:
        """Who is told by mail, everyone once."""
        return tuple(dict.fromkeys(_separated(self.mail_to)))

    @property
    def store_address(self) -> str:
        """SQLAlchemy address of the store."""
        file = quote(str(self.home / "store.sqlite"))  # SQLAlchemy decodes the path of an address
        return self.store_url.get_secret_value() or f"sqlite:///{file}"


def moment(text: str = "") -> datetime:
    """The time that counts as the present: `text` (ISO 8601, UTC unless it says otherwise).

    Empty: the clock, read here and nowhere else. Raises ConfigurationError when it is no time.

    >>> moment("2025-12-08T12:00").isoformat()
    '2025-12-08T12:00:00+00:00'
    """
    if not text:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as exc:
        raise ConfigurationError(
            f"'{text}' is not a time. Write it as 2025-12-08T12:00, in UTC.", value=text
        ) from exc
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def read(**overrides: Any) -> Settings:
    """Read the settings; keyword arguments win. Raises ConfigurationError naming each fault."""
    faults = [
        _stranger(name, [_CONFIG, *(f"F1LIB_{field.upper()}" for field in Settings.model_fields)])
        for name in sorted(os.environ)
        if name.upper().startswith("F1LIB_")
        and name.upper() != _CONFIG
        and name.upper().removeprefix("F1LIB_").lower() not in Settings.model_fields
    ]
    cause = None
    try:
        settings = Settings(**overrides)
    except ValidationError as exc:
        cause = exc
        faults += [_fault(each["loc"], each["type"], each["input"], each["msg"])
                   for each in exc.errors()]  # fmt: skip
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as exc:
        raise ConfigurationError(
            f"{_file()} cannot be read: {exc}. Correct it, or let {_CONFIG} name another file."
        ) from exc
    if faults:
        raise ConfigurationError(
            f"The settings are not usable ({'; '.join(faults)}). "
            f"Correct {_file() or 'the settings'} or the F1LIB_* variable of that name.",
            faults=faults,
        ) from cause
    return settings


def _file() -> Path | None:
    """The file to read; none in a run, whose variables hold all that was read before it."""
    if os.environ.get("F1LIB_RUN_FOLDER"):
        return None
    named = os.environ.get(_CONFIG, "")
    path = Path(named).expanduser().resolve()
    if named and not path.is_file():
        raise ConfigurationError(
            f"{_CONFIG} names {path}, which is no file. Name one, or unset the variable.",
            path=str(path),
        )
    return path if named else PROJECT_ROOT / "configs" / "f1lib.toml"


def _separated(text: str) -> list[str]:
    """What stands between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _resolved(path: Path) -> Path:
    try:
        return path.expanduser().resolve()
    except RuntimeError as exc:  # ~nobody, a link that leads to itself
        raise ValueError(str(exc)) from exc


def _fault(loc: tuple[int | str, ...], kind: str, value: object, message: str) -> str:
    """What is wrong with one setting; the value only where it cannot be a secret."""
    name = ".".join(map(str, loc))
    if kind == "extra_forbidden":
        return _stranger(name, Settings.model_fields)
    if name in _UNSAID or not isinstance(value, str | int | float):
        return f"{name}: {message}"
    return f"{name} = {value!r}: {message}"


def _stranger(name: str, known: Iterable[str]) -> str:
    """An unknown name, never its value: that may be a misspelt secret."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"{name} is no setting" + (f"; did you mean {near[0]}?" if near else "")
