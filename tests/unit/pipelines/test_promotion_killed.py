"""Killed between any two steps of a promotion, a roll-back or a registration: all or nothing.

A step is a call of a function of the registry, the store or the verb itself, or of the database.
Each is tried: a child process runs up to it and kills itself with SIGKILL.
"""

import errno
import json
import os
import pickle
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

from f1lib import files
from f1lib.errors import RegistryError, StoreError
from f1lib.models.two_stage import TwoStage
from f1lib.pipelines import compare, predict, promote, rollback
from f1lib.pipelines.promote import Outcome
from f1lib.registry import aliases, artifacts, versions
from f1lib.registry.manifest import CONTRACT
from f1lib.store import connection, decision_log, outbox, promotion_log
from f1lib.versions import ModelVersion

pytestmark = pytest.mark.slow

OLD, NEW = ModelVersion(1, 0, 0), ModelVersion(1, 0, 1)
ROOMS = (
    "f1lib/registry/", "f1lib/store/", "f1lib/pipelines/promote", "f1lib/pipelines/rollback",
    "f1lib/pipelines/notify",
)  # fmt: skip
SYSTEM = {"execute", "executemany", "commit", "rollback", "fsync", "rename", "mkdir", "replace"}
TOO_MANY = {  # walk over values, change nothing
    "_types", "_refuse_foreign", "_version", "_finite", "numbers", "<genexpr>", "<listcomp>",
    "<dictcomp>",
}  # fmt: skip
FAILED = 7


def steps(work: Callable[[], object]) -> Iterator[bool]:
    """Runs `work` in a child that kills itself before its first step, its second, and so on.

    Yields whether it was killed; ends after the child that lived.
    """
    for last in range(1, 2000):
        child = os.fork()
        if not child:
            _run(work, last)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        assert killed or os.waitstatus_to_exitcode(status) == 0, f"step {last} failed"
        yield killed
        if not killed:
            return


def _run(work: Callable[[], object], last: int) -> None:
    """In the child: work until step `last`."""
    taken = 0

    def watch(frame: FrameType, event: str, called: Any) -> None:
        nonlocal taken
        name, file = frame.f_code.co_name, frame.f_code.co_filename
        ours = event == "call" and name not in TOO_MANY and any(room in file for room in ROOMS)
        system = event == "c_call" and getattr(called, "__name__", "") in SYSTEM
        if ours or system:
            taken += 1
            if taken == last:
                os.kill(os.getpid(), signal.SIGKILL)

    try:
        sys.setprofile(watch)
        work()
        sys.setprofile(None)
        os._exit(0)
    except BaseException:  # noqa: BLE001  the child must never return into pytest
        os._exit(FAILED)


@dataclass
class Scene:
    """A champion, a challenger that passes every rule, and the store as it was before."""

    home: Any
    compared: compare.SideBySide
    before: Path

    def reset(self) -> None:
        for file in self.home.settings.home.glob("store.sqlite*"):
            file.unlink()
        shutil.copyfile(self.before, self.home.settings.home / "store.sqlite")

    def facts(self) -> tuple[str, int, int, int]:
        """The champion, which loads; how many promotions, decisions and mails there are, but for
        the mail of the first champion.
        """
        with connection.reading(self.home.settings.store_address) as store:
            rows = len(promotion_log.decided(store, simulated=True))
            decisions = len(decision_log.made(store, simulated=True, kind="promotion"))
            mails = len(outbox.written(store)) - 1
        return predict.champion(self.home.settings, simulated=True).version, rows, decisions, mails


@pytest.fixture
def scene(home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    state, manifest = artifacts.read(home.settings.models, OLD)
    artifacts.write(home.settings.models, replace(manifest, version=NEW), state)
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "default.toml").write_text("[promotion]\ncalibration_races = 1\n")
    home = replace(home, settings=home.settings.model_copy(update={"policies": folder}))
    found = compare.compare(NEW, home.settings, now=home.now)
    found = replace(found, decision=replace(found.decision, promoted=True))
    # comparing writes pieces of backtests only, and its kills are tried elsewhere
    monkeypatch.setattr(compare, "compare", lambda *_, **__: found)
    with connection.reading(home.settings.store_address):
        pass
    before = tmp_path / "before.sqlite"
    shutil.copyfile(home.settings.home / "store.sqlite", before)
    return Scene(home, found, before)


def test_a_promotion_killed_at_any_step_is_whole_or_never_was(scene: Scene) -> None:
    def work() -> promote.Promotion:
        return promote.promote(NEW, scene.home.settings, now=scene.home.now + timedelta(hours=1))

    ends = set()
    for number, killed in enumerate(steps(work), start=1):
        facts = scene.facts()
        assert facts in {("1.0.0", 1, 0, 0), ("1.0.1", 2, 1, 1)}, f"killed at step {number}"
        ends.add((facts[0], killed))
        if killed:  # the next run completes it
            assert work().outcome in {Outcome.PROMOTED, Outcome.REIGNS}
            assert scene.facts() == ("1.0.1", 2, 1, 1)
        scene.reset()
    assert ends == {("1.0.0", True), ("1.0.1", True), ("1.0.1", False)}
    assert number > 20


def test_a_roll_back_killed_at_any_step_is_whole_or_never_was(scene: Scene) -> None:
    promote.promote(NEW, scene.home.settings, now=scene.home.now + timedelta(hours=1))
    with connection.reading(scene.home.settings.store_address):
        pass
    for journal in ("-wal", "-shm"):
        assert not (scene.home.settings.home / f"store.sqlite{journal}").exists()
    shutil.copyfile(scene.home.settings.home / "store.sqlite", scene.before)

    def work() -> object:
        later = scene.home.now + timedelta(hours=2)
        return rollback.rollback(scene.home.settings, reason="worse", now=later)

    ends = set()
    for number, killed in enumerate(steps(work), start=1):
        facts = scene.facts()
        assert facts in {("1.0.1", 2, 1, 1), ("1.0.0", 3, 1, 2)}, f"killed at step {number}"
        ends.add((facts[0], killed))
        scene.reset()
    assert ends == {("1.0.1", True), ("1.0.0", True), ("1.0.0", False)}


def test_a_registration_killed_at_any_step_leaves_a_whole_version_or_none(scene: Scene) -> None:
    models, third = scene.home.settings.models, ModelVersion(1, 0, 2)
    state, manifest = artifacts.read(models, OLD)
    reference = {"races": np.arange(4.0)}

    def work() -> object:
        return artifacts.write(models, replace(manifest, version=third), state, reference)

    ends = set()
    for number, killed in enumerate(steps(work), start=1):
        there = third in versions.taken(models)
        assert [version for version, _ in versions.damaged(models)] == []
        if there:
            assert sorted(artifacts.read(models, third)[0]) == sorted(state)
            assert artifacts.read_reference(models, third) is not None
        ends.add((there, killed))
        assert scene.facts()[0] == "1.0.0", f"killed at step {number}"
        shutil.rmtree(models / str(third), ignore_errors=True)
    assert ends == {(False, True), (True, True), (True, False)}
    work()  # what the killed left behind is in nobody's way
    assert third in versions.taken(models)


@pytest.mark.parametrize("room", [0, 200, 4096, 20_000])
def test_a_full_disk_during_registration_leaves_no_version(scene: Scene, room: int) -> None:
    """No file may become larger than `room` bytes: the system refuses the write half-way."""
    models, third = scene.home.settings.models, ModelVersion(1, 0, 2)
    state, manifest = artifacts.read(models, OLD)
    big = {**state, "ballast": np.random.default_rng(0).normal(size=8_000)}  # 64 kB
    there = sorted(path.name for path in models.iterdir())
    child = os.fork()
    if not child:
        code = 0
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
            artifacts.write(models, replace(manifest, version=third), big)
        except OSError as exc:
            code = exc.errno or FAILED
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == errno.EFBIG
    assert sorted(path.name for path in models.iterdir()) == there
    assert scene.facts()[0] == "1.0.0"


def test_a_full_disk_during_a_promotion_leaves_the_champion_and_no_row(scene: Scene) -> None:
    """The store has no room for one more page, nor for a journal."""
    child = os.fork()
    if not child:
        code = 0
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
            promote.promote(NEW, scene.home.settings, now=scene.home.now + timedelta(hours=1))
        except StoreError as exc:
            code = exc.exit_code
        except BaseException:  # noqa: BLE001  the child must never return into pytest
            code = FAILED
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == StoreError.exit_code
    assert scene.facts() == ("1.0.0", 1, 0, 0)
    promote.promote(NEW, scene.home.settings, now=scene.home.now + timedelta(hours=1))
    assert scene.facts() == ("1.0.1", 2, 1, 1)


READER = """
import sys, time
from f1lib import settings as configuration
from f1lib.pipelines import predict
settings = configuration.read()
said = ""
while True:
    version = predict.champion(settings, simulated=True).version
    if version != said:
        print(said := version, flush=True)
    time.sleep(0.01)
"""


def test_a_running_reader_sees_the_champion_move_and_move_back(scene: Scene) -> None:
    """Another process, started before, that never opens anything but whole champions."""
    settings = scene.home.settings
    own = {name: value for name, value in os.environ.items() if not name.startswith("F1LIB_")}
    with subprocess.Popen(
        [sys.executable, "-c", READER], env={**own, "F1LIB_HOME": str(settings.home)},
        stdout=subprocess.PIPE, text=True,
    ) as reader:  # fmt: skip
        assert reader.stdout is not None
        try:
            assert reader.stdout.readline() == "1.0.0\n"
            promote.promote(NEW, settings, now=scene.home.now + timedelta(hours=1))
            assert reader.stdout.readline() == "1.0.1\n"
            rollback.rollback(settings, reason="worse", now=scene.home.now + timedelta(hours=2))
            assert reader.stdout.readline() == "1.0.0\n"
        finally:
            reader.kill()


def test_what_no_model_can_be_made_of_never_reigns(scene: Scene) -> None:
    models, third = scene.home.settings.models, ModelVersion(1, 0, 2)
    state, manifest = artifacts.read(models, OLD)
    artifacts.write(models, replace(manifest, version=third), {**state, "contract": 1})
    with (
        connection.connect(scene.home.settings.store_address) as store,
        pytest.raises(Exception, match="keeps contract 1"),
    ):
        aliases.promote(
            store, models, third, opened=TwoStage.from_state, by="x", reason="x",
            now=scene.home.now, simulated=True,
        )  # fmt: skip
    assert scene.facts() == ("1.0.0", 1, 0, 0)


def _one_byte(folder: Path) -> None:
    content = bytearray((folder / "model.skops").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.skops").write_bytes(content)


def _pickled(folder: Path) -> None:
    """A pickle that the manifest vouches for."""
    (folder / "model.skops").write_bytes(pickle.dumps({"contract": 2}))
    _rewritten(folder, artifact_sha256=files.sha256_of(folder / "model.skops"))


def _of_another_contract(folder: Path) -> None:
    _rewritten(folder, contract=CONTRACT + 1)


def _rewritten(folder: Path, **changed: object) -> None:
    plain = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**plain, **changed}))


def _lost(folder: Path) -> None:
    (folder / "model.skops").unlink()


@pytest.mark.parametrize("damage", [_one_byte, _pickled, _of_another_contract, _lost])
def test_a_damaged_version_never_reigns_and_one_that_reigns_can_be_rolled_back(
    scene: Scene, damage: Callable[[Path], None]
) -> None:
    settings, later = scene.home.settings, scene.home.now + timedelta(hours=1)
    whole = settings.home / "whole"
    shutil.copytree(settings.models / str(NEW), whole)
    damage(settings.models / str(NEW))
    with pytest.raises(RegistryError, match=r"Model version 1\.0\.1 cannot be used"):
        promote.promote(NEW, settings, now=later)
    assert scene.facts() == ("1.0.0", 1, 0, 0)

    shutil.rmtree(settings.models / str(NEW))
    shutil.copytree(whole, settings.models / str(NEW))
    promote.promote(NEW, settings, now=later)
    damage(settings.models / str(NEW))
    with pytest.raises(RegistryError, match=r"1\.0\.1"):
        predict.champion(settings, simulated=True)
    rollback.rollback(settings, reason="It is damaged.", now=later + timedelta(hours=1))
    assert scene.facts() == ("1.0.0", 3, 1, 2)
