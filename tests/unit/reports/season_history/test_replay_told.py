"""What is said of a replay and of retrainings rests on their intervals, and on what was done."""

from datetime import UTC, datetime
from math import isnan, nan

import pandas as pd
import pytest
from invented_monitoring import measured_over, score_row

from f1lib.monitoring.seasons import Pattern
from f1lib.reports import tables
from f1lib.reports.season_history import figures, headlines, listings

ROUNDS = [f"2025-{number:02d}" for number in range(1, 9)]


def rounds_of(**losses: float) -> pd.DataFrame:
    """Each policy's log loss, the same in every round."""
    return pd.DataFrame(
        [
            {"weekend": weekend, "policy": policy, "value": value}
            for policy, value in losses.items()
            for weekend in ROUNDS
        ]
    )


def decisions_of(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """(weekend, policy, promotion) of each version trained."""
    frame = pd.DataFrame(rows, columns=["weekend", "policy", "promotion"])
    return frame.assign(version="1.0.1")


def policies_of(policy: str, **counts: int) -> pd.DataFrame:
    row = {
        "policy": policy, "rounds": 8, "winner_log_loss": 0.9, "alerts": 0, "retrainings": 1,
        "promotions": 1, **counts,
    }  # fmt: skip
    return pd.DataFrame([row])


def worth_of(difference: float, low: float, high: float) -> pd.DataFrame:
    return pd.DataFrame(
        [{"policy": "triggered", "difference": difference, "low": low, "high": high, "n_races": 8}]
    )


def alerts_of(*later: float) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"policy": "triggered", "rule": "performance.cusum", "subject": "cusum",
             "first": "2025-02", "last": "2025-03", "rounds_later": each,
             "next_promotion": "" if isnan(each) else "2025-04"}
            for each in later
        ],
        columns=["policy", "rule", "subject", "first", "last", "next_promotion", "rounds_later"],
    )  # fmt: skip


EFFECT = {
    "policy": "triggered", "version": "1.0.1", "after": "2025-02", "trigger": "drift",
    "first": "2025-03", "last": "2025-08", "n_races": 6.0, "value": 0.8, "never": 0.9,
    "difference": 0.1, "low": 0.05, "high": 0.15,
}  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.01, 0.2, "was worth it"),
        (-0.2, -0.01, "did harm"),
        (-0.1, 0.1, "cannot be told from nothing"),
        (nan, nan, "8 races are too few to tell it from nothing"),
    ],
)
def test_what_a_policy_was_worth_is_what_its_interval_allows(
    low: float, high: float, verdict: str
) -> None:
    said = headlines.worth(2025, policies_of("triggered"), worth_of(0.04, low, high))
    assert "gained +0.040 nats a race in the replay of 2025" in said
    assert verdict in said


def test_a_policy_that_put_nothing_in_use_is_not_said_to_have_gained() -> None:
    none = policies_of("triggered", retrainings=2, promotions=0)
    said = headlines.worth(2025, none, worth_of(0.0, 0.0, 0.0))
    assert "trained 2 versions in the replay of 2025 and put nothing in use" in said


def test_how_late_the_next_promotion_came_counts_alerts_that_none_followed() -> None:
    said = headlines.next_promotions(2025, policies_of("triggered", alerts=3), alerts_of(0, 4, nan))
    assert "triggered: 3 alerts, 2 followed by a promotion (0 and 4 rounds later)" in said
    none = headlines.next_promotions(2025, policies_of("triggered", alerts=1), alerts_of(nan))
    assert none.endswith("triggered: 1 alert, none followed by a promotion.")
    quiet = headlines.next_promotions(2025, policies_of("never"), alerts_of())
    assert quiet.endswith("never: 0 alerts.")


def test_a_replay_of_other_data_says_so() -> None:
    assert headlines.archive("a" * 64, "a" * 64, 2025) == ""
    assert headlines.archive("", "a" * 64, 2025) == ""
    assert "other data (bbbbbbbbbbbb," in headlines.archive("b" * 64, "a" * 64, 2025)


def test_the_chart_sums_gains_and_marks_what_was_trained_and_put_in_use() -> None:
    fig, alt, _ = figures.gained(
        2025,
        rounds_of(triggered=0.9, never=1.0, weekly=1.1),
        decisions_of(("2025-02", "triggered", "promoted"), ("2025-05", "triggered", "refused")),
    )
    assert "triggered +0.80, weekly −0.80" in alt  # eight rounds of a tenth
    marks = {
        tuple(line.get_xdata()) for line in fig.axes[0].lines
        if line.get_marker() == "o" and len(line.get_xdata())
    }  # fmt: skip
    assert marks == {(1,), (4,)}


def test_a_chart_of_no_replay_says_how_to_make_one() -> None:
    nothing = pd.DataFrame(columns=["weekend", "policy", "value"])
    assert "`f1lib replay --season 2025` makes one" in figures.gained(2025, nothing, nothing)[1]
    later = figures.gained(2025, nothing, nothing, shown_from="2025-24")[1]
    assert later.startswith("A replay of 2025 up to 2025-24 is kept. It is shown from that weekend")
    alone = figures.gained(2025, rounds_of(triggered=1.0), decisions_of())[1]
    assert "nothing to measure against" in alone


def test_the_tables_of_a_replay_say_what_was_too_short() -> None:
    short = {**EFFECT, "n_races": 2.0, "low": nan, "high": nan}
    listing, caption, formats = listings.effects(pd.DataFrame([EFFECT, short]))
    assert tables.cells(listing, formats, ())[1]
    assert listing["Reigned"].tolist() == ["2025-03 to 2025-08"]
    assert listing["95 % interval"].tolist() == ["+0.050 to +0.150"]
    assert "1 version reigned over fewer than 5 rounds" in caption
    listing, caption, formats = listings.policies(
        pd.concat([policies_of("triggered"), policies_of("never")]), worth_of(0.04, -0.1, 0.2)
    )
    assert tables.cells(listing, formats, ())[1]
    assert listing["95 % interval"].tolist() == ["−0.100 to +0.200", "–"]
    assert "Nothing was rolled back" in caption
    listing, _, formats = listings.next_promotions(alerts_of(2, nan))
    assert tables.cells(listing, formats, ())[1]
    assert listing["Promotion after"].tolist() == ["2025-04", "–"]


def test_why_a_version_was_trained_is_told_apart_from_what_was_decided_about_it() -> None:
    rows = decisions_of(("2025-02", "triggered", "refused"), ("2025-03", "always", "promoted"))
    listing, caption, formats = listings.trained(
        rows.assign(trigger=["drift", ""], reason="It drifted.", verdict="Refused. Too few races.")
    )
    assert tables.cells(listing, formats, ())[1]
    assert "had trained in the replay" in caption
    (told,) = listing.to_dict("records")  # what is done after each round anyway has no reason
    assert (told["Trained after"], told["Became"]) == ("2025-02", "refused")
    assert told["Why it was trained"] == "It drifted."
    assert told["What was decided about it"] == "Refused. Too few races."


def test_without_a_replay_its_tables_have_neither_rows_nor_captions() -> None:
    nothing = pd.DataFrame(columns=[*EFFECT])
    counts = policies_of("never").head(0)
    for listing, caption, _ in (
        listings.effects(nothing),
        listings.trained(decisions_of().assign(trigger="", reason="", verdict="")),
        listings.next_promotions(alerts_of()),
        listings.policies(counts, worth_of(0, 0, 0).head(0)),
    ):
        assert listing.empty
        assert caption == ""
    assert headlines.worth(2025, counts, worth_of(0, 0, 0).head(0)) == ""
    assert headlines.next_promotions(2025, counts, alerts_of()) == ""


def test_versions_are_compared_where_a_season_has_two_of_them() -> None:
    one, other = (measured_over(8, score_row()), measured_over(4, score_row()))
    assert "no retraining shows" in headlines.versions(Pattern("version", (one,), nan))
    assert "cannot be compared" in headlines.versions(Pattern("version", (one, other), nan))
    told = headlines.versions(Pattern("version", (one, other), 0.3))
    assert told.startswith("2 versions spoke for 12 rounds.")
    assert "the gain over the baseline is not shown to differ (p = 0.30" in told
    assert "by more than" in headlines.versions(Pattern("version", (one, other), 0.01))


def test_the_list_of_versions_says_since_when_and_for_which_rounds() -> None:
    measured = measured_over(8, score_row())
    name, weekends = measured.window.name, measured.window.weekends
    spoke = pd.DataFrame({"weekend": [str(each) for each in weekends], "model_version": name,
                          "replay": [True] * 3 + [False] * 5})  # fmt: skip
    since = {name: datetime(2025, 3, 17, tzinfo=UTC)}
    listing, _, formats = listings.versions([measured], since, spoke)
    assert tables.cells(listing, formats, ())[1]
    assert listing["Champion since"].tolist() == ["2025-03-17"]
    assert listing["Replayed"].tolist() == [3]
    assert listing["Rounds"].tolist() == [f"{weekends[0]} to {weekends[-1]}"]
    assert listings.versions([measured], {}, spoke)[0]["Champion since"].tolist() == ["–"]
