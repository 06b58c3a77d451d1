"""How far a replay is: its policies walk in processes of their own and tell of each round.

Each writes a line into the home of its policy, and whoever replays says it. So nobody waits for a
process that was killed, and one that walks in this very process is told of in the same way.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread

from f1lib.pipelines.catch_up import Say
from f1lib.pipelines.replayed import Decision, Policy
from f1lib.settings import Settings

EVERY = 0.5  # seconds between two looks


def tell(policy: Policy, decisions: Sequence[Decision], n_rounds: int, home: Settings) -> None:
    """Tell that the last of `decisions` was made, one of the season's `n_rounds`."""
    trained = sum(bool(each.version) for each in decisions)
    with _told(home).open("a", encoding="utf-8") as file:
        file.write(
            f"{policy}: {decisions[-1].weekend}, {len(decisions)} of {n_rounds} rounds; "
            f"{trained} trained.\n"
        )


@contextmanager
def said(homes: Sequence[Settings], say: Say) -> Iterator[Callable[[], None]]:
    """Say meanwhile what is told in `homes`; what this gives says at once what is left unsaid."""
    read = dict.fromkeys(map(_told, homes), 0)  # bytes
    one_at_a_time, over = Lock(), Event()

    def say_the_rest() -> None:
        with one_at_a_time:
            for file in filter(Path.exists, read):
                whole, end, _ = file.read_bytes()[read[file] :].rpartition(b"\n")
                read[file] += len(whole) + len(end)
                for line in whole.decode().splitlines():
                    say(line)

    def watch() -> None:
        while not over.wait(EVERY):
            say_the_rest()

    watching = Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield say_the_rest
    finally:
        over.set()
        watching.join()
        say_the_rest()


def _told(home: Settings) -> Path:
    return home.home / "progress.txt"
