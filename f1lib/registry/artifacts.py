"""Model versions on disk: `<models>/<version>/` with manifest.json, model.skops, reference.skops.

`reference.skops` holds the races that drift is measured against; versions written before it was
kept have none.

A version appears whole or not at all, is never changed afterwards, and is read only when every
byte is the one that was written. It can hold plain values and numpy arrays and nothing else, so
reading one runs no code of its own.
"""

import errno
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from f1lib import files
from f1lib.errors import RegistryError
from f1lib.registry.manifest import Manifest
from f1lib.versions import ModelVersion

# All that an artifact may hold. skops by itself also trusts every class of scikit-learn and scipy.
TRUSTED = (
    "builtins.dict", "builtins.list", "builtins.tuple",
    "builtins.str", "builtins.int", "builtins.float", "builtins.bool", "builtins.NoneType",
    "numpy.ndarray", "numpy.float64", "numpy.int64", "numpy.bool",
)  # fmt: skip
MODEL, REFERENCE = "model.skops", "reference.skops"
_ARRAY_KINDS = "biufU"  # flags, numbers, text; no objects

State = dict[str, Any]


def write(
    models: Path, manifest: Manifest, state: State, reference: State | None = None
) -> Manifest:
    """Put a new version into the registry; its manifest, with the sha256 of each artifact.

    Raises RegistryError when the version exists, or when `state` or `reference` holds more than
    plain values and numpy arrays of numbers or text.
    """
    _refuse_foreign(state, "state")
    if reference is not None:
        _refuse_foreign(reference, "reference")
    models.mkdir(parents=True, exist_ok=True)
    with _work_folder(models, manifest.version) as work:
        written = replace(
            manifest,
            artifact_sha256=_dumped(state, work / MODEL),
            reference_sha256="" if reference is None else _dumped(reference, work / REFERENCE),
        )
        (work / "manifest.json").write_text(written.as_text(), encoding="utf-8")
        _to_disk(work / "manifest.json")
        _to_disk(work)
        try:
            work.rename(models / str(manifest.version))
        except OSError as exc:
            if exc.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                raise
            raise RegistryError(
                f"Model version {manifest.version} exists already in {models} and is never "
                "overwritten. Take the next version.",
                version=str(manifest.version),
            ) from exc
    _to_disk(models)
    return written


def read(models: Path, version: ModelVersion) -> tuple[State, Manifest]:
    """The state and manifest of `version`, exactly as written.

    Raises RegistryError when anything about it is missing, changed, foreign or of another contract.
    """
    manifest = read_manifest(models, version)
    return _unchanged(models, version, MODEL, manifest.artifact_sha256), manifest


def read_reference(models: Path, version: ModelVersion) -> State | None:
    """What drift of `version` is measured against, exactly as written; None if it has none.

    Raises RegistryError as `read` does.
    """
    written = read_manifest(models, version).reference_sha256
    return _unchanged(models, version, REFERENCE, written) if written else None


def read_manifest(models: Path, version: ModelVersion) -> Manifest:
    """The manifest of `version`. Raises RegistryError when it is missing or not usable."""
    path = models / str(version) / "manifest.json"
    try:
        manifest = Manifest.from_text(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        raise _refused(version, f"{path} is missing or cannot be read") from exc
    except RegistryError as exc:
        raise _refused(version, f"{path} is not usable: {exc}") from exc
    if manifest.version != version:
        raise _refused(version, f"{path} describes version {manifest.version}")
    return manifest


def manifest_sha256(models: Path, version: ModelVersion) -> str:
    """The sha256 of the manifest file, which names the artifact by its own."""
    try:
        return files.sha256_of(models / str(version) / "manifest.json")
    except OSError as exc:
        raise _refused(version, "its manifest.json is missing or cannot be read") from exc


def _dumped(state: State, artifact: Path) -> str:
    """The sha256 of the artifact that now holds `state`."""
    import skops.io

    skops.io.dump(state, artifact)
    _to_disk(artifact)
    return files.sha256_of(artifact)


def _unchanged(models: Path, version: ModelVersion, name: str, written: str) -> State:
    """The state in the file `name` of a version, whose sha256 must be the one written down."""
    artifact = models / str(version) / name
    try:
        found = files.sha256_of(artifact)
    except OSError as exc:
        raise _refused(version, f"its {name} is missing or cannot be read") from exc
    if found != written:
        raise _refused(
            version,
            f"its {name} has sha256 {found[:12]}..., but {written[:12]}... "
            "was written: the file was changed",
        )
    return _loaded(artifact, version)


def _loaded(artifact: Path, version: ModelVersion) -> State:
    import skops.io

    try:
        with zipfile.ZipFile(artifact) as archive:
            named = set(_types(json.loads(archive.read("schema.json"))))
    except (zipfile.BadZipFile, KeyError, ValueError) as exc:
        raise _refused(version, f"its {artifact.name} is no skops file") from exc
    foreign = sorted(named - set(TRUSTED))
    if foreign:
        raise _refused(
            version, f"its {artifact.name} holds {', '.join(foreign)}, which is not trusted"
        )
    state = skops.io.load(artifact, trusted=[])
    if not isinstance(state, dict):
        raise _refused(version, f"its {artifact.name} holds a {type(state).__name__}, no state")
    return state


def _types(node: object) -> Iterator[str]:
    """Every type that a skops schema names, as module.class."""
    if isinstance(node, dict):
        if "__class__" in node:
            yield f"{node.get('__module__')}.{node['__class__']}"
        for inner in node.values():
            yield from _types(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _types(inner)


def _refuse_foreign(value: object, where: str) -> None:
    kind = f"{type(value).__module__}.{type(value).__name__}"
    if kind not in TRUSTED or (
        isinstance(value, np.ndarray) and value.dtype.kind not in _ARRAY_KINDS
    ):
        dtype = f" of {value.dtype}" if isinstance(value, np.ndarray) else ""
        raise RegistryError(
            f"A model state may hold only plain values and numpy arrays, but {where} is a "
            f"{kind}{dtype}. Let `state()` give its coefficients instead.",
            where=where,
        )
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise RegistryError(
                    f"The keys of a model state are text, but {where} has {key!r}.", where=where
                )
            _refuse_foreign(inner, f"{where}[{key!r}]")
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            _refuse_foreign(inner, f"{where}[{index}]")


@contextmanager
def _work_folder(models: Path, version: ModelVersion) -> Iterator[Path]:
    """A hidden folder beside the versions, gone afterwards unless it was moved into place."""
    work = Path(mkdtemp(prefix=f".{version}-", dir=models))
    work.chmod(0o755)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refused(version: ModelVersion, why: str) -> RegistryError:
    return RegistryError(
        f"Model version {version} cannot be used: {why}. Put its folder back from a copy, or train "
        "anew (`f1lib retrain`).",
        version=str(version),
    )
