"""A drawing in fewer bytes is the same drawing."""

import re

from f1lib.reports import charts, compact


def test_neighbours_that_look_alike_say_once_how() -> None:
    mark = '<path d="M0 0L1 1" style="fill: red"/>'
    found = compact.shorter("\n".join([mark] * 3))
    assert found.splitlines() == [
        '<g style="fill: red">', *['<path d="M0 0L1 1"/>'] * 3, "</g>"
    ]  # fmt: skip
    assert compact.shorter("\n".join([mark] * 2)).count("fill: red") == 2


def test_what_is_not_inherited_stays_where_it_is() -> None:
    for style in ("opacity: 0.5", "stroke-linecap: square"):
        lines = "\n".join([f'<path d="M0 0" style="{style}"/>'] * 4)
        assert compact.shorter(lines).count(style) == 4


def test_a_mark_that_others_refer_to_keeps_its_look() -> None:
    lines = "\n".join([f'<path id="m{n}" d="M0 0" style="fill: red"/>' for n in range(4)])
    assert compact.shorter(lines).count("fill: red") == 4


def test_groups_that_say_nothing_go_and_others_stay() -> None:
    body = '<g><g clip-path="url(#a)"><g/><path d="M0 0"/></g></g>'
    assert compact.shorter(body) == '<g clip-path="url(#a)"><path d="M0 0"/></g>'


def test_the_font_of_the_root_is_said_nowhere_else() -> None:
    text = f'<text style="{compact.FONT}; fill: red" x="1.00" y="2.50">9.00</text>'
    assert compact.shorter(text) == '<text style="fill: red" x="1" y="2.5">9.00</text>'
    other = '<text style="font-size: 12px; font-family: system-ui, sans-serif" x="1">a</text>'
    assert compact.shorter(other) == '<text style="font-size: 12px" x="1">a</text>'


def test_a_chart_keeps_every_mark_and_every_word() -> None:
    fig, ax = charts.figure()
    ax.barh(range(12), range(12))
    ax.plot(range(12), range(12), "o", label="dots")
    ax.legend()
    svg = charts.svg(fig, "Bars and dots.")
    assert len(re.findall(r"<use [^>]*>", svg)) >= 12
    for word in (">dots<", ">10<"):
        assert word in svg
    assert svg.count("<g") == svg.count("</g>")
