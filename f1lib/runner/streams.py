"""Streams: what a cell prints, whole in the log and cut down for the report.

In:   pieces of text as the kernel sends them; they may end in the middle of a line.
Out:  lines with their time in the log; the first and the last of them in the notebook.
Knows nothing of: kernels and messages.
"""

import time
from dataclasses import dataclass
from typing import BinaryIO

MOST_LINES = 200  # of the beginning, and as many of the end
MOST_CHARACTERS = 20_000


class Log:
    """The log of a run: each line begins with the time at which its first part came."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._within_line = False

    def write(self, text: str) -> None:
        """Write at once, also a line that is not complete yet."""
        if not text:
            return
        stamp = time.strftime("%Y-%m-%d %H:%M:%SZ ", time.gmtime())
        lines = text.removesuffix("\n").replace("\n", f"\n{stamp}")
        begin = "" if self._within_line else stamp
        end = "\n" if text.endswith("\n") else ""
        self._within_line = not end
        self._file.write(f"{begin}{lines}{end}".encode(errors="backslashreplace"))
        self._file.flush()

    def end_line(self) -> None:
        """Let what others write begin on a line of its own."""
        if self._within_line:
            self.write("\n")


@dataclass(slots=True)
class Excerpt:
    """The first and the last lines of a stream, as a terminal shows it: a line that a carriage
    return takes back is gone, so that a progress bar is its last state.

    >>> said = Excerpt()
    >>> said.add("10 %\\r20 %\\r")
    >>> said.add("100 %\\nDone")
    >>> said.text
    '100 %\\nDone'
    """

    _head: str = ""
    _tail: str = ""
    _lines_out: int = 0
    _characters_out: int = 0

    def add(self, text: str) -> None:
        """Take the next piece."""
        self._tail = _overwritten(self._tail + text)
        if not self._head and _too_long(self._tail, 2):
            lines = self._tail.split("\n", MOST_LINES)
            self._head = self._tail[: min(len(self._tail) - len(lines[-1]), MOST_CHARACTERS)]
            self._head = self._head or self._tail[:MOST_CHARACTERS]
            self._tail = self._tail[len(self._head) :]
        if self._head and _too_long(self._tail, 1):
            lines = self._tail.rsplit("\n", MOST_LINES)
            begin = len(lines[0]) + 1 if len(lines) > MOST_LINES else 0
            begin = max(begin, len(self._tail) - MOST_CHARACTERS)
            self._lines_out += self._tail.count("\n", 0, begin)
            self._characters_out += begin
            self._tail = self._tail[begin:]

    @property
    def text(self) -> str:
        """What the report shows; a sentence stands for what is left out."""
        if not self._characters_out:
            return self._head + self._tail
        lines = f"{self._lines_out:,} lines with " if self._lines_out else ""
        gap = f"[{lines}{self._characters_out:,} characters are left out here: they are in log.txt]"
        separator = "" if self._head.endswith("\n") else "\n"
        return f"{self._head}{separator}{gap}\n{self._tail}"


def excerpt(text: str) -> str:
    """The first and the last lines of a text that is complete."""
    said = Excerpt()
    said.add(text)
    return said.text


def _too_long(text: str, times: int) -> bool:
    return len(text) > times * MOST_CHARACTERS or text.count("\n") > times * MOST_LINES


def _overwritten(text: str) -> str:
    """Each line after its last carriage return; the last line may yet be taken back."""
    if "\r" not in text:
        return text
    *lines, last = text.split("\n")
    taken_back = "\r" if last.endswith("\r") else ""
    shown = [line.rstrip("\r").rpartition("\r")[2] for line in [*lines, last]]
    return "\n".join(shown) + taken_back
