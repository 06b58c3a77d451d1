"""What a notebook says once is shown and written down alike."""

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from f1lib.errors import ConfigurationError
from f1lib.reports import charts, fragments, metrics
from f1lib.reports.metrics import Metric, Results

HOSTILE = "<script>alert('x')</script>\"&"


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return Results.opened(tmp_path, notebook="race_preview", weekend="2025-08")


def written(results: Results) -> dict[str, object]:
    assert results.run_folder is not None
    return dict(json.loads((results.run_folder / "results.json").read_text()))


def test_everything_said_is_in_results_json(results: Results) -> None:
    results.provenance(snapshot_sha256="9f2c", credit="Data: F1DB", replay=True, n_races=24)
    results.headline("Norris is the favourite.")
    results.metrics([Metric("winner_hit", "Winner hit", 0.58333, n=24, baseline=0.5)])
    results.sentence("It rained.")
    shown = pd.DataFrame({"Driver": ["Ada"], "Chance": [0.5]})
    results.table(shown, "Who won.", {"Chance": ".1%"})
    results.aside("Nothing was backed up.")
    results.aside("")
    results.conclusion("All is well.", decision="refused")
    assert written(results) == {
        "notebook": "race_preview",
        "weekend": "2025-08",
        "headline": "Norris is the favourite.",
        "simulated": False,
        "replay": True,
        "provenance": {"snapshot_sha256": "9f2c", "n_races": 24, "credit": "Data: F1DB"},
        "metrics": [
            {
                "name": "winner_hit", "label": "Winner hit", "value": 0.58333, "unit": "",
                "n": 24, "low": None, "high": None, "better": None, "baseline": 0.5,
                "digits": 3, "note": "", "gain_low": None, "gain_high": None, "counts": "",
            }
        ],
        "sentences": ["It rained.", "All is well."],
        "gaps": [],
        "asides": ["Nothing was backed up."],
        "tables": [
            {
                "caption": "Who won.", "columns": ["Driver", "Chance"],
                "rows": [["Ada", "50.0\u00a0%"]],
            }
        ],
        "conclusion": "All is well.",
        "decision": "refused",
    }  # fmt: skip
    assert results.run_folder is not None
    assert metrics.read(results.run_folder) == written(results)


def test_saying_it_again_replaces_it(results: Results) -> None:
    for value in (0.1, 0.2):
        results.metrics([Metric("winner_hit", "Winner hit", value)])
        results.sentence("It rained.")
    said = results.as_json()
    assert [metric["value"] for metric in said["metrics"]] == [0.2]
    assert said["sentences"] == ["It rained."]


def test_a_missing_value_is_null_with_a_reason(results: Results) -> None:
    results.metrics([Metric("slope", "Slope", math.nan), Metric("b", "B", None, note="no race")])
    slope, other = results.as_json()["metrics"]
    assert (slope["value"], slope["note"]) == (None, "not enough rounds")
    assert (other["value"], other["note"]) == (None, "no race")
    assert "NaN" not in json.dumps(written(results))


def test_without_a_run_folder_nothing_is_written(tmp_path: Path) -> None:
    shown = Results.opened(None, notebook="race_preview", weekend="2025-08").headline("Hello.")
    assert "Hello." in shown.html
    assert list(tmp_path.iterdir()) == []
    assert metrics.read(tmp_path) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "Input should be an object"),
        ('{"provenance": null}', "provenance: Input should be an object"),
        ('{"gaps": [1]}', "gaps.0: Input should be a valid string"),
        ('{"metrics": [{"name": "hit", "label": "Hit", "value": "0.5"}]}', "metrics.0.value: "),
        ('{"metrics": [{"value": 0.5}]}', "metrics.0.name: Field required"),
        ('{"tables": [{"caption": "Who won.", "columns": ["Driver"]}]}', "tables.0.rows: "),
        ('{"provenance": {"races": NaN}}', "expected value at line 1"),
        ('{"metrics', "Invalid JSON: EOF"),
    ],
)
def test_what_is_of_another_shape_is_said_not_to_be_readable(
    text: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / metrics.RESULTS).write_text(text)
    with pytest.raises(ValueError, match=f"^{said}"):
        metrics.read(tmp_path)


@pytest.mark.parametrize(
    ("gain", "baseline", "comparison", "verdict"),
    [
        ((0.02, 0.2), 1.35, "0.124 better than baseline 1.350", "better"),
        ((-0.2, -0.02), 1.15, "0.076 worse than baseline 1.150", "worse"),
        ((0.001, 0.01), 1.2262, "better than baseline 1.226", "better"),
        ((-0.02, 0.2), 1.35, "baseline 1.350", ""),  # the paired interval holds 0
        ((None, None), 1.35, "baseline 1.350", ""),  # far off, but nothing says how sure that is
        ((math.nan, math.nan), 1.35, "baseline 1.350", ""),
        ((0.02, 0.2), None, "", ""),
    ],
)
def test_the_baseline_is_compared_in_words_only_where_the_paired_interval_leaves_out_none(
    gain: tuple[float | None, float | None],
    baseline: float | None,
    comparison: str,
    verdict: str,
) -> None:
    metric = Metric(
        "m", "M", 1.226, low=1.2, high=1.25, better="lower", baseline=baseline,
        gain_low=gain[0], gain_high=gain[1],
    )  # fmt: skip
    assert (metric.comparison, metric.verdict) == (comparison, verdict)


def test_the_numbers_of_a_tile_add_up_as_they_are_shown() -> None:
    metric = Metric("m", "M", 0.75, digits=2, baseline=0.875, gain_low=-0.3, gain_high=-0.1)
    assert (metric.shown, metric.comparison) == ("0.75", "0.13 worse than baseline 0.88")


def test_a_tile_shows_value_interval_n_and_verdict_in_words(results: Results) -> None:
    metric = Metric(
        "m", "Gap", 0.418, unit="%", n=48, low=0.39, high=0.45, better="lower", baseline=0.5,
        digits=2, gain_low=0.05, gain_high=0.2, counts="races",
    )  # fmt: skip
    html = results.metrics([metric]).html
    for text in ("0.42\u00a0%", "0.39 to 0.45", "n = 48 races", "0.08 better than baseline 0.50"):
        assert text in html


def test_text_from_data_cannot_become_markup(results: Results) -> None:
    figure, _ = charts.figure()
    frame = pd.DataFrame({HOSTILE: [HOSTILE], "p": [0.5]})
    shown = [
        results.provenance(credit=HOSTILE, fact=HOSTILE),
        results.headline(HOSTILE),
        results.sentence(HOSTILE),
        results.conclusion(HOSTILE),
        results.metrics([Metric("m", HOSTILE, 1.0, unit=HOSTILE, note=HOSTILE)]),
        results.table(frame, HOSTILE, bars=["p"]),
        results.figure(figure, HOSTILE, HOSTILE),
    ]
    for fragment in shown:
        assert "<script" not in fragment._repr_html_(), fragment.kind
        assert "&lt;script" in fragment.html, fragment.kind


def test_a_table_can_be_folded_under_a_line_that_says_what_it_holds(results: Results) -> None:
    frame = pd.DataFrame({"Rule": ["cusum"]})
    folded = results.table(frame, "The rest.", folded="1 rule that did not fire").html
    assert folded.startswith("<details><summary>1 rule that did not fire</summary><div")
    assert folded.rstrip().endswith("</div></details>")
    assert "<details>" not in results.table(frame, "The rest.").html
    assert "<details>" not in results.table(frame.head(0), "The rest.", folded="None").html


def test_a_table_is_accessible_and_formatted(results: Results) -> None:
    frame = pd.DataFrame(
        {
            "Driver": ["Norris", "Piastri", "Sainz"],
            "Win": [0.5, 0.25, None],
            "Grid": [1, 2, 3],
            "Sprint": [True, False, True],
            "Gap": [-0.1234, 0.0, 1.0],
        }
    )
    html = results.table(frame, "Chances", {"Win": ".1%", "Gap": "+.2f"}, bars=["Win"]).html
    assert 'role="region" tabindex="0" aria-label="Chances"' in html
    assert "<caption><span>Chances</span></caption>" in html
    assert '<th scope="col" class="number">Win</th>' in html
    assert "<th scope=row>Norris</th>" in html
    assert '<td class="number share" style="--share: 1.0">50.0\u00a0%</td>' in html
    assert '<td class="number share" style="--share: 0.5">25.0\u00a0%</td>' in html
    assert '<td class="number">–</td>' in html
    assert "<td>yes</td>" in html
    assert "−0.12" in html


def test_small_shares_and_negative_numbers_are_set_as_a_reader_expects(results: Results) -> None:
    frame = pd.DataFrame({"Name": ["a", "b"], "p": [0.001, 0.0], "Skill": [0.001, -0.2],
                          "Said": ["falls by -0.020", "in 2025-08"]})  # fmt: skip
    html = results.table(frame, "Numbers", {"p": ".0%", "Skill": "+.0%"}).html
    for shown in (
        "&lt;1\u00a0%",
        ">0\u00a0%<",
        "+0\u00a0%",
        "−20\u00a0%",
        "falls by −0.020",
        "in 2025-08",
    ):
        assert shown in html, shown
    assert "&lt;+" not in html


def test_sentences_in_a_table_take_more_than_one_line_and_names_do_not(results: Results) -> None:
    sentence = "Every driver of this round was there in the reference window."
    frame = pd.DataFrame({"Rule": [sentence], "Said": [sentence], "Fired": ["no"]})
    html = results.table(frame, "Rules").html
    assert f'<td class="words">{sentence}</td><td>no</td>' in html
    assert f"<th scope=row>{sentence}</th>" in html


def test_a_format_for_a_column_that_is_not_there_is_refused(results: Results) -> None:
    with pytest.raises(ConfigurationError, match="no column Loss; it has Win"):
        results.table(pd.DataFrame({"Win": [1.0]}), "Chances", {"Loss": ".1%"})


def test_jupyter_gets_a_style_and_the_report_does_not(results: Results) -> None:
    data, metadata = results.headline("Hello.")._repr_mimebundle_()
    assert "<style>" in data["text/html"]
    assert "<style>" not in data[fragments.MIME]
    assert metadata[fragments.MIME] == {"kind": "headline"}
    assert data["text/plain"] == "Hello."


def test_an_invented_world_says_so_in_jupyter_too(results: Results) -> None:
    assert "SIMULATED" in results.provenance(simulated=True).html
    assert "SIMULATED" not in results.provenance(simulated=False).html


def test_a_gap_is_a_sentence_and_is_written_down_as_one(tmp_path: Path) -> None:
    results = Results.opened(tmp_path, notebook="retraining", weekend="2025-08")
    results.gap("")
    assert metrics.read(tmp_path)["gaps"] == []
    said = results.gap("The backtest is not kept any more.")
    assert said.text == "The backtest is not kept any more."
    results.gap("The backtest is not kept any more.")
    assert metrics.read(tmp_path)["gaps"] == [said.text]
    assert metrics.read(tmp_path)["sentences"] == [said.text]
