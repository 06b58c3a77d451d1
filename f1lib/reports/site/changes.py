"""Changes: what a run says and was made from, beside the last good run before it."""

from collections.abc import Mapping
from dataclasses import dataclass

from f1lib.reports import number_changes, numbers
from f1lib.reports.metrics import Metric, label_of
from f1lib.reports.number_changes import NumberChange
from f1lib.reports.site.entries import Entry
from f1lib.run_record import RunRecord

_SHA256 = 64
_SHOWN = 12  # digits of a sha256


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that differs, as text; a dash where a run has it not."""

    fact: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One number that differs, and by how much if it is of the same thing; `verdict` is how it
    stands beside its baseline, and stood if that was otherwise."""

    label: str
    before: str
    now: str
    by: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Changes:
    """All that differs between two runs of a notebook; `n_equal` numbers do not."""

    numbers: tuple[NumberRow, ...]
    n_equal: int
    only_before: tuple[str, ...]
    only_now: tuple[str, ...]
    parameters: tuple[Change, ...]
    provenance: tuple[Change, ...]
    versions: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(
            self.numbers or self.only_before or self.only_now
            or self.parameters or self.provenance or self.versions
        )  # fmt: skip


def between(before: Entry, now: Entry) -> Changes:
    """What changed from one run to the other. Numbers and sentences only where both succeeded."""
    both = now.record.status.succeeded and before.record.status.succeeded
    alike = now.record.asks_as(before.record)
    found = number_changes.between(before.metrics, now.metrics, asked_alike=alike) if both else []
    changed = [_row(each) for each in found if each.differs]
    said, says = ((*_headline(each), *each.sentences) if both else () for each in (before, now))
    return Changes(
        numbers=tuple(changed),
        n_equal=len(found) - len(changed),
        only_before=tuple(sentence for sentence in said if sentence not in says),
        only_now=tuple(sentence for sentence in says if sentence not in said),
        parameters=_facts(before.record.parameters, now.record.parameters),
        provenance=_facts(_made_from(before.record), _made_from(now.record)),
        versions=_facts(_versions(before.record), _versions(now.record)),
    )


def _row(change: NumberChange) -> NumberRow:
    before, now = change.shown
    return NumberRow(
        label=change.label,
        before=before,
        now=now,
        by=change.by or numbers.MISSING,
        verdict=_verdict(change.before, change.now),
    )


def _verdict(old: Metric | None, new: Metric | None) -> str:
    """Beside the baseline: what it was and is."""
    was, is_ = (each.verdict if each else "" for each in (old, new))
    if was == is_:
        return is_ or numbers.MISSING
    return f"{was or numbers.MISSING} → {is_ or numbers.MISSING}"


def _headline(entry: Entry) -> tuple[str, ...]:
    return (entry.record.headline,) if entry.record.headline else ()


def _facts(before: Mapping[str, object], now: Mapping[str, object]) -> tuple[Change, ...]:
    return tuple(
        Change(label_of(name), _written(before.get(name)), _written(now.get(name)))
        for name in dict.fromkeys([*now, *before])
        if before.get(name) != now.get(name)
    )


def _made_from(record: RunRecord) -> dict[str, object]:
    return {**record.provenance, "seed": record.seed, "decision": record.decision}


def _versions(record: RunRecord) -> dict[str, object]:
    facts = {"code": record.code_version, "requirements.lock": record.lock_sha256}
    return {**facts, **record.package_versions}


def _written(value: object) -> str:
    """A fact as a reader sees it: of a sha256 the beginning."""
    if value is None or value == "":
        return numbers.MISSING
    text = str(value)
    is_sha256 = len(text) == _SHA256 and set(text) <= set("0123456789abcdef")
    return text[:_SHOWN] if is_sha256 else text
