"""Finished pieces of a backtest, each a whole file, so that a killed backtest goes on.

In:   one model at one cutoff over consecutive rounds, and all that its numbers depend on.
Out:  the piece, to the last bit, for whoever asks for the same again.
Knows nothing of: how a piece is computed.
"""

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from f1lib import files
from f1lib.evaluation.backtest import Backtest
from f1lib.models.candidates import Candidate
from f1lib.tables.fingerprint import digest
from f1lib.weekend import Cutoff, RaceWeekend


@dataclass(frozen=True, slots=True)
class Piece:
    """One model at one cutoff over consecutive rounds, refit before every `refit_every`-th."""

    model: Candidate
    cutoff: Cutoff
    rounds: tuple[RaceWeekend, ...]
    refit_every: int
    folder: Path

    @property
    def path(self) -> Path:
        """Its file."""
        return self.folder / f"{self.cutoff.value}.{self.rounds[0]}.{self.rounds[-1]}.json"


def folder(home: Path, facts: Mapping[str, Any]) -> Path:
    """The folder for pieces that depend on these `facts` and on nothing else; made if needed.

    Named by the sha256 of the facts, which stand in it as facts.json.
    """
    found = home / "backtests" / digest(**facts)
    found.mkdir(parents=True, exist_ok=True)
    if not (found / "facts.json").exists():
        files.write_text(found / "facts.json", json.dumps(facts, indent=2) + "\n")
    os.utime(found)  # used now, however long ago it was made
    return found


def remove_unused(home: Path, *, before: datetime) -> list[Path]:
    """Remove the folders last used earlier than `before`; which ones those were."""
    gone = []
    for path in sorted((home / "backtests").glob("*")):
        with suppress(FileNotFoundError):  # somebody else removed it meanwhile
            if path.is_dir() and path.stat().st_mtime < before.timestamp():
                shutil.rmtree(path)
                gone.append(path)
    return gone


def keep(piece: Piece, whole: Backtest) -> None:
    """Keep the part of `whole` that is `piece`; numbers can be read back to the last bit."""
    part = whole.of(piece.model.name, piece.cutoff)
    frames = {"scores": part.scores, "probabilities": part.probabilities}
    plain = {name: frame.to_dict("list") for name, frame in frames.items()}
    text = json.dumps({"sha256": digest(text=json.dumps(plain)), "piece": plain})
    files.write_text(piece.path, text + "\n")


def kept(piece: Piece) -> Backtest | None:
    """The piece as it was kept; None if it was not, cannot be read, or was changed since."""
    try:
        found = json.loads(piece.path.read_text(encoding="utf-8"))
        plain = found["piece"]
        if found["sha256"] != digest(text=json.dumps(plain)):
            return None
        return Backtest(pd.DataFrame(plain["scores"]), pd.DataFrame(plain["probabilities"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
