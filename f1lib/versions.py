"""Semantic versions of a trained two-stage model.

Patch: retrained on newer data. Minor: other features or hyper-parameters. Major: another contract.
"""

import re
from dataclasses import dataclass
from typing import Self

from f1lib.errors import ConfigurationError

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True, order=True)
class ModelVersion:
    """A model version such as ``1.4.2``; sorts as versions do.

    >>> ModelVersion.parse("1.10.0") > ModelVersion.parse("1.9.3")
    True
    """

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``1.4.2``. Raises ConfigurationError when the text is no version."""
        found = _VERSION.fullmatch(text.strip())
        if found is None:
            raise ConfigurationError(
                f"'{text}' is not a model version. Write three numbers, such as 1.0.2; "
                "`f1lib models list` shows those there are.",
                value=text,
            )
        return cls(*(int(part) for part in found.groups()))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def next_patch(self) -> Self:
        """The version of the same recipe trained on newer data."""
        return type(self)(self.major, self.minor, self.patch + 1)

    def next_minor(self) -> Self:
        """The version of a new recipe under the same contract."""
        return type(self)(self.major, self.minor + 1, 0)
