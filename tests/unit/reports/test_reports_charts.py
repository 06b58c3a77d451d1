"""A chart is the same bytes each time, reads in both themes, and stays small."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from f1lib.reports import by_race, charts, pages


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def theme(name: str) -> dict[str, str]:
    text = Path(pages.TEMPLATES / name).read_text()
    return dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6});", text))


def drawn(points: int = 20, alt: str = "A line.") -> str:
    fig, axes = charts.figure()
    values = np.random.default_rng(1).normal(size=(2, points))
    axes.plot(*values, label="model")
    axes.scatter(*values)
    axes.legend()
    axes.annotate("here", (0, 0))
    return charts.svg(fig, alt)


@pytest.mark.parametrize("paper", ["#ffffff", "#15171c"])
@pytest.mark.parametrize("colour", [*charts.CYCLE, charts.CONTEXT, charts.GOOD, charts.BAD])
def test_a_colour_stands_out_on_white_and_on_black(colour: str, paper: str) -> None:
    assert contrast(colour, paper) >= 3


@pytest.mark.parametrize("name", ["light.css", "dark.css"])
def test_text_and_marks_have_contrast_in_both_themes(name: str) -> None:
    colours = theme(name)
    for text in ("--ink", "--muted", "--accent", "--good", "--bad", "--warn"):
        for ground in ("--paper", "--soft"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for tone in ("--good", "--bad", "--warn"):
        assert contrast(colours[tone], colours[f"{tone}-soft"]) >= 4.5, tone
    assert contrast(colours["--ink"], colours["--bad-soft"]) >= 4.5
    for mark in (*LINES, "--c-context"):
        assert contrast(colours[mark], colours["--paper"]) >= 4.5, mark  # lines colour their names


# Machado, Oliveira and Fernandes (2009), severity 1: linear RGB as seen without a kind of cone
MACHADO = {
    "all cones": np.eye(3),
    "no red cones": np.array([
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]),
    "no green cones": np.array([
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]),
}  # fmt: skip
LINES = ("--c1", "--c2", "--c3", "--c4", "--c5")


def oklab(colour: str, seen_by: np.ndarray) -> np.ndarray:
    """Ottosson's OKLab, in which distances are those seen: 0.02 is just noticeable."""
    cones = np.array([
        [0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ])  # fmt: skip
    opponents = np.array([
        [0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ])  # fmt: skip
    return opponents @ np.cbrt(cones @ np.clip(seen_by @ linear(colour), 0, 1))


@pytest.mark.parametrize("seen_by", MACHADO)
@pytest.mark.parametrize("shades", ["cycle", "light.css", "dark.css"])
def test_lines_are_told_apart_without_red_or_green_cones(shades: str, seen_by: str) -> None:
    colours = charts.CYCLE if shades == "cycle" else [theme(shades)[name] for name in LINES]
    apart = {
        pair: np.linalg.norm(np.subtract(*(oklab(colour, MACHADO[seen_by]) for colour in pair)))
        for pair in combinations(colours, 2)
    }
    assert min(apart.values()) >= 0.1, min(apart, key=apart.__getitem__)


def test_both_themes_know_the_same_colours() -> None:
    assert theme("light.css").keys() == theme("dark.css").keys()


def test_the_same_figure_is_the_same_bytes() -> None:
    assert drawn() == drawn()


def test_a_chart_is_an_image_with_words_and_nothing_fetched() -> None:
    svg = drawn(alt='Up & "down"')
    assert svg.startswith('<svg class="chart" role="img" aria-label="Up &amp; &quot;down&quot;"')
    assert "http" not in svg
    assert "<metadata" not in svg
    assert "<style" not in svg
    assert "2025" not in svg


def test_colours_are_variables_with_a_fallback() -> None:
    svg = drawn()
    assert f"var(--c1, {charts.CYCLE[0]})" in svg
    assert f"var(--muted, {charts.MUTED})" in svg
    assert not re.findall(r"(?<!, )#[0-9a-f]{6}\b", svg)
    assert "DejaVu" not in svg


def test_ids_of_two_figures_do_not_meet() -> None:
    fig, axes = charts.figure()
    axes.plot([1, 2], marker="o")
    one, other = (set(re.findall(r' id="([^"]+)"', charts.svg(fig, "a", prefix=p))) for p in "ab")
    assert one
    assert not one & other


def test_every_reference_leads_to_an_id() -> None:
    svg = drawn()
    ids = re.findall(r' id="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:url\(|href=")#([^)"]+)', svg)) == set(ids)


def test_a_crowd_of_marks_becomes_a_picture_inside() -> None:
    svg = drawn(points=5000)
    assert svg.startswith("<svg")
    assert "data:image/png" in svg
    assert len(svg) < charts.MAX_BYTES


def test_a_chart_that_would_be_too_large_becomes_a_picture() -> None:
    fig, axes = charts.figure()
    for number in range(60):
        axes.plot(np.random.default_rng(number).normal(size=1000))
    picture = charts.svg(fig, "Noise.")
    assert picture.startswith('<img class="chart" alt="Noise." src="data:image/png;base64,')


def test_the_labels_of_seasons_leave_each_other_room() -> None:
    def labels(weekends: list[str]) -> list[str]:
        (axes,) = by_race.drawn(weekends, np.ones(len(weekends))).axes
        return [text.get_text() for text in axes.get_xticklabels()]

    ten = [f"2025-{number:02d}" for number in range(1, 11)]
    assert labels(["2024-22", "2024-23", *ten]) == ["2025"]
    assert labels([f"2024-{number:02d}" for number in range(18, 24)] + ten) == ["2024", "2025"]
    assert labels(["2024-22", "2024-23"]) == ["22", "23"]  # one season: its rounds
