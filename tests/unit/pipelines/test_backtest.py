import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from invented_f1db import two_rounds

from f1lib.errors import ConfigurationError, InsufficientHistoryError, SourceError
from f1lib.evaluation.plausibility import LeakSuspicion
from f1lib.models import candidates
from f1lib.pipelines import backtest, ingest
from f1lib.pipelines.backtest import Backtested
from f1lib.settings import Settings
from f1lib.tables.history import History
from f1lib.weekend import Cutoff, RaceWeekend

NOW = datetime(2026, 1, 5, tzinfo=UTC)
FRAMES = ("scores", "probabilities", "levels")


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with two simulated seasons and nothing computed: copy it to work in it."""
    settings = Settings(home=tmp_path_factory.mktemp("stocked"), f1db="")
    ingest.simulate(settings, ingest.World(7, "stable", 2), published=None, now=NOW)
    return settings


@pytest.fixture(scope="module")
def history(stocked: Settings) -> History:
    return ingest.known(stocked)


@pytest.fixture(scope="module")
def rounds(history: History) -> list[RaceWeekend]:
    """The last rounds: they lie in two pieces."""
    return history.completed()[-12:]


@pytest.fixture
def home(stocked: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(stocked.home, tmp_path / "home")
    return Settings(home=tmp_path / "home", f1db="")


def backtested(settings: Settings, rounds: list[RaceWeekend], **asked: object) -> Backtested:
    """Before the race, in this process, unless asked otherwise."""
    words = {"now": NOW, "workers": 1, "cutoffs": [Cutoff.BEFORE_RACE], **asked}
    return backtest.backtest(rounds[0], rounds[-1], settings, **words)


def assert_the_same(one: Backtested, other: Backtested) -> None:
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)


@pytest.fixture(scope="module")
def finished(
    stocked: Settings, rounds: list[RaceWeekend], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Backtested]:
    """A home in which the backtest ended undisturbed, and what it gave."""
    home = tmp_path_factory.mktemp("finished") / "home"
    shutil.copytree(stocked.home, home)
    return home, backtested(Settings(home=home, f1db=""), rounds)


@pytest.fixture(scope="module")
def undisturbed(finished: tuple[Path, Backtested]) -> Backtested:
    return finished[1]


@pytest.fixture
def finished_home(finished: tuple[Path, Backtested], tmp_path: Path) -> Settings:
    """A copy of that home."""
    shutil.copytree(finished[0], tmp_path / "finished")
    return Settings(home=tmp_path / "finished", f1db="")


def test_the_result_says_what_it_was_made_from(
    undisturbed: Backtested, rounds: list[RaceWeekend], history: History
) -> None:
    assert undisturbed.rounds == tuple(rounds)
    assert undisturbed.asked == ("two_stage",)
    assert undisturbed.models == (candidates.CHAMPION, *candidates.BASELINES)
    assert undisturbed.snapshot.sha256 == history.snapshot.sha256
    assert undisturbed.snapshot.simulated
    assert len(undisturbed.code) == 64
    assert set(undisturbed.scores["weekend"]) == {str(weekend) for weekend in rounds}
    assert set(undisturbed.levels["n"]) == {12}


def test_two_processes_give_what_one_gives(
    home: Settings, rounds: list[RaceWeekend], undisturbed: Backtested
) -> None:
    assert_the_same(backtested(home, rounds, workers=2), undisturbed)


def test_what_was_finished_before_a_kill_is_not_computed_again(
    home: Settings, rounds: list[RaceWeekend], undisturbed: Backtested
) -> None:
    seen: list[tuple[int, int]] = []

    def killed(done: int, total: int) -> None:
        seen.append((done, total))
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backtested(home, rounds, progress=killed)
    kept = {path: path.stat().st_mtime_ns for path in home.home.rglob("before_race*.json")}
    assert 0 < len(kept) < 6  # two pieces of each of the three models that speak before the race

    seen.clear()
    again = backtested(home, rounds, progress=lambda *counted: seen.append(counted))
    assert_the_same(again, undisturbed)
    assert seen[0][0] > 0
    assert seen[-1] == (36, 36)
    assert all(path.stat().st_mtime_ns == then for path, then in kept.items())

    seen.clear()
    assert_the_same(
        backtested(home, rounds, progress=lambda *counted: seen.append(counted)), undisturbed
    )
    assert seen == [(36, 36)]


def test_a_damaged_piece_is_computed_again(
    finished_home: Settings, rounds: list[RaceWeekend], undisturbed: Backtested
) -> None:
    kept = sorted(finished_home.home.rglob("before_race*.json"))
    assert len(kept) == 6
    altered = kept[3].read_text().replace('"value": [', '"value": [0.5, ', 1)
    for path, damage in zip(kept, ("", "{}", '{"scores": 1}', altered), strict=False):
        assert path.read_text() != damage
        path.write_text(damage)
    assert_the_same(backtested(finished_home, rounds), undisturbed)


def test_models_are_refit_at_the_beginning_of_each_block_and_baselines_before_each_round(
    finished_home: Settings, rounds: list[RaceWeekend], undisturbed: Backtested
) -> None:
    seldom = backtested(finished_home, rounds, refit_every=5)
    differs = {
        name: seldom.scores[seldom.scores["model"] == name].reset_index(drop=True)
        .compare(undisturbed.scores[undisturbed.scores["model"] == name].reset_index(drop=True))
        .index
        for name in seldom.scores["model"].unique()
    }  # fmt: skip
    assert not len(differs["grid_gap_logit"])
    mine = undisturbed.scores[undisturbed.scores["model"] == "two_stage"]["weekend"]
    changed = set(mine.to_numpy()[differs["two_stage"]])
    first_of_a_block = {str(weekend) for weekend in rounds[::5]}
    assert changed == {str(weekend) for weekend in rounds} - first_of_a_block


def test_another_recipe_is_another_question(
    finished_home: Settings, rounds: list[RaceWeekend]
) -> None:
    kept = finished_home.home / "backtests"
    before = set(kept.iterdir())
    backtested(finished_home.model_copy(update={"seed": 2}), rounds[-2:])
    new = set(kept.iterdir()) - before
    assert [json.loads((path / "facts.json").read_text())["model"] for path in new] == ["two_stage"]


def test_the_suspicion_of_a_leak_is_for_the_real_world(undisturbed: Backtested) -> None:
    assert undisturbed.leak_suspected == ()


def test_rounds_without_a_result_are_refused_in_a_sentence(
    home: Settings, rounds: list[RaceWeekend]
) -> None:
    world = ingest.World(7, "stable", 2)
    start = ingest.known(home).starts_at(rounds[-2], backtest.Stage.RACE)
    ingest.simulate(home, world, published=start, now=NOW)
    with pytest.raises(ConfigurationError) as refused:
        backtested(home, rounds)
    assert str(refused.value) == (
        f"2 of the 12 rounds from {rounds[0]} to {rounds[-1]} have no result yet, the first of "
        f"them {rounds[-2]}. Ask for rounds up to {rounds[-3]}."
    )


def test_rounds_with_too_few_races_before_them_are_refused_in_a_sentence(
    home: Settings, history: History
) -> None:
    early = history.completed()
    with pytest.raises(InsufficientHistoryError) as refused:
        backtested(home, early[19:])
    assert str(refused.value) == (
        f"19 races before {early[19]} are too few to fit a model, which takes 20. Begin with "
        f"{early[20]} or later, or import an archive with more seasons."
    )


def test_the_earlier_round_comes_first(home: Settings, rounds: list[RaceWeekend]) -> None:
    with pytest.raises(ConfigurationError, match=f"{rounds[-1]} comes after {rounds[0]}"):
        backtested(home, rounds[::-1])


def test_without_a_beginning_it_is_the_first_round_that_enough_races_come_before(
    history: History,
) -> None:
    completed = history.completed()
    assert backtest.first_round(history, completed[-1]) == completed[20]
    assert backtest.first_round(history, completed[3]) == completed[3]


def test_an_archive_that_the_settings_name_is_imported_first(tmp_path: Path) -> None:
    archive = two_rounds().zip(tmp_path / "f1db.zip")
    settings = Settings(home=tmp_path / "home", f1db=str(archive), first_season=2025)
    history = ingest.known_or_imported(settings, now=NOW)
    assert [str(weekend) for weekend in history.completed()] == ["2025-01", "2025-02"]
    archive.unlink()  # what is there is not imported again
    assert ingest.known_or_imported(settings, now=NOW).snapshot == history.snapshot
    with pytest.raises(SourceError, match="Nothing is imported yet"):
        ingest.known_or_imported(Settings(home=tmp_path / "other", f1db=""), now=NOW)


def test_a_model_that_says_nothing_at_the_cutoffs_is_refused(
    home: Settings, rounds: list[RaceWeekend]
) -> None:
    with pytest.raises(ConfigurationError, match="form_logit forecasts nothing at before_race"):
        backtested(home, rounds, models=["form_logit"], cutoffs=[Cutoff.BEFORE_RACE])


def test_rounds_before_the_first_season_name_the_setting(
    home: Settings, rounds: list[RaceWeekend]
) -> None:
    with pytest.raises(ConfigurationError, match=r"1950-01 comes before 2008, .* `first_season`"):
        backtested(home, [RaceWeekend(1950, 1), rounds[-1]])


@pytest.mark.parametrize(
    ("out", "sentence"),
    [("", "names no file"), ("gone/scores.csv", "There is no folder"), (".", "names no file")],
)
def test_where_the_frames_go_is_looked_at_before_the_work(
    tmp_path: Path, out: str, sentence: str
) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        backtest.out_files(Path(out) if out in {"", "."} else tmp_path / out)


def test_a_folder_or_a_device_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").mkdir()
    for path in (tmp_path / "scores.csv", Path("/dev/null")):
        with pytest.raises(ConfigurationError, match="is there and is no file"):
            backtest.out_files(path)


def test_the_long_frames_go_to_two_files(undisturbed: Backtested, tmp_path: Path) -> None:
    beside = backtest.write_csv(undisturbed, tmp_path / "found.csv")
    assert beside == tmp_path / "found.probabilities.csv"
    scores = pd.read_csv(tmp_path / "found.csv")
    pd.testing.assert_frame_equal(scores, undisturbed.scores, check_exact=True)
    assert list(pd.read_csv(beside).columns) == list(undisturbed.probabilities.columns)


def test_a_suspicion_names_its_figures() -> None:
    suspicion = LeakSuspicion("two_stage", "winner_log_loss", 0.31, 0.85, 48)
    assert "winner_log_loss of 0.310 before the race over 48 races" in str(suspicion)


VERB = """
import sys
from datetime import UTC, datetime
from f1lib.pipelines import backtest
from f1lib.settings import Settings
from f1lib.weekend import RaceWeekend
home, first, last = sys.argv[1:]
backtest.backtest(RaceWeekend.parse(first), RaceWeekend.parse(last), Settings(home=home, f1db=""),
                  now=datetime(2026, 1, 5, tzinfo=UTC), workers=2)
"""


@pytest.mark.slow
def test_killed_by_the_system_it_leaves_nobody_at_work_and_goes_on(
    home: Settings, stocked: Settings, rounds: list[RaceWeekend], tmp_path: Path
) -> None:
    words = [str(home.home), str(rounds[0]), str(rounds[-1])]
    running = subprocess.Popen(
        [sys.executable, "-c", VERB, *words], env={**os.environ, "A_MARK": str(tmp_path)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while not list(home.home.rglob("before_race*.json")) and running.poll() is None:
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    time.sleep(1)
    mark = f"A_MARK={tmp_path}".encode()
    assert not [path for path in Path("/proc").glob("[0-9]*/environ") if _holds(path, mark)]

    every = {"cutoffs": list(Cutoff), "workers": 2}
    again = backtested(home, rounds, **every)
    shutil.copytree(stocked.home, tmp_path / "other")
    other = Settings(home=tmp_path / "other", f1db="")
    assert_the_same(again, backtested(other, rounds, **every))


def _holds(path: Path, mark: bytes) -> bool:
    try:
        return mark in path.read_bytes()
    except OSError:
        return False
