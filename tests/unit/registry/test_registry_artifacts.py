"""A version is read back bit for bit, or not at all."""

import json
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from f1lib import files
from f1lib.errors import RegistryError
from f1lib.registry import artifacts, versions
from f1lib.registry.manifest import CONTRACT, Manifest
from f1lib.versions import ModelVersion

FIRST = ModelVersion(1, 0, 0)
Build = Callable[..., Manifest]
State = dict[str, Any]


def test_a_state_comes_back_bit_for_bit(models: Path, a_manifest: Build, state: State) -> None:
    written = artifacts.write(models, a_manifest(), state)
    back, manifest = artifacts.read(models, FIRST)
    assert manifest == written
    assert manifest == replace(a_manifest(), artifact_sha256=written.artifact_sha256)
    assert list(back) == list(state)
    for stage in ("qualifying", "race"):
        was, found = state[stage]["coefficients"], back[stage]["coefficients"]
        assert found.tobytes() == was.tobytes()
        assert (found.dtype, found.shape, found.strides) == (was.dtype, was.shape, was.strides)
    assert back["qualifying"]["ridge"] == 0.25
    assert back["lineages"].tolist() == ["red", "racing-bulls"]
    assert (back["features"], back["fitted"], back["parent"]) == (["form", "gap_pct"], True, None)


def test_a_version_folder_holds_two_files_and_nothing_is_left_beside_it(
    models: Path, a_manifest: Build, state: State
) -> None:
    written = artifacts.write(models, a_manifest(), state)
    assert [path.name for path in models.iterdir()] == ["1.0.0"]
    assert sorted(path.name for path in (models / "1.0.0").iterdir()) == [
        "manifest.json",
        "model.skops",
    ]
    plain = json.loads((models / "1.0.0" / "manifest.json").read_text())
    assert plain["trained_through"] == "2025-08"
    assert plain["artifact_sha256"] == written.artifact_sha256
    assert plain["artifact_sha256"] == files.sha256_of(models / "1.0.0" / "model.skops")


def test_a_version_is_never_overwritten(models: Path, a_manifest: Build, state: State) -> None:
    written = artifacts.write(models, a_manifest(), state)
    with pytest.raises(RegistryError, match=r"1\.0\.0 exists already"):
        artifacts.write(models, a_manifest(), {"other": 1})
    assert artifacts.read(models, FIRST)[1] == written
    assert len(list(models.iterdir())) == 1


@pytest.mark.parametrize("where", [0, 0.5, -1], ids=["first", "middle", "last"])
def test_one_changed_byte_is_refused(
    models: Path, a_manifest: Build, state: State, where: float
) -> None:
    artifacts.write(models, a_manifest(), state)
    path = models / "1.0.0" / "model.skops"
    content = bytearray(path.read_bytes())
    content[int(where * len(content)) if where == 0.5 else int(where)] ^= 1
    path.write_bytes(content)
    with pytest.raises(RegistryError, match="the file was changed"):
        artifacts.read(models, FIRST)


def forged(models: Path, manifest: Manifest, content: bytes) -> None:
    """A version whose manifest fits its artifact, whatever that is."""
    folder = models / str(manifest.version)
    folder.mkdir(parents=True)
    (folder / "model.skops").write_bytes(content)
    sha256 = files.sha256_of(folder / "model.skops")
    (folder / "manifest.json").write_text(replace(manifest, artifact_sha256=sha256).as_text())


class Trap:
    """Says so when anyone unpickles it."""

    sprung = False

    def __reduce__(self) -> tuple[Any, ...]:
        return setattr, (Trap, "sprung", True)


def test_a_pickle_is_refused_unopened(models: Path, a_manifest: Build) -> None:
    forged(models, a_manifest(), pickle.dumps(Trap()))
    with pytest.raises(RegistryError, match="is no skops file"):
        artifacts.read(models, FIRST)
    assert not Trap.sprung


def test_an_archive_of_something_else_is_refused(models: Path, a_manifest: Build) -> None:
    path = models.parent / "other.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing to see")
    forged(models, a_manifest(), path.read_bytes())
    with pytest.raises(RegistryError, match="is no skops file"):
        artifacts.read(models, FIRST)


def test_a_real_estimator_is_refused_though_skops_would_load_it(
    models: Path, a_manifest: Build
) -> None:
    import skops.io
    from sklearn.linear_model import LogisticRegression

    forged(models, a_manifest(), skops.io.dumps({"model": LogisticRegression()}))
    with pytest.raises(RegistryError, match=r"sklearn\.\S*LogisticRegression.* not trusted"):
        artifacts.read(models, FIRST)


def test_an_artifact_without_a_state_is_refused(models: Path, a_manifest: Build) -> None:
    import skops.io

    forged(models, a_manifest(), skops.io.dumps([1, 2]))
    with pytest.raises(RegistryError, match="holds a list, no state"):
        artifacts.read(models, FIRST)


@pytest.mark.parametrize("lost", ["manifest.json", "model.skops"])
def test_a_lost_file_is_named(models: Path, a_manifest: Build, state: State, lost: str) -> None:
    artifacts.write(models, a_manifest(), state)
    (models / "1.0.0" / lost).unlink()
    with pytest.raises(RegistryError, match=rf"{lost} is missing"):
        artifacts.read(models, FIRST)


def test_a_version_that_never_was_is_refused(models: Path) -> None:
    with pytest.raises(RegistryError, match=r"Model version 1\.0\.0 cannot be used"):
        artifacts.read(models, FIRST)


def test_another_contract_is_refused(models: Path, a_manifest: Build, state: State) -> None:
    artifacts.write(models, a_manifest(contract=CONTRACT + 1), state)
    with pytest.raises(RegistryError, match=f"follows contract {CONTRACT + 1}"):
        artifacts.read(models, FIRST)


def test_a_manifest_of_another_version_is_refused(
    models: Path, a_manifest: Build, state: State
) -> None:
    artifacts.write(models, a_manifest(), state)
    (models / "1.0.0").rename(models / "1.0.1")
    with pytest.raises(RegistryError, match=r"describes version 1\.0\.0"):
        artifacts.read(models, ModelVersion(1, 0, 1))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"contract": 1}', '{"contract": 1, "version": "one"}']
)
def test_what_is_no_manifest_is_refused(
    models: Path, a_manifest: Build, state: State, text: str
) -> None:
    artifacts.write(models, a_manifest(), state)
    (models / "1.0.0" / "manifest.json").write_text(text)
    with pytest.raises(RegistryError, match="is no manifest"):
        artifacts.read(models, FIRST)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.array([object()]), r"state\['race'\]\[0\] is a numpy.ndarray of object"),
        (FIRST, r"state\['race'\]\[0\] is a f1lib.versions.ModelVersion"),
        ({1: 2.0}, r"keys of a model state are text, but state\['race'\]\[0\] has 1"),
        (Trap(), "Trap"),
    ],
    ids=["object array", "our own class", "key that is no text", "anything"],
)
def test_only_plain_values_and_arrays_get_in(
    models: Path, a_manifest: Build, value: object, said: str
) -> None:
    with pytest.raises(RegistryError, match=said):
        artifacts.write(models, a_manifest(), {"race": [value]})
    assert versions.taken(models) == []


def test_numpy_scalars_survive(models: Path, a_manifest: Build) -> None:
    artifacts.write(models, a_manifest(), {"p": np.float64(0.1), "n": np.int64(3), "t": (1, 2.5)})
    back, _ = artifacts.read(models, FIRST)
    assert back == {"p": np.float64(0.1), "n": np.int64(3), "t": (1, 2.5)}
    assert isinstance(back["n"], np.int64)


def test_a_write_that_fails_leaves_nothing(models: Path, a_manifest: Build, state: State) -> None:
    with pytest.raises(TypeError):
        artifacts.write(models, a_manifest(scores={"no json": {1, 2}}), state)
    assert list(models.iterdir()) == []


def test_a_reference_is_kept_beside_the_model_and_read_only_unchanged(
    models: Path, a_manifest: Build, state: State
) -> None:
    reference = {"counts": np.arange(6, dtype=np.int32).reshape(2, 3), "weekends": ["2025-01"]}
    written = artifacts.write(models, a_manifest(), state, reference)
    assert written.reference_sha256 == files.sha256_of(models / "1.0.0" / "reference.skops")
    back = artifacts.read_reference(models, FIRST)
    assert back is not None
    assert np.array_equal(back["counts"], reference["counts"])
    (models / "1.0.0" / "reference.skops").write_bytes(b"other")
    with pytest.raises(RegistryError, match="the file was changed"):
        artifacts.read_reference(models, FIRST)
    assert artifacts.read(models, FIRST)[1] == written  # forecasts go on


def test_a_version_without_a_reference_has_none(
    models: Path, a_manifest: Build, state: State
) -> None:
    artifacts.write(models, a_manifest(), state)
    assert artifacts.read_reference(models, FIRST) is None
