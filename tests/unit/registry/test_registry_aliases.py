"""Who is champion follows from the log, and only what loads can become it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from f1lib.errors import RegistryError
from f1lib.registry import aliases, artifacts
from f1lib.registry.manifest import Manifest
from f1lib.store import connection, promotion_log
from f1lib.versions import ModelVersion

NOW = datetime(2025, 5, 26, 6, tzinfo=UTC)
A, B, C, REAL = (ModelVersion(1, 0, patch) for patch in (0, 1, 2, 3))


class Registry:
    """Three simulated versions and a real one, and a store; each move happens an hour later."""

    def __init__(self, store: Connection, models: Path) -> None:
        self.store, self.models, self.now = store, models, NOW

    def promote(self, version: ModelVersion, *, simulated: bool = True) -> bool:
        self.now += timedelta(hours=1)
        return aliases.promote(
            self.store, self.models, version, opened=dict,
            by="ada", reason="better", now=self.now, simulated=simulated,
        )  # fmt: skip

    def roll_back(self, to: ModelVersion | None = None) -> ModelVersion:
        self.now += timedelta(hours=1)
        return aliases.roll_back(
            self.store, self.models, opened=dict, to=to,
            by="ada", reason="worse", now=self.now, simulated=True,
        )  # fmt: skip

    def champions(self) -> tuple[ModelVersion | None, ModelVersion | None]:
        return (
            aliases.champion(self.store, simulated=True),
            aliases.previous(self.store, simulated=True),
        )

    def rows(self, *, simulated: bool = True) -> int:
        return len(promotion_log.decided(self.store, simulated=simulated))


@pytest.fixture
def registry(
    tmp_path: Path, models: Path, a_manifest: Callable[..., Manifest]
) -> Iterator[Registry]:
    for version in (A, B, C, REAL):
        artifacts.write(models, a_manifest(str(version), simulated=version != REAL), {"a": 1.0})
    with connection.connect(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        yield Registry(store, models)


def test_before_the_first_promotion_there_is_no_champion(registry: Registry) -> None:
    assert registry.champions() == (None, None)


def test_a_promotion_moves_the_champion_and_keeps_the_one_before(registry: Registry) -> None:
    assert registry.promote(A)
    assert registry.champions() == (A, None)
    assert registry.promote(B)
    assert registry.champions() == (B, A)
    first, second = promotion_log.decided(registry.store, simulated=True)
    assert (first.previous, second.previous) == (None, A)


def test_promoting_the_champion_again_changes_nothing(registry: Registry) -> None:
    registry.promote(A)
    assert not registry.promote(A)
    assert registry.rows() == 1


def test_rolling_back_walks_back_and_never_forward_again(registry: Registry) -> None:
    for version in (A, B, C):
        registry.promote(version)
    assert registry.roll_back() == B
    assert registry.champions() == (B, A)
    assert registry.roll_back() == A
    with pytest.raises(RegistryError, match=r"no champion before 1\.0\.0"):
        registry.roll_back()
    assert registry.champions() == (A, None)
    registry.promote(C)
    assert registry.champions() == (C, A)
    assert registry.rows() == 6


def test_rolling_back_may_skip_champions_but_not_name_one_who_never_was(registry: Registry) -> None:
    for version in (A, B, C):
        registry.promote(version)
    assert registry.roll_back(to=A) == A
    assert registry.champions() == (A, None)
    registry.promote(B)
    for never in (B, C, REAL):  # reigning, rolled back, of the other world
        with pytest.raises(RegistryError, match=rf"no champion {never} before 1\.0\.1.*1\.0\.0"):
            registry.roll_back(to=never)
    assert registry.champions() == (B, A)


def test_the_challenger_is_the_newest_that_nobody_has_decided_about(registry: Registry) -> None:
    def challenger() -> ModelVersion | None:
        return aliases.challenger(registry.store, registry.models, simulated=True)

    assert challenger() == C
    registry.promote(B)
    assert challenger() == C
    aliases.refuse(
        registry.store, registry.models, C, by="ada", reason="no", now=NOW, simulated=True
    )
    assert challenger() is None  # A is older than the champion
    assert aliases.challenger(registry.store, registry.models, simulated=False) == REAL


def test_what_cannot_be_made_a_model_of_is_not_promoted_nor_rolled_back_to(
    registry: Registry,
) -> None:
    def opened(state: dict[str, object]) -> None:
        raise RegistryError(f"no model of {state}")

    registry.promote(A)
    registry.promote(B)
    facts = {"by": "ada", "reason": "x", "now": NOW, "simulated": True, "opened": opened}
    with pytest.raises(RegistryError, match="no model of"):
        aliases.promote(registry.store, registry.models, C, **facts)
    with pytest.raises(RegistryError, match="no model of"):
        aliases.roll_back(registry.store, registry.models, **facts)
    assert registry.champions() == (B, A)
    assert registry.rows() == 2


def test_a_refusal_is_written_down_and_moves_nothing(registry: Registry) -> None:
    registry.promote(A)
    refusals = [
        aliases.refuse(
            registry.store,
            registry.models,
            B,
            by="cycle",
            reason="not better",
            now=NOW,
            simulated=True,
        )
        for _ in range(2)
    ]
    assert refusals == [True, False]
    assert registry.champions() == (A, None)
    refusal = promotion_log.decided(registry.store, simulated=True)[-1]
    assert (refusal.version, refusal.previous, refusal.reason) == (B, A, "not better")


def test_a_simulated_version_cannot_forecast_real_races(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="trained on the simulated world"):
        registry.promote(A, simulated=False)
    with pytest.raises(RegistryError, match="trained on the real world"):
        registry.promote(REAL)
    assert registry.rows() == registry.rows(simulated=False) == 0


def test_each_world_has_its_own_champion(registry: Registry) -> None:
    registry.promote(A)
    registry.promote(REAL, simulated=False)
    assert registry.champions() == (A, None)
    assert aliases.champion(registry.store, simulated=False) == REAL
    assert aliases.previous(registry.store, simulated=False) is None


def test_a_damaged_version_is_not_promoted_nor_rolled_back_to(registry: Registry) -> None:
    registry.promote(A)
    registry.promote(B)
    for version in (A, C):
        (registry.models / str(version) / "model.skops").write_bytes(b"gone")
    with pytest.raises(RegistryError, match="the file was changed"):
        registry.promote(C)
    with pytest.raises(RegistryError, match="the file was changed"):
        registry.roll_back()
    assert registry.champions() == (B, A)
    assert registry.rows() == 2


def test_a_move_that_cannot_be_told_from_an_earlier_one_is_refused(registry: Registry) -> None:
    def promote(version: ModelVersion) -> bool:
        return aliases.promote(
            registry.store, registry.models, version, opened=dict,
            by="ada", reason="again", now=NOW, simulated=True,
        )  # fmt: skip

    assert promote(A)
    assert promote(B)
    with pytest.raises(RegistryError, match="another --now"):
        promote(A)
    assert registry.champions() == (B, A)


def test_a_champion_whose_manifest_was_changed_is_not_loaded(registry: Registry) -> None:
    registry.promote(A)
    loaded = aliases.loaded(registry.store, registry.models, simulated=True)
    assert loaded is not None
    assert loaded[1].version == A
    path = registry.models / str(A) / "manifest.json"
    path.write_text(path.read_text().replace("2025-08", "2020-01"))
    with pytest.raises(RegistryError, match="not the one that was promoted"):
        aliases.loaded(registry.store, registry.models, simulated=True)
