"""Settings: one door, clear refusals, and no secret in any of them."""

import os
import traceback
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from f1lib import settings as configuration
from f1lib.errors import ConfigurationError
from f1lib.settings import PROJECT_ROOT, Settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the caller; relative paths start in a folder of the test."""
    for name in os.environ:
        if name.upper().startswith("F1LIB_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    monkeypatch.setenv("F1LIB_CONFIG", str(path))
    return path


def refusal(**overrides: object) -> str:
    """The sentence; whatever a traceback would show of it holds no password either."""
    with pytest.raises(ConfigurationError) as caught:
        configuration.read(**overrides)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


# --- precedence -----------------------------------------------------------------------------------


def test_without_anything_the_project_s_file_and_the_defaults_hold() -> None:
    read = configuration.read()
    assert (read.home, read.workers, read.first_season) == (PROJECT_ROOT / "runs", 2, 2008)


def test_an_argument_wins_over_the_environment_and_that_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config(monkeypatch, tmp_path, "workers = 3\nseed = 3\nfirst_season = 2013")
    monkeypatch.setenv("F1LIB_WORKERS", "4")
    monkeypatch.setenv("F1LIB_SEED", "4")
    read = configuration.read(seed=5)
    assert (read.first_season, read.workers, read.seed) == (2013, 4, 5)


def test_the_case_of_a_variable_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("f1lib_workers", "4")
    assert configuration.read().workers == 4


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        configuration.read().seed = 1  # type: ignore[misc]


def test_a_run_gets_every_setting_from_its_environment_and_reads_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("F1LIB_CONFIG", "relative/to/another/folder.toml")
    monkeypatch.setenv("F1LIB_RUN_FOLDER", str(tmp_path))
    monkeypatch.setenv("F1LIB_WORKERS", "4")
    read = configuration.read()
    assert (read.workers, read.run_folder) == (4, tmp_path)


# --- places ---------------------------------------------------------------------------------------


def test_relative_paths_start_at_the_current_folder(tmp_path: Path) -> None:
    read = configuration.read(home="here", f1db="f1db.zip", store_url="sqlite:///a%20b.sqlite")
    assert (read.home, read.f1db) == (tmp_path / "here", str(tmp_path / "f1db.zip"))
    assert read.store_address == f"sqlite:///{tmp_path}/a%20b.sqlite"
    assert read.snapshots == tmp_path / "here" / "snapshots"


@pytest.mark.parametrize(
    "address",
    ["sqlite:////a/b.sqlite", "sqlite://", "sqlite:///:memory:", "postgresql://u:p@h/d"],
)
def test_an_address_of_a_store_that_is_not_relative_stays_as_it_is(address: str) -> None:
    assert configuration.read(store_url=address).store_address == address


def test_an_https_address_of_an_archive_stays_as_it_is() -> None:
    address = "https://example.org/f1db-csv.zip"
    assert configuration.read(f1db=address).f1db == address


def test_without_an_address_the_store_is_a_file_in_home(tmp_path: Path) -> None:
    read = configuration.read(home=tmp_path / "odd #1")
    assert read.store_address == f"sqlite:///{tmp_path}/odd%20%231/store.sqlite"


def test_a_home_of_nobody_is_refused() -> None:
    assert "home" in refusal(home="~nobody-of-this-name/runs")


# --- refusals -------------------------------------------------------------------------------------


def test_an_impossible_value_is_shown_with_its_name_and_the_file_that_was_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = config(monkeypatch, tmp_path, "workers = 0")
    said = refusal(seed="seven")
    assert "workers = 0: Input should be greater than or equal to 1" in said
    assert "seed = 'seven': " in said
    assert f"Correct {path} or the F1LIB_* variable" in said


def test_a_misspelt_name_in_the_file_is_refused_with_the_nearest_and_without_its_value(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = config(monkeypatch, tmp_path, 'store_ur = "postgresql://u:hunter2@h/db"')
    said = refusal()
    assert "store_ur is no setting; did you mean store_url?" in said
    assert str(path) in said


def test_a_misspelt_variable_is_refused_with_the_nearest_and_without_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("F1LIB_STORE_ULR", "postgresql://u:hunter2@h/db")
    monkeypatch.setenv("F1LIB_QXJWVZKQXJ", "hunter2")
    said = refusal()
    assert "F1LIB_STORE_ULR is no setting; did you mean F1LIB_STORE_URL?" in said
    assert "F1LIB_QXJWVZKQXJ is no setting;" in said


def test_a_misspelt_argument_is_refused_too() -> None:
    assert "hoem is no setting; did you mean home?" in refusal(hoem="hunter2")


@pytest.mark.parametrize("name", ["store_url", "f1db"])
def test_a_value_that_may_hold_a_secret_is_never_shown(name: str) -> None:
    assert f"{name}: Input should be" in refusal(**{name: ["https://h/?token=hunter2"]})


def test_a_file_that_is_named_and_not_there_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("F1LIB_CONFIG", "nowhere.toml")
    assert f"F1LIB_CONFIG names {tmp_path}/nowhere.toml, which is no file" in refusal()


@pytest.mark.parametrize("text", ["workers =", "\ufeff= 1"])
def test_a_file_that_is_no_toml_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    path = config(monkeypatch, tmp_path, text)
    assert refusal().startswith(f"{path} cannot be read: ")


def test_a_file_that_is_no_text_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = config(monkeypatch, tmp_path, "")
    path.write_bytes(b"\xff\xfe")
    assert refusal().startswith(f"{path} cannot be read: ")


def test_a_password_is_not_in_what_settings_show_of_themselves() -> None:
    assert "hunter2" not in repr(Settings(store_url="postgresql://u:hunter2@h/db"))


# --- mail -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["smtp_password", "SMTP_Password"])
def test_the_password_of_the_mail_server_is_refused_in_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    path = config(monkeypatch, tmp_path, f'{name} = "hunter2"')
    said = refusal()
    assert said.startswith(f"{path} sets smtp_password, and files are copied and shared.")
    assert "set the variable F1LIB_SMTP_PASSWORD instead" in said


def test_the_password_of_the_mail_server_comes_from_the_environment_and_is_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("F1LIB_SMTP_PASSWORD", "hunter2")
    read = configuration.read()
    assert read.smtp_password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(read)


def test_a_password_is_not_to_be_sent_in_clear() -> None:
    said = refusal(smtp_security="none", smtp_password=SecretStr("hunter2"))
    assert "a password is not sent in clear" in said


def test_recipients_stand_between_commas_and_count_once() -> None:
    read = configuration.read(mail_to="ada@example.org, bob@example.org,ada@example.org,")
    assert read.recipients == ("ada@example.org", "bob@example.org")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mail_to", "ada"),
        ("mail_to", "ada@example.org\r\nBcc: eve@example.org"),
        ("mail_to", "Ada <ada@example.org>"),
        ("mail_from", "ada@example.org, bob@example.org"),
    ],
)
def test_what_is_no_plain_mail_address_is_refused(name: str, value: str) -> None:
    assert f"{name} = " in refusal(**{name: value})


# --- the present ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-12-08T12:00", datetime(2025, 12, 8, 12, tzinfo=UTC)),
        ("2025-12-08T12:00Z", datetime(2025, 12, 8, 12, tzinfo=UTC)),
        ("2025-12-08T12:00+02:00", datetime(2025, 12, 8, 10, tzinfo=UTC)),
        ("2025-12-08", datetime(2025, 12, 8, tzinfo=UTC)),
    ],
)
def test_a_moment_is_in_utc_unless_it_says_otherwise(text: str, expected: datetime) -> None:
    found = configuration.moment(text)
    assert found == expected
    assert found.tzinfo is UTC


def test_without_a_text_the_clock_counts() -> None:
    before = datetime.now(timezone(timedelta(hours=9)))
    assert before <= configuration.moment() <= datetime.now(UTC)


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"'soon' is not a time\. Write it as"):
        configuration.moment("soon")
