"""Rerun a run: once more for its report, or to check that the same inputs give the same again."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from f1lib.errors import ConfigurationError
from f1lib.pipelines import archives, differences, ingest, policies, runs
from f1lib.pipelines import run as running
from f1lib.pipelines.differences import Difference
from f1lib.pipelines.runs import Run
from f1lib.registry import aliases
from f1lib.reports import metrics, render
from f1lib.reports.retraining.account import FIRST
from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import catalogue, supervisor, versions_used, withheld
from f1lib.settings import Settings
from f1lib.store import connection

DIFFERS = 21
_SHARED = ("snapshots", "backtests", "replays")  # of home: data, and what is computed once
_NONE = "none"  # as a provenance calls a champion that is not there
_EXCERPT = 80  # characters of a line of the report


@dataclass(frozen=True, slots=True)
class Check:
    """A good run, the same again, and all in which results and report of the two differ."""

    record: RunRecord
    again: RunRecord
    differences: tuple[Difference, ...]

    @property
    def exit_code(self) -> int:
        """DIFFERS when anything does, else 0; of a check that was cancelled that of such a run."""
        if self.again.status is RunStatus.CANCELLED:
            return RunStatus.CANCELLED.exit_code
        return DIFFERS if self.differences else 0

    @property
    def doubt(self) -> str:
        """Why nobody knows that the code was the same, as a sentence; empty where it was."""
        if not (self.record.code_dirty or self.again.code_dirty):
            return ""
        return (
            f"Nobody can say that the code was the same: {self.again.code_version} has "
            "changes that no commit holds. Commit them, run it again, and check that run."
        )


def rerun(text: str, settings: Settings, *, now: datetime) -> RunRecord:
    """A new run of the same notebook and weekend, with its parameters, as of its present.

    Raises ConfigurationError where a parameter was withheld.
    """
    record = runs.found(text, settings, now=now).record
    _refuse_withheld(record)
    return running.run(record.notebook, record.weekend, record.parameters, settings, now=record.now)


def check(text: str, settings: Settings, *, now: datetime) -> Check:
    """Run it again in a copy of home, and compare results.json and the body of the report.

    Store, registry, outbox and list of runs stay as they are: the copy goes, with all that the
    notebook recorded there; no notebook delivers mail. results.json is compared to the byte but
    for its asides, which are about one run; the body is what `render.body` says. Raises
    ConfigurationError for a run that is no good one, when what it was made from is not there any
    more, naming all of it, and where a parameter was withheld.
    """
    run = runs.found(text, settings, now=now)
    record = run.record
    if not record.status.succeeded:
        raise ConfigurationError(
            f"Run {record.run_id} is {record.status}, and only a good run can be checked. Run it "
            f"again with `f1lib runs rerun {record.run_id}`."
        )
    _refuse_withheld(record)
    changed = [f"{name}: then {then}, now {is_}" for name, then, is_ in _inputs(record, settings)
               if then != is_]  # fmt: skip
    if changed:
        raise ConfigurationError(
            f"Run {record.run_id} cannot be checked, since what it was made from has changed "
            f"({'; '.join(changed)}). `f1lib runs rerun {record.run_id}` makes a new one from what "
            "there is."
        )
    with TemporaryDirectory(prefix=".f1lib-rerun-", dir=settings.home) as work:
        copy = _copied(settings, Path(work) / "home")
        entry = catalogue.entry(record.notebook, settings)
        again = supervisor.run(
            entry, record.weekend, _as_then(record), copy, now=record.now, run_id=record.run_id
        )
        return Check(record, again, tuple(_different(run, again, copy.home / again.folder)))


def _refuse_withheld(record: RunRecord) -> None:
    """Without the secret that it held, a parameter asks for something else."""
    names = [name for name, value in record.parameters.items() if withheld.MASK in str(value)]
    if names:
        given = " ".join(
            f"-p {name}={'...' if name in names else shlex.quote(str(value))}"
            for name, value in record.parameters.items()
            if name not in {"weekend", "now"}
        )
        raise ConfigurationError(
            f"Run {record.run_id} cannot be run again as it was: {', '.join(names)} held a secret, "
            f"which is not kept. Give it with `f1lib run {record.notebook} --weekend "
            f"{record.weekend} --now {record.now.isoformat()} {given}`.",
            withheld=names,
        )


def _copied(settings: Settings, home: Path) -> Settings:
    """The settings of a copy of home."""
    archives.collect(settings, home)
    for name in _SHARED:
        if (settings.home / name).is_dir():
            (home / name).symlink_to(settings.home / name)
    return archives.settings_of(home, settings)


def _as_then(record: RunRecord) -> dict[str, Any]:
    """The parameters, with the challenger named that was the newest undecided one then."""
    judged = {"challenger": record.provenance.get("model_version", "")}
    return {
        name: judged.get(name, value) if value == "" else value
        for name, value in record.parameters.items()
    }


def _inputs(record: RunRecord, settings: Settings) -> Iterator[tuple[str, object, object]]:
    """What a run was made from, as it wrote it down and as it is; what it did not is left out."""
    said = record.provenance
    yield "code", record.code_version, versions_used.code_version()
    yield from (
        (f"package {name}", then, versions_used.package_versions().get(name))
        for name, then in record.package_versions.items()
    )
    if record.lock_sha256:
        yield "requirements.lock", record.lock_sha256, versions_used.lock_sha256()
    if record.seed is not None:
        yield "seed", record.seed, settings.seed
    if "snapshot_sha256" in said:
        yield "snapshot", said["snapshot_sha256"], ingest.known(settings).snapshot.sha256
    if "policy" in said:
        yield _policy(said, settings)
    if "model_version" in said:
        reigning = _reigning(settings, simulated=record.simulated)
        then = _champions(record)
        yield "champion", reigning if reigning in then else " or ".join(sorted(then)), reigning


def _policy(said: Mapping[str, Any], settings: Settings) -> tuple[str, object, object]:
    """The policy by name and hash: of all of it, or of its rules for watching alone."""
    watch = policies.watch_policy(settings)
    hashes = (policies.sha256(settings), watch.sha256)
    if "policy_sha256" in said:
        then = f"{said['policy']} {str(said['policy_sha256'])[:12]}"
    else:
        then = str(said["policy"])
    there = [f"{settings.policy} {each[:12]}" for each in hashes]
    return "policy", then, then if then in there else there[0]


def _champions(record: RunRecord) -> set[str]:
    """Who may reign for the run to say the same: who did then, or whom it made champion."""
    said = record.provenance
    version, champion = str(said["model_version"]), str(said.get("champion", said["model_version"]))
    if record.decision == FIRST:
        return {version, _NONE}
    return {version} if record.promoted else {champion}


def _reigning(settings: Settings, *, simulated: bool) -> str:
    with connection.reading(settings.store_address) as store:
        version = aliases.champion(store, simulated=simulated)
    return _NONE if version is None else str(version)


def _different(run: Run, again: RunRecord, folder: Path) -> Iterator[Difference]:
    """How it ended, what stands in results.json, and the lines of the report."""
    if not again.status.succeeded:
        problem = f"{again.status}: {again.problem}"
        yield Difference("status", run.record.status.value, problem)
        return
    one, other = (_without_asides(results) for results in (run.results, metrics.read(folder)))
    if _bytes(one) != _bytes(other):
        facts = differences.between(*(dict(differences.flat("results", r)) for r in (one, other)))
        yield from facts or _different_lines("results.json", _bytes(one), _bytes(other))
    yield from _different_lines("the report", *(_body(each) for each in (run.folder, folder)))


def _without_asides(results: Mapping[str, Any]) -> dict[str, Any]:
    return {name: said for name, said in results.items() if name != "asides"}


def _bytes(results: Mapping[str, Any]) -> str:
    """As they are written."""
    return json.dumps(results, indent=1, ensure_ascii=False)


def _body(folder: Path) -> str:
    return render.body(json.loads((folder / "notebook.ipynb").read_text(encoding="utf-8")))


def _different_lines(of: str, first: str, second: str) -> Iterator[Difference]:
    """The lines in which two texts differ, each from just before where it does."""
    one, other = first.splitlines(), second.splitlines()
    for number in range(max(len(one), len(other))):
        then, now = (lines[number] if number < len(lines) else None for lines in (one, other))
        if then != now:
            begin = _common(then or "", now or "")
            cut = slice(max(begin - _EXCERPT // 2, 0), begin + _EXCERPT // 2)
            yield Difference(f"line {number + 1} of {of}", then and then[cut], now and now[cut])


def _common(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
