"""The project's own files agree with each other: dependencies, lock, environment, addresses."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()

# in pieces, so that this file does not name what it forbids
REGISTRY_HOSTS = tuple(
    "".join(pieces)
    for pieces in (
        ("py", "pi.org"),
        ("py", "pi.python", ".org"),
        ("python", "hosted.org"),
        ("debian", ".org"),
        ("ubuntu", ".com"),
        ("npm", "js.org"),
        ("npm", "js.com"),
        ("yarn", "pkg.com"),
        ("anaconda", ".org"),
        ("anaconda", ".com"),
        ("crates", ".io"),
        ("proxy.golang", ".org"),
    )
)


def requirements() -> list[Requirement]:
    """Everything that pyproject.toml asks for, to run, to develop and to build."""
    project = PYPROJECT["project"]
    texts = [*project["dependencies"], *PYPROJECT["build-system"]["requires"]]
    for extra in project["optional-dependencies"].values():
        texts.extend(extra)
    return [Requirement(text) for text in texts]


def locked() -> dict[str, list[tuple[Version, int]]]:
    """Name -> the versions in the lock (one for each group of Pythons) and their hash counts."""
    found: dict[str, list[tuple[Version, int]]] = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", LOCK):
        head = re.match(r"([A-Za-z0-9._-]+)(?:\[.*?\])?==([^\s;\\]+)", block)
        assert head, f"requirements.lock has a line that pins nothing: {block[:80]!r}"
        hashes = len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", block))
        found.setdefault(canonicalize_name(head[1]), []).append((Version(head[2]), hashes))
    return found


def tracked_files() -> list[Path]:
    """The files git knows or would add, as they are on disk."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("this is no git checkout, so there are no tracked files to read")
    names = [name for name in listed.stdout.split("\0") if name]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_the_lock_pins_every_dependency_to_a_version_that_satisfies_it(
    requirement: Requirement,
) -> None:
    versions = [version for version, _ in locked().get(canonicalize_name(requirement.name), [])]
    assert versions, f"{requirement} is not in requirements.lock. Run `make lock`."
    wrong = [v for v in versions if not requirement.specifier.contains(v, prereleases=True)]
    assert not wrong, f"requirements.lock has {wrong} for {requirement}. Run `make lock`."


def test_every_locked_package_has_hashes() -> None:
    bare = [name for name, pins in locked().items() if any(hashes == 0 for _, hashes in pins)]
    assert not bare


def test_the_lock_holds_no_address_and_no_index_option() -> None:
    assert "://" not in LOCK
    assert " @ " not in LOCK
    options = [line for line in LOCK.splitlines() if line.startswith("-")]
    assert not options


def test_no_file_names_a_package_registry() -> None:
    named = []
    for path in tracked_files():
        text = path.read_bytes().decode("utf-8", errors="replace").lower()
        named += [f"{path.relative_to(ROOT)}: {host}" for host in REGISTRY_HOSTS if host in text]
    assert not named


def test_no_lock_with_addresses_is_tracked() -> None:
    assert not [path for path in tracked_files() if path.name in {"uv.lock", "poetry.lock"}]


def test_nothing_generated_is_tracked() -> None:
    in_runs = [p for p in tracked_files() if p.relative_to(ROOT).parts[0] == "runs"]
    assert in_runs == [ROOT / "runs" / "README.md"]


def test_the_conda_environment_asks_for_the_same_python_and_the_lock() -> None:
    from rattler import MatchSpec

    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert environment["name"] == "f1-workbench"
    conda = [spec for spec in environment["dependencies"] if isinstance(spec, str)]
    specs = {spec.name.normalized: spec for spec in map(MatchSpec, conda)}
    assert set(specs) == {"python", "pip"}, "all but Python and pip comes from the lock"
    assert SpecifierSet(str(specs["python"].version)) == SpecifierSet(
        PYPROJECT["project"]["requires-python"]
    )
    (by_pip,) = [spec["pip"] for spec in environment["dependencies"] if isinstance(spec, dict)]
    assert by_pip == ["-r requirements.lock"]


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY:((?:.*\\\n)*.*)$", makefile, re.MULTILINE)
    assert phony
    targets = set(phony[1].replace("\\\n", " ").split())
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(re.findall(r"^  make (\S+)", shown.stdout, re.MULTILINE)) == targets
