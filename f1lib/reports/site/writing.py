"""Writing: which pages there are, and the ones of them that are not there yet or not any more so.

Each page names in its head what it was made from. One that would be made from the same again is
left as it is, so that after a run only the list and the pages that show the run are written.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from f1lib import files
from f1lib.reports import pages
from f1lib.reports.metrics import Metric
from f1lib.reports.site import changes, entries, script, trend
from f1lib.reports.site.entries import Entry
from f1lib.reports.site.known import Known, Version
from f1lib.reports.site.trend import Series, Trend
from f1lib.versions import ModelVersion

if TYPE_CHECKING:
    from markupsafe import Markup

_HEAD = 2048  # bytes of a page in which it says what it was made from
_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Page:
    """A page by its place in home: what it is made from, and how it is made."""

    place: str
    made_from: str
    filled: Callable[[], "Markup"]


@dataclass(frozen=True, slots=True)
class Group:
    """The runs of one weekend: the newest of each notebook, and those it replaces."""

    weekend: str
    newest: list[Entry]
    earlier: list[Entry]

    @property
    def entries(self) -> list[Entry]:
        """All of them."""
        return [*self.newest, *self.earlier]


@dataclass(frozen=True, slots=True)
class Runs:
    """Every run that can be read, newest first, and what the pages say of each.

    `before` is the last good run before one, by its folder.
    """

    entries: list[Entry]
    before: dict[str, Entry]
    series: Series

    def state(self, some: Iterable[Entry]) -> list[tuple[object, ...]]:
        """What a page that shows `some` is made from."""
        return [
            (
                each.folder, each.record.status.value, each.record.ended_at,
                each.record.headline, each.record.problem,
                self.before[each.folder].folder if each.folder in self.before else "",
                [self.series.get((each.folder, metric.name)) for metric in each.metrics],
            )
            for each in some
        ]  # fmt: skip

    def trend(self, entry: Entry, metric: Metric) -> Trend | None:
        """The line of a number, where there are earlier ones."""
        values = self.series.get((entry.folder, metric.name))
        return None if values is None else trend.drawn(values, metric)


def write(reports_folder: Path, home: Path, known: Known) -> Path:
    """Bring index.html in `home` and all that it leads to up to date with `reports_folder`.

    The list is written after what it leads to, and what nothing leads to any more is removed
    last. Returns its path. Raises OSError when the disk is full or not to be written.
    """
    found, unreadable = entries.listed(entries.folders(reports_folder), home)
    runs = Runs(found, entries.predecessors(found), trend.series(found))
    there = [
        *_change_pages(runs),
        *_weekend_pages(runs),
        *_version_pages(runs, known),
        _index(runs, known, unreadable),
    ]
    for page in there:
        _brought_up_to_date(page, home)
    _remove_others(home, {page.place for page in there})
    return home / "index.html"


def groups(found: Iterable[Entry]) -> list[Group]:
    """By weekend, in the order of their newest run."""
    by_weekend: dict[str, list[Entry]] = {}
    for entry in found:
        by_weekend.setdefault(str(entry.record.weekend), []).append(entry)
    return [_group(weekend, members) for weekend, members in by_weekend.items()]


def _group(weekend: str, members: list[Entry]) -> Group:
    newest: dict[str, Entry] = {}
    for entry in members:
        newest.setdefault(entry.record.notebook, entry)
    shown = list(newest.values())
    return Group(weekend, shown, [entry for entry in members if entry not in shown])


def _index(runs: Runs, known: Known, unreadable: list[str]) -> Page:
    found = groups(runs.entries)
    return _page(
        "index.html", "site_index.html", (runs.state(runs.entries), known, unreadable),
        runs=runs, known=known, groups=found, unreadable=unreadable, shown=runs.entries,
        notebooks=sorted({(each.record.notebook, each.title) for each in runs.entries}),
        kinds=sorted({each.kind for each in runs.entries}),
        seasons=sorted({each.weekend[:4] for each in found}, reverse=True),
        version_pages=_versions_told_of(runs, known),
        script=pages.trusted(script.text()), script_hash=script.sha256(),
    )  # fmt: skip


def _change_pages(runs: Runs) -> Iterator[Page]:
    """Of each run that has a good one before it."""
    for entry in runs.entries:
        before = runs.before.get(entry.folder)
        if before is not None:
            yield _page(
                entry.changes, "site_changes.html", runs.state([before, entry]),
                entry=entry, before=before, between=changes.between, shown=[entry],
            )  # fmt: skip


def _weekend_pages(runs: Runs) -> Iterator[Page]:
    for group in groups(runs.entries):
        ordered = sorted(group.entries, key=lambda entry: entry.record.notebook)  # newest first
        by_notebook = [
            (notebook, list(members))
            for notebook, members in groupby(ordered, key=lambda entry: entry.title)
        ]
        yield _page(
            f"site/weekends/{group.weekend}.html", "site_weekend.html", runs.state(ordered),
            weekend=group.weekend, by_notebook=by_notebook, runs=runs, shown=ordered,
        )  # fmt: skip


def _version_pages(runs: Runs, known: Known) -> Iterator[Page]:
    """Of each version that the registry has or a run tells of."""
    facts = {each.version: each for each in known.versions}
    told: dict[str, list[Entry]] = {}
    for entry in runs.entries:
        for version in entry.versions:
            told.setdefault(version, []).append(entry)
    for version in _versions_told_of(runs, known):
        mine = told.get(version, [])
        waits = [each for each in known.approvals if each.version == version]
        why = known.damaged.get(version, "")
        yield _page(
            f"site/models/{version}.html", "site_version.html",
            (runs.state(mine), facts.get(version), waits, known.problem, why),
            version=version, facts=facts.get(version), approvals=waits, problem=known.problem,
            why_damaged=why, groups=groups(mine), runs=runs, shown=mine,
        )  # fmt: skip


def _versions_told_of(runs: Runs, known: Known) -> dict[str, Version | None]:
    """Newest number first, with what is known of each."""
    facts = {each.version: each for each in known.versions}
    names = {*facts, *known.damaged}.union(*(each.versions for each in runs.entries))
    return {name: facts.get(name) for name in sorted(names, key=ModelVersion.parse, reverse=True)}


def _page(
    place: str,
    template: str,
    state: object,
    *,
    shown: list[Entry],
    **values: object,
) -> Page:
    """A page that shows those runs."""
    made_from = _digest(_code(), repr(state).encode())
    said = {str(entry.record.provenance.get("credit") or "") for entry in shown}

    def filled() -> "Markup":
        return pages.filled(
            template, root="../" * place.count("/"), made_from=made_from,
            credits=sorted(said - {""}), simulated=any(e.record.simulated for e in shown),
            n_runs=len(shown), **values,
        )  # fmt: skip

    return Page(place, made_from, filled)


def _brought_up_to_date(page: Page, home: Path) -> None:
    path = home / page.place
    try:
        with path.open("rb") as file:
            if f'content="{page.made_from}"'.encode() in file.read(_HEAD):
                return
    except OSError:
        path.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(path, str(page.filled()))


def _remove_others(home: Path, places: set[str]) -> None:
    """Pages of runs and versions that are gone, what was killed half-written, empty folders."""
    for path in sorted((home / "site").rglob("*"), reverse=True):  # first what is in a folder
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif ".html" in path.name and path.relative_to(home).as_posix() not in places:
            path.unlink(missing_ok=True)


@cache
def _code() -> bytes:
    """What makes the pages, in this folder and beside it: another f1lib makes them anew."""
    here = Path(__file__).parent
    files = [*here.glob("*.py"), *here.parent.glob("*.py"), *pages.TEMPLATES.iterdir()]
    return b"".join(path.read_bytes() for path in sorted(files) if path.is_file())


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()[:_DIGITS]
