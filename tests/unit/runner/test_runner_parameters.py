"""Parameters are read by their declared type, never guessed; all faults are named at once."""

from pathlib import Path

import pytest

from f1lib.errors import ConfigurationError
from f1lib.runner import parameters
from f1lib.runner.parameters import Parameter

DECLARED = parameters.declared_in(
    'weekend: str = "latest"  # race weekend, 2025-08 or latest\n'
    "n_races: int = 8  # races in the window\n"
    "alpha: float = 0.05\n"
    "dry_run: bool = True  # record nothing\n"
    "now: str | None = None\n"
    "seed: int | None = 7\n"
)


def value(name: str, given: object) -> object:
    return parameters.checked(DECLARED, {name: given})[name]


def fault(name: str, given: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        value(name, given)
    return str(caught.value)


def test_a_declaration_has_name_type_default_and_comment() -> None:
    assert DECLARED[0] == Parameter(
        "weekend", "str", False, "latest", "race weekend, 2025-08 or latest"
    )
    assert [parameter.kind for parameter in DECLARED][-2:] == ["str | None", "int | None"]


def test_defaults_fill_what_is_not_given() -> None:
    assert parameters.checked(DECLARED, {"n_races": "5"}) == {
        "weekend": "latest", "n_races": 5, "alpha": 0.05, "dry_run": True, "now": None, "seed": 7,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("n_races", "007", 7),
        ("n_races", "-3", -3),
        ("alpha", "1e-3", 0.001),
        ("alpha", 1, 1.0),
        ("dry_run", "false", False),
        ("dry_run", "True", True),
        ("weekend", "007", "007"),
        ("weekend", "true", "true"),
        ("weekend", "none", "none"),
        ("now", "none", None),
        ("seed", "None", None),
        ("seed", "12", 12),
    ],
)
def test_text_is_read_by_the_declared_type(name: str, given: object, expected: object) -> None:
    read = value(name, given)
    assert (read, type(read)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("n_races", "8.0"), ("n_races", "1e3"), ("n_races", "eight"), ("n_races", ""),
        ("n_races", True), ("n_races", 8.0), ("n_races", None), ("n_races", "none"),
        ("alpha", "nan"), ("alpha", float("inf")), ("alpha", "5 %"), ("alpha", True),
        ("dry_run", "yes"), ("dry_run", "0"), ("dry_run", 1), ("dry_run", None),
        ("weekend", 8), ("weekend", None), ("weekend", Path("x")), ("seed", "many"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused_with_the_value(name: str, given: object) -> None:
    assert f"{name} = {given!r} is no " in fault(name, given)


def test_an_unknown_name_is_refused_with_the_closest_known_one() -> None:
    assert "no parameter 'n_race' (did you mean 'n_races')" in fault("n_race", 3)
    assert "no parameter 'xyz' (there are weekend, " in fault("xyz", 3)


@pytest.mark.parametrize("name", ["password", "API_KEY", "smtp_token", "client_secret"])
def test_a_secret_is_refused_and_its_value_not_repeated(name: str) -> None:
    text = fault(name, "hunter2")
    assert "looks like a secret" in text
    assert "hunter2" not in text
    assert parameters.for_record({name: "hunter2"}) == {name: "(withheld)"}


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parameters.checked(DECLARED, {"n_races": "many", "dry_run": "yes", "token": 1, "weekly": 1})
    faults = caught.value.facts["faults"]
    assert isinstance(faults, list)
    assert len(faults) == 4


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("weekend = 'latest'", "no typed assignment"),
        ("import os", "no typed assignment"),
        ("weekend: str", "no typed assignment"),
        ("rounds: list[int] = []", "a type other than str, int, float, bool"),
        ("when: str = str(3)", "no plain value"),
        ("n: int = 'x'", "a default of another type"),
        ("n: int = None", "a default of another type"),
        ("api_key: str = ''", "declares a secret"),
        ("weekend: str = (", "is no Python"),
    ],
)
def test_a_parameters_cell_that_cannot_be_trusted_is_refused(source: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        parameters.declared_in(source)


@pytest.mark.parametrize("cells", ["null", '["x"]', "[{}]", '[{"cell_type": "code"}]'])
def test_a_damaged_notebook_is_refused(tmp_path: Path, cells: str) -> None:
    path = tmp_path / "damaged.ipynb"
    path.write_text(f'{{"cells": {cells}, "nbformat": 4}}', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"cannot be read as a notebook|0 cells tagged"):
        parameters.declared(path)


def test_a_notebook_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "later.ipynb"
    path.write_text('{"cells": [], "nbformat": 9}', encoding="utf-8")
    with pytest.raises(ConfigurationError, match="is of nbformat 9; only 4 is known"):
        parameters.declared(path)


def test_a_notebook_without_a_parameters_cell_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bare.ipynb"
    path.write_text('{"cells": [], "nbformat": 4}', encoding="utf-8")
    with pytest.raises(ConfigurationError, match="0 cells tagged 'parameters'"):
        parameters.declared(path)
    with pytest.raises(ConfigurationError, match="cannot be read as a notebook"):
        parameters.declared(tmp_path / "missing.ipynb")
