"""Alerts: told once when one begins, and once when it ends, however many rounds it goes on.

In:   the findings after a round; the occasions the outbox knows, which say what was told before.
Out:  events.
Knows nothing of: rounds that were not told of, what is done about an alert.

What has been told is the memory. So a round skipped, evaluated twice or revised tells nothing
twice, and an alert that a revision takes back is told to have ended.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from f1lib.monitoring.findings import Finding, Kind
from f1lib.notify.events import Event, Scene
from f1lib.notify.letter import line
from f1lib.store.decision_log import Rule
from f1lib.weekend import RaceWeekend

PREFIX = "alert "
UNABLE = {"insufficient", "error"}  # a finding of such a status says nothing either way
_BEGAN, _ENDED = "began", "ended"
_TITLES = {
    Kind.PERFORMANCE: "performance alert",
    Kind.CALIBRATION: "calibration alert",
    Kind.DRIFT: "sustained drift",
    Kind.NEW_CONDITIONS: "new conditions",
    Kind.DATA_QUALITY: "data quality alert",
    Kind.ANOMALY: "anomaly",
}

Series = tuple[str, str, str]  # rule, stage ("" for both), subject


def open_alerts(names: Iterable[str]) -> dict[Series, RaceWeekend]:
    """The alerts that were told to have begun and not to have ended, and when they began.

    `names` are those of events told, in the order in which they were told; others are passed over.
    """
    found: dict[Series, RaceWeekend] = {}
    for name in names:
        if not name.startswith(PREFIX):
            continue
        verb, _, plain = name.removeprefix(PREFIX).partition(" ")
        weekend, began, rule, stage, subjects = json.loads(plain)
        for subject in subjects:
            if verb == _BEGAN:
                found[rule, stage, subject] = RaceWeekend.parse(weekend)
            elif found.get((rule, stage, subject)) == RaceWeekend.parse(began):
                del found[rule, stage, subject]
    return found


def events(
    findings: Sequence[Finding],
    standing: Mapping[Series, RaceWeekend],
    weekend: RaceWeekend,
    scene: Scene,
) -> list[Event]:
    """What is to be told after `weekend`: alerts of one rule that begin, or end, are one event.

    `standing` are the alerts that go on. A rule that was looked at has a finding, fired or not:
    where it has none, or only such as cannot tell, its alerts go on.
    """
    by_series: dict[Series, list[Finding]] = {}
    for each in findings:
        by_series.setdefault(_series(each), []).append(each)
    alerting = {key: mine for key, mine in by_series.items() if any(each.alert for each in mine)}
    silent = {key for key, mine in by_series.items()
              if all(each.status in UNABLE for each in mine)}  # fmt: skip
    looked_at = {key[:2] for key in by_series.keys() - silent}
    begun = [key for key in alerting if key not in standing]
    ended = [
        key for key, since in standing.items()
        if key not in alerting and key not in silent and key[:2] in looked_at
        and since <= weekend
    ]  # fmt: skip
    return [
        *(_begun(alerting, keys, weekend, scene) for keys in _by_rule(begun)),
        *(
            _over(by_series, keys, since, weekend, scene)
            for since in sorted({standing[key] for key in ended})
            for keys in _by_rule([key for key in ended if standing[key] == since])
        ),
    ]


def _series(finding: Finding) -> Series:
    return finding.rule, finding.stage or "", line(finding.subject)


def _by_rule(keys: Iterable[Series]) -> list[list[Series]]:
    ordered = sorted(keys)
    return [list(mine) for _, mine in groupby(ordered, key=lambda key: key[:2])]


def _begun(
    found: Mapping[Series, list[Finding]], keys: list[Series], weekend: RaceWeekend, scene: Scene
) -> Event:
    mine = [each for key in keys for each in found[key] if each.alert]
    return Event(
        scene,
        _name(_BEGAN, keys, weekend, weekend),
        f"{_title(keys).capitalize()} after {weekend}: {_about(keys)}",
        tuple(dict.fromkeys(each.reason for each in mine)),
        tuple(map(_rule, mine)),
    )


def _over(
    found: Mapping[Series, list[Finding]],
    keys: list[Series],
    since: RaceWeekend,
    weekend: RaceWeekend,
    scene: Scene,
) -> Event:
    mine = [each for key in keys for each in found.get(key, ())]
    said = "The rule was looked at again and does not name it any more."
    return Event(
        scene,
        _name(_ENDED, keys, weekend, since),
        f"Over after {weekend}: {_title(keys)}, {_about(keys)}",
        (
            f"It began after {since}.",
            *(dict.fromkeys(each.reason for each in mine) if mine else (said,)),
        ),
        tuple(map(_rule, mine)),
    )


def _name(verb: str, keys: list[Series], weekend: RaceWeekend, began: RaceWeekend) -> str:
    rule, stage, _ = keys[0]
    subjects = [subject for _, _, subject in keys]
    plain = json.dumps([str(weekend), str(began), rule, stage, subjects])
    return f"{PREFIX}{verb} {plain}"


def _title(keys: list[Series]) -> str:
    return _TITLES[Kind(keys[0][0].partition(".")[0])]


def _about(keys: list[Series]) -> str:
    """Which subjects, the first few by name."""
    subjects = [subject for _, _, subject in keys]
    shown = ", ".join(subjects[:3])
    return f"{shown} and {len(subjects) - 3} more" if len(subjects) > 3 else shown


def _rule(finding: Finding) -> Rule:
    return Rule(
        f"{finding.rule} ({finding.subject})", finding.value, finding.threshold, finding.n,
        finding.alert, finding.low, finding.high, finding.p, finding.reason,
    )  # fmt: skip
