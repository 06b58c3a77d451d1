"""What policy files say is read whole, or refused by name."""

from pathlib import Path

import pytest

from f1lib.errors import ConfigurationError
from f1lib.monitoring.drift.verdict import Rule
from f1lib.monitoring.policy import WatchPolicy
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


READ = {
    "watch": policies.watch_policy,
    "retraining": policies.retraining_policy,
    "promotion": policies.promotion_policy,
}


@pytest.mark.parametrize("table", READ)
def test_what_is_not_said_keeps_its_default(tmp_path: Path, table: str) -> None:
    said = READ[table](settings_with(tmp_path, ""))
    assert said == (WatchPolicy("own") if table == "watch" else type(said)())


def test_the_names_of_the_brief_mean_ours(tmp_path: Path) -> None:
    policy = policies.watch_policy(settings_with(
        tmp_path, '[watch]\nstage2_accuracy_min = 0.8\ndrift_score_max = 0.2\ndrift_rule = "fixed"'
    ))  # fmt: skip
    assert (policy.winner_concordance_min, policy.drift_size) == (0.8, 0.2)
    assert policy.drift_rule is Rule.FIXED


def test_false_switches_a_rule_off_and_a_whole_number_is_a_number(tmp_path: Path) -> None:
    policy = policies.watch_policy(
        settings_with(tmp_path, "[watch]\norder_skill_min = false\ncusum_limit = 6")
    )
    assert policy.order_skill_min is None
    assert policy.cusum_limit == 6.0


@pytest.mark.parametrize(
    ("table", "line", "said"),
    [
        ("watch", "drift_sise = 0.2", "did you mean drift_size"),
        ("watch", 'name = "other"', "name is read by no rule"),
        ("watch", "rounds = 8.5", "rounds = 8.5: Input should be a valid integer"),
        ("watch", "rounds = false", "valid integer"),
        ("watch", "rounds = true", "valid integer"),
        ("watch", "rounds = 0", "greater than or equal to 1"),
        ("watch", "alert_p = 2.0", "less than or equal to 1"),
        ("watch", "drift_level = 0", "greater than 0"),
        ("watch", "drift_window = 1", "greater than or equal to 3"),
        ("watch", "cusum_limit = nan", "finite"),
        ("watch", 'order_skill_min = "low"', "valid number"),
        ("watch", 'drift_rule = "bare"', "'permutation' or 'fixed'"),
        ("watch", "freshness_h = 2025-01-01", "valid number"),
        ("watch", "stage2_accuracy_min = 90", "stage2_accuracy_min = 90"),
        ("retraining", "drifts = true", "did you mean drift"),
        ("retraining", "drift = 1", "valid boolean"),
        ("retraining", "cool_down_rounds = true", "valid integer"),
        ("retraining", "scheduled_days = -1", "greater than or equal to 0"),
        ("promotion", "raecs = 48", "did you mean races"),
        ("promotion", "races = 48.5", "valid integer"),
        ("promotion", "races = true", "valid integer"),
        ("promotion", "races = 0", "greater than or equal to 1"),
        ("promotion", 'level = "5 %"', "valid number"),
        ("promotion", "level = -0.1", "greater than 0"),
        ("promotion", "guarded = 1", "valid boolean"),
        ("promotion", 'mode = "manual"', "'auto' or 'review'"),
    ],
)
def test_a_wrong_line_is_named_with_its_value(
    tmp_path: Path, table: str, line: str, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        READ[table](settings_with(tmp_path, f"[{table}]\n{line}"))
    assert f"Policy own is not usable ([{table}] {line.partition(' ')[0]}" in str(caught.value)
    assert "Correct own.toml" in str(caught.value)


def test_every_fault_of_a_table_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        policies.watch_policy(settings_with(tmp_path, "[watch]\nrounds = 0\nalert_p = 2\nx = 1"))
    assert all(name in str(caught.value) for name in ("rounds = 0", "alert_p = 2", "x is read"))


def test_another_number_is_another_policy(tmp_path: Path) -> None:
    one = policies.sha256(settings_with(tmp_path, "[retraining]\nscheduled_days = 7"))
    other = policies.sha256(settings_with(tmp_path, "[retraining]\nscheduled_days = 8"))
    assert one != other
