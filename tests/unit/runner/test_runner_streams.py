"""What is printed is whole in the log; the notebook has its beginning and its end."""

import io
import re

from f1lib.runner import streams
from f1lib.runner.streams import MOST_CHARACTERS, MOST_LINES, Excerpt, Log


def told(*pieces: str) -> str:
    said = Excerpt()
    for piece in pieces:
        said.add(piece)
    return said.text


def test_what_is_not_long_is_shown_as_it_is() -> None:
    assert told("a\n", "b", "c\n") == "a\nbc\n"


def test_of_many_lines_the_first_and_the_last_are_shown() -> None:
    lines = [f"line {n}" for n in range(200_000)]
    pieces = ["\n".join(lines[n : n + 1000]) + "\n" for n in range(0, 200_000, 1000)]
    shown = told(*pieces)
    numbers = [int(n) for n in re.findall(r"^line (\d+)$", shown, flags=re.M)]
    assert numbers[:MOST_LINES] == list(range(MOST_LINES))
    assert numbers[-1] == 199_999
    assert numbers[MOST_LINES:] == list(range(200_000 - len(numbers) + MOST_LINES, 200_000))
    (n_out,) = re.findall(r"\[([\d,]+) lines with [\d,]+ characters are left out here", shown)
    assert int(n_out.replace(",", "")) == 200_000 - len(numbers)
    assert shown == told("".join(pieces)) == streams.excerpt("".join(pieces))


def test_a_long_line_is_cut_in_the_middle() -> None:
    shown = told("<" + "x" * 1_000_000 + ">")
    assert len(shown) < 2 * MOST_CHARACTERS + 100
    assert shown[0] + shown[-1] == "<>"
    assert "\n[960,002 characters are left out here: they are in log.txt]\n" in shown


def test_of_a_progress_bar_the_last_state_is_shown() -> None:
    bar = [f"\r{n} %" for n in range(100_000)]
    assert told("Training\n", *bar, "\nDone\n") == "Training\n99999 %\nDone\n"
    assert told("50 %\r", "\n") == "50 %\n"  # the end of a line as Windows writes it
    assert told("50 %\r\n60 %") == "50 %\n60 %"


def test_the_log_has_every_line_with_its_time_and_at_once() -> None:
    file = io.BytesIO()
    log = Log(file)
    for piece in ("", "one\ntwo ", "and a half\n", "\n", "10 %\r20 %"):
        log.write(piece)
    assert file.getvalue().endswith(b"10 %\r20 %")
    log.end_line()
    log.end_line()
    log.write("caf\u00e9 \ud800\n")
    stamp = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ "
    assert re.sub(stamp, "> ", file.getvalue().decode()) == (
        "> one\n> two and a half\n> \n> 10 %\r20 %\n> caf\u00e9 \\ud800\n"
    )
