"""The list of notebooks is read, or every fault in it is named."""

from pathlib import Path

import pytest

from f1lib.errors import ConfigurationError
from f1lib.runner import catalogue
from f1lib.settings import Settings

GOOD = """\
[race_preview]
title = "Race preview"
question = "Who wins?"
path = "race_preview.ipynb"
deadline_s = 600
cell_timeout_s = 300
[race_preview.parameters]
dry_run = false
"""


def settings_with(text: str, folder: Path) -> Settings:
    path = folder / "notebooks.toml"
    path.write_text(text, encoding="utf-8")
    return Settings(catalogue=path, notebooks=folder / "notebooks")


def test_an_entry_holds_its_limits_and_parameters(tmp_path: Path) -> None:
    found = catalogue.entry("race_preview", settings_with(GOOD, tmp_path))
    assert found.path == tmp_path / "notebooks" / "race_preview.ipynb"
    assert (found.deadline_s, found.cell_timeout_s) == (600, 300)
    assert found.parameters == {"dry_run": False}


def test_a_report_as_text_is_asked_for_with_true_or_false(tmp_path: Path) -> None:
    text = GOOD.replace("[race_preview.p", "markdown = true\n[race_preview.p")
    assert catalogue.entry("race_preview", settings_with(text, tmp_path)).markdown
    assert not catalogue.entry("race_preview", settings_with(GOOD, tmp_path)).markdown
    with pytest.raises(ConfigurationError, match="markdown = 1 is no bool"):
        catalogue.read(settings_with(text.replace("true", "1"), tmp_path))


def test_a_run_is_tried_again_only_where_the_catalogue_says_so(tmp_path: Path) -> None:
    once = catalogue.entry("race_preview", settings_with(GOOD, tmp_path))
    assert (once.retries, once.retry_pause_s) == (0, 0)
    text = GOOD.replace("[race_preview.p", "retries = 2\nretry_pause_s = 60\n[race_preview.p")
    more = catalogue.entry("race_preview", settings_with(text, tmp_path))
    assert (more.retries, more.retry_pause_s) == (2, 60)
    with pytest.raises(ConfigurationError, match="retries = -1 is below 0"):
        catalogue.read(settings_with(text.replace("2\n", "-1\n"), tmp_path))


def test_an_unknown_notebook_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no notebook 'race'. There are: race_preview"):
        catalogue.entry("race", settings_with(GOOD, tmp_path))


def test_every_fault_of_the_file_is_named_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("600", "0").replace("300", '"long"').replace("question", "qestion")
    with pytest.raises(ConfigurationError) as caught:
        catalogue.read(settings_with(text, tmp_path))
    assert caught.value.facts["faults"] == [
        "[race_preview] lacks question",
        "[race_preview] has an unknown key qestion",
        "[race_preview] cell_timeout_s = 'long' is no int",
        "[race_preview] deadline_s = 0 is below 1",
    ]


@pytest.mark.parametrize("name", ["../../x", "a/b", ".h", "*", "my run", ""])
def test_a_name_that_is_no_name_of_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    text = GOOD.replace("[race_preview", f"['{name}'")
    with pytest.raises(ConfigurationError, match="is no name of a notebook"):
        catalogue.read(settings_with(text, tmp_path))


@pytest.mark.parametrize("after", ['[["x"]]', "[{a = 1}]", "[1]"])
def test_what_comes_before_is_named(tmp_path: Path, after: str) -> None:
    text = GOOD.replace("[race_preview.p", f"after = {after}\n[race_preview.p")
    with pytest.raises(ConfigurationError, match="which is no name"):
        catalogue.read(settings_with(text, tmp_path))


def test_a_list_that_is_no_utf_8_is_named_and_hides_no_run(tmp_path: Path) -> None:
    settings = settings_with(GOOD, tmp_path)
    assert catalogue.found("race_preview", settings) is not None
    settings.catalogue.write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match=r"notebooks\.toml, cannot be read"):
        catalogue.read(settings)
    assert catalogue.found("race_preview", settings) is None


def test_who_comes_after_whom_names_notebooks_and_leads_in_no_circle(tmp_path: Path) -> None:
    preview = GOOD.replace("[race_preview.p", 'after = ["history"]\n[race_preview.p')
    with pytest.raises(ConfigurationError, match="after names 'history', which there is not"):
        catalogue.read(settings_with(preview, tmp_path))
    history = GOOD.replace("race_preview", "history")
    found = catalogue.read(settings_with(f"{preview}\n{history}", tmp_path))
    assert (found["race_preview"].after, found["history"].after) == (("history",), ())
    history = history.replace("[history.p", 'after = ["race_preview"]\n[history.p')
    with pytest.raises(ConfigurationError, match=r"circle: (race_preview|history) after"):
        catalogue.read(settings_with(f"{preview}\n{history}", tmp_path))


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"notebooks\.toml, cannot be read"):
        catalogue.read(settings_with("[race", tmp_path))


def test_the_catalogue_of_the_house_can_be_read() -> None:
    assert {"race_preview", "monitoring_analysis"} <= set(catalogue.read(Settings()))
