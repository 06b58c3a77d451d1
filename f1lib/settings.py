"""Settings: read once, by whoever starts the process, and passed on. Nothing else reads the
environment.

In:   configs/f1lib.toml (or the file that F1LIB_CONFIG names) and F1LIB_* variables, which win.
Out:  one frozen `Settings`.
Knows nothing of: what the values mean to the rooms that use them.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from f1lib.errors import ConfigurationError

PROJECT_ROOT = Path(__file__).resolve().parents[1]


class Settings(BaseSettings):
    """Everything that may differ from one installation to another.

    `home` is where everything generated lives; `f1db` names an F1DB archive (zip, folder or
    https address). Relative paths are resolved once, here, against the current folder.
    """

    model_config = SettingsConfigDict(env_prefix="F1LIB_", frozen=True, extra="forbid")

    home: Path = Field(PROJECT_ROOT / "runs", description="Where everything generated lives")
    f1db: str = Field("", description="F1DB archive to import: zip, folder or https address")
    notebooks: Path = Field(PROJECT_ROOT / "notebooks", description="Folder of the notebooks")
    catalogue: Path = Field(
        PROJECT_ROOT / "configs" / "notebooks.toml", description="The list of notebooks"
    )
    store_url: SecretStr = Field(
        SecretStr(""), description="SQLAlchemy address of the store; empty: SQLite in home"
    )
    first_season: int = Field(2008, description="First season that models learn from")
    workers: int = Field(2, ge=1, description="Processes at work at once")
    seed: int = Field(20250101, description="Seed of everything drawn at random")
    run_folder: Path | None = Field(
        None, description="Folder of the notebook run in progress; set by the runner"
    )

    @field_validator("home", "notebooks", "catalogue")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("f1db")
    @classmethod
    def _absolute_archive(cls, value: str) -> str:
        if not value or "://" in value:
            return value
        return str(Path(value).expanduser().resolve())

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
        path = os.environ.get("F1LIB_CONFIG", str(PROJECT_ROOT / "configs" / "f1lib.toml"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, Path(path))

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
    def reports(self) -> Path:
        """Folder of the notebook runs."""
        return self.home / "reports"

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
    try:
        return Settings(**overrides)
    except ValidationError as exc:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))} = {fault['input']!r}: {fault['msg']}"
            for fault in exc.errors()
        )
        raise ConfigurationError(
            f"The settings are not usable ({faults}). "
            "Correct configs/f1lib.toml or the F1LIB_* variable of that name."
        ) from exc
    except ValueError as exc:  # tomllib's decode error is a ValueError
        raise ConfigurationError(f"configs/f1lib.toml cannot be read: {exc}.") from exc
