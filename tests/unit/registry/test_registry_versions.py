"""Which versions there are, and what the next one is called."""

from collections.abc import Callable
from pathlib import Path

import pytest

from f1lib.registry import artifacts, versions
from f1lib.registry.manifest import Manifest
from f1lib.versions import ModelVersion

parse = ModelVersion.parse


def test_versions_are_listed_in_their_order_and_nothing_else_is(
    models: Path, a_manifest: Callable[..., Manifest]
) -> None:
    assert versions.listed(models) == []
    for version in ("1.10.0", "1.9.3", "1.0.0"):
        artifacts.write(models, a_manifest(version, simulated=version == "1.9.3"), {"a": 1})
    (models / ".1.9.9-left-by-a-crash").mkdir()
    (models / "notes").mkdir()
    listed = [str(each.version) for each in versions.listed(models)]
    assert listed == ["1.0.0", "1.9.3", "1.10.0"]
    assert [str(each.version) for each in versions.listed(models, simulated=True)] == ["1.9.3"]


@pytest.mark.parametrize(
    ("there", "parent", "same_recipe", "expected"),
    [
        ([], None, True, "1.0.0"),
        (["1.0.0"], "1.0.0", True, "1.0.1"),
        (["1.0.0", "1.0.1", "1.1.0"], "1.0.0", True, "1.0.2"),
        (["1.0.0", "1.0.1", "1.1.0"], "1.0.0", False, "1.2.0"),
        (["1.0.0"], None, True, "1.1.0"),
        (["0.9.0"], "0.9.0", True, "1.0.0"),
    ],
)
def test_newer_data_is_a_patch_and_a_new_recipe_a_minor_version(
    models: Path, there: list[str], parent: str | None, same_recipe: bool, expected: str
) -> None:
    for version in there:
        (models / version).mkdir(parents=True)
    found = versions.next_version(
        models, None if parent is None else parse(parent), same_recipe=same_recipe
    )
    assert str(found) == expected
