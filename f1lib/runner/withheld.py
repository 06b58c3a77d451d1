"""Withheld: the secrets that a process knows, taken out of what is kept.

In:   an environment; text, plain JSON values, the files of a run.
Out:  the same with `(withheld)` where a secret stood, also one in quotes, in a URL or in HTML.
Knows nothing of: which files a run has.
"""

import html
import json
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Self
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from f1lib import files

MASK = "(withheld)"
_MASK = MASK.encode()
_BLOCK = 2**20  # bytes of a file that are looked at together
SHORTEST = 6  # characters; what is shorter, such as `true` or `1234`, stands in many a text

NAMES = re.compile(r"password|passwd|token|secret|api_?key|credential", re.IGNORECASE)

_PASSWORD = re.compile(r"://[^:/@\s]*:([^@\s]+)@")


class Secrets:
    """What must not be written down."""

    def __init__(self, values: set[str]) -> None:
        forms = {form for value in values for form in _forms(value) if len(form) >= SHORTEST}
        pattern = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
        self._text = re.compile(pattern) if pattern else None
        self._bytes = re.compile(pattern.encode()) if pattern else None
        self._longest = max((len(form.encode()) for form in forms), default=0)

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """The values of variables that are named like a secret, and what stands for one in an
        address: password, token in place of a user, values of a query that are named so."""
        named = {value for name, value in environment.items() if NAMES.search(name)}
        return cls(named.union(*map(_in_address, environment.values())))

    def __bool__(self) -> bool:
        return self._text is not None

    def masked(self, text: str) -> str:
        """The text without secrets.

        >>> Secrets({"correct horse"}).masked("postgresql://f1:correct%20horse@db/f1")
        'postgresql://f1:(withheld)@db/f1'
        """
        return self._text.sub(MASK, text) if self._text else text

    def cleaned(self, plain: Any) -> Any:
        """Plain JSON values without secrets in their texts."""
        if isinstance(plain, str):
            return self.masked(plain)
        if isinstance(plain, Mapping):
            return {self.masked(name): self.cleaned(value) for name, value in plain.items()}
        return [self.cleaned(value) for value in plain] if isinstance(plain, list) else plain

    def cleaned_json(self, text: str) -> str:
        """A JSON text without secrets in the texts it holds, as it was where there are none.

        Raises ValueError where it is no JSON.
        """
        if self._text is None:
            return text
        plain = json.loads(text)
        cleaned = self.cleaned(plain)
        if cleaned == plain:
            return text
        return json.dumps(cleaned, indent=1, ensure_ascii=False) + "\n"

    def clean_files(self, folder: Path) -> None:
        """Take secrets out of every file below `folder`. One that cannot be written anew goes.

        Raises the first OSError, once every file had its turn.
        """
        if self._bytes is None:
            return
        troubles = []
        for path in [each for each in folder.rglob("*") if each.is_file()]:
            try:
                self._clean(path)
            except OSError as exc:
                troubles.append(exc)
                with suppress(OSError):  # a disk for reading alone: the others have their turn
                    path.parent.chmod(path.parent.stat().st_mode | stat.S_IWUSR)
                    path.unlink()
        if troubles:
            raise troubles[0]

    def _clean(self, path: Path) -> None:
        if path.suffix in {".json", ".ipynb"}:
            try:
                text = path.read_text(encoding="utf-8")
                cleaned = self.cleaned_json(text)
            except ValueError:
                pass  # no JSON: a text like others
            else:
                if cleaned != text:
                    files.write_text(path, cleaned)
                return
        with path.open("rb") as old:
            if all(piece is not _MASK for piece in self._pieces(old)):
                return
            old.seek(0)
            beside = path.with_name(f".{path.name}-clean")
            try:
                with beside.open("wb") as new:
                    new.writelines(self._pieces(old))
                beside.replace(path)
            finally:
                with suppress(OSError):  # what went wrong before says more
                    beside.unlink()

    def _pieces(self, file: BinaryIO) -> Iterator[bytes]:
        """What is in a file, and the mask in place of each secret, which may have many lines."""
        if self._bytes is None:
            return
        text, block = b"", file.read(_BLOCK)
        while text or block:
            text += block
            block = file.read(_BLOCK)
            # a secret that begins later may go on in the next block
            sure = len(text) - self._longest if block else len(text)
            done = 0
            for match in self._bytes.finditer(text):
                if match.start() > sure:
                    break
                yield text[done : match.start()]
                yield _MASK
                done = match.end()
            yield text[done : max(done, sure)]
            text = text[max(done, sure, 0) :]


def _in_address(text: str) -> Iterator[str]:
    if "://" not in text:
        return
    yield from _PASSWORD.findall(text)
    try:
        address = urlsplit(text)
    except ValueError:
        return
    if address.password:
        yield address.password
    elif address.username and address.scheme in {"http", "https"}:
        yield address.username
    yield from (value for name, value in parse_qsl(address.query) if NAMES.search(name))


def _forms(value: str) -> set[str]:
    """A secret as it is, and as it stands in addresses, in Python, in JSON and in HTML; each of
    its lines too, which a log begins with the time and a notebook keeps one by one."""
    plain = {value, unquote(value)}
    plain |= {line.strip() for each in plain for line in each.splitlines()}
    written = {write(each) for each in plain for write in (_in_url, _in_python, _in_json)}
    return plain | written | {html.escape(each) for each in plain}


def _in_url(text: str) -> str:
    return quote(text, safe="")


def _in_python(text: str) -> str:
    return repr(text)[1:-1]


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]
