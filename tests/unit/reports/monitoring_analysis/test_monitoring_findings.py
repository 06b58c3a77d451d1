"""What the report says of findings, false alarms, trends, stages, surprises and slices."""

from dataclasses import replace
from math import nan

import numpy as np
import pandas as pd
from invented_monitoring import window

from f1lib.monitoring import anomalies, healthy, slices
from f1lib.monitoring.anomalies import Surprises
from f1lib.monitoring.findings import Finding
from f1lib.pipelines.analyse import SURPRISE_COLUMNS
from f1lib.reports.monitoring_analysis import figures, headlines, listings
from f1lib.weekend import Stage

QUIET = Finding(
    "performance.winner_concordance", "winner_concordance", "last 8 rounds", "quiet",
    "All is well.", stage=Stage.RACE, value=0.95, threshold=0.9, n=8,
)  # fmt: skip
FIRED = replace(QUIET, rule="performance.cusum", status="fired", reason="It is high.", in_a_row=1)
ALERT = replace(FIRED, rule="calibration.log_loss", alert=True, reason="It is bad.")
WAITING = replace(QUIET, status="insufficient", value=nan, n=3)


def test_an_alert_is_told_with_its_reason_and_a_firing_as_no_need_for_action() -> None:
    assert headlines.alerts([ALERT, FIRED], "default").startswith(
        "1 alert, 2 rules of policy default looked at."
    )
    assert "It is bad." in headlines.alerts([ALERT, FIRED], "default")
    fired = headlines.alerts([FIRED, QUIET], "default")
    assert fired.startswith("No alert") and "wants no action: It is high." in fired
    assert "not enough rounds for 1" in headlines.alerts([WAITING, QUIET], "default")
    assert headlines.alerts([QUIET], "default").endswith("none about scores fired.")


def test_the_table_of_findings_marks_alerts() -> None:
    frame, _, formats = listings.findings([ALERT, FIRED, WAITING])
    assert frame["Status"].tolist() == ["ALERT", "fired", "insufficient"]
    assert set(formats) <= set(frame.columns)


def test_what_other_reports_tell_is_here_only_as_an_alert() -> None:
    drift = replace(FIRED, rule="drift.feature", status="drift", reason="It moved.")
    frame, _, _ = listings.findings([replace(drift, alert=True), QUIET, drift])
    assert frame["Rule"].tolist() == ["drift: feature", "performance: winner concordance"]
    assert "It moved." not in headlines.alerts([QUIET, drift], "default")
    assert "2 rules of policy default (1 of them about drift, conditions and data) looked at" in (
        headlines.alerts([QUIET, drift], "default")
    )
    assert "It moved." in headlines.alerts([replace(drift, alert=True), QUIET], "default")


def alarms(share: float) -> pd.DataFrame:
    rows = [("performance.cusum", 0.1, 0.01, 0.01), (healthy.TOGETHER, 0.3, share, share)]
    return pd.DataFrame(rows, columns=list(healthy.COLUMNS))


def test_false_alarms_are_said_with_their_margin_and_where_they_come_from() -> None:
    said = headlines.false_alarms(alarms(0.02), "default", window(24))
    assert "2.0% of seasons" in said and "95 % interval 1.1% to 3.6%" in said
    assert "24 settled rounds 2025-01 to 2025-24" in said
    assert said.startswith("The rules of performance and calibration of policy default")
    assert "Drift" not in said
    together = headlines.false_alarms(alarms(0.02), "default", window(24), 0.01)
    assert together.startswith("All rules of policy default would raise an alert in 2.0%")
    assert "Drift, counted in as independent, alerts in 1.0% of other such seasons" in together
    few = headlines.false_alarms(alarms(0.02).head(0), "default", window(8))
    assert "cannot be said" in few and "20 are needed" in few
    frame, _, formats = listings.false_alarms({"default": alarms(0.02), "brief": alarms(1.0)})
    assert frame["Policy"].tolist() == ["default"] * 2 + ["brief"] * 2
    assert set(formats) <= set(frame.columns)


def surprising(*hit: bool) -> tuple[Surprises, pd.DataFrame]:
    p = np.where(hit, 0.03, 0.8)
    rows = [("2025-01", "Bahrain", "A. Driver", 0.02, each, each, 0.5, each < 0.05) for each in p]
    found = Surprises(p, p < 0.05, 0.6, 0.4, "races")
    return found, pd.DataFrame(rows, columns=list(SURPRISE_COLUMNS))


def test_surprising_races_are_told_from_a_bad_model() -> None:
    found, frame = surprising(True, *[False] * 11)
    said = headlines.surprises(found, frame)
    assert "1 of 12 races" in said and "0.6 are to be expected" in said and "(at most 0.6:" in said
    assert "surprised by 1 of them too" in said and said.endswith("not of a bad model.")
    assert "speaks of the model" in headlines.surprises(replace(found, verdict="model"), frame)
    few = headlines.surprises(replace(found, verdict="insufficient"), frame)
    assert f"Below {anomalies.ENOUGH} races" in few
    none, calm = surprising(False, False)
    assert headlines.surprises(none, calm).startswith("None of 2 races")
    assert "No race forecast" in headlines.surprises(none, calm.head(0))


def test_the_most_surprising_races_come_first() -> None:
    _, frame = surprising(False, True, False)
    shown, _, formats = listings.surprising(frame, most=2)
    assert shown["p"].tolist() == [0.03, 0.8] and set(formats) <= set(shown.columns)


def test_the_cusum_is_drawn_with_its_limit_and_said() -> None:
    frame = pd.DataFrame({"weekend": ["2025-01", "2025-02", "2025-03"], "value": [0.0, 6.2, 1.0]})
    said = headlines.cusum(frame, 5.0)
    assert "stands at 1.0 nats" in said and "2025-02 with 6.2, above the limit of 5" in said
    assert "at most 6.2 nats, limit 5" in figures.cusum(frame, 5.0, 0.1)[1]
    assert "beyond an allowance of 0.1 nats a race" in figures.cusum(frame, 5.0, 0.1)[2]
    assert "no CUSUM" in headlines.cusum(frame.head(0), 5.0)
    assert "no CUSUM" in figures.cusum(frame.head(0), 5.0, None)[1]


def test_slices_are_counted_and_the_thin_ones_left_out() -> None:
    figure = (2.0, 1.5, 2.5, 3.0, 1.0, 0.4, 1.6, 0.1)
    rows = [("team", "A", 20, *figure), ("circuit_type", "street", 4, *[nan] * 8)]
    frame = pd.DataFrame(rows, columns=list(slices.COLUMNS))
    said = headlines.slices(frame, window(24, "last 48 rounds"))
    assert said.startswith("In the last 48 rounds (24 rounds settled, 2025-01 to 2025-24): of 1 ")
    assert "the baseline grid_slot_frequency," in said and "in 1 and further off in 0" in said
    assert "by chance alone about 0.0 would be so" in said
    assert "1 slice with fewer than 8 races" in said
    assert headlines.slices(frame.tail(1), window(8)).startswith("No slice can be judged")
    shown, _, formats = listings.slices(frame)
    assert shown["95 % interval"].tolist() == ["1.5 to 2.5", "too few"]
    assert shown["Slice"].tolist() == ["team", "circuit"] and set(formats) <= set(shown.columns)
