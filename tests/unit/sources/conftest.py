"""What tests of the sources share: a folder of snapshots with one archive in it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from invented_f1db import two_rounds

from f1lib.sources import shelf

IMPORTED_AT = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One archive of two rounds, imported once for all: copy it to change it."""
    folder = tmp_path_factory.mktemp("stock")
    path = two_rounds().zip(folder / "first.zip")
    shelf.keep_archive(folder / "snapshots", str(path), now=IMPORTED_AT)
    return folder / "snapshots"
