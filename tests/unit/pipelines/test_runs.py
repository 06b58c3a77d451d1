"""Runs are found, followed and compared by what is in their folders."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from f1lib.errors import ConfigurationError, NotebookRunError
from f1lib.pipelines import runs
from f1lib.pipelines.differences import Difference
from f1lib.reports.metrics import Metric, Results
from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import lock, run_folder
from f1lib.runner.run_folder import RunFolder
from f1lib.settings import Settings
from f1lib.weekend import RaceWeekend

NOW = datetime(2025, 6, 1, tzinfo=UTC)
Ran = Callable[..., RunFolder]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", f1db="")


@pytest.fixture
def ran(settings: Settings) -> Ran:
    """A run that started so many hours ago, in place unless it is under way."""

    def make(
        run_id: str, hours_ago: int = 1, *, notebook: str = "race_preview", log: str = "",
        weekend: str = "2025-08", status: RunStatus = RunStatus.OK,
        says: Callable[[Results], object] = lambda results: None, **facts: object,
    ) -> RunFolder:  # fmt: skip
        place = settings.reports / notebook / weekend / run_id
        started = NOW - timedelta(hours=hours_ago)
        record = RunRecord(
            run_id=run_id, notebook=notebook, weekend=RaceWeekend.parse(weekend), status=status,
            started_at=started, ended_at=None, now=NOW, parameters={"weekend": weekend},
            code_version="1a2b3c", package_versions={"numpy": "2.4"},
            folder=place.relative_to(settings.home).as_posix(),
        )  # fmt: skip
        folder = run_folder.opened(place)
        folder.log.write_text(log)
        says(Results.opened(folder.work, notebook=notebook, weekend=weekend))
        folder.write_record(replace(record, **facts).as_json())  # type: ignore[arg-type]
        if status is not RunStatus.RUNNING:
            folder.publish(latest=status.succeeded)
        return folder

    return make


def ids(found: list[runs.Run]) -> list[str]:
    return [run.record.run_id for run in found]


def test_runs_are_listed_newest_first_also_one_under_way_and_a_lost_one(
    settings: Settings, ran: Ran
) -> None:
    ran("a", 5)
    ran("b", 9, status=RunStatus.CELL_ERROR)
    alive = ran("c", 2, status=RunStatus.RUNNING, weekend="2025-09")
    ran("d", 7, status=RunStatus.RUNNING)
    with lock.held(run_folder.lock_of(alive.place), "run c"):
        every = runs.listed(settings, now=NOW)
        assert ids(every) == ["c", "a", "d", "b"]
        assert [run.record.status.value for run in every] == ["running", "ok", "lost", "cell_error"]
        assert all((run.folder / "run.json").exists() for run in every)
        assert ids(runs.listed(settings, now=NOW, status=RunStatus.LOST)) == ["d"]
        assert ids(runs.listed(settings, now=NOW, weekend="2025-09")) == ["c"]
        assert ids(runs.listed(settings, now=NOW, notebook="retraining")) == []


def test_a_run_is_found_by_how_its_id_begins_or_as_the_newest_of_a_weekend(
    settings: Settings, ran: Ran
) -> None:
    for run_id, hours_ago in (("2025a", 3), ("2025ab", 2), ("2025b", 4)):
        ran(run_id, hours_ago)
    for text, run_id in (("2025a", "2025a"), ("2025ab", "2025ab"), ("2025b", "2025b")):
        assert runs.found(text, settings, now=NOW).record.run_id == run_id
    assert runs.found("race_preview@2025-08", settings, now=NOW).record.run_id == "2025ab"
    with pytest.raises(ConfigurationError, match=r"'2025' begins the ids of 3 runs, such as 2025a"):
        runs.found("2025", settings, now=NOW)
    for unknown in ("2024", "race_preview@2025-09", "retraining@2025-08"):
        with pytest.raises(ConfigurationError, match=f"There is no run '{unknown}'. `f1lib runs"):
            runs.found(unknown, settings, now=NOW)
    with pytest.raises(ConfigurationError, match="'soon' is not a race weekend"):
        runs.found("race_preview@soon", settings, now=NOW)


def test_the_log_of_a_run_under_way_is_told_without_waiting(settings: Settings, ran: Ran) -> None:
    folder, told = ran("a", status=RunStatus.RUNNING, log="so far"), list[str]()
    with lock.held(run_folder.lock_of(folder.place), "run a"):
        run = runs.tail("a", settings, now=NOW, told=told.append)
    assert (told, run.record.status) == (["so far"], RunStatus.RUNNING)


@pytest.mark.parametrize("ending", [RunStatus.OK, RunStatus.LOST])
def test_a_log_is_followed_until_the_run_is_over(
    ending: RunStatus, settings: Settings, ran: Ran
) -> None:
    folder, told = ran("a", status=RunStatus.RUNNING, log="one "), list[str]()
    record = run_folder.record_in(folder.work)
    assert record is not None
    folder.request.write_text('{"knows_secrets": false}')  # or a lost run is without its log
    begun, seen = threading.Event(), threading.Event()

    def goes_on() -> None:
        with lock.held(run_folder.lock_of(folder.place), "run a"), folder.log.open("ab") as log:
            begun.set()
            seen.wait(20)
            log.write("Räikkönen".encode()[:2])  # ends within a letter
            log.flush()
            time.sleep(0.2)
            log.write("Räikkönen".encode()[2:])
            log.flush()
            if ending is RunStatus.OK:
                folder.write_record(replace(record, status=ending).as_json())
                time.sleep(0.2)  # its record tells of an ending, its files will move yet
                folder.publish(latest=True)

    other = threading.Thread(target=goes_on)
    other.start()
    begun.wait()

    def hears(text: str) -> None:
        told.append(text)
        seen.set()

    run = runs.tail("a", settings, now=NOW, told=hears, follow=True, pause_s=0.05)
    other.join()
    assert "".join(told) == "one Räikkönen"
    assert run.record.status is ending
    assert run.folder == folder.place


def test_what_changed_between_two_runs_is_said_from_their_results(
    settings: Settings, ran: Ran
) -> None:
    def says(value: float, extra: str, verdict: str) -> Callable[[Results], object]:
        def speak(results: Results) -> None:
            same = Metric("n", "Races", 48)
            results.metrics([same, Metric("hit", "Winner hit", value), Metric(extra, extra, None)])
            results.sentence("There were 48 races.")
            results.conclusion(verdict)

        return speak

    ran(
        "a", 2, says=says(0.50, "old", "No change."), headline="Verstappen",
        provenance={"model_version": "1.0.0", "policy": "ab"}, code_version="1a2b3c-dirty",
    )  # fmt: skip
    ran(
        "b", 1, says=says(0.54, "new", "Worse."), headline="Norris",
        provenance={"model_version": "1.1.0", "policy": "ab"}, package_versions={"numpy": "2.5"},
    )  # fmt: skip
    changes = runs.diff("a", "b", settings, now=NOW)
    assert changes.facts == (
        Difference("headline", "Verstappen", "Norris"),
        Difference("provenance.model_version", "1.0.0", "1.1.0"),
        Difference("code_version", "1a2b3c-dirty", "1a2b3c"),
        Difference("package_versions.numpy", "2.4", "2.5"),
    )
    hit, new, old = changes.metrics
    assert hit.difference == pytest.approx(0.04)
    assert (old.now, new.before, old.difference, changes.n_equal) == (None, None, None, 1)
    assert (changes.only_first, changes.only_second) == (("No change.",), ("Worse.",))
    same = runs.diff("a", "a", settings, now=NOW)
    assert (same.facts, same.metrics, same.only_first) == ((), (), ())


def test_numbers_of_another_question_or_world_are_shown_and_not_subtracted(
    settings: Settings, ran: Ran
) -> None:
    def says(value: float) -> Callable[[Results], object]:
        return lambda results: results.metrics([Metric("hit", "Winner hit", value)])

    ran("a", 4, says=says(0.50))
    ran("b", 3, says=says(0.54), parameters={"weekend": "2025-08", "window": 6})
    ran("c", 2, says=says(0.54), simulated=True)
    ran("d", 1, says=says(0.54), parameters={"weekend": "2025-09"})
    found = [runs.diff("a", other, settings, now=NOW).metrics[0] for other in ("b", "c", "d")]
    assert [each.difference for each in found] == [None, None, pytest.approx(0.04)]
    assert {each.shown for each in found} == {("0.500", "0.540")}


def test_the_numbers_of_a_newer_f1lib_are_read_as_far_as_they_are_known(
    settings: Settings, ran: Ran
) -> None:
    said = {"name": "hit", "label": "Winner hit", "value": 0.5, "colour": "green"}
    (ran("a").place / "results.json").write_text(json.dumps({"metrics": [said]}))
    (metric,) = runs.found("a", settings, now=NOW).metrics
    assert metric == Metric("hit", "Winner hit", 0.5)


def test_a_run_alone_is_compared_with_the_last_good_one_before_it(
    settings: Settings, ran: Ran
) -> None:
    ran("a", 9)
    ran("b", 7, weekend="2025-07")
    ran("c", 5, status=RunStatus.CELL_ERROR)
    ran("d", 4, notebook="retraining")
    ran("e", 3)
    ran("f", 1)
    changes = runs.diff("e", "", settings, now=NOW)
    assert ids([changes.first, changes.second]) == ["a", "e"]
    ran("g", 0, weekend="2025-07")
    assert ids([runs.diff("g", "", settings, now=NOW).first]) == ["b"]
    ran("h", 0, weekend="2025-09")
    changes = runs.diff("h", "", settings, now=NOW)
    assert ids([changes.first]) == ["f"]
    assert Difference("parameters.weekend", "2025-08", "2025-09") in changes.facts
    with pytest.raises(ConfigurationError, match="no good run of retraining before d to compare"):
        runs.diff("d", "", settings, now=NOW)


def test_runs_of_two_notebooks_are_not_compared_nor_what_cannot_be_read(
    settings: Settings, ran: Ran
) -> None:
    ran("a")
    ran("b", notebook="retraining")
    with pytest.raises(ConfigurationError, match=r"a is a run of race_preview, b one of retrain"):
        runs.diff("a", "b", settings, now=NOW)
    results = ran("c").place / "results.json"
    for text, why in (("{", "Invalid JSON"), ('{"gaps": [1]}', "gaps.0: Input should be a valid")):
        results.write_text(text)
        match = rf"results.json of run c cannot be read: {why}.* again"
        with pytest.raises(NotebookRunError, match=match):
            runs.diff("a", "c", settings, now=NOW)


def test_a_run_that_moves_into_place_while_we_look_is_found_once(
    settings: Settings, ran: Ran
) -> None:
    place = ran("a").place
    (stale := place.with_name(".a")).mkdir()  # as a listing saw it a moment ago
    (stale / "run.json").write_text(json.dumps("half"))
    assert ids(runs.listed(settings, now=NOW)) == ["a"]
