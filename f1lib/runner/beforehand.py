"""Beforehand: the data and the champion that were in use when a run began, as its caller tells.

In:   the record of a run, and a function of facts, such as a notebook's provenance cell gives.
Out:  the record with them, also in run.json while the run goes on: one that is killed has them.
Knows nothing of: snapshots, the store. What the notebook itself says wins, in `ending`.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from threading import Lock, Thread
from typing import Any, Self

from f1lib.run_record import RunRecord
from f1lib.runner.run_folder import RunFolder

Known = Callable[[], Mapping[str, Any]]

_PATIENCE_S = 5.0  # with a store that does not answer, once the worker has ended


def told(record: RunRecord, known: Known) -> RunRecord:
    """The record with the facts of `known`; as it is where there are none."""
    facts = dict(known())
    simulated, replay = (bool(facts.pop(name, False)) for name in ("simulated", "replay"))
    if not facts:
        return record
    return replace(record, simulated=simulated, replay=replay, provenance=facts)


class Learning:
    """The `record` of a run under way, with the facts of `known` as soon as it has told them.

    It is asked in a thread, so that neither worker nor deadline wait for it.
    """

    def __init__(self, record: RunRecord, folder: RunFolder, known: Known) -> None:
        self.record = record
        self._folder, self._known = folder, known
        self._lock, self._is_over = Lock(), False
        self._thread = Thread(target=self._learn)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(_PATIENCE_S)
        with self._lock:
            self._is_over = True

    def _learn(self) -> None:
        record = told(self.record, self._known)
        with self._lock:
            if not self._is_over and record != self.record:
                self.record = record
                with suppress(OSError):  # of a full disk the ending tells
                    self._folder.write_record(record.as_json())
