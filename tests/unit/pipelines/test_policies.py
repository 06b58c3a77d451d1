"""What policy files say is read whole, or refused by name."""

from pathlib import Path

import pytest

from f1lib.errors import ConfigurationError
from f1lib.pipelines import policies
from f1lib.settings import PROJECT_ROOT, Settings

OURS = Settings(policies=PROJECT_ROOT / "configs" / "policies")


def settings_with(folder: Path, text: str) -> Settings:
    (folder / "own.toml").write_text(text, encoding="utf-8")
    return Settings(policies=folder, policy="own")


@pytest.mark.parametrize("name", policies.names(OURS))
def test_every_policy_of_the_house_can_be_read(name: str) -> None:
    assert policies.watch_policy(OURS, name).name == name
    policies.retraining_policy(OURS, name)
    policies.promotion_policy(OURS, name)
    assert len(policies.sha256(OURS, name)) == 64


def test_the_brief_is_word_for_word() -> None:
    brief = policies.watch_policy(OURS, "brief")
    assert (brief.order_concordance_min, brief.winner_concordance_min) == (0.85, 0.90)
    assert (brief.drift_size, brief.drift_rule) == (0.15, "fixed")


def test_a_policy_that_is_not_there_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match="brief, default"):
        policies.watch_policy(OURS, "wild")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[wacht]\nrounds = 8", r"wacht, which nothing reads. Its tables are \[watch\]"),
        ("watch = 3", r"no table \[watch\]"),
        ("[watch", "cannot be read"),
    ],
)
def test_a_file_that_is_unclear_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        policies.watch_policy(settings_with(tmp_path, text))


def test_another_number_is_another_policy(tmp_path: Path) -> None:
    one = policies.sha256(settings_with(tmp_path, "[retraining]\nscheduled_days = 7"))
    other = policies.sha256(settings_with(tmp_path, "[retraining]\nscheduled_days = 8"))
    assert one != other
