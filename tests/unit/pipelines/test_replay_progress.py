"""Each round that was walked is said once, whoever walked it."""

import threading
from pathlib import Path
from typing import Any

import pytest

from f1lib.errors import RegistryError
from f1lib.pipelines import replay_progress
from f1lib.pipelines.replayed import Decision, Policy
from f1lib.settings import Settings

TRIGGERED, NEVER = Policy.TRIGGERED, Policy.NEVER


def decided(policy: Policy, *versions: str) -> list[Decision]:
    """A decision for each round; what it trained, if anything."""
    return [
        Decision(f"2025-{number:02d}", policy, "1.0.0", "", "", "", version)
        for number, version in enumerate(versions, start=1)
    ]


@pytest.fixture
def homes(tmp_path: Path) -> dict[Policy, Settings]:
    found = {policy: Settings(home=tmp_path / policy) for policy in (TRIGGERED, NEVER)}
    for home in found.values():
        home.home.mkdir()
    return found


def test_each_round_is_said_once_with_what_was_trained_so_far(
    homes: dict[Policy, Settings],
) -> None:
    said: list[str] = []
    with replay_progress.said(list(homes.values()), said.append) as say_the_rest:
        for rounds in (("",), ("", "1.0.1"), ("", "1.0.1", "")):
            replay_progress.tell(TRIGGERED, decided(TRIGGERED, *rounds), 24, homes[TRIGGERED])
            say_the_rest()
        replay_progress.tell(NEVER, decided(NEVER, ""), 24, homes[NEVER])
    assert said == [
        "triggered: 2025-01, 1 of 24 rounds; 0 trained.",
        "triggered: 2025-02, 2 of 24 rounds; 1 trained.",
        "triggered: 2025-03, 3 of 24 rounds; 1 trained.",
        "never: 2025-01, 1 of 24 rounds; 0 trained.",
    ]


def test_a_round_is_said_while_others_are_walked(
    homes: dict[Policy, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_progress, "EVERY", 0.01)
    heard = threading.Event()

    def hear(_: Any) -> None:
        heard.set()

    with replay_progress.said(list(homes.values()), hear):
        replay_progress.tell(NEVER, decided(NEVER, ""), 24, homes[NEVER])
        assert heard.wait(60)


def test_a_line_that_is_half_written_waits_for_its_end(homes: dict[Policy, Settings]) -> None:
    said: list[str] = []
    file = homes[NEVER].home / "progress.txt"
    with replay_progress.said(list(homes.values()), said.append) as say_the_rest:
        file.write_text("never: 2025-01, 1 of")
        say_the_rest()
        assert said == []
        file.write_text("never: 2025-01, 1 of 24 rounds; 0 trained.\n")
    assert said == ["never: 2025-01, 1 of 24 rounds; 0 trained."]


def test_a_walk_that_fails_says_its_rounds_and_leaves_nobody_waiting(
    homes: dict[Policy, Settings],
) -> None:
    said: list[str] = []
    before = threading.active_count()

    def walk() -> None:
        with replay_progress.said(list(homes.values()), said.append):
            replay_progress.tell(NEVER, decided(NEVER, ""), 24, homes[NEVER])
            raise RegistryError("The model is gone.")

    with pytest.raises(RegistryError):
        walk()
    assert said == ["never: 2025-01, 1 of 24 rounds; 0 trained."]
    assert threading.active_count() == before
