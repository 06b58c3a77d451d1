from typing import Any

from f1lib.reports import model_card


def row(metric: str, cutoff: str, model: str = "two_stage", **more: float | None) -> dict[str, Any]:
    stage = "qualifying" if metric == "pole_log_loss" else "race"
    return {
        "model": model, "stage": stage, "cutoff": cutoff, "metric": metric, "value": 1.241,
        "low": 1.109, "high": 1.397, "n": 252, "skill": 0.088, "skill_low": 0.034,
        "skill_high": 0.14, **more,
    }  # fmt: skip


def calibration(cutoff: str, slope: float, half: float, n: int) -> list[dict[str, Any]]:
    none = {"skill": None, "skill_low": None, "skill_high": None, "n": n}
    alone = {**none, "low": None, "high": None}
    return [
        row("calibration_slope", cutoff, value=slope, low=slope - half, high=slope + half, **none),
        row("calibration_score", cutoff, value=min(slope, 1 / slope), **alone),
        row("ece_excess", cutoff, value=-0.0013, **alone),
    ]


RELIABILITY = [
    {"of": "p_first", "p_from": 0.5, "p_to": 0.7, "n": 78, "said": 0.6, "happened": 0.5,
     "low": 0.4872, "high": 0.7051},
    {"of": "p_top10", "p_from": 0.0, "p_to": 0.1, "n": 400, "said": 0.05, "happened": 0.08,
     "low": 0.03, "high": 0.07},
]  # fmt: skip


SEASONS = [
    {"season": 2021, "n": 22, "metric": "winner_log_loss", "cutoff": "before_race", "value": 1.213,
     "baseline": 1.4, "gain": 0.187, "low": 0.05, "high": 0.31},
    {"season": 2021, "n": 22, "metric": "pole_log_loss", "cutoff": "before_qualifying",
     "value": 1.1, "baseline": 1.3, "gain": 0.2, "low": None, "high": None},
    {"season": 2022, "n": 22, "metric": "winner_log_loss", "cutoff": "before_race", "value": 1.16,
     "baseline": 1.12, "gain": -0.04, "low": -0.2, "high": 0.1},
    {"season": 2022, "n": 22, "metric": "pole_log_loss", "cutoff": "before_qualifying",
     "value": 1.5, "baseline": 1.8, "gain": 0.3, "low": 0.1, "high": 0.5},
]  # fmt: skip


def card(*rows: dict[str, Any]) -> dict[str, Any]:
    return {
        "model": "two_stage", "source": "F1DB", "snapshot": "a" * 64, "credit": "Data: F1DB",
        "first_season": 2008, "code": "b" * 64, "seed": 1, "chosen_until": 2021,
        "seasons": SEASONS,
        "periods": [{"first": "2014-01", "last": "2025-24", "n": 252, "scores": list(rows),
                     "reliability": RELIABILITY}],
        "frozen": {
            "first": "2014-01", "last": "2025-24", "n": 252, "refit_every": [5, 24],
            "scores": [{
                "metric": "winner_log_loss", "cutoff": "before_race", "value": 1.241,
                "losses": [
                    {"refit_every": 5, "loss": -0.0012, "low": -0.004, "high": 0.0015},
                    {"refit_every": 24, "loss": 0.0101, "low": 0.002, "high": 0.018},
                ],
            }],
        },
    }  # fmt: skip


def test_a_score_stands_beside_its_frozen_baseline_with_what_may_be_said() -> None:
    page = model_card.rendered(
        card(
            row("winner_log_loss", "before_race"),
            row("winner_hit", "before_race", value=0.556, low=0.496, high=0.619, skill=-0.01,
                skill_low=-0.1, skill_high=0.08),
            row("rps", "before_race", skill=-0.03, skill_low=-0.05, skill_high=-0.01),
            row("winner_log_loss", "before_race", model="grid_gap_logit", value=1.361),
        )
    )  # fmt: skip
    assert "## How good it was in 2014-2025 (252 races)" in page
    assert (
        "| `winner_log_loss`, nats | 1.241 [1.109, 1.397] | 1.361 | `grid_gap_logit` "
        "| 0.088 [0.034, 0.140] | better |"
    ) in page
    (hit,) = [line for line in page.splitlines() if "`winner_hit`" in line]
    assert hit.endswith("| −0.010 [−0.100, 0.080] | not shown |")
    (rps,) = [line for line in page.splitlines() if "`rps`" in line]
    assert rps.endswith("| worse |")


def test_the_gate_of_calibration_is_stated_where_enough_races_allow_it() -> None:
    page = model_card.rendered(
        card(
            *calibration("before_weekend", 1.3, 0.1, 252),
            *calibration("before_qualifying", 1.3, 0.4, 252),
            *calibration("before_race", 1.3, 0.1, 92),
        )
    )
    lines = [line for line in page.splitlines() if line.startswith("| race | before_")]
    assert lines == [
        "| race | before_weekend | 1.30 [1.20, 1.40] | 0.77 | FAILS | −0.0013 |",
        "| race | before_qualifying | 1.30 [0.90, 1.70] | 0.77 | passes | −0.0013 |",
        "| race | before_race | 1.30 [1.20, 1.40] | 0.77 | not judged | −0.0013 |",
    ]


def test_the_loss_of_a_champion_that_is_not_refit_is_a_table() -> None:
    page = model_card.rendered(card(row("winner_log_loss", "before_race")))
    assert (
        "| score | cutoff | refit each round | loss, every 5 | loss, every 24 |\n"
        "|---|---|---|---|---|\n"
        "| `winner_log_loss`, nats | before_race | 1.241 | −0.0012 [−0.0040, 0.0015] "
        "| 0.0101 [0.0020, 0.0180] |\n"
    ) in page


def test_a_card_is_well_formed() -> None:
    page = model_card.rendered(card(row("winner_log_loss", "before_race")))
    assert "\n\n\n" not in page
    assert page.startswith("# Model card: two_stage\n")
    lines = page.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("#") and number:
            assert lines[number - 1] == ""
    assert not [line for line in lines if "{{" in line or "{%" in line or "&#" in line]


def test_what_was_said_stands_beside_what_happened_and_what_chance_allows() -> None:
    page = model_card.rendered(card())
    assert "| the win | 50 to 70 % | 78 | 60.0 % | 50.0 % | 48.7 to 70.5 % |  |" in page
    assert "| the top ten | 0 to 10 % | 400 | 5.0 % | 8.0 % | 3.0 to 7.0 % | outside |" in page


def test_seasons_stand_apart_and_the_races_chosen_on_are_counted() -> None:
    page = model_card.rendered(card())
    assert "| 2021 | 22 | 1.21 | 1.40 | 0.19 [0.05, 0.31] | 1.10 | 1.30 | 0.20 |" in page
    assert "chosen on the 22 races up to 2021" in page
    assert "Bins outside: the win 0 of 1, the podium 0 of 0, the top ten 1 of 1." in page
