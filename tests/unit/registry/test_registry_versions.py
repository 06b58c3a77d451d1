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


def test_one_damaged_manifest_does_not_hide_the_others(
    models: Path, a_manifest: Callable[..., Manifest]
) -> None:
    for version in ("1.0.0", "1.0.1", "1.0.2", "1.0.3"):
        artifacts.write(models, a_manifest(version), {"a": 1})
    (models / "1.0.1" / "manifest.json").write_text("{")
    (models / "1.0.3" / "manifest.json").unlink()
    assert [str(each.version) for each in versions.listed(models)] == ["1.0.0", "1.0.2"]
    found = {str(version): why for version, why in versions.damaged(models)}
    assert "It is no manifest" in found["1.0.1"]
    assert "is missing or cannot be read" in found["1.0.3"]
    assert len(found) == 2


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


def test_a_number_that_was_decided_about_is_not_given_again(models: Path) -> None:
    used = {ModelVersion(1, 0, 0), ModelVersion(1, 1, 0)}
    assert str(versions.next_version(models, used=used)) == "1.2.0"
    assert str(versions.next_version(models, ModelVersion(1, 0, 0), used=used)) == "1.0.1"
