"""Script: the few lines that search and filter the list; the page allows no other by its hash."""

import base64
import hashlib

from f1lib.reports import pages


def text() -> str:
    """What stands between the tags of the script."""
    return (pages.TEMPLATES / "site.js").read_text(encoding="utf-8")


def sha256() -> str:
    """Its hash as a Content-Security-Policy names it: base64."""
    return base64.b64encode(hashlib.sha256(text().encode()).digest()).decode()
