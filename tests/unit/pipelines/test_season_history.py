"""The history is what the store holds of the version that spoke, and nothing else."""

from dataclasses import replace

import pytest

from f1lib.errors import WorkbenchError
from f1lib.monitoring import findings
from f1lib.monitoring.findings import Finding
from f1lib.pipelines import ingest, policies, season_history
from f1lib.pipelines.predict import champion
from f1lib.store import connection, finding_log
from f1lib.store.origin import Origin

FOUND = Finding("performance.winner_concordance", "winner_concordance", "last 8 rounds", "fired",
                "0.80 is below 0.90.", alert=True, n=8)  # fmt: skip


def recorded(home, version: str, policy: str = "") -> None:
    snapshot = ingest.known(home.settings).snapshot
    policy = policy or policies.watch_policy(home.settings).sha256
    origin = Origin(home.weekends[1], snapshot.sha256, policy, True, True, home.now)
    with connection.connect(home.settings.store_address) as store:
        found = findings.frame([replace(FOUND, model_version=version)])
        finding_log.record(store, origin, found)


def test_every_settled_round_is_in_it_once(home) -> None:
    told = season_history.season_history(home.weekends[1], home.settings)
    assert told.whole.window.weekends == home.weekends[:2]
    assert [each.window.name for each in told.by_season] == [str(home.weekends[0].season)]
    assert told.spoke["weekend"].tolist() == [str(w) for w in home.weekends[:2]]
    assert {pattern.name for pattern in told.patterns} == {
        "part of the season", "circuit type", "weekend format",
    }  # fmt: skip


def test_it_begins_where_it_is_told_to(home) -> None:
    told = season_history.season_history(home.weekends[1], home.settings, first=home.weekends[1])
    assert (told.first, told.weekend) == (home.weekends[1], home.weekends[1])
    history = ingest.known(home.settings)
    assert season_history.begin(history, "") is None
    assert season_history.begin(history, str(home.weekends[0])) == home.weekends[0]


def test_findings_about_another_version_or_under_another_policy_are_left_out(home) -> None:
    holder = champion(home.settings, simulated=True)
    recorded(home, holder.version)
    recorded(home, "9.9.9")
    recorded(home, holder.version, policy="of another policy")
    told = season_history.season_history(home.weekends[1], home.settings)
    assert told.findings["model_version"].tolist() == [holder.version]


def test_without_a_settled_round_it_says_what_to_do(home) -> None:
    early = ingest.known(home.settings).completed()[0]
    with pytest.raises(WorkbenchError, match=r"no history to tell. Run `f1lib monitor"):
        season_history.season_history(early, home.settings)


def test_an_empty_home_is_a_sentence(empty_home) -> None:
    with pytest.raises(WorkbenchError, match="f1lib data pull"):
        season_history.season_history(None, empty_home)


def test_it_records_nothing(home) -> None:
    with connection.reading(home.settings.store_address) as store:
        before = finding_log.current(store, simulated=True)
    season_history.season_history(home.weekends[1], home.settings)
    with connection.reading(home.settings.store_address) as store:
        assert finding_log.current(store, simulated=True).equals(before)
